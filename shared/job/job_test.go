package job_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/htmlindex"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// noon is far ahead: by its own clock DynamoDB Local deletes what is past.
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

const leaseTime = time.Minute

func newStore(t testing.TB) job.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return job.Store{Table: store.Table{DB: db, Name: name("jobs")}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var source = job.Source{Bucket: "b", Key: "uploads/a.csv", Event: "event-1"}

func create(t testing.TB, s job.Store, id string, status job.Status) {
	t.Helper()
	must(t, s.Create(t.Context(), job.Job{
		ID:          id,
		Status:      status,
		CreatedAt:   clock.Of(noon),
		UploadUntil: clock.Of(noon.Add(time.Hour)),
	}))
}

// by returns a request's lease that it takes at a time.
func by(owner string, at time.Time) lease.Lease {
	return lease.Lease{Owner: owner, Until: at.Add(leaseTime)}
}

// inRound is the job of the chunks in a round.
func inRound(round int) job.Job { return job.Job{ID: "j1", Round: round} }

func claim(t testing.TB, s job.Store, id, event, owner string, at time.Time) error {
	t.Helper()
	other := source
	other.Event = event
	_, err := s.Claim(t.Context(), id, other, by(owner, at), at)
	return err
}

func TestClaim(t *testing.T) {
	for _, test := range []struct {
		name         string
		status       job.Status // before; validating: claimed by "first" for event-1
		event, owner string
		at           time.Time
		want         error
	}{
		{"a job that waits for its file", job.AwaitingFile, "event-1", "first", noon, nil},
		{
			name:   "another request at the same file",
			status: job.Validating,
			event:  "event-1",
			owner:  "second",
			at:     noon.Add(leaseTime),
			want:   lease.ErrBusy,
		},
		{"the same request again", job.Validating, "event-1", "first", noon, nil},
		{
			name:   "another request after the lease",
			status: job.Validating,
			event:  "event-1",
			owner:  "second",
			at:     noon.Add(leaseTime + time.Millisecond),
			want:   nil,
		},
		{
			name:   "another file",
			status: job.Validating,
			event:  "event-2",
			owner:  "second",
			at:     noon.Add(time.Hour),
			want:   job.ErrOtherFile,
		},
		{"a file that is validated", job.Validated, "event-1", "first", noon, job.ErrOtherFile},
		{"a job that was rejected", job.Rejected, "event-1", "first", noon, job.ErrOtherFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			if test.status == job.Validating {
				create(t, s, "j1", job.AwaitingFile)
				must(t, claim(t, s, "j1", "event-1", "first", noon))
			} else {
				create(t, s, "j1", test.status)
			}

			err := claim(t, s, "j1", test.event, test.owner, test.at)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}

	s := newStore(t)
	if err := claim(t, s, "nobody", "event-1", "first", noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no job: %v", err)
	}

	create(t, s, "j1", job.AwaitingFile)
	must(t, s.Delete(t.Context(), "j1", noon))

	if err := claim(t, s, "j1", "event-1", "first", noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted job: %v", err)
	}
}

func TestOfManyThatClaimAFileAtOnceOneHasIt(t *testing.T) {
	s := newStore(t)
	create(t, s, "j1", job.AwaitingFile)

	var (
		won   atomic.Int32
		group sync.WaitGroup
	)
	for i := range 16 {
		group.Go(func() {
			err := claim(t, s, "j1", "event-1", fmt.Sprint(i), noon)
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, lease.ErrBusy) {
				t.Error(err)
			}
		})
	}

	group.Wait()

	if won.Load() != 1 {
		t.Errorf("%d have it", won.Load())
	}
}

func TestWhoLostTheLeaseChangesNothing(t *testing.T) {
	s := newStore(t)
	create(t, s, "j1", job.AwaitingFile)
	must(t, claim(t, s, "j1", "event-1", "first", noon))
	must(t, claim(t, s, "j1", "event-1", "second", noon.Add(2*leaseTime)))

	err := s.Validated(t.Context(), "j1", by("first", noon), job.Rows{}, 1, 0)
	if !errors.Is(err, job.ErrStatus) {
		t.Errorf("it validates: %v", err)
	}

	err = s.Reject(t.Context(), "j1", by("first", noon), job.Rejection{Reason: "bad"}, noon)
	if !errors.Is(err, job.ErrStatus) {
		t.Errorf("it rejects: %v", err)
	}

	must(t, s.Validated(t.Context(), "j1", by("second", noon), job.Rows{Total: 3}, 1, 2))

	j, err := s.Get(t.Context(), "j1")
	if err != nil || j.Status != job.Validated ||
		j.Rows.Total != 3 || j.Issues != 2 || j.LeaseOwner != "" {
		t.Errorf("got %+v, %v", j, err)
	}
}

// processing makes a job that is being processed.
func processing(t testing.TB, s job.Store) job.Job {
	t.Helper()
	create(t, s, "j1", job.Validated)
	j, err := s.Start(t.Context(), "j1", noon)
	must(t, err)
	return j
}

func TestStartAndFinish(t *testing.T) {
	s := newStore(t)

	j := processing(t, s)
	if _, err := s.Start(t.Context(), "j1", noon); !errors.Is(err, job.ErrStatus) {
		t.Errorf("it starts twice: %v", err)
	}

	must(t, s.Finish(
		t.Context(), "j1", j.Round, job.Failed, job.Progress{Users: job.Tally{Total: 1}}, noon,
	))
	// another worker saw the end as well
	must(t, s.Finish(
		t.Context(), "j1", j.Round, job.Processed, job.Progress{Users: job.Tally{Total: 9}}, noon,
	))

	again, err := s.Start(t.Context(), "j1", noon)
	if err != nil || again.Status != job.Processing || again.Tally != nil ||
		again.Outcomes != nil || again.FinishedAt != 0 {
		t.Errorf("got %+v, %v", again, err)
	}

	// a worker of the round before
	must(t, s.Finish(t.Context(), "j1", j.Round, job.Failed, job.Progress{}, noon))

	if j, err := s.Get(t.Context(), "j1"); err != nil || j.Status != job.Processing {
		t.Errorf("it is %s, %v", j.Status, err)
	}
}

func TestClaimChunk(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(t *testing.T, s job.Store)
		round  int
		owner  string
		at     time.Time
		done   bool
		want   error
		fresh  bool
	}{
		{
			name:   "a new one",
			before: func(*testing.T, job.Store) {},
			round:  1,
			owner:  "first",
			at:     noon,
			fresh:  true,
		},
		{
			name:   "one in another's hand",
			before: claimed,
			round:  1,
			owner:  "second",
			at:     noon.Add(leaseTime),
			want:   lease.ErrBusy,
		},
		{name: "its own again", before: claimed, round: 1, owner: "first", at: noon},
		{
			name:   "after the lease",
			before: claimed,
			round:  1,
			owner:  "second",
			at:     noon.Add(leaseTime + time.Millisecond),
			done:   false,
			want:   nil,
		},
		{
			name:   "a done one",
			before: finished(job.Outcomes{Added: 1}, 0),
			round:  1,
			owner:  "second",
			at:     noon.Add(time.Hour),
			done:   true,
			want:   nil,
		},
		{
			name:   "a done one, in a later round",
			before: finished(job.Outcomes{Added: 1}, 0),
			round:  2,
			owner:  "second",
			at:     noon.Add(time.Hour),
			done:   true,
			want:   nil,
		},
		{
			name:   "one that rows of were given up on, in the same round",
			before: finished(job.Outcomes{Failed: 1}, 1),
			round:  1,
			owner:  "second",
			at:     noon.Add(time.Hour),
			done:   true,
			want:   nil,
		},
		{
			name:   "and in a later round",
			before: finished(job.Outcomes{Failed: 1}, 1),
			round:  2,
			owner:  "second",
			at:     noon.Add(time.Hour),
			done:   false,
			want:   nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			test.before(t, s)

			held := by(test.owner, test.at)
			got, err := s.ClaimChunk(t.Context(), inRound(test.round), 0, held, test.at)
			if got.Done != test.done || !errors.Is(err, test.want) || got.Fresh != test.fresh {
				t.Errorf("got %t, fresh %t, %v; want %t, %t, %v",
					got.Done, got.Fresh, err, test.done, test.fresh, test.want)
			}
		})
	}
}

