package id_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/id"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestIDs(t *testing.T) {
	made := id.New(noon, "seed")
	if made != id.New(noon, "seed") || made == id.New(noon, "other") ||
		made == id.New(noon.Add(time.Millisecond), "seed") || made != strings.ToLower(made) {
		t.Errorf("got %s", made)
	}

	if id.New(noon.Add(time.Second), "a") < made {
		t.Error("ids don't sort as their times do")
	}
}
