package delivery_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
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

func ada(name delivery.Name) delivery.Delivery {
	return delivery.Delivery{UserID: "u1", Notification: name, Key: "ada", Username: "Ada"}
}

func TestClaim(t *testing.T) {
	s := deliveries(t)

	const leaseTime = time.Minute

	type claiming func(t *testing.T, name delivery.Name) (delivery.Delivery, bool, error)

	claim := func(owner string, at time.Time) claiming {
		return func(t *testing.T, name delivery.Name) (delivery.Delivery, bool, error) {
			return s.Claim(
				t.Context(), ada(name), lease.Lease{Owner: owner, Until: at.Add(leaseTime)}, at,
			)
		}
	}
	put := func(state delivery.State) func(t *testing.T, name delivery.Name) {
		return func(t *testing.T, name delivery.Name) {
			d := ada(name)
			d.State = state
			d.At = noon.UnixMilli()
			d.Attempts = 1
			if err := s.PutMany(t.Context(), []delivery.Delivery{d}); err != nil {
				t.Fatal(err)
			}
		}
	}

	claimed := func(t *testing.T, name delivery.Name) {
		if _, _, err := claim("first", noon)(t, name); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name     string
		before   func(t *testing.T, name delivery.Name)
		claim    claiming
		err      error
		done     bool
		attempts int
	}{
		{
			name:     "a new delivery is claimed, and counts its first attempt",
			before:   nil,
			claim:    claim("first", noon),
			err:      nil,
			done:     false,
			attempts: 1,
		},
		{
			name:     "one that another holds is busy",
			before:   claimed,
			claim:    claim("second", noon.Add(leaseTime/2)),
			err:      lease.ErrBusy,
			done:     false,
			attempts: 0,
		},
		{
			name:     "its own request may claim it again",
			before:   claimed,
			claim:    claim("first", noon.Add(leaseTime/2)),
			err:      nil,
			done:     false,
			attempts: 2,
		},
		{
			name:     "a lease that has ended is taken over",
			before:   claimed,
			claim:    claim("second", noon.Add(leaseTime+time.Millisecond)),
			err:      nil,
			done:     false,
			attempts: 2,
		},
		{
			name:     "one that was put back unsent is claimed at once",
			before:   put(delivery.Queued),
			claim:    claim("second", noon),
			err:      nil,
			done:     false,
			attempts: 2,
		},
		{"a sent one is done", put(delivery.Sent), claim("second", noon), nil, true, 1},
		{"a failed one is done", put(delivery.Failed), claim("second", noon), nil, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.before != nil {
				test.before(t, delivery.Name(test.name))
			}

			got, done, err := test.claim(t, delivery.Name(test.name))
			if !errors.Is(err, test.err) || done != test.done || got.Attempts != test.attempts {
				t.Errorf(
					"got %d attempts, done %t, %v; want %d, %t, %v",
					got.Attempts,
					done,
					err,
					test.attempts,
					test.done,
					test.err,
				)
			}
		})
	}
}

func TestHistoryOfAJobIsLatestFirstAndOfThatJobAlone(t *testing.T) {
	s := deliveries(t)

	var all []delivery.Delivery
	for _, name := range []delivery.Name{
		delivery.NameOf("j1", 2),
		delivery.NameOf("j1", 10),
		delivery.NameOf("j10", 1),
		"forgot#x",
		delivery.NameOf("j1", 1),
	} {
		d := ada(name)
		d.State, d.At = delivery.Sent, noon.UnixMilli()
		all = append(all, d)
	}

	if err := s.PutMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}

	found, err := s.OfJob(t.Context(), "u1", "j1", 2)
	if err != nil {
		t.Fatal(err)
	}

	var numbers []int
	for _, d := range found {
		numbers = append(numbers, *d.Notification.Number())
	}

	if !slices.Equal(numbers, []int{10, 2}) {
		t.Errorf("got %v", numbers)
	}

	byUser, err := s.GetMany(t.Context(), delivery.NameOf("j1", 2), []string{"u1", "u2"})
	if err != nil || len(byUser) != 1 || byUser["u1"].State != delivery.Sent {
		t.Errorf("got %v, %v", byUser, err)
	}
}

