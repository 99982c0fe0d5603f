package lambda

import (
	"testing"
	"time"

	"latchkey/shared/topology"
)

func TestASourceThatLambdaWouldNotTakeIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		source topology.Source
		ok     bool
	}{
		{"the least concurrency", topology.Source{BatchSize: 1, Concurrency: 2}, true},
		{"less", topology.Source{BatchSize: 1, Concurrency: 1}, false},
		{"the most concurrency", topology.Source{BatchSize: 1, Concurrency: 1000}, true},
		{"more", topology.Source{BatchSize: 1, Concurrency: 1001}, false},
		{"the largest batch", topology.Source{BatchSize: 10, Concurrency: 2}, true},
		{"a larger one", topology.Source{BatchSize: 11, Concurrency: 2}, false},
		{"no batch", topology.Source{Concurrency: 2}, false},
		{
			"the largest that is gathered",
			topology.Source{BatchSize: 10_000, Concurrency: 2, Window: 5 * time.Minute},
			true,
		},
		{
			"a larger one that is gathered",
			topology.Source{BatchSize: 10_001, Concurrency: 2, Window: time.Second},
			false,
		},
		{
			"a window of less than a second",
			topology.Source{BatchSize: 1, Concurrency: 2, Window: time.Second - 1},
			false,
		},
		{
			"a window of more than five minutes",
			topology.Source{BatchSize: 1, Concurrency: 2, Window: 5*time.Minute + 1},
			false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := CheckSource(test.source); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
