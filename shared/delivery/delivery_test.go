package delivery_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func deliveries(t testing.TB) delivery.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return delivery.Store{Table: store.Table{DB: db, Name: name("deliveries")}}
}

func put(t testing.TB, s delivery.Store, all ...delivery.Delivery) {
	t.Helper()
	if err := s.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
}

// ada is what a sender knows of a delivery in a state.
func ada(name delivery.Name, state delivery.State) delivery.Delivery {
	return delivery.Delivery{
		UserID:   "u1",
		Name:     name,
		Key:      "ada",
		Username: "Ada",
		Device:   "Work Email",
		Channel:  "email",
		State:    state,
		At:       clock.Of(noon),
		Attempts: 1,
	}
}

// told is what an event says of a delivery.
func told(name delivery.Name, state delivery.State, reason string) delivery.Delivery {
	return delivery.Delivery{
		UserID:    "u1",
		Name:      name,
		Part:      delivery.Part("j1", 1, 3),
		State:     state,
		Reason:    reason,
		At:        clock.Of(noon.Add(time.Minute)),
		MessageID: "m1",
	}
}

func TestClaim(t *testing.T) {
	s := deliveries(t)

	const leaseTime = time.Minute

	type claiming func(t *testing.T, name delivery.Name) (delivery.Delivery, error)

	claim := func(owner string, at time.Time) claiming {
		return func(t *testing.T, name delivery.Name) (delivery.Delivery, error) {
			held := lease.Lease{Owner: owner, Until: at.Add(leaseTime)}
			return s.Claim(t.Context(), ada(name, ""), held, at)
		}
	}
	claimed := func(t *testing.T, name delivery.Name) {
		if _, err := claim("first", noon)(t, name); err != nil {
			t.Fatal(err)
		}
	}
	released := func(t *testing.T, name delivery.Name) {
		d, err := claim("first", noon)(t, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Release(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		before   func(t *testing.T, name delivery.Name)
		claim    claiming
		err      error
		attempts int
	}{
		{
			name:     "a new delivery is claimed, and counts its first attempt",
			before:   func(*testing.T, delivery.Name) {},
			claim:    claim("first", noon),
			attempts: 1,
		},
		{
			name:   "one that another holds is busy",
			before: claimed,
			claim:  claim("second", noon.Add(leaseTime/2)),
			err:    lease.ErrBusy,
		},
		{
			name:     "its own request may claim it again",
			before:   claimed,
			claim:    claim("first", noon.Add(leaseTime/2)),
			attempts: 2,
		},
		{
			name:     "a lease that has ended is taken over",
			before:   claimed,
			claim:    claim("second", noon.Add(leaseTime+time.Millisecond)),
			attempts: 2,
		},
		{
			name:     "one that was put back unsent is claimed at once",
			before:   released,
			claim:    claim("second", noon),
			attempts: 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := delivery.NameOutside(delivery.KindForgot, test.name)
			test.before(t, name)

			got, err := test.claim(t, name)
			if !errors.Is(err, test.err) || got.Attempts != test.attempts {
				t.Errorf("got %d attempts, %v", got.Attempts, err)
			}
			if err == nil && (got.Name != name || got.State != delivery.Queued) {
				t.Errorf("got %+v", got)
			}
		})
	}

	t.Run("whoever claims again finds what was sent", func(t *testing.T) {
		const name = "forgot#sent"
		claimed(t, name)
		put(t, s, ada(name, delivery.Sent))

		got, err := claim("second", noon.Add(2*leaseTime))(t, name)
		if err != nil || got.Attempts != 2 {
			t.Fatalf("got %+v, %v", got, err)
		}

		found, err := s.Get(t.Context(), "u1", name)
		if err != nil || found.State != delivery.Sent || found.Attempts != 2 {
			t.Errorf("got %+v, %v", found, err)
		}
	})
}

// In whichever order facts come, and however often, they come to the same.
func TestFactsSayTheSameInEachOrder(t *testing.T) {
	s := deliveries(t)
	name := delivery.NameOf("j1", 1)
	facts := []delivery.Delivery{
		ada(name, delivery.Sent),
		told(name, delivery.Sent, delivery.ReasonDelayed),
		told(name, delivery.Bounced, delivery.ReasonSoftBounce), // somebody is out of office
		told(name, delivery.Delivered, ""),
	}

	n := 0
	for order := range permutations(len(facts)) {
		n++
		userID := fmt.Sprint("u", n)
		for _, i := range order {
			f := facts[i]
			f.UserID = userID
			put(t, s, f, f)
			put(t, s, f)
		}

		got, err := s.Get(t.Context(), userID, name)
		if err != nil || got.State != delivery.Delivered || got.Reason != "" ||
			got.At != clock.Of(noon.Add(time.Minute)) || got.MessageID != "m1" ||
			got.Username != "Ada" || got.Device != "Work Email" || got.Attempts != 1 {
			t.Errorf("in the order %v: got %+v, %v", order, got, err)
		}
	}
	if n != 24 {
		t.Errorf("%d orders", n)
	}
}

// permutations yields each order of the numbers below n.
func permutations(n int) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		var extend func(order []int) bool
		extend = func(order []int) bool {
			if len(order) == n {
				return yield(order)
			}
			for i := range n {
				if !slices.Contains(order, i) && !extend(append(slices.Clone(order), i)) {
					return false
				}
			}
			return true
		}
		extend(nil)
	}
}

