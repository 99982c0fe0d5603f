package main

import (
	"testing"

	"latchkey/shared/wire"
	"latchkey/shared/wire/wiretest"
)

func TestItIsGivenWhatItAsksFor(t *testing.T) {
	wiretest.CheckSettings(t, "jobs", func(w *wire.Wire) { newHandler(w) })
}
