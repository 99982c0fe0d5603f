// Package meter counts what functions ask of AWS: calls and bytes of every service, and
// the capacity units of DynamoDB by table and index.
//
// A meter stands between the functions and the engines. It changes no answer that a
// function reads. DynamoDB's units are what DynamoDB Local answers, and where it differs
// from what AWS documents, what AWS documents.
package meter

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	"latchkey/shared/topology"
)

// Call is a kind of call: "deliver", "dynamodb", "BatchWriteItem". Where a service's
// requests don't name an operation, it is the method.
type Call struct{ Function, Service, Operation string }

// Volume is how often something was called, and with how many bytes in bodies.
type Volume struct {
	Calls                int
	Requested, Responded int64 // bytes
}

// Place is where units went. Table is the topology's name; Index is "" for the table
// itself.
type Place struct{ Function, Table, Index string }

// Units are capacity units of DynamoDB.
type Units struct{ Read, Write float64 }

// Counts are what was counted.
type Counts struct {
	Calls map[Call]Volume
	Units map[Place]Units
}

// Meter counts. Its methods may be called concurrently.
type Meter struct {
	tables []topology.Table

	mu     sync.Mutex
	counts Counts
}

// New returns a meter of a system with these tables. A table's own name ends with the
// topology's: "latchkey-jobs".
func New(tables []topology.Table) *Meter {
	m := &Meter{tables: tables}
	m.Take()
	return m
}

// Take returns what was counted since the last Take.
func (m *Meter) Take() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := m.counts
	m.counts = Counts{Calls: map[Call]Volume{}, Units: map[Place]Units{}}
	return taken
}

// Before returns what counts a function's calls of a service, and hands them on to the
// engine. It fits the host's Options.Before.
func (m *Meter) Before(f topology.Function, service string, engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "the request can't be read", http.StatusBadRequest)
			return
		}

		call := Call{f.Name, service, operation(r)}
		var got *answer
		if service == "dynamodb" {
			var units map[Place]Units
			got, units = exchange{m.tables, call, engine, r}.run(body)
			m.add(units)
		} else {
			got = send(engine, r, body)
		}

		m.count(call, len(body), got.body.Len())
		got.copyTo(w)
	})
}

// count counts a call.
func (m *Meter) count(call Call, requested, responded int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.counts.Calls[call]
	v.Calls++
	v.Requested += int64(requested)
	v.Responded += int64(responded)
	m.counts.Calls[call] = v
}

// add adds units.
func (m *Meter) add(units map[Place]Units) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for place, more := range units {
		m.counts.Units[place] = m.counts.Units[place].plus(more)
	}
}

func (u Units) plus(more Units) Units {
	return Units{Read: u.Read + more.Read, Write: u.Write + more.Write}
}

// operation returns the operation that a request names in its X-Amz-Target, as those of
// DynamoDB and SQS do ("DynamoDB_20120810.Query"), or its method.
func operation(r *http.Request) string {
	_, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok {
		return r.Method
	}
	return name
}

// answer is an engine's answer.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// send has the engine answer a request with that body.
func send(engine http.Handler, r *http.Request, body []byte) *answer {
	request := r.Clone(r.Context())
	request.Body = io.NopCloser(bytes.NewReader(body))
	request.ContentLength = int64(len(body))
	got := &answer{status: http.StatusOK, header: http.Header{}}
	engine.ServeHTTP(got, request)
	return got
}

// Header returns the header, to be filled: an answer is a [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write adds to the body.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// copyTo answers it.
func (a *answer) copyTo(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // a caller that has gone reads no answer
}