func claimed(t *testing.T, s job.Store) {
	t.Helper()
	_, err := s.ClaimChunk(t.Context(), inRound(1), 0, by("first", noon), noon)
	must(t, err)
}

func finished(outcomes job.Outcomes, givenUp int) func(t *testing.T, s job.Store) {
	return func(t *testing.T, s job.Store) {
		t.Helper()
		claimed(t, s)
		must(t, s.FinishChunk(
			t.Context(),
			job.Result{JobID: "j1", Round: 1, Outcomes: outcomes, GivenUp: givenUp},
			0,
			by("first", noon),
		))
	}
}

func TestAReleasedChunkIsTakenUpWhereItWasLeft(t *testing.T) {
	s := newStore(t)
	claimed(t, s)
	left := job.Result{
		JobID:    "j1",
		Round:    1,
		Outcomes: job.Outcomes{Processed: 3, Added: 2, Failed: 1},
		GivenUp:  1,
		Users:    job.Tally{Total: 2, Pending: 2},
		Through:  4,
	}
	must(t, s.ReleaseChunk(t.Context(), left, 0, by("first", noon)))

	err := s.ReleaseChunk(t.Context(), left, 0, by("first", noon))
	if !errors.Is(err, lease.ErrBusy) {
		t.Errorf("it is released twice: %v", err)
	}

	got, err := s.ClaimChunk(t.Context(), inRound(1), 0, by("second", noon), noon)
	if err != nil || got.Outcomes != left.Outcomes || got.Users != left.Users ||
		got.GivenUp != 1 || got.Through != 4 || got.Done {
		t.Errorf("got %+v, %v", got, err)
	}

	must(t, s.FinishChunk(t.Context(), got, 0, by("second", noon)))
	got, err = s.ClaimChunk(t.Context(), inRound(2), 0, by("third", noon), noon)
	if err != nil || got.Through != 0 {
		t.Errorf("in a later round it goes on at %d, %v", got.Through, err)
	}
}

