package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"

	"latchkey/shared/api"
)

// worth is the size in bytes from which an answer is compressed: one that fits a packet
// gains nothing.
const worth = 1_400

// compressor compresses answers for browsers that take that. An HTTP API doesn't.
//
// It stores what it has compressed: there are only as many different answers as pages and
// files. It may be used by several goroutines at once.
type compressor struct{ done sync.Map }

// compress returns the answer in the form that the browser takes. API Gateway carries
// bytes in base64, and decodes them.
func (c *compressor) compress(event api.Event, r api.Response) api.Response {
	if len(r.Body) < worth || r.IsBase64Encoded {
		return r
	}

	r.Headers["Vary"] = strings.TrimPrefix(r.Headers["Vary"]+", Accept-Encoding", ", ")
	if !takesGzip(event.Headers["accept-encoding"]) {
		return r
	}

	made, ok := c.done.Load(r.Body)
	if !ok {
		made, _ = c.done.LoadOrStore(r.Body, compressed(r.Body))
	}

	r.Headers["Content-Encoding"] = "gzip"
	r.Body = made.(string)
	r.IsBase64Encoded = true
	return r
}

// compressed returns a body in gzip, encoded in base64.
func compressed(body string) string {
	var made bytes.Buffer
	w, _ := gzip.NewWriterLevel(&made, gzip.BestCompression) // the level is a known one
	_, _ = w.Write([]byte(body))                             // a buffer takes everything
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(made.Bytes())
}

// takesGzip reads an Accept-Encoding header (RFC 9110 12.5.3). It reports whether gzip is
// in the list with a weight other than zero.
func takesGzip(accepted string) bool {
	for _, coding := range strings.Split(accepted, ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}

		weight, given := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !given || err == nil && q > 0
	}

	return false
}
