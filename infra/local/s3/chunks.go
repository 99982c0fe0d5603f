package s3

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// decodeChunks makes the request's body the plain object if it comes in one of the
// "aws-chunked" encodings: signed or not, with a trailer or without. It checks neither
// signatures nor checksums
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html).
func decodeChunks(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return nil
	}

	size, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil || size < 0 {
		return errors.New("a chunked body needs X-Amz-Decoded-Content-Length")
	}

	r.Body = &chunkReader{Closer: r.Body, in: bufio.NewReader(r.Body)}
	r.ContentLength = size
	r.Header.Set("Content-Length", strconv.FormatInt(size, 10))
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	r.Header.Del("Content-Encoding")
	return nil
}

// chunkReader reads the data of chunks of the form
// "<size in hex>[;chunk-signature=...]\r\n<data>\r\n" up to one of size 0.
type chunkReader struct {
	io.Closer
	in   *bufio.Reader
	left int64 // bytes of the chunk
	err  error
}

// Read reads data of one chunk. A body that ends within a chunk is io.ErrUnexpectedEOF.
func (c *chunkReader) Read(b []byte) (int, error) {
	if c.left == 0 && c.err == nil {
		c.err = c.nextChunk()
	}
	if c.err != nil {
		return 0, c.err
	}

	n, err := c.in.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	if err == nil && c.left == 0 {
		_, err = c.in.Discard(len("\r\n"))
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}

	c.err = err
	return n, err
}

// nextChunk reads the line before a chunk's data. It returns io.EOF after the last chunk.
func (c *chunkReader) nextChunk() error {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return io.ErrUnexpectedEOF
	}

	size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
	c.left, err = strconv.ParseInt(size, 16, 64)
	if err != nil || c.left < 0 {
		return errors.New("bad size of a chunk")
	}

	if c.left > 0 {
		return nil
	}
	if _, err := io.Copy(io.Discard, c.in); err != nil { // the trailer
		return err
	}

	return io.EOF
}