func TestWhoLostAChunkNeitherExtendsNorFinishesIt(t *testing.T) {
	s := newStore(t)
	claimed(t, s)

	late := noon.Add(2 * leaseTime)
	_, err := s.ClaimChunk(t.Context(), inRound(1), 0, by("second", late), late)
	must(t, err)

	err = s.ExtendChunk(t.Context(), "j1", 0, by("first", late.Add(time.Hour)))
	if !errors.Is(err, lease.ErrBusy) {
		t.Errorf("it extends: %v", err)
	}

	err = s.FinishChunk(t.Context(), job.Result{JobID: "j1", Round: 1}, 0, by("first", late))
	if !errors.Is(err, lease.ErrBusy) {
		t.Errorf("it finishes: %v", err)
	}

	must(t, s.ExtendChunk(t.Context(), "j1", 0, by("second", late.Add(time.Hour))))

	later := late.Add(2 * leaseTime)
	_, err = s.ClaimChunk(t.Context(), inRound(1), 0, by("third", later), later)
	if !errors.Is(err, lease.ErrBusy) {
		t.Errorf("an extended lease is taken over: %v", err)
	}

	must(t, s.FinishChunk(
		t.Context(),
		job.Result{JobID: "j1", Round: 1, Outcomes: job.Outcomes{Processed: 2, Added: 2}},
		0,
		by("second", late),
	))

	err = s.FinishChunk(t.Context(), job.Result{JobID: "j1", Round: 1}, 0, by("second", late))
	if !errors.Is(err, lease.ErrBusy) {
		t.Errorf("it finishes twice: %v", err)
	}

	if p, err := s.Progress(t.Context(), "j1", 1); err != nil || p.Added != 2 || p.Done != 1 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestProgressCountsAChunkOfTheRoundBeforeAsOpen(t *testing.T) {
	s := newStore(t)
	finished(job.Outcomes{Processed: 3, Added: 2, Failed: 1}, 1)(t, s)

	for round, done := range map[int]int{1: 1, 2: 0} {
		p, err := s.Progress(t.Context(), "j1", round)
		if err != nil || p.Done != done || p.Processed != 3 || p.GivenUp != 1 {
			t.Errorf("round %d: got %+v, %v", round, p, err)
		}
	}
}

func TestWhatNobodyWorksAtCanBeDeleted(t *testing.T) {
	s := newStore(t)
	create(t, s, "validating", job.AwaitingFile)
	must(t, claim(t, s, "validating", "event", "first", noon))
	create(t, s, "j1", job.Validated)
	_, err := s.Start(t.Context(), "j1", noon)
	must(t, err)
	claimed(t, s)

	for _, step := range []struct {
		at   time.Duration
		id   string
		want error
	}{
		{leaseTime, "validating", job.ErrStatus},
		{leaseTime + time.Millisecond, "validating", nil},
		{time.Hour, "j1", job.ErrStatus},
		{time.Hour + time.Millisecond, "j1", nil},
	} {
		if err := s.Delete(t.Context(), step.id, noon.Add(step.at)); !errors.Is(err, step.want) {
			t.Errorf("%s after %s: got %v, want %v", step.id, step.at, err, step.want)
		}
	}

	for at, want := range map[time.Duration]bool{leaseTime: true, 2 * leaseTime: false} {
		working, err := s.Working(t.Context(), "j1", noon.Add(at))
		if err != nil || working != want {
			t.Errorf("after %s somebody is at it: %t, %v", at, working, err)
		}
	}
}

func TestDelete(t *testing.T) {
	for status, want := range map[job.Status]error{
		job.AwaitingFile: nil,
		job.Validating:   job.ErrStatus,
		job.Validated:    nil,
		job.Rejected:     nil,
		job.Processing:   job.ErrStatus,
		job.Processed:    nil,
		job.Failed:       nil,
	} {
		s := newStore(t)
		create(t, s, "j1", status)

		if err := s.Delete(t.Context(), "j1", noon); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", status, err, want)
		}

		listed, _, err := s.List(t.Context(), 10, "")

		_, gone := s.Get(t.Context(), "j1")
		if (len(listed) == 0) != (want == nil) ||
			errors.Is(gone, store.ErrNotFound) != (want == nil) || err != nil {
			t.Errorf(
				"%s: it is listed %d times, and reading it answers %v, %v",
				status,
				len(listed),
				gone,
				err,
			)
		}
	}
}

