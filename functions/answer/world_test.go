package main

import (
	"testing"

	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/wire"
	"latchkey/shared/wire/wiretest"
)

const jobID = dispatchtest.JobID

var noon = wiretest.Noon

// world is the function in a world with a job and its users.
type world struct {
	*dispatchtest.World
	handler
}

func newWorld(t testing.TB) *world {
	t.Helper()
	around := dispatchtest.New(t, "answer")
	h := newHandler(around.Wire)
	around.Must(around.Err())
	h.Carrier = dispatchtest.WithoutPause(h.Carrier)
	around.Handle = h.handle
	return &world{World: around, handler: h}
}

func TestItIsGivenWhatItAsksFor(t *testing.T) {
	wiretest.CheckSettings(t, "answer", func(w *wire.Wire) { newHandler(w) })
}
