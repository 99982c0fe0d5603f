package lambda

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAsynchronousInvocation(t *testing.T) {
	for _, test := range []struct {
		name     string
		failures int
		tries    int
		after    time.Duration
		dropped  string
	}{
		{"succeeds at once", 0, 1, 0, ""},
		{"is tried again after a failure", 1, 2, time.Second, ""},
		{
			name:     "is dropped after three tries",
			failures: 9,
			tries:    3,
			after:    3 * time.Second,
			dropped:  "an event of upload is dropped after 3 tries: no luck\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var (
					ids     []string
					dropped bytes.Buffer
				)

				a := NewAsynchronous(t.Context(), &dropped)
				began := time.Now()

				a.Go("upload", fake(func(id string, _ []byte) ([]byte, error) {
					ids = append(ids, id)
					if len(ids) <= test.failures {
						return nil, errors.New("no luck")
					}
					return nil, nil
				}), "event")
				a.Wait()

				if len(ids) != test.tries || len(slices.Compact(ids)) != 1 {
					t.Errorf("request ids %v, want %d times the same", ids, test.tries)
				}

				if after := time.Since(began); after != test.after {
					t.Errorf("it took %s, want %s", after, test.after)
				}

				if dropped.String() != test.dropped {
					t.Errorf("told %q, want %q", &dropped, test.dropped)
				}
			})
		})
	}
}
