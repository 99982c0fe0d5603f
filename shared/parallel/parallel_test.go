package parallel_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"latchkey/shared/parallel"
)

func TestResultsAreInTheOrderOfTheirIndexes(t *testing.T) {
	square := func(_ context.Context, i int) (int, error) { return i * i, nil }
	for _, atOnce := range []int{1, 3, 100} {
		got, err := parallel.Map(t.Context(), 5, atOnce, square)
		if err != nil || !slices.Equal(got, []int{0, 1, 4, 9, 16}) {
			t.Errorf("%d at once: got %v, %v", atOnce, got, err)
		}
	}

	if got, err := parallel.Map(t.Context(), 0, 0, square); err != nil || got == nil {
		t.Errorf("nothing to do: got %#v, %v", got, err)
	}
}

func TestNoMoreThanSoManyRunAtOnce(t *testing.T) {
	var running, most atomic.Int32
	err := parallel.Each(t.Context(), 50, 3, func(context.Context, int) error {
		now := running.Add(1)
		defer running.Add(-1)

		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); {
			before = most.Load()
		}
		return nil
	})
	if err != nil || most.Load() > 3 {
		t.Errorf("%d ran at once, %v", most.Load(), err)
	}
}

func TestTheFirstErrorEndsTheOthers(t *testing.T) {
	failed := errors.New("failed")
	got, err := parallel.Map(t.Context(), 2, 2, func(ctx context.Context, i int) (int, error) {
		if i == 0 {
			return 0, failed
		}
		<-ctx.Done()
		return 1, ctx.Err()
	})
	if !errors.Is(err, failed) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAllMakesItsCallsAtOnce(t *testing.T) {
	met := make(chan string)
	got := ""
	err := parallel.All(
		t.Context(),
		func(context.Context) error { met <- "both are under way"; return nil },
		func(context.Context) error { got = <-met; return nil },
	)
	if err != nil || got == "" {
		t.Errorf("got %q, %v", got, err)
	}
}
