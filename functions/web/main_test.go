package main

import (
	"testing"

	"latchkey/shared/wire"
	"latchkey/shared/wire/wiretest"
)

func TestItIsGivenWhatItAsksFor(t *testing.T) {
	wiretest.CheckSettings(t, "web", func(w *wire.Wire) { readSettings(w.Reader) })
}
