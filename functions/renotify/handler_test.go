package main

import (
	"encoding/json"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
)

func TestTheClockRejectsJobsWhoseFileNeverCame(t *testing.T) {
	w := newWorld(t)
	for id, until := range map[string]time.Time{"late": noon, "waiting": noon.Add(time.Minute)} {
		w.Must(w.jobs.Create(t.Context(), job.Job{
			ID:          id,
			Status:      job.AwaitingFile,
			CreatedAt:   clock.Of(noon),
			UploadUntil: clock.Of(until),
		}))
	}

	var tick invocation
	w.Must(json.Unmarshal([]byte(`{"detail-type":"Scheduled Event","source":"aws.events",`+
		`"time":"2100-03-01T12:00:00Z","detail":{}}`), &tick))
	for range 2 {
		_, err := w.handle(t.Context(), tick)
		w.Must(err)
	}

	for id, want := range map[string]job.Status{"late": job.Rejected, "waiting": job.AwaitingFile} {
		if j, err := w.jobs.Get(t.Context(), id); err != nil || j.Status != want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestTheClockRejectsJobsWhoseValidationEndedWithoutAWord(t *testing.T) {
	w := newWorld(t)
	for id, until := range map[string]time.Time{"dead": noon, "alive": noon.Add(time.Hour)} {
		w.Must(w.jobs.Create(t.Context(), job.Job{
			ID:          id,
			Status:      job.AwaitingFile,
			CreatedAt:   clock.Of(noon),
			UploadUntil: clock.Of(noon),
		}))
		held := lease.Lease{Owner: "upload", Until: until}
		_, err := w.jobs.Claim(t.Context(), id, job.Source{Event: id}, held, noon)
		w.Must(err)
	}

	for range 2 {
		w.tickAt(noon.Add(6 * time.Hour))
	}

	for id, want := range map[string]job.Status{"dead": job.Rejected, "alive": job.Validating} {
		if j, err := w.jobs.Get(t.Context(), id); err != nil || j.Status != want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestTheClockLetsColumnsBeMappedAgainThatNobodyTookUp(t *testing.T) {
	w := newWorld(t)
	held := lease.Lease{Owner: "upload", Until: noon.Add(time.Minute)}
	for _, id := range []string{"waits", "lost", "taken"} {
		w.Must(w.jobs.Create(t.Context(), job.Job{
			ID:          id,
			Status:      job.AwaitingFile,
			CreatedAt:   clock.Of(noon),
			UploadUntil: clock.Of(noon),
		}))
		_, err := w.jobs.Claim(t.Context(), id, job.Source{Event: id}, held, noon)
		w.Must(err)
		w.Must(w.jobs.NeedsMapping(t.Context(), id, held))
	}
	for _, id := range []string{"lost", "taken"} {
		_, err := w.jobs.Map(t.Context(), id, map[string]string{"x": "User"}, noon)
		w.Must(err)
	}
	_, err := w.jobs.ClaimMapped(t.Context(), "taken", 1, held, noon)
	w.Must(err)

	for range 2 {
		w.tickAt(noon.Add(time.Hour))
	}

	for id, want := range map[string]job.Status{
		"waits": job.NeedsMapping,
		"lost":  job.NeedsMapping,
		"taken": job.Validating,
	} {
		if j, err := w.jobs.Get(t.Context(), id); err != nil || j.Status != want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestEventsOfNoKnownKindAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, event := range []string{`{}`, `{"Records":[]}`} {
		var in invocation
		w.Must(json.Unmarshal([]byte(event), &in))
		if _, err := w.handle(t.Context(), in); err == nil {
			t.Errorf("%s is taken", event)
		}
	}
}
