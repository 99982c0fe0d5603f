package main

import (
	"encoding/json"
	"testing"
	"time"

	"latchkey/shared/job"
)

func TestTheClockRejectsJobsWhoseFileNeverCame(t *testing.T) {
	w := newWorld(t)
	for id, until := range map[string]time.Time{"late": noon, "waiting": noon.Add(time.Minute)} {
		w.must(w.jobs.Create(t.Context(), job.Job{
			ID:          id,
			Status:      job.AwaitingFile,
			CreatedAt:   noon.UnixMilli(),
			UploadUntil: until.UnixMilli(),
		}))
	}

	tick := `{"detail-type":"Scheduled Event","source":"aws.events",` +
		`"time":"2100-03-01T12:00:00Z","detail":{}}`
	for range 2 {
		_, err := w.handle(t.Context(), json.RawMessage(tick))
		w.must(err)
	}

	for id, want := range map[string]job.Status{"late": job.Rejected, "waiting": job.AwaitingFile} {
		if j, err := w.jobs.Get(t.Context(), id); err != nil || j.Status != want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestEventsOfNoKnownKindAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, event := range []string{`{}`, `[]`, `{"Records":"x"}`, `"text"`} {
		if _, err := w.handle(t.Context(), json.RawMessage(event)); err == nil {
			t.Errorf("%s is taken", event)
		}
	}
}