func TestListIsNewestFirst(t *testing.T) {
	s := newStore(t)
	for i := range 5 {
		must(t, s.Create(t.Context(), job.Job{
			ID:        fmt.Sprint("j", i),
			Status:    job.Processed,
			CreatedAt: clock.Of(noon.Add(time.Duration(i) * time.Second)),
		}))
	}

	if err := s.Create(t.Context(), job.Job{ID: "j1"}); !errors.Is(err, store.ErrCondition) {
		t.Errorf("an id is taken twice: %v", err)
	}

	var got []string
	after := ""
	for {
		some, next, err := s.List(t.Context(), 2, after)
		must(t, err)

		for _, j := range some {
			got = append(got, j.ID)
		}

		if after = next; next == "" {
			break
		}
	}

	if !slices.Equal(got, []string{"j4", "j3", "j2", "j1", "j0"}) {
		t.Errorf("got %v", got)
	}

	moment := job.Moment(clock.Of(noon))
	for _, after := range []string{
		moment,
		moment + "#",
		"#j1",
		moment[1:] + "#j1",
		moment + "#" + strings.Repeat("j", job.MaxID+1),
	} {
		if _, _, err := s.List(t.Context(), 2, after); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after %q: %v", after, err)
		}
	}
}

func dueAt(t *testing.T, s job.Store, at time.Time) (due []job.Item) {
	t.Helper()
	for item, err := range s.Due(t.Context(), at) {
		must(t, err)
		due = append(due, item)
	}
	return due
}

