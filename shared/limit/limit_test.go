package limit_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/lease"
	"latchkey/shared/limit"
	"latchkey/shared/store"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) limit.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return limit.Store{Table: store.Table{DB: db, Name: name("limits")}}
}

// refused gives after how long to come again; 0: nothing was refused.
func refused(t testing.TB, err error) time.Duration {
	t.Helper()

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		if tooMany.After <= 0 {
			t.Errorf("refused, to come again after %s", tooMany.After)
		}

		return tooMany.After
	}

	if err != nil {
		t.Fatal(err)
	}

	return 0
}

// together does the same n times at once, and says how often it wasn't refused.
func together(t testing.TB, n int, do func() error) int {
	t.Helper()

	var (
		taken atomic.Int32
		group sync.WaitGroup
	)
	for range n {
		group.Go(func() {
			err := do()

			var tooMany *limit.TooManyError
			if err == nil {
				taken.Add(1)
			} else if !errors.As(err, &tooMany) {
				t.Error(err)
			}
		})
	}

	group.Wait()

	return int(taken.Load())
}

func TestTake(t *testing.T) {
	s := newStore(t)

	const window = 5 * time.Minute
	for _, step := range []struct {
		name, of string
		at       time.Duration
		want     time.Duration
	}{
		{"the first", "a", time.Minute, 0},
		{"the second", "a", 2 * time.Minute, 0},
		{"a third is one too many, until the window ends", "a", 2 * time.Minute, 3 * time.Minute},
		{"another's are counted apart", "b", 2 * time.Minute, 0},
		{"the window has not ended yet", "a", window - time.Millisecond, time.Millisecond},
		{"the next window begins anew, though the item of the first is there", "a", window, 0},
	} {
		got := refused(t, s.Take(t.Context(), step.of, 2, window, noon.Add(step.at)))
		if got != step.want {
			t.Errorf("%s: come again after %s, want %s", step.name, got, step.want)
		}
	}

	take := func() error { return s.Take(t.Context(), "c", 7, window, noon) }
	if taken := together(t, 20, take); taken != 7 {
		t.Errorf("of 20 at once %d were let through, want 7", taken)
	}
}

func TestGap(t *testing.T) {
	s := newStore(t)

	const gap = time.Minute
	for _, step := range []struct {
		name, owner string
		at          time.Duration
		refused     bool
	}{
		{"the first takes it", "a", 0, false},
		{"another has to wait", "b", 0, true},
		{"until the last millisecond", "b", gap - time.Millisecond, true},
		{"the same one may again, after a death half-way", "a", 0, false},
		{"when the gap is over the item that is still there doesn't matter", "b", gap, false},
		{"and a new gap begins", "a", gap, true},
	} {
		got := refused(t, s.Gap(t.Context(), "name", step.owner, gap, noon.Add(step.at))) > 0
		if got != step.refused {
			t.Errorf("%s: refused is %t", step.name, got)
		}
	}

	var next atomic.Int32
	if taken := together(t, 16, func() error {
		return s.Gap(t.Context(), "other", fmt.Sprint(next.Add(1)), gap, noon)
	}); taken != 1 {
		t.Errorf("of 16 at once %d took it", taken)
	}
}

func TestReserve(t *testing.T) {
	s := newStore(t)

	const span = 100 * time.Millisecond
	for _, step := range []struct {
		name       string
		at, latest time.Duration
		from       time.Duration
		after      time.Duration // not 0: it is refused
	}{
		{"the rate is free at first", 0, time.Second, 0, 0},
		{"the second comes after the first", 0, time.Second, 100 * time.Millisecond, 0},
		{
			name:   "the third after the second",
			at:     50 * time.Millisecond,
			latest: time.Second,
			from:   200 * time.Millisecond,
		},
		{
			name:   "who can't wait that long reserves nothing",
			at:     50 * time.Millisecond,
			latest: 100 * time.Millisecond,
			after:  250 * time.Millisecond,
		},
		{
			name:   "so the place is the next one's",
			at:     50 * time.Millisecond,
			latest: 300 * time.Millisecond,
			from:   300 * time.Millisecond,
		},
		{
			name:   "after a pause it is free at once, and no time is made up for",
			at:     time.Minute,
			latest: 2 * time.Minute,
			from:   time.Minute,
		},
		{"and the next comes after that", time.Minute, 2 * time.Minute, time.Minute + span, 0},
	} {
		from, err := s.Reserve(t.Context(), "rate", span, noon.Add(step.at), noon.Add(step.latest))

		after := refused(t, err)
		if after != step.after || after == 0 && !from.Equal(noon.Add(step.from)) {
			t.Errorf(
				"%s: from %s, come again after %s; want %s, %s",
				step.name,
				from.Sub(noon),
				after,
				step.from,
				step.after,
			)
		}
	}
}