func TestAPartIsListedByUsername(t *testing.T) {
	s := deliveries(t)

	var all []delivery.Delivery
	for i, name := range []string{"cem", "ada", "bob"} {
		all = append(all, delivery.Delivery{
			UserID:       fmt.Sprint(i),
			Notification: delivery.NameOf("j1", 1),
			Part:         delivery.Part("j1", 1, 3),
			Key:          name,
			State:        delivery.Sent,
			At:           noon.UnixMilli(),
		})
	}

	if err := s.PutMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}

	var (
		got   []string
		after store.Key
	)
	for {
		some, next, err := s.List(t.Context(), delivery.Part("j1", 1, 3), 2, after)
		if err != nil {
			t.Fatal(err)
		}

		for _, d := range some {
			got = append(got, d.Key)
		}

		if after = next; next == nil {
			break
		}
	}

	if !slices.Equal(got, []string{"ada", "bob", "cem"}) {
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

func TestRecordMovesOnlyWhatIsQueued(t *testing.T) {
	s := deliveries(t)
	for i, test := range []struct {
		name   string
		before delivery.News // of an event; no state for none
		result delivery.State
		want   delivery.State
	}{
		{"sent", delivery.News{}, delivery.Sent, delivery.Sent},
		{"failed", delivery.News{}, delivery.Failed, delivery.Failed},
		{"still queued", delivery.News{}, delivery.Queued, delivery.Queued},
		{
			name:   "delivered before it was known to be sent",
			before: delivery.News{State: delivery.Delivered},
			result: delivery.Sent,
			want:   delivery.Delivered,
		},
		{
			name:   "sent before it was given up",
			before: delivery.News{State: delivery.Sent},
			result: delivery.Failed,
			want:   delivery.Sent,
		},
	} {
		d := ada(delivery.NameOf("j1", i+1))
		d.State = delivery.Queued
		d.At = noon.UnixMilli()
		d.LeaseOwner = "r1"
		d.LeaseUntil = noon.UnixMilli()
		if err := s.PutMany(t.Context(), []delivery.Delivery{d}); err != nil {
			t.Fatal(err)
		}

		if test.before.State != "" {
			test.before.At = noon
			if _, err := s.Advance(t.Context(), "u1", d.Notification, test.before); err != nil {
				t.Fatal(err)
			}
		}

		d.State, d.Attempts, d.MessageID, d.Device = test.result, 2, "m1", "Work Email"

		after, err := s.Record(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}

		kept, err := s.Get(t.Context(), "u1", d.Notification)
		if err != nil || kept != after[0] || kept.State != test.want || kept.Attempts != 2 ||
			kept.MessageID != "m1" || kept.Device != "Work Email" || kept.LeaseOwner != "" {
			t.Errorf("%s: got %+v and keeps %+v, %v", test.name, after[0], kept, err)
		}
	}

	if _, err := s.Record(t.Context(), ada("forgotten")); err != nil {
		t.Errorf("one that is forgotten: %v", err)
	}

	if _, err := s.Get(t.Context(), "u1", "forgotten"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is made anew: %v", err)
	}

	_, err := s.Advance(t.Context(), "u1", "never", delivery.News{State: delivery.Sent, At: noon})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an event of none: %v", err)
	}
}

// An event that comes after the sender gave up shows that the message was sent after all;
// who was skipped meanwhile got it too.
func TestAnEventKnowsBetterThanWhoGaveUp(t *testing.T) {
	s := deliveries(t)
	for i, state := range []delivery.State{delivery.Failed, delivery.Skipped} {
		d := ada(delivery.NameOf("j1", i+1))

		d.State, d.Reason, d.At, d.Attempts = state, delivery.ReasonTries, noon.UnixMilli(), 5
		if err := s.PutMany(t.Context(), []delivery.Delivery{d}); err != nil {
			t.Fatal(err)
		}

		after, err := s.Advance(
			t.Context(),
			"u1",
			d.Notification,
			delivery.News{State: delivery.Sent, At: noon.Add(time.Minute)},
		)
		if err != nil || after.State != delivery.Sent || after.Reason != "" ||
			after.Attempts != 5 || after.At != noon.Add(time.Minute).UnixMilli() {
			t.Errorf("%s: got %+v, %v", state, after, err)
		}
	}
}

func TestUsersAreCountedOnceByTheLatestDevice(t *testing.T) {
	s := deliveries(t)
	part := delivery.Part("j1", 1, 3)
	of := func(userID, username string, k int, state delivery.State) delivery.Delivery {
		return delivery.Delivery{
			UserID:       userID,
			Notification: delivery.NameOf("j1", 1).Nth(k),
			Part:         part,
			Key:          username,
			State:        state,
			At:           noon.UnixMilli(),
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
		of("u6", "eve", 1, delivery.Queued), // or handed over since, as the batch knows
	}
	if err := s.PutMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}

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

	series, err := s.Series(t.Context(), "u1", delivery.NameOf("j1", 1), 4)
	if err != nil || len(series) != 3 || series[2].State != delivery.Sent {
		t.Errorf("got %v, %v", series, err)
	}
}
