package notification_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

const leaseTime = time.Minute

func newStore(t testing.TB) notification.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	table := store.Table{DB: db, Name: name("jobs")}
	must(t, job.Store{Table: table}.Create(t.Context(), job.Job{ID: "j1", Status: job.Processed}))
	return notification.Store{Table: table}
}

// settle ends a shard, and with the last one the notification, as those who may be the last
// do.
func settle(t testing.TB, s notification.Store, n notification.Notification, shard int) error {
	t.Helper()
	sum, last, err := s.SettleShard(t.Context(), n, shard)
	if err != nil || !last {
		return err
	}
	return s.End(t.Context(), n, sum, noon)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// create makes a notification of one shard, as that of named users is.
func create(t testing.TB, s notification.Store, id string) notification.Notification {
	t.Helper()
	n, err := s.Create(
		t.Context(),
		notification.Notification{JobID: "j1", ID: id, Audience: job.Named},
		nil,
	)
	must(t, err)

	return n
}

func TestCreateDrawsNumbersOneAfterTheOther(t *testing.T) {
	s := newStore(t)

	first := create(t, s, "a")
	if again := create(t, s, "a"); again.Number != 1 || first.Number != 1 {
		t.Errorf("the same request again makes number %d", again.Number)
	}

	_, err := s.Create(t.Context(), notification.Notification{JobID: "j1", ID: "b"}, nil)
	if !errors.Is(err, notification.ErrRunning) {
		t.Errorf("while one runs: %v", err)
	}

	must(t, s.Walked(t.Context(), "j1", 1, 0, 0))
	must(t, settle(t, s, first, 0))

	if second := create(t, s, "b"); second.Number != 2 {
		t.Errorf("got number %d", second.Number)
	}

	_, err = s.Create(t.Context(), notification.Notification{JobID: "nobody", ID: "a"}, nil)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no job: %v", err)
	}
}

func TestOfManyMadeAtOnceOneIs(t *testing.T) {
	s := newStore(t)
	made := make([]bool, 12)

	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			_, err := s.Create(
				t.Context(),
				notification.Notification{JobID: "j1", ID: fmt.Sprint(i)},
				nil,
			)
			if made[i] = err == nil; err != nil && !errors.Is(err, notification.ErrRunning) {
				t.Error(err)
			}
		})
	}

	group.Wait()

	won := 0
	for _, one := range made {
		if one {
			won++
		}
	}

	if won != 1 {
		t.Errorf("%d were made", won)
	}
}

func TestNamedUsersAreKeptInTheirOrder(t *testing.T) {
	s := newStore(t)

	var names []string
	for i := range 250 {
		names = append(names, fmt.Sprint("user", i))
	}

	n, err := s.Create(
		t.Context(),
		notification.Notification{JobID: "j1", ID: "a", Audience: job.Named},
		names,
	)
	must(t, err)

	got, err := s.Usernames(t.Context(), n)
	if err != nil || !slices.Equal(got, names) || n.NamedParts != 3 {
		t.Errorf("got %d in %d parts, %v", len(got), n.NamedParts, err)
	}
}