func TestOneAloneHoldsTheRateThoughItFetchesBatches(t *testing.T) {
	const full, rest = 500 * time.Millisecond, 100 * time.Millisecond
	const batches, perBatch = 20, 2*full + rest

	for _, test := range []struct {
		name  string
		fetch time.Duration // from the last slice of a batch to the first of the next
		late  time.Duration // when all of them could have been used up
	}{
		{"in no time", 50 * time.Millisecond, 0},
		{"in a moment, which is made up for", 300 * time.Millisecond, 200 * time.Millisecond},
		{"in a second, which is lost", time.Second, batches * 900 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			now := noon
			var used time.Duration
			for range batches {
				var from time.Time
				for _, span := range []time.Duration{full, full, rest} {
					var err error
					from, err = s.Reserve(t.Context(), "rate", span, now, now.Add(time.Minute))
					if err != nil {
						t.Fatal(err)
					}
					if from.Before(now) || from.Before(noon.Add(used)) {
						t.Fatalf("after %s of the rate, the next is at %s", used, from.Sub(noon))
					}
					used += span
					now = from.Add(50 * time.Millisecond)
				}
				now = from.Add(test.fetch)
			}

			from, err := s.Reserve(t.Context(), "rate", time.Second, now, now.Add(time.Minute))
			if late := from.Sub(noon) - batches*perBatch; err != nil || late != test.late {
				t.Errorf("it is %s late, %v; want %s", late, err, test.late)
			}
		})
	}
}

func TestReservationsAtOnceDoNotOverlap(t *testing.T) {
	s := newStore(t)

	const n, span = 16, 10 * time.Millisecond

	var mu sync.Mutex

	taken := map[time.Duration]bool{}

	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			from, err := s.Reserve(t.Context(), "rate", span, noon, noon.Add(time.Minute))
			if err != nil {
				t.Error(err)
				return
			}

			mu.Lock()
			defer mu.Unlock()

			taken[from.Sub(noon)] = true
		})
	}

	group.Wait()

	for i := range n {
		if !taken[time.Duration(i)*span] {
			t.Errorf("nobody has the place at %s", time.Duration(i)*span)
		}
	}
}

