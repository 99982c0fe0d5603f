package job_test

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

var someMapping = map[string]string{"login": "User", "Größe ": ""}

// waiting makes a job that waits for its columns to be mapped.
func waiting(t *testing.T, s job.Store) {
	t.Helper()
	create(t, s, "j1", job.AwaitingFile)
	must(t, claim(t, s, "j1", "event-1", "first", noon))
	must(t, s.NeedsMapping(t.Context(), "j1", by("first", noon)))
}

func statusOf(t *testing.T, s job.Store) job.Job {
	t.Helper()
	j, err := s.Get(t.Context(), "j1")
	must(t, err)
	return j
}

func TestAJobThatNeedsAMappingWaitsAsLongAsItTakes(t *testing.T) {
	s := newStore(t)
	waiting(t, s)

	later := noon.Add(1000 * time.Hour)
	for item, err := range s.Due(t.Context(), later) {
		t.Errorf("%v is due, %v", item, err)
	}
	if j := statusOf(t, s); j.Status != job.NeedsMapping || j.Abandoned(later) || !j.Mappable {
		t.Errorf("got %+v", j)
	}
	if err := claim(t, s, "j1", "event-1", "second", later); !errors.Is(err, job.ErrOtherFile) {
		t.Errorf("its file's event again: %v", err)
	}

	must(t, s.Delete(t.Context(), "j1", later))
}

func TestWhoLostTheFileDoesNotAskForAMapping(t *testing.T) {
	s := newStore(t)
	create(t, s, "j1", job.AwaitingFile)
	must(t, claim(t, s, "j1", "event-1", "first", noon))
	must(t, claim(t, s, "j1", "event-1", "second", noon.Add(time.Hour)))

	err := s.NeedsMapping(t.Context(), "j1", by("first", noon))
	if !errors.Is(err, job.ErrStatus) || statusOf(t, s).Status != job.Validating {
		t.Errorf("it is %s, %v", statusOf(t, s).Status, err)
	}
}

func TestColumnsAreMappedWhereThatCanBe(t *testing.T) {
	held := by("first", noon)
	for _, test := range []struct {
		name string
		end  func(s job.Store) error // of the validation
		want error
	}{
		{"at a job that waits for it", func(s job.Store) error {
			return s.NeedsMapping(t.Context(), "j1", held)
		}, nil},
		{"at a validated one", func(s job.Store) error {
			return s.Validated(t.Context(), "j1", held, job.Rows{Total: 1, Valid: 1}, 1, 1)
		}, nil},
		{"at one rejected for its columns", func(s job.Store) error {
			found := job.Rejection{Reason: "no User", Mappable: true}
			return s.Reject(t.Context(), "j1", held, found, noon)
		}, nil},
		{"not at one rejected for another reason", func(s job.Store) error {
			return s.Reject(t.Context(), "j1", held, job.Rejection{Reason: "empty"}, noon)
		}, job.ErrStatus},
		{"not while it is validated", func(job.Store) error { return nil }, job.ErrStatus},
		{"not once it is processed", func(s job.Store) error {
			err := s.Validated(t.Context(), "j1", held, job.Rows{Total: 1, Valid: 1}, 1, 1)
			if err == nil {
				_, err = s.Start(t.Context(), "j1", noon)
			}
			return err
		}, job.ErrStatus},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			create(t, s, "j1", job.AwaitingFile)
			must(t, claim(t, s, "j1", "event-1", "first", noon))
			must(t, test.end(s))

			_, err := s.Map(t.Context(), "j1", someMapping, noon)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v", err)
			}

			j := statusOf(t, s)
			if err == nil && (j.Status != job.Validating || !maps.Equal(j.Mapping, someMapping) ||
				j.Mapped != 1 || j.Rows != nil || j.Reason != "" || !j.AwaitsUpload()) {
				t.Errorf("got %+v", j)
			}
		})
	}

	if _, err := newStore(t).Map(t.Context(), "j1", nil, noon); !errors.Is(err, job.ErrStatus) {
		t.Errorf("no job: %v", err)
	}
}

func TestOfManyThatMapAtOnceOneDoes(t *testing.T) {
	s := newStore(t)
	waiting(t, s)

	var mapped atomic.Int32
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_, err := s.Map(t.Context(), "j1", map[string]string{"x": fmt.Sprint(i)}, noon)
			switch {
			case err == nil:
				mapped.Add(1)
			case !errors.Is(err, job.ErrStatus):
				t.Error(err)
			}
		})
	}
	group.Wait()

	if mapped.Load() != 1 {
		t.Errorf("%d mapped", mapped.Load())
	}
}