func TestTheHighestFactCounts(t *testing.T) {
	s := deliveries(t)
	for i, test := range []struct {
		name   string
		facts  []delivery.Delivery // of the name that Get is given
		state  delivery.State
		reason string
	}{
		{
			name: "an event knows better than who gave up",
			facts: []delivery.Delivery{
				{State: delivery.Failed, Reason: delivery.ReasonTries},
				{State: delivery.Delivered},
			},
			state: delivery.Delivered,
		},
		{
			name: "who was skipped meanwhile got it too",
			facts: []delivery.Delivery{
				{State: delivery.Skipped, Reason: delivery.ReasonActive},
				{State: delivery.Delivered},
			},
			state: delivery.Delivered,
		},
		{
			name: "a hard bounce comes after a delivery",
			facts: []delivery.Delivery{
				{State: delivery.Bounced, Reason: delivery.ReasonHardBounce},
				{State: delivery.Delivered},
			},
			state:  delivery.Bounced,
			reason: delivery.ReasonHardBounce,
		},
		{
			name: "a soft bounce after a hard one doesn't hide it",
			facts: []delivery.Delivery{
				{State: delivery.Bounced, Reason: delivery.ReasonHardBounce},
				{State: delivery.Bounced, Reason: delivery.ReasonSoftBounce},
			},
			state:  delivery.Bounced,
			reason: delivery.ReasonHardBounce,
		},
		{
			name: "what SES took and refused then has failed",
			facts: []delivery.Delivery{
				{State: delivery.Failed, Reason: delivery.ReasonVirus},
				{State: delivery.Sent},
			},
			state:  delivery.Failed,
			reason: delivery.ReasonVirus,
		},
		{
			name:  "what is tried again has no result",
			facts: []delivery.Delivery{{State: delivery.Queued}},
			state: delivery.Queued,
		},
	} {
		name := delivery.NameOf("j1", i+1)
		for _, f := range test.facts {
			f.UserID = "u1"
			f.Name = name
			f.At = clock.Of(noon)
			put(t, s, f)
		}

		got, err := s.Get(t.Context(), "u1", name)
		if err != nil || got.State != test.state || got.Reason != test.reason {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}

	if _, err := s.Get(t.Context(), "u1", "never#told"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nothing known: %v", err)
	}
}

func TestHistoryOfAJobIsLatestFirstAndOfThatJobAlone(t *testing.T) {
	s := deliveries(t)
	for _, name := range []delivery.Name{
		delivery.NameOf("j1", 2),
		delivery.NameOf("j1", 10),
		delivery.NameOf("j1", 10).Nth(2),
		delivery.NameOf("j10", 1),
		"forgot#x",
		delivery.NameOf("j1", 1),
	} {
		put(t, s,
			ada(name, delivery.Queued),
			ada(name, delivery.Sent),
			told(name, delivery.Sent, delivery.ReasonDelayed),
			told(name, delivery.Bounced, delivery.ReasonMailboxFull),
			told(name, delivery.Bounced, delivery.ReasonHardBounce),
		)
	}

	for limit, want := range map[int][]delivery.Name{
		1: {delivery.NameOf("j1", 10).Nth(2)},
		2: {delivery.NameOf("j1", 10).Nth(2), delivery.NameOf("j1", 10)},
		9: {
			delivery.NameOf("j1", 10).Nth(2),
			delivery.NameOf("j1", 10),
			delivery.NameOf("j1", 2),
			delivery.NameOf("j1", 1),
		},
	} {
		found, err := s.OfJob(t.Context(), "u1", "j1", limit)
		if err != nil {
			t.Fatal(err)
		}

		var names []delivery.Name
		for _, d := range found {
			names = append(names, d.Name)
			if d.Reason != delivery.ReasonHardBounce || d.Username != "Ada" {
				t.Errorf("of %d: got %+v, which isn't whole", limit, d)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("of %d: got %v", limit, names)
		}
	}

	byUser, err := s.SeriesOf(t.Context(), delivery.NameOf("j1", 10), []string{"u1", "u2"})
	if err != nil || len(byUser) != 1 || len(byUser["u1"]) != 2 {
		t.Errorf("got %v, %v", byUser, err)
	}

	latest, err := s.Latest(t.Context(), "j1", []string{"u2", "u1"})
	if err != nil || len(latest) != 1 ||
		latest["u1"].Name != delivery.NameOf("j1", 10).Nth(2) {
		t.Errorf("got %v, %v", latest, err)
	}
}

func TestUsersInAStateAreListedInPages(t *testing.T) {
	s := deliveries(t)
	part := delivery.Part("j1", 1, 3)

	var all []delivery.Delivery
	var want []string
	for i := range 120 {
		d := told(delivery.NameOf("j1", 1), delivery.Delivered, "")
		d.UserID = fmt.Sprintf("u%03d", i)
		all = append(all, d)

		if i%2 == 0 {
			d.State, d.Reason = delivery.Bounced, delivery.ReasonSoftBounce
			all = append(all, d)
			d.Name = d.Name.Nth(2)
			all = append(all, d)
			want = append(want, d.UserID)
		}
	}
	put(t, s, all...)

	var got []string
	after := ""
	for {
		some, next, err := s.UsersIn(t.Context(), part, delivery.Bounced, after, 7)
		if err != nil || len(some) > 7 {
			t.Fatalf("got %v, %v", some, err)
		}

		got = append(got, some...)
		if after = next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestStates(t *testing.T) {
	for _, test := range []struct {
		state          delivery.State
		final, through bool
	}{
		{"", false, false},
		{delivery.Queued, false, false},
		{delivery.Sent, true, true},
		{delivery.Delivered, true, true},
		{delivery.Bounced, true, false},
		{delivery.Complained, true, true},
		{delivery.Failed, true, false},
		{delivery.Skipped, true, false},
	} {
		d := delivery.Delivery{State: test.state}
		if d.Final() != test.final || d.Through() != test.through {
			t.Errorf("%q: final %t, through %t", test.state, d.Final(), d.Through())
		}
	}
}

func TestUsersAreCountedOnceByTheLatestDevice(t *testing.T) {
	s := deliveries(t)
	part := delivery.Part("j1", 1, 3)
	of := func(userID, username string, k int, state delivery.State) delivery.Delivery {
		return delivery.Delivery{
			UserID: userID,
			Name:   delivery.NameOf("j1", 1).Nth(k),
			Part:   part,
			Key:    username,
			State:  state,
			At:     clock.Of(noon),
		}
	}

	all := []delivery.Delivery{
		of("u1", "ada", 1, delivery.Bounced),
		of("u1", "ada", 2, delivery.Bounced),
		of("u1", "ada", 3, delivery.Sent),
		of("u2", "bob", 1, delivery.Bounced),
		of("u2", "bob", 2, delivery.Queued),
		of("u3", "cem", 1, delivery.Delivered),
		of("u4", "cem", 1, delivery.Skipped), // removed and added again
		of("u5", "dee", 1, delivery.Complained),
		of("u5", "dee", 1, delivery.Delivered),
		of("u6", "eve", 1, delivery.Queued),
		of("u7", "fay", 1, delivery.Sent), // as their batch knows
	}
	put(t, s, all...)

	got, err := s.CountUsers(t.Context(), part)

	want := map[delivery.State]int{
		delivery.Sent:       1,
		delivery.Queued:     1,
		delivery.Delivered:  1,
		delivery.Skipped:    1,
		delivery.Complained: 1,
	}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}

	series, err := s.Series(t.Context(), "u1", delivery.NameOf("j1", 1))
	if err != nil || len(series) != 3 || series[2].State != delivery.Sent {
		t.Errorf("got %v, %v", series, err)
	}
}
