package main

import (
	"testing"

	"latchkey/shared/wire"
	"latchkey/shared/wire/wiretest"
)

func TestItIsGivenWhatItAsksFor(t *testing.T) {
	wiretest.Hold(t, "redeem", func(w *wire.Wire) { newHandler(w) })
}
