package work

import (
	"testing"
	"time"
)

func TestAMessageRestsLongerEachTimeItFails(t *testing.T) {
	for receives, want := range map[int]time.Duration{
		0: 2 * time.Second,
		1: 2 * time.Second,
		2: 16 * time.Second,
		3: 128 * time.Second,
		4: MaxDelay,
		9: MaxDelay,
	} {
		if got := pause(receives); got != want {
			t.Errorf("after %d receives it rests for %s, want %s", receives, got, want)
		}
	}
}
