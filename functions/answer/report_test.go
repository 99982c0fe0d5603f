package main

import (
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/work"

	"latchkey/shared/job"
	"latchkey/shared/store"
)

const boss = "boss@example.com"

// reporting is a job whose events are told to boss.
func reporting(t *testing.T, status job.Status) *world {
	t.Helper()
	w := newWorld(t)
	w.Must(w.Jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
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
	return w
}

func asked(event work.Event, number int) work.Report {
	return work.Report{
		JobID:  jobID,
		Event:  event,
		Number: number,
		Until:  clock.Of(noon.Add(time.Minute)),
	}
}

func TestAReportIsSentOnceAndSaysHowManyAndWhere(t *testing.T) {
	for _, test := range []struct {
		name   string
		event  work.Event
		status job.Status
		has    []string
	}{
		{
			name:   "of a rejected file",
			event:  work.JobRejected,
			status: job.Rejected,
			has: []string{
				"Spring",
				"users.csv",
				"Row 3 has too many fields.",
				"https://example.test/jobs/j1/validate",
			},
		},
		{
			name:   "of columns that have to be mapped",
			event:  work.JobNeedsMapping,
			status: job.NeedsMapping,
			has:    []string{"Spring", "users.csv", "https://example.test/jobs/j1/validate"},
		},
		{
			name:   "of a processed one",
			event:  work.JobProcessed,
			status: job.Processed,
			has: []string{
				"Rows in the file: 7",
				"Users added: 3",
				"https://example.test/jobs/j1/process",
			},
		},
		{
			name:   "of one with rows that were given up on",
			event:  work.JobProcessed,
			status: job.Failed,
			has:    []string{"Rows that failed: 2"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := reporting(t, test.status)
			w.Must(w.Jobs.Table.Put(t.Context(), job.Result{
				JobID:    jobID,
				Item:     "chunk#00000",
				Done:     true,
				Round:    1,
				Outcomes: job.Outcomes{Processed: 5, Added: 3, Failed: 2},
			}, "", nil))

			for range 2 {
				w.Succeed(asked(test.event, 1))
			}

			got := w.Mail()
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
	w.Succeed(asked(work.JobProcessed, 1))
	w.Succeed(asked(work.JobRejected, 0))

	if len(w.Mail()) != 0 || w.Waiting(work.Urgent) != 2 {
		t.Errorf("%d emails, %d messages are waiting", len(w.Mail()), w.Waiting(work.Urgent))
	}

	w.Must(w.Jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
		Set:    "mapped = :two",
		Values: store.Values{":two": 2},
	}, nil))
	w.Succeed(asked(work.JobNeedsMapping, 1)) // and was mapped again since

	if len(w.Mail()) != 0 || w.Waiting(work.Urgent) != 2 {
		t.Errorf("mapped: %d emails, %d messages", len(w.Mail()), w.Waiting(work.Urgent))
	}

	w.Set(noon.Add(time.Minute)) // by when it would have come
	w.Succeed(asked(work.JobRejected, 0))

	if len(w.Mail()) != 0 || w.Waiting(work.Urgent) != 2 {
		t.Errorf("then %d emails, %d messages are waiting", len(w.Mail()), w.Waiting(work.Urgent))
	}
}

// end ends a notification with the counts of its only batch.
func (w *world) end(n notification.Notification, counts notification.Counts) {
	w.T.Helper()
	ctx := w.T.Context()
	ref := notification.BatchRef{JobID: jobID, Number: n.Number}
	held := lease.Lease{Owner: "deliver", Until: w.Time().Add(time.Minute)}
	_, err := w.Notifications.Claim(ctx, ref, held, w.Time())
	w.Must(err)

	w.Must(w.Notifications.FinishBatch(ctx, ref, held, counts))
	sum, last, err := w.Notifications.SettleShard(ctx, n, 0)
	w.Must(err)
	if !last {
		w.T.Fatal("other shards are open")
	}
	w.Must(w.Notifications.End(ctx, n, sum, w.Time()))
}

func TestTheEndOfANotificationIsReported(t *testing.T) {
	w := reporting(t, job.Processed)
	n := w.Notify(job.Pending, w.AddMany(3)...)
	w.end(n, notification.Counts{Audience: 3, Sent: 2, Skipped: 1})

	w.Succeed(asked(work.NotificationSent, 1))

	var got string
	for _, m := range w.Mail() {
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
				w.Must(w.Jobs.Table.Update(w.T.Context(), key, remove, nil))
			},
		},
		{
			name:    "of a job that was deleted",
			prepare: func(w *world) { w.Must(w.Jobs.Delete(w.T.Context(), jobID, noon)) },
		},
		{
			name: "of a notification that was cancelled",
			prepare: func(w *world) {
				_, err := w.Notifications.Cancel(w.T.Context(), jobID, 1, noon)
				w.Must(err)
			},
		},
		{
			name: "to an address that can't be delivered to",
			prepare: func(w *world) {
				w.Mark(boss, "hard_bounce")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := reporting(t, job.Processed)
			n := w.Notify(job.Pending, w.AddMany(1)...)

			cancelled := strings.Contains(test.name, "cancelled")
			if !cancelled {
				w.end(n, notification.Counts{Audience: 1, Sent: 1})
			}

			test.prepare(w)
			w.Succeed(asked(work.NotificationSent, 1))

			if got := w.Mail(); len(got) != 0 || w.Waiting(work.Urgent) != 0 {
				t.Errorf("got %+v, and %d messages are waiting", got, w.Waiting(work.Urgent))
			}
		})
	}
}