func TestAttempt(t *testing.T) {
	s := newStore(t)

	const here, there = "192.0.2.1", "192.0.2.2"

	attempt := func(t *testing.T, name, address string, at time.Duration) time.Duration {
		t.Helper()
		_, err := s.Attempt(t.Context(), name, address, noon.Add(at))
		return refused(t, err)
	}

	fail := func(t *testing.T, name, address string, times int) {
		t.Helper()

		for range times {
			if after := attempt(t, name, address, 0); after != 0 {
				t.Fatalf("refused, to come again after %s", after)
			}
		}
	}
	for _, test := range []struct {
		name string
		do   func(t *testing.T, name string)
	}{
		{"ten from one address lock the pair for fifteen minutes", func(t *testing.T, name string) {
			fail(t, name, here, 10)

			if after := attempt(t, name, here, time.Minute); after != 14*time.Minute {
				t.Errorf("come again after %s", after)
			}

			if after := attempt(t, name, there, time.Minute); after != 0 {
				t.Errorf("another address: come again after %s", after)
			}
		}},
		{"a locked attempt doesn't make the lock longer", func(t *testing.T, name string) {
			fail(t, name, here, 10)
			attempt(t, name, here, 10*time.Minute)

			if after := attempt(t, name, here, 15*time.Minute); after != 0 {
				t.Errorf("come again after %s", after)
			}
		}},
		{"a hundred lock the name for everybody", func(t *testing.T, name string) {
			for i := range 10 {
				fail(t, name, fmt.Sprint("198.51.100.", i), 10)
			}

			if after := attempt(t, name, there, 0); after != 15*time.Minute {
				t.Errorf("come again after %s", after)
			}
		}},
		{
			name: "failures that are old don't count, though the item is there",
			do: func(t *testing.T, name string) {
				fail(t, name, here, 9)

				for range 10 {
					if after := attempt(t, name, here, 15*time.Minute); after != 0 {
						t.Fatalf("come again after %s", after)
					}
				}
			},
		},
		{"a success forgets those of its address alone", func(t *testing.T, name string) {
			for i := range 9 {
				fail(t, name, fmt.Sprint("198.51.100.", i), 10)
			}

			fail(t, name, here, 9)

			if err := s.Succeeded(t.Context(), name, here); err != nil {
				t.Fatal(err)
			}

			fail(t, name, here, 10) // 90 and 10

			if after := attempt(t, name, there, 0); after == 0 {
				t.Error("the others' failures were forgotten")
			}
		}},
		{"a success where nothing has failed changes nothing", func(t *testing.T, name string) {
			if err := s.Succeeded(t.Context(), name, here); err != nil {
				t.Fatal(err)
			}

			fail(t, name, here, 10)
		}},
		{"a new password forgets all", func(t *testing.T, name string) {
			fail(t, name, here, 10)

			if err := s.Clear(t.Context(), name); err != nil {
				t.Fatal(err)
			}

			fail(t, name, here, 10)
		}},
		{"many at once get no more than there are", func(t *testing.T, name string) {
			if taken := together(t, 32, func() error {
				_, err := s.Attempt(t.Context(), name, here, noon)
				return err
			}); taken != 10 {
				t.Errorf("%d were let through", taken)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) { test.do(t, test.name) })
	}
}

func TestNameHoldsNothingThatWasTyped(t *testing.T) {
	name := limit.Name("forgot", "ada@example.com")
	if name == limit.Name("forgot", "bob@example.com") ||
		name == limit.Name("renew", "ada@example.com") ||
		len(name) != len("forgot#")+43 {
		t.Errorf("got %s", name)
	}
}

func TestWhichAttemptLocks(t *testing.T) {
	s := newStore(t)
	lockedUntil := func(at time.Duration) time.Time {
		until, err := s.LockedUntil(t.Context(), "ada", noon.Add(at))
		if err != nil {
			t.Fatal(err)
		}

		return until
	}

	attempt := func(address string) bool {
		last, err := s.Attempt(t.Context(), "ada", address, noon)
		if err != nil {
			t.Fatal(err)
		}

		return last
	}
	for i := range 9 {
		if attempt("192.0.2.1") || !lockedUntil(0).IsZero() {
			t.Fatalf("it is locked by attempt %d", i+1)
		}
	}

	if !attempt("192.0.2.1") || !lockedUntil(0).Equal(noon.Add(limit.LockTime)) ||
		!lockedUntil(limit.LockTime-1).Equal(noon.Add(limit.LockTime)) {
		t.Error("the tenth from one address doesn't lock")
	}

	if !lockedUntil(limit.LockTime).IsZero() {
		t.Error("the lock doesn't end")
	}

	for i := range 90 { // from ten other addresses, nine each
		if locks := attempt(fmt.Sprint("198.51.100.", i%10)); locks != (i == 89) {
			t.Errorf("attempt %d: locks is %t", i+11, locks)
		}
	}

	if err := s.Clear(t.Context(), "ada"); err != nil || !lockedUntil(0).IsZero() {
		t.Errorf("it is locked after it was cleared: %v", err)
	}
}

func TestSpaced(t *testing.T) {
	s := newStore(t)
	of := limit.Allowance{Most: 3, Window: time.Hour, Gap: time.Minute}
	take := func(name, owner string, at time.Duration) time.Duration {
		t.Helper()
		_, err := s.Spaced(t.Context(), name, owner, of, lease.Lease{}, noon.Add(at))
		return refused(t, err)
	}

	for _, step := range []struct {
		name, of, owner string
		at              time.Duration
		want            time.Duration
	}{
		{"the first", "a", "1", 0, 0},
		{"its owner again, as after a death", "a", "1", time.Second, 0},
		{"another before the gap is over", "a", "2", time.Minute - time.Second, time.Second},
		{"of somebody else", "b", "2", time.Second, 0},
		{"after the gap", "a", "2", time.Minute, 0},
		{"the third", "a", "3", 30 * time.Minute, 0},
		{"one too many before an hour is over", "a", "4", 40 * time.Minute, 20 * time.Minute},
		{"an hour after the first", "a", "4", time.Hour, 0},
		{"and then until the second is", "a", "5", time.Hour + time.Second, 59 * time.Second},
	} {
		if got := take(step.of, step.owner, step.at); got != step.want {
			t.Errorf("%s: come again after %s", step.name, got)
		}
	}

	owners := atomic.Int32{}
	taken := together(t, 16, func() error {
		owner := fmt.Sprint(owners.Add(1))
		_, err := s.Spaced(t.Context(), "c", owner, of, lease.Lease{}, noon)
		return err
	})
	if taken != 1 {
		t.Errorf("%d of 16 at once took a use", taken)
	}
}

func TestAUseBelongsToOneRequestAtATime(t *testing.T) {
	s := newStore(t)
	of := limit.Allowance{Most: 3, Window: time.Hour, Gap: time.Minute}

	for _, step := range []struct {
		name, owner, request string
		at                   time.Duration
		first, busy          bool
	}{
		{"the first request works at it", "1", "a", 0, true, false},
		{"itself may take it again", "1", "a", time.Second, false, false},
		{"another has to wait", "1", "b", time.Second, false, true},
		{"until the lease is over", "1", "b", time.Minute, false, false},
		{"the next use has a lease of its own", "2", "b", time.Minute, true, false},
		{"which another request of it waits for", "2", "a", time.Minute, false, true},
	} {
		now := noon.Add(step.at)
		l := lease.Lease{Owner: step.request, Until: now.Add(time.Minute)}
		first, err := s.Spaced(t.Context(), "a", step.owner, of, l, now)

		var busy *lease.BusyError
		if errors.As(err, &busy) != step.busy || first != step.first || err != nil && busy == nil {
			t.Errorf("%s: got %t, %v", step.name, first, err)
		}
		if busy != nil && busy.Until.Sub(now) > time.Minute {
			t.Errorf("%s: it is to wait until %s", step.name, busy.Until)
		}
	}
}
