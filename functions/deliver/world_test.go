package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/wire"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

const jobID = dispatchtest.JobID

var noon = wiretest.Noon

// world is the function in a world with a job and its users.
type world struct {
	*dispatchtest.World
	handler
}

// newWorld makes it. prepare, if any, changes what is around the function before it starts.
func newWorld(t testing.TB, prepare ...func(*dispatchtest.World)) *world {
	t.Helper()
	around := dispatchtest.New(t, "deliver")
	for _, change := range prepare {
		change(around)
	}

	h := newHandler(around.Wire)
	around.Must(around.Err())
	h.Carrier = dispatchtest.WithoutPause(h.Carrier)
	around.Handle = h.handle
	return &world{World: around, handler: h}
}

func TestItIsGivenWhatItAsksFor(t *testing.T) {
	wiretest.CheckSettings(t, "deliver", func(w *wire.Wire) { newHandler(w) })
}

// transport stands between the function and an engine.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Do makes it a client of its own.
func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

// body returns what a request holds, and leaves it readable.
func body(t testing.TB, r *http.Request) string {
	t.Helper()
	content, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	return string(content)
}

// notify makes a notification, and returns what asks for its only batch.
func (w *world) notify(to job.Audience, names ...string) work.DeliverBatch {
	w.T.Helper()
	n := w.Notify(to, names...)
	return work.DeliverBatch{JobID: n.JobID, Number: n.Number}
}

func (w *world) counts(number int) notification.Notification {
	w.T.Helper()
	n, err := w.Notifications.Get(w.T.Context(), jobID, number)
	w.Must(err)
	return n
}

// openAttempts returns how often a message to a user was tried who is open in the first
// batch of a notification.
func (w *world) openAttempts(number int, name string) int {
	w.T.Helper()
	var batch notification.Batch
	item := fmt.Sprintf("batch#%06d#00#000000", number)
	w.Must(w.Notifications.Table.Get(
		w.T.Context(), store.Key{"job": jobID, "item": item}, &batch,
	))

	for _, open := range batch.Open {
		if open.Key == name {
			return open.Attempts
		}
	}
	return 0
}
