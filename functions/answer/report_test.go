package main

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/report"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
)

const boss = "boss@example.com"

// reporting is a job whose events are told to boss.
func reporting(t *testing.T, status job.Status) *world {
	t.Helper()
	w := newWorld(t)
	w.must(w.jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
		Set: "report_to = :boss, #name = :name, file_name = :file, #status = :status," +
			" #rows = :rows, #round = :round, rejected_reason = :reason",
		Values: store.Values{
			":boss":   boss,
			":name":   "Spring",
			":file":   "users.csv",
			":status": status,
			":rows":   job.Rows{Total: 7, Valid: 5, Invalid: 2},
			":round":  1,
			":reason": "Row 3 has too many fields.",
		},
	}, nil))
	w.notifications.Ends = report.Reports{
		Urgent: w.urgent,
		Now:    func() time.Time { return w.now },
	}.Ends(w.jobs)

	return w
}

func asked(event urgent.Event, number int) urgent.Message {
	return urgent.Message{
		ID: string(event),
		Report: &urgent.Report{
			JobID:  jobID,
			Event:  event,
			Number: number,
			Until:  noon.Add(time.Minute).UnixMilli(),
		},
	}
}

func TestAReportIsSentOnceAndSaysHowManyAndWhere(t *testing.T) {
	for _, test := range []struct {
		name   string
		event  urgent.Event
		status job.Status
		has    []string
	}{
		{
			name:   "of a rejected file",
			event:  urgent.JobRejected,
			status: job.Rejected,
			has: []string{
				"Spring",
				"users.csv",
				"Row 3 has too many fields.",
				"https://example.test/jobs/j1/validate",
			},
		},
		{
			name:   "of a processed one",
			event:  urgent.JobProcessed,
			status: job.Processed,
			has: []string{
				"Rows in the file: 7",
				"Users added: 3",
				"https://example.test/jobs/j1/process",
			},
		},
		{
			name:   "of one with rows that were given up on",
			event:  urgent.JobProcessed,
			status: job.Failed,
			has:    []string{"Rows that failed: 2"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := reporting(t, test.status)
			w.must(w.jobs.Table.Put(t.Context(), job.Result{
				JobID:    jobID,
				Item:     "chunk#00000",
				Done:     true,
				Round:    1,
				Outcomes: job.Outcomes{Processed: 5, Added: 3, Failed: 2},
			}, "", nil))

			for range 2 {
				w.succeed("urgent", asked(test.event, 1))
			}

			got := w.emails()
			if len(got) != 1 || got[0].To != boss {
				t.Fatalf("%d emails: %+v", len(got), got)
			}

			for _, part := range test.has {
				if !strings.Contains(got[0].Text, part) {
					t.Errorf("%q is not in %s", part, got[0].Text)
				}
			}
		})
	}
}

func TestAReportWaitsForItsEvent(t *testing.T) {
	w := reporting(t, job.Processing)
	w.succeed("urgent", asked(urgent.JobProcessed, 1))
	w.succeed("urgent", asked(urgent.JobRejected, 0))

	if len(w.emails()) != 0 || w.waiting(w.urgent) != 2 {
		t.Errorf("%d emails, %d messages are waiting", len(w.emails()), w.waiting(w.urgent))
	}

	w.now = noon.Add(time.Minute) // by when it would have come
	w.succeed("urgent", asked(urgent.JobRejected, 0))

	if len(w.emails()) != 0 || w.waiting(w.urgent) != 2 {
		t.Errorf("then %d emails, %d messages are waiting", len(w.emails()), w.waiting(w.urgent))
	}
}

func TestTheEndOfANotificationIsReported(t *testing.T) {
	w := reporting(t, job.Processed)
	batch := w.notify(job.Pending, w.addMany(3)...)
	w.setPassword("ada1", "g")
	w.succeed("bulk", batch)

	if w.waiting(w.urgent) != 1 {
		t.Fatalf("%d reports are asked for", w.waiting(w.urgent))
	}

	w.succeed("urgent", asked(urgent.NotificationSent, 1))

	var got string
	for _, m := range w.emails() {
		if m.To == boss {
			got += m.Text
		}
	}

	for _, part := range []string{
		"Users in the audience: 3",
		"Messages sent: 2",
		"Users skipped: 1",
		"https://example.test/jobs/j1/notify",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in %q", part, got)
		}
	}

	if strings.Contains(got, "ada") {
		t.Errorf("it names a user: %s", got)
	}
}

func TestNoReport(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(*world)
	}{
		{
			name: "where nobody is to be told",
			prepare: func(w *world) {
				key := store.Key{"job": jobID, "item": "job"}
				remove := store.Update{Remove: "report_to"}
				w.must(w.jobs.Table.Update(w.t.Context(), key, remove, nil))
			},
		},
		{
			name:    "of a job that was deleted",
			prepare: func(w *world) { w.must(w.jobs.Delete(w.t.Context(), jobID, noon)) },
		},
		{
			name: "of a notification that was cancelled",
			prepare: func(w *world) {
				_, err := w.notifications.Cancel(w.t.Context(), jobID, 1, noon)
				w.must(err)
			},
		},
		{
			name: "to an address that can't be delivered to",
			prepare: func(w *world) {
				w.mark(boss, "hard_bounce")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := reporting(t, job.Processed)
			batch := w.notify(job.Pending, w.addMany(1)...)

			cancelled := strings.Contains(test.name, "cancelled")
			if !cancelled {
				w.succeed("bulk", batch)
			}

			before := len(w.emails())
			test.prepare(w)
			waiting := w.waiting(w.urgent)
			w.succeed("urgent", asked(urgent.NotificationSent, 1))

			if got := w.emails()[before:]; len(got) != 0 || w.waiting(w.urgent) != waiting {
				t.Errorf("got %+v, and %d messages are waiting", got, w.waiting(w.urgent))
			}
		})
	}
}