func TestPutBatchKeepsTheFirst(t *testing.T) {
	s := newStore(t)

	first := notification.Cut{Usernames: []string{"ada", "bob"}, Next: "bob"}
	for _, test := range []struct {
		name string
		seq  int
		cut  notification.Cut
		want notification.Cut
	}{
		{"a new one", 0, first, first},
		{"the same again", 0, first, first},
		{
			name: "another in its place",
			seq:  0,
			cut:  notification.Cut{Usernames: []string{"cem"}, Next: "cem", End: true},
			want: first,
		},
		{"nobody in its place", 0, notification.Cut{Next: "zoe", End: true}, first},
		{
			name: "nobody at the end isn't made",
			seq:  1,
			cut:  notification.Cut{Next: "zoe", End: true},
			want: notification.Cut{Next: "zoe", End: true},
		},
		{
			name: "so that a later walk may make it",
			seq:  1,
			cut:  notification.Cut{Usernames: []string{"cem"}, Next: "cem", End: true},
			want: notification.Cut{Usernames: []string{"cem"}, Next: "cem", End: true},
		},
	} {
		got, err := s.PutBatch(t.Context(), ref(1, test.seq), test.cut)
		if err != nil || !slices.Equal(got.Usernames, test.want.Usernames) ||
			got.Next != test.want.Next || got.End != test.want.End {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
}

// ref names a batch of the first shard.
func ref(number, seq int) notification.BatchRef {
	return notification.BatchRef{JobID: "j1", Number: number, Seq: seq}
}

// by returns a request's lease that it takes at a time.
func by(owner string, at time.Time) lease.Lease {
	return lease.Lease{Owner: owner, Until: at.Add(leaseTime)}
}

// batch makes a batch of two users.
func batch(t testing.TB, s notification.Store, seq int) {
	t.Helper()
	_, err := s.PutBatch(
		t.Context(),
		ref(1, seq),
		notification.Cut{Usernames: []string{"ada", "bob"}, Next: "bob"},
	)
	must(t, err)
}

func TestClaim(t *testing.T) {
	claimed := func(t *testing.T, s notification.Store) {
		_, err := s.Claim(t.Context(), ref(1, 0), by("first", noon), noon)
		must(t, err)
	}
	for _, test := range []struct {
		name   string
		before func(t *testing.T, s notification.Store)
		owner  string
		at     time.Time
		done   bool
		want   error
	}{
		{"a new one", func(*testing.T, notification.Store) {}, "first", noon, false, nil},
		{"one in another's hand", claimed, "second", noon.Add(leaseTime), false, lease.ErrBusy},
		{"its own again", claimed, "first", noon, false, nil},
		{"after the lease", claimed, "second", noon.Add(leaseTime + time.Millisecond), false, nil},
		{"one that was given back", func(t *testing.T, s notification.Store) {
			claimed(t, s)
			counts := notification.Counts{Audience: 2, Sent: 1}
			must(t, s.Release(t.Context(), ref(1, 0), by("first", noon), counts, both))
		}, "second", noon, false, nil},
		{"a done one", func(t *testing.T, s notification.Store) {
			claimed(t, s)
			counts := notification.Counts{Audience: 2, Sent: 2}
			must(t, s.FinishBatch(t.Context(), ref(1, 0), by("first", noon), counts))
		}, "second", noon.Add(time.Hour), true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			batch(t, s, 0)
			test.before(t, s)

			got, err := s.Claim(
				t.Context(), ref(1, 0), by(test.owner, test.at), test.at,
			)
			if got.Done != test.done || !errors.Is(err, test.want) ||
				(err == nil && !got.Done) != slices.Equal(got.Open, both) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// both are the users of a batch, to whom nothing was sent.
var both = []notification.Open{{Key: "ada"}, {Key: "bob"}}

func TestABatchTellsWhoIsOpenAndWhetherARequestHasDied(t *testing.T) {
	s := newStore(t)
	batch(t, s, 0)
	claim := func(owner string, at time.Time) notification.Batch {
		t.Helper()
		claimed, err := s.Claim(t.Context(), ref(1, 0), by(owner, at), at)
		must(t, err)
		return claimed
	}

	if got := claim("first", noon); got.Resumed || !slices.Equal(got.Open, both) {
		t.Errorf("a new one: %+v", got)
	}

	left := []notification.Open{{Key: "bob", Attempts: 2}}
	counts := notification.Counts{Audience: 2, Sent: 1}
	must(t, s.Release(t.Context(), ref(1, 0), by("first", noon), counts, left))
	got := claim("second", noon)
	if got.Resumed || !slices.Equal(got.Open, left) || got.Counts != counts {
		t.Errorf("after a release: %+v", got)
	}

	later := noon.Add(time.Hour)
	if got := claim("third", later); !got.Resumed || !slices.Equal(got.Open, left) {
		t.Errorf("after a death: %+v", got)
	}

	must(t, s.Release(t.Context(), ref(1, 0), by("third", later), counts, nil))
	if got := claim("fourth", later); got.Resumed || len(got.Open) != 0 {
		t.Errorf("after a release with nobody open: %+v", got)
	}
}

func TestWhoLostABatchChangesNothing(t *testing.T) {
	s := newStore(t)
	batch(t, s, 0)
	_, err := s.Claim(t.Context(), ref(1, 0), by("first", noon), noon)
	must(t, err)

	late := noon.Add(2 * leaseTime)
	_, err = s.Claim(t.Context(), ref(1, 0), by("second", late), late)
	must(t, err)

	none := notification.Counts{}
	for name, err := range map[string]error{
		"releases": s.Release(t.Context(), ref(1, 0), by("first", noon), none, nil),
		"finishes": s.FinishBatch(t.Context(), ref(1, 0), by("first", noon), none),
	} {
		if !errors.Is(err, lease.ErrBusy) {
			t.Errorf("it %s: %v", name, err)
		}
	}
}

func TestSettle(t *testing.T) {
	s := newStore(t)
	n := create(t, s, "a")
	batch(t, s, 0)
	batch(t, s, 1)

	finish := func(seq int, counts notification.Counts) {
		t.Helper()
		_, err := s.Claim(t.Context(), ref(1, seq), by("first", noon), noon)
		must(t, err)
		must(t, s.FinishBatch(t.Context(), ref(1, seq), by("first", noon), counts))
	}
	for _, step := range []struct {
		name   string
		do     func()
		status notification.Status
		counts notification.Counts
	}{
		{
			name:   "batches that nobody has taken",
			do:     func() {},
			status: notification.Sending,
			counts: notification.Counts{Audience: 4, Queued: 4},
		},
		{
			name:   "one done, the walk not",
			do:     func() { finish(0, notification.Counts{Audience: 2, Sent: 1, Skipped: 1}) },
			status: notification.Sending,
			counts: notification.Counts{Audience: 4, Queued: 2, Sent: 1, Skipped: 1},
		},
		{
			name:   "the walk done, a batch not",
			do:     func() { must(t, s.Walked(t.Context(), "j1", 1, 0, 2)) },
			status: notification.Sending,
			counts: notification.Counts{Audience: 4, Queued: 2, Sent: 1, Skipped: 1},
		},
		{
			name:   "the walk done twice",
			do:     func() { must(t, s.Walked(t.Context(), "j1", 1, 0, 2)) },
			status: notification.Sending,
			counts: notification.Counts{Audience: 4, Queued: 2, Sent: 1, Skipped: 1},
		},
		{
			name:   "all done",
			do:     func() { finish(1, notification.Counts{Audience: 2, Failed: 2}) },
			status: notification.Sent,
			counts: notification.Counts{Audience: 4, Sent: 1, Skipped: 1, Failed: 2},
		},
		{
			name:   "settled again",
			do:     func() {},
			status: notification.Sent,
			counts: notification.Counts{Audience: 4, Sent: 1, Skipped: 1, Failed: 2},
		},
	} {
		step.do()
		must(t, settle(t, s, n, 0))

		got, err := s.Get(t.Context(), "j1", 1)
		if err != nil || got.Status != step.status || got.Counts != step.counts {
			t.Errorf("%s: got %s, %+v, %v", step.name, got.Status, got.Counts, err)
		}
	}
}

func TestTheLastShardEndsTheNotificationWhoeverComesLast(t *testing.T) {
	s := newStore(t)
	n, err := s.Create(
		t.Context(),
		notification.Notification{JobID: "j1", ID: "a", Audience: job.Pending},
		nil,
	)
	must(t, err)

	var group sync.WaitGroup
	for shard := range n.Parts() {
		must(t, s.Walked(t.Context(), "j1", 1, shard, 0))
	}

	for shard := range n.Parts() {
		group.Go(func() {
			if err := settle(t, s, n, shard); err != nil {
				t.Error(err)
			}
		})
	}

	group.Wait()

	if got, err := s.Get(t.Context(), "j1", 1); err != nil || got.Status != notification.Sent ||
		got.FinishedAt != clock.Of(noon) {
		t.Errorf("got %s, %v", got.Status, err)
	}
}

func TestStatusesMoveOnlyWhereTheyMay(t *testing.T) {
	pause := func(s notification.Store, n notification.Notification) error {
		return s.Pause(t.Context(), n, notification.ReasonQuota, noon.Add(time.Hour))
	}
	cancel := func(s notification.Store, n notification.Notification) error {
		_, err := s.Cancel(t.Context(), n.JobID, n.Number, noon)
		return err
	}
	resume := func(s notification.Store, n notification.Notification) error {
		_, err := s.Resume(t.Context(), n.JobID, n.Number)
		return err
	}
	settle := func(s notification.Store, n notification.Notification) error {
		if err := s.Walked(t.Context(), n.JobID, n.Number, 0, 0); err != nil {
			return err
		}
		return settle(t, s, n, 0)
	}

	type step = func(notification.Store, notification.Notification) error

	for _, test := range []struct {
		name     string
		steps    []step
		want     notification.Status
		reason   string
		finished bool
	}{
		{
			name:     "a new one is paused, and due",
			steps:    []step{pause, pause},
			want:     notification.Paused,
			reason:   notification.ReasonQuota,
			finished: false,
		},
		{"and resumed", []step{pause, resume, resume}, notification.Sending, "", false},
		{
			name:     "one that isn't paused can't be resumed",
			steps:    []step{resume},
			want:     notification.Preparing,
			reason:   "",
			finished: false,
		},
		{"one is cancelled, twice", []step{cancel, cancel}, notification.Cancelled, "", false},
		{
			name:     "a paused one is cancelled, and isn't due any more",
			steps:    []step{pause, cancel, pause, resume},
			want:     notification.Cancelled,
			reason:   "",
			finished: false,
		},
		{
			name:     "a cancelled one ends, and stays cancelled",
			steps:    []step{cancel, settle, settle},
			want:     notification.Cancelled,
			reason:   "",
			finished: true,
		},
		{
			name:     "a sent one stays sent",
			steps:    []step{settle, cancel, pause, resume},
			want:     notification.Sent,
			reason:   "",
			finished: true,
		},
		{
			name:     "a paused one whose last batch was done after all is sent",
			steps:    []step{pause, settle},
			want:     notification.Sent,
			reason:   "",
			finished: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)

			n := create(t, s, "a")
			for _, do := range test.steps {
				must(t, do(s, n))
			}

			got, err := s.Get(t.Context(), n.JobID, n.Number)
			if err != nil || got.Status != test.want || got.Reason != test.reason ||
				(got.FinishedAt != 0) != test.finished ||
				(got.Due != "") != (test.want == notification.Paused) {
				t.Errorf(
					"it is %s, %q, finished at %d, due at %q, %v",
					got.Status,
					got.Reason,
					got.FinishedAt,
					got.DueAt,
					err,
				)
			}

			_, err = s.Create(
				t.Context(),
				notification.Notification{JobID: "j1", ID: "next", Audience: job.Named},
				nil,
			)
			if over := got.Over(); errors.Is(err, notification.ErrRunning) == over {
				t.Errorf("the next one: %v", err)
			}
		})
	}
}

func TestUnfinishedBatches(t *testing.T) {
	s := newStore(t)

	n := create(t, s, "a")
	for seq := range 4 {
		_, err := s.PutBatch(
			t.Context(),
			ref(n.Number, seq),
			notification.Cut{
				Usernames: []string{fmt.Sprint("user", seq)},
				Next:      fmt.Sprint("user", seq),
			},
		)
		must(t, err)
	}

	for _, seq := range []int{1, 2} {
		_, err := s.Claim(t.Context(), ref(n.Number, seq), by("r1", noon), noon)
		must(t, err)
	}

	must(t, s.FinishBatch(
		t.Context(), ref(n.Number, 1), by("r1", noon), notification.Counts{Audience: 1, Sent: 1},
	))

	if got, err := s.Unfinished(t.Context(), "j1", n.Number, 0); err != nil ||
		fmt.Sprint(got) != "[0 2 3]" {
		t.Errorf("got %v, %v", got, err)
	}

	if got, err := s.Unfinished(t.Context(), "j1", n.Number, 1); err != nil || got != nil {
		t.Errorf("of another shard: %v, %v", got, err)
	}
}