func TestADecisionIsTakenUpOnceWheneverItComes(t *testing.T) {
	s := newStore(t)
	waiting(t, s)
	claimed := func(number int, owner string, at time.Time, want error) {
		t.Helper()
		_, err := s.ClaimMapped(t.Context(), "j1", number, by(owner, at), at)
		if !errors.Is(err, want) {
			t.Fatalf("%s claims decision %d: %v", owner, number, err)
		}
	}
	mapped := func() {
		t.Helper()
		_, err := s.Map(t.Context(), "j1", someMapping, noon)
		must(t, err)
	}

	claimed(1, "early", noon, job.ErrOtherFile)
	mapped()
	claimed(2, "early", noon, job.ErrOtherFile)
	claimed(1, "first", noon, nil)
	claimed(1, "second", noon.Add(leaseTime), lease.ErrBusy)

	later := noon.Add(leaseTime + time.Millisecond)
	claimed(1, "second", later, nil) // the first has died
	rows := job.Rows{Total: 1, Valid: 1}
	must(t, s.Validated(t.Context(), "j1", by("second", later), rows, 1, 0))
	claimed(1, "second", later, job.ErrOtherFile)

	mapped()
	claimed(1, "late", later, job.ErrOtherFile)
	claimed(2, "third", later, nil)
}

func TestADecisionThatUploadWasNotToldOfCanBeMadeAgain(t *testing.T) {
	s := newStore(t)
	waiting(t, s)
	read, err := s.Map(t.Context(), "j1", someMapping, noon)
	must(t, err)

	soon := noon.Add(time.Minute)
	must(t, s.MapAgain(t.Context(), read, soon))
	if j := statusOf(t, s); j.Status != job.Validating || j.Abandoned(soon) {
		t.Fatalf("after a minute it is %s", j.Status)
	}

	late := noon.Add(16 * time.Minute)
	must(t, s.MapAgain(t.Context(), read, late))
	if j := statusOf(t, s); !read.Abandoned(late) || j.Status != job.NeedsMapping || j.DueAt != "" {
		t.Fatalf("after a quarter of an hour it is %s", j.Status)
	}

	// If upload is told later, that does no harm.
	_, err = s.ClaimMapped(t.Context(), "j1", 1, by("late", late), late)
	must(t, err)
	must(t, s.MapAgain(t.Context(), read, late))
	if j := statusOf(t, s); j.Status != job.Validating || j.LeaseOwner != "late" {
		t.Errorf("then it is %s of %q", j.Status, j.LeaseOwner)
	}
}

func TestAJobThatWaitsForUploadCanBeDeleted(t *testing.T) {
	s := newStore(t)
	waiting(t, s)
	_, err := s.Map(t.Context(), "j1", someMapping, noon)
	must(t, err)
	must(t, s.Delete(t.Context(), "j1", noon))

	_, err = s.ClaimMapped(t.Context(), "j1", 1, by("first", noon), noon)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("upload gets %v", err)
	}
}

func TestKeysOfDecisions(t *testing.T) {
	id, number, ok := job.MappingOf(job.MappingKey("j1", 12))
	if id != "j1" || number != 12 || !ok {
		t.Errorf("got %q, %d, %t", id, number, ok)
	}
	for _, key := range []string{
		"jobs/j1/users.csv",
		"jobs/j1/mapping-1.csv",
		"jobs/j1/mapping-01.json",
		"jobs/j1/mapping-.json",
		"jobs/j1/x/mapping-1.json",
		"uploads/mapping-1.json",
		"",
	} {
		if _, _, ok := job.MappingOf(key); ok {
			t.Errorf("%q is one", key)
		}
	}
}

func TestHeadersAreRememberedUntilTheyAreForgotten(t *testing.T) {
	s := newStore(t)
	ctx := t.Context()
	for _, id := range []string{"b", "a", "c"} {
		must(t, s.Remember(ctx, job.Remembered{ID: id, Mapping: map[string]string{"x": "User"}}))
	}
	again := job.Remembered{ID: "a", Mapping: map[string]string{"x": ""}, By: "ada"}
	must(t, s.Remember(ctx, again))
	must(t, s.Forget(ctx, "b", noon))

	if err := s.Forget(ctx, "b", noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgotten twice: %v", err)
	}
	if _, err := s.Remembered(ctx, "b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgotten, and read: %v", err)
	}
	if _, err := s.Remembered(ctx, "d"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("never there, and read: %v", err)
	}
	found, err := s.Remembered(ctx, "a")
	if err != nil || found.Mapping["x"] != "" || found.By != "ada" {
		t.Errorf("got %+v, %v", found, err)
	}

	var listed []string
	for after := ""; ; {
		page, next, err := s.AllRemembered(ctx, 1, after)
		must(t, err)
		for _, header := range page {
			listed = append(listed, header.ID)
		}
		if next == "" {
			break
		}
		after = next
	}
	if fmt.Sprint(listed) != "[a c]" {
		t.Errorf("listed %v", listed)
	}

	must(t, s.Remember(ctx, job.Remembered{ID: "b"}))
	if _, err := s.Remembered(ctx, "b"); err != nil {
		t.Errorf("remembered anew: %v", err)
	}
}