func TestAJobWhoseFileIsComingIsNotAbandoned(t *testing.T) {
	s := newStore(t)
	create(t, s, "waits", job.AwaitingFile)
	create(t, s, "claimed", job.AwaitingFile)
	must(t, claim(t, s, "claimed", "event-1", "first", noon))
	end := noon.Add(time.Hour)
	due := dueAt(t, s, end)
	if !slices.Equal(due, []job.Item{{JobID: "waits", Item: "job"}}) {
		t.Errorf("due are %v", due)
	}

	for id, test := range map[string]struct {
		at   time.Time
		want job.Status
	}{"waits": {end, job.Rejected}, "claimed": {end, job.Validating}} {
		read, err := s.Get(t.Context(), id)
		must(t, err)
		if read.Abandoned(end) != (test.want == job.Rejected) {
			t.Errorf("%s is abandoned: %t", id, read.Abandoned(end))
		}
		must(t, s.Abandon(t.Context(), read, test.at))
		if j, err := s.Get(t.Context(), id); err != nil || j.Status != test.want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestAValidationThatEndedWithoutAWordIsAbandoned(t *testing.T) {
	s := newStore(t)
	late := noon.Add(24 * time.Hour)
	for _, id := range []string{"dead", "alive", "again", "validated", "rejected"} {
		create(t, s, id, job.AwaitingFile)
		must(t, claim(t, s, id, "event", "first", noon))
	}
	must(t, s.Validated(t.Context(), "validated", by("first", noon), job.Rows{}, 1, 0))
	must(t, s.Reject(t.Context(), "rejected", by("first", noon), job.Rejection{}, noon))
	for _, id := range []string{"alive", "again"} {
		must(t, claim(t, s, id, "event", "second", late))
	}

	if due := dueAt(t, s, late); !slices.Equal(due, []job.Item{{JobID: "dead", Item: "job"}}) {
		t.Errorf("due are %v", due)
	}

	read, err := s.Get(t.Context(), "dead")
	must(t, err)
	again := read
	again.ID = "again" // it was taken up after it was read
	must(t, errors.Join(s.Abandon(t.Context(), read, late), s.Abandon(t.Context(), again, late)))

	for id, want := range map[string]job.Status{"dead": job.Rejected, "again": job.Validating} {
		j, err := s.Get(t.Context(), id)
		if err != nil || j.Status != want || (j.Reason != "") != (want == job.Rejected) ||
			j.RemindAt() != 0 {
			t.Errorf("%s is %s (%s), %v", id, j.Status, j.Reason, err)
		}
	}

	err = s.Validated(t.Context(), "dead", by("first", noon), job.Rows{}, 1, 0)
	if !errors.Is(err, job.ErrStatus) {
		t.Errorf("who comes late validates it: %v", err)
	}
}

func TestOneIsToAskForATally(t *testing.T) {
	s := newStore(t)
	create(t, s, "j1", job.Processed)

	const gap = 2 * time.Second
	for _, step := range []struct {
		at   time.Duration
		mine bool
	}{{0, true}, {gap - time.Millisecond, false}, {gap, true}} {
		mine, err := s.ClaimTally(t.Context(), "j1", noon.Add(step.at), gap)
		if err != nil || mine != step.mine {
			t.Errorf("a tally after %s: %t, %v", step.at, mine, err)
		}
	}
}

func TestAnExportIsBegunByOneAndAnewOnlyWhenItIsOldOrLost(t *testing.T) {
	s := newStore(t)
	create(t, s, "j1", job.Processed)

	const age, lost = time.Minute, time.Hour
	ask := func(at time.Duration, want bool) job.Export {
		t.Helper()
		now := noon.Add(at)
		export, mine, err := s.AskExport(t.Context(), "j1", "pending", now, age, lost)
		if err != nil || mine != want {
			t.Errorf("after %s: %t, %v, want %t", at, mine, err, want)
		}
		return export
	}
	claim := func(owner string, at time.Duration) (job.Export, error) {
		now := noon.Add(at)
		return s.ClaimExport(t.Context(), "j1", "pending", by(owner, now), now)
	}
	save := func(owner string, at time.Duration, export job.Export) error {
		l := by(owner, noon.Add(at))
		return s.SaveExport(t.Context(), "j1", "pending", export, l)
	}

	ask(0, true)
	ask(lost-time.Second, false)
	_, err := claim("first", lost-time.Second)
	must(t, err)
	if _, err := claim("second", lost-time.Second); !errors.Is(err, lease.ErrBusy) {
		t.Errorf("a second step: %v", err)
	}
	must(t, save("first", lost, job.Export{Pieces: 3, Shard: 2, After: "ada"}))
	ask(lost+time.Minute, false) // somebody has worked at it

	again, err := claim("second", lost+time.Hour/2)
	if err != nil || again.Pieces != 3 || again.Shard != 2 || again.After != "ada" {
		t.Errorf("the next step goes on at %+v, %v", again, err)
	}
	if err := save("first", lost+time.Hour/2, again); !errors.Is(err, lease.ErrBusy) {
		t.Errorf("the one before it: %v", err)
	}

	end := 3 * time.Hour
	if got := ask(end, true); got.Pieces != 0 || got.Shard != 0 || got.After != "" {
		t.Errorf("begun anew it is %+v", got)
	}
	if err := save("second", end, again); !errors.Is(err, lease.ErrBusy) {
		t.Errorf("a step of the one before: %v", err)
	}

	_, err = claim("third", end)
	must(t, err)
	must(t, save("third", end, job.Export{DoneAt: clock.Of(noon.Add(end))}))
	if got := ask(end+age-time.Second, false); got.DoneAt == 0 {
		t.Errorf("when it is done it is %+v", got)
	}
	if got, err := claim("third", end); err != nil || got.DoneAt == 0 {
		t.Errorf("a step that comes late: %+v, %v", got, err)
	}
	ask(end+age, true)
}

func TestShardTalliesAreCompleteWhenAllAreThere(t *testing.T) {
	s := newStore(t)
	for shard := range job.Shards {
		if _, complete, err := s.ShardTallies(t.Context(), "j1"); err != nil || complete {
			t.Fatalf("with %d: %t, %v", shard, complete, err)
		}

		for range 2 { // counting twice doesn't matter
			must(t, s.PutShardTally(t.Context(), "j1", shard, job.Tally{
				Total: 1,
				AsOf:  clock.Of(noon.Add(time.Duration(shard))) + clock.Millis(shard),
			}))
		}
	}

	sum, complete, err := s.ShardTallies(t.Context(), "j1")
	if err != nil || !complete || sum.Total != job.Shards || sum.AsOf != clock.Of(noon) {
		t.Errorf("got %+v, %t, %v", sum, complete, err)
	}
}

func TestOptions(t *testing.T) {
	limits := job.Limits{
		Devices: []string{
			"Work Email",
			"SMS Phone",
		},
		DefaultDevices: []string{"Work Email"},
		Lifetime:       72 * time.Hour,
		Minimum:        10 * time.Minute,
		Maximum:        720 * time.Hour,
	}
	for _, test := range []struct {
		name    string
		options job.Options
		want    string // the option that can't be taken, and why
	}{
		{"nothing is the defaults", job.Options{}, ""},
		{
			name: "all of them",
			options: job.Options{
				Name:         " New staff ",
				Mode:         "auto",
				Devices:      []string{"SMS Phone", "Work Email"},
				LinkLifetime: "10m",
				Notify:       "unreached",
				ReportTo:     "a@example.com",
				Encoding:     "Windows-1252",
				Separator:    "Semicolon",
			},
			want: "",
		},
		{"a name of 200 letters", job.Options{Name: strings.Repeat("é", 200)}, ""},
		{"a name that is longer", job.Options{Name: strings.Repeat("é", 201)}, "name invalid"},
		{"a name with a line break", job.Options{Name: "a\nb"}, "name invalid"},
		{"a name that is no UTF-8", job.Options{Name: "\xff"}, "name invalid"},
		{"a mode that there isn't", job.Options{Mode: "Auto"}, "process not_allowed"},
		{"an empty list of devices", job.Options{Devices: []string{}}, "devices required"},
		{
			name:    "a device that can't be sent to",
			options: job.Options{Devices: []string{"Work Phone"}},
			want:    "devices not_allowed",
		},
		{
			name:    "a device twice",
			options: job.Options{Devices: []string{"SMS Phone", "SMS Phone"}},
			want:    "devices not_allowed",
		},
		{
			name:    "a lifetime that is none",
			options: job.Options{LinkLifetime: "3 days"},
			want:    "link_lifetime invalid_duration",
		},
		{
			name:    "a lifetime that is too short",
			options: job.Options{LinkLifetime: "9m59s"},
			want:    "link_lifetime out_of_range",
		},
		{
			name:    "a lifetime that is too long",
			options: job.Options{LinkLifetime: "721h"},
			want:    "link_lifetime out_of_range",
		},
		{"an audience that is for names", job.Options{Notify: "named"}, "notify not_allowed"},
		{
			name:    "an address with a name",
			options: job.Options{ReportTo: "Ada <a@example.com>"},
			want:    "report_to invalid_address",
		},
		{
			name:    "two addresses",
			options: job.Options{ReportTo: "a@example.com, b@example.com"},
			want:    "report_to invalid_address",
		},
		{
			name:    "an address that SES has no form for",
			options: job.Options{ReportTo: "müller@example.com"},
			want:    "report_to invalid_address",
		},
		{
			name:    "an address without a domain that may be",
			options: job.Options{ReportTo: "a@-b.example"},
			want:    "report_to invalid_address",
		},
		{"an encoding that there isn't", job.Options{Encoding: "ansi"}, "encoding not_allowed"},
		{"a blank encoding", job.Options{Encoding: " "}, "encoding not_allowed"},
		{
			name:    "the encoding that only refuses",
			options: job.Options{Encoding: "replacement"},
			want:    "encoding not_allowed",
		},
		{"another separator", job.Options{Separator: "|"}, "separator not_allowed"},
		{"two separators", job.Options{Separator: ",;"}, "separator not_allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var j job.Job
			got := ""

			var bad *job.OptionError
			if err := test.options.Apply(&j, limits, job.Manual); errors.As(err, &bad) {
				got = bad.Option + " " + bad.Code
			} else if err != nil {
				t.Fatal(err)
			}

			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}

			if test.name == "nothing is the defaults" &&
				(j.Mode != job.Manual ||
					j.LinkLifetime != 72*3600 ||
					!slices.Equal(j.Devices, limits.DefaultDevices)) {
				t.Errorf("got %+v", j)
			}

			if test.name == "all of them" &&
				(j.Name != "New staff" ||
					j.Mode != job.Auto ||
					j.LinkLifetime != 600 ||
					j.Notify != job.Unreached ||
					j.Devices[0] != "SMS Phone") {
				t.Errorf("got %+v", j)
			}
		})
	}
}

