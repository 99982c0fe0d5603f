package lambda

import (
	"bytes"
	"errors"
	"slices"
	"strings"
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

				var records []Record
				a := NewAsynchronous(t.Context(), &dropped, func(name string, r Record) {
					if name != "upload" {
						t.Errorf("a record of %s", name)
					}
					records = append(records, r)
				})
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
				if test.dropped == "" {
					if len(records) != 0 {
						t.Errorf("the destination is told %+v", records)
					}
					return
				}

				r := records[0]
				if len(records) != 1 || r.RequestContext.RequestID != ids[0] ||
					r.RequestContext.Tries != 3 || string(r.RequestPayload) != `"event"` ||
					r.ResponsePayload.ErrorMessage != "no luck" {
					t.Errorf("the destination is told %+v", records)
				}
			})
		})
	}
}

func TestAnEventOver1MBIsNeverTried(t *testing.T) {
	var dropped bytes.Buffer
	a := NewAsynchronous(t.Context(), &dropped, func(string, Record) {
		t.Error("the destination is told of an event that Lambda refused")
	})

	tries := 0
	f := fake(func(string, []byte) ([]byte, error) { tries++; return nil, nil })
	const quotes = 2
	if err := a.Run("upload", f, strings.Repeat("m", 1<<20-quotes)); err != nil || tries != 1 {
		t.Errorf("1 MB: tried %d times: %v", tries, err)
	}
	err := a.Run("upload", f, strings.Repeat("m", 1<<20-quotes+1))
	if !errors.Is(err, ErrTooLarge) || tries != 1 || dropped.Len() == 0 {
		t.Errorf("a byte more: tried %d times: %v, told %q", tries, err, &dropped)
	}
}
