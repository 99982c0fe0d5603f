// Package lambda runs Lambda functions on this machine, without containers: their real
// binaries are child processes, which come and go with the work.
//
// A [Runtime] is the Lambda Runtime API for all instances
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Each instance has a
// path of its own below the shared address. A [Function] starts instances, gives each one
// invocation at a time, and ends those that were idle for long. As on Lambda, an instance
// that overruns its timeout or its memory is killed, and one that crashes costs the
// invocation that it was running and no other.
package lambda

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Runtime is the Runtime API. Its methods may be called concurrently.
type Runtime struct {
	server  *http.Server
	address string

	mu        sync.Mutex
	instances map[string]*instance // by id
}

// NewRuntime starts the Runtime API on a free port of 127.0.0.1. It serves until Close.
func NewRuntime() (*Runtime, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the runtime API: %w", err)
	}

	r := &Runtime{address: listener.Addr().String(), instances: map[string]*instance{}}
	mux := http.NewServeMux()

	const base = "/{instance}/2018-06-01/runtime/"
	mux.HandleFunc("GET "+base+"invocation/next", r.to(next))
	mux.HandleFunc("POST "+base+"invocation/{id}/response", r.to(response))
	mux.HandleFunc("POST "+base+"invocation/{id}/error", r.to(invocationError))
	mux.HandleFunc("POST "+base+"init/error", r.to(initError))

	r.server = &http.Server{Handler: mux}
	go func() { _ = r.server.Serve(listener) }() // until Close
	return r, nil
}

// Address returns what the instance with the id is given as AWS_LAMBDA_RUNTIME_API: a
// host, a port and a path.
func (r *Runtime) Address(id string) string { return r.address + "/" + id }

// Close ends the API. Functions must be closed first: an instance without its API
// crashes.
func (r *Runtime) Close() { _ = r.server.Close() }

func (r *Runtime) add(i *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.instances[i.id] = i
}

func (r *Runtime) remove(i *instance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.instances, i.id)
}

// to returns a handler that finds the instance which a call comes from. A process that
// was given up already is refused.
func (r *Runtime) to(call func(*instance, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		i := r.instances[request.PathValue("instance")]
		r.mu.Unlock()
		if i == nil {
			reply(w, http.StatusForbidden, "InvalidInstance")
			return
		}

		call(i, w, request)
	}
}

// next marks the instance as free. It answers when there is an invocation for it.
func next(i *instance, w http.ResponseWriter, r *http.Request) {
	select {
	case i.free <- struct{}{}:
	default: // it asks again, having lost a connection
	}

	select {
	case <-r.Context().Done():
	case v := <-i.work:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", v.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(v.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", i.arn)
		h.Set("Lambda-Runtime-Trace-Id", v.trace)
		_, _ = w.Write(v.payload) // if the instance has gone, its end is noticed elsewhere
	}
}

// response takes the answer of the invocation that the instance is running.
func response(i *instance, w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	switch {
	case err != nil:
		reply(w, http.StatusBadRequest, "InvalidBody")
	case len(payload) > maxPayload:
		i.finish(r.PathValue("id"), outcome{err: &Error{
			Type:    "Function.ResponseSizeTooLarge",
			Message: "the answer is over 6 MB",
		}})
		reply(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge")
	case !i.finish(r.PathValue("id"), outcome{payload: payload}):
		reply(w, http.StatusBadRequest, "InvalidRequestID")
	default:
		reply(w, http.StatusAccepted, "")
	}
}

// invocationError takes the failure of the invocation that the instance is running.
func invocationError(i *instance, w http.ResponseWriter, r *http.Request) {
	if !i.finish(r.PathValue("id"), outcome{err: readError(r)}) {
		reply(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	reply(w, http.StatusAccepted, "")
}

// initError takes the failure of the instance's own start.
func initError(i *instance, w http.ResponseWriter, r *http.Request) {
	select {
	case i.failed <- readError(r):
	default: // the first one counts
	}
	reply(w, http.StatusAccepted, "")
}

// readError returns the failure that a function's runtime reports.
func readError(r *http.Request) *Error {
	e := &Error{Type: "Runtime.Unknown", Message: "the function gave no reason"}

	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err == nil {
		_ = json.Unmarshal(body, e) // a reason in another form is none
	}
	return e
}

// reply answers a function's runtime: "OK" if there is no problem, else the problem's
// type.
func reply(w http.ResponseWriter, status int, problem string) {
	answer := map[string]string{"status": "OK"}
	if problem != "" {
		answer = map[string]string{"errorType": problem, "errorMessage": http.StatusText(status)}
	}

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // if the instance has gone, its end is noticed elsewhere
}

// invocation is one call of a function, from the wait for an instance to its outcome.
type invocation struct {
	id       string
	trace    string // an X-Ray trace header
	payload  []byte
	deadline time.Time    // set when an instance is found
	done     chan outcome // holds one
}

// outcome is how an invocation ended: an answer, or an error.
type outcome struct {
	payload []byte
	err     error
}