func TestAReportsAddressIsInTheFormThatSESTakes(t *testing.T) {
	for given, want := range map[string]string{
		"Ada+1@Example.com":  "Ada+1@Example.com",
		"ada@müller.example": "ada@xn--mller-kva.example",
	} {
		var j job.Job
		options := job.Options{ReportTo: given}
		limits := job.Limits{
			Lifetime: 72 * time.Hour,
			Minimum:  10 * time.Minute,
			Maximum:  720 * time.Hour,
		}
		if err := options.Apply(&j, limits, job.Manual); err != nil || j.ReportTo != want {
			t.Errorf("%s became %s, %v", given, j.ReportTo, err)
		}
	}
}

func TestRemindersThatChangeAtTheSameMoment(t *testing.T) {
	s := newStore(t)
	create(t, s, "j", job.Processed)
	read, err := s.Get(t.Context(), "j")
	must(t, err)

	at := clock.Of(noon.Add(time.Hour))
	set, err := s.SetReminders(
		t.Context(),
		read,
		&job.Reminders{ID: "first", Every: 3600, Maximum: 2},
		at,
	)
	must(t, err)

	if set.RemindAt() != at {
		t.Errorf("the next is due at %d, want %d", set.RemindAt(), at)
	}

	t.Run("are postponed by who has read them last", func(t *testing.T) {
		must(t, s.Postpone(t.Context(), set, at+1))
		must(t, s.Postpone(t.Context(), set, at+2)) // it was another's turn

		if now, err := s.Get(t.Context(), "j"); err != nil || now.RemindAt() != at+1 {
			t.Errorf("the next is due at %d, %v", now.RemindAt(), err)
		}
	})
	t.Run("aren't set over a notification that was made meanwhile", func(t *testing.T) {
		must(t, s.Table.Update(
			t.Context(),
			store.Key{"job": "j", "item": "job"},
			store.Update{Set: "notifications = :one", Values: store.Values{":one": 1}},
			nil,
		))

		_, err := s.SetReminders(t.Context(), read, nil, 0)
		if !errors.Is(err, store.ErrCondition) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("aren't set on a deleted job", func(t *testing.T) {
		read, err := s.Get(t.Context(), "j")
		must(t, err)
		must(t, s.Delete(t.Context(), "j", noon))

		_, err = s.SetReminders(t.Context(), read, &job.Reminders{ID: "second"}, at)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func TestWhenTheNextReminderIsDue(t *testing.T) {
	r := &job.Reminders{Every: 3600, Maximum: 2}
	for _, test := range []struct {
		name      string
		reminders *job.Reminders
		sent      int
		last      clock.Millis
		want      clock.Millis
	}{
		{"so long after the last notification", r, 1, 1000, 3_601_000},
		{"never before there is one", r, 0, 0, 0},
		{"never when the maximum is sent", r, 2, 1000, 0},
		{"never without reminders", nil, 0, 1000, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.reminders.After(test.sent, test.last); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestEncodingsAndSeparatorsAreStoredInOneForm(t *testing.T) {
	limits := job.Limits{Minimum: 0, Maximum: time.Hour}
	for _, test := range []struct{ encoding, separator, wantEncoding, wantSeparator string }{
		{"", "", "", ""},
		{"UTF-16LE", ",", "utf-16le", ","},
		{" Shift_JIS ", "comma", "shift_jis", ","},
		{"macintosh", "TAB", "macintosh", "\t"},
		{"latin1", "\t", "latin1", "\t"},
		{"gb18030", ";", "gb18030", ";"},
	} {
		var j job.Job
		options := job.Options{Encoding: test.encoding, Separator: test.separator}
		if err := options.Apply(&j, limits, job.Manual); err != nil {
			t.Errorf("%+v: %v", test, err)
		}
		if j.Encoding != test.wantEncoding || j.Separator != test.wantSeparator {
			t.Errorf("%+v is stored as %q, %q", test, j.Encoding, j.Separator)
		}
	}
}

// TestEncodingsAreKnown holds the names against the tables that files are read with.
func TestEncodingsAreKnown(t *testing.T) {
	for _, name := range job.Encodings {
		if _, err := htmlindex.Get(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
