package main

import (
	"strings"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/report"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const boss = "boss@example.com"

// reporting is a job whose events are told to boss.
func reporting(t *testing.T, status job.Status) *world {
	t.Helper()
	w := newWorld(t)
	w.must(w.jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
		Set: "report_to = :boss, #name = :name, file_name = :file, #status = :status, #rows = :rows, #round = :round, rejected_reason = :reason",
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
	}.Ends(
		w.jobs,
	)

	return w
}

func asked(event urgent.Event, number int) urgent.Message {
	return urgent.Message{
		ID: string(
			event,
		),
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
		{"of a rejected file", urgent.JobRejected, job.Rejected, []string{"Spring", "users.csv", "Row 3 has too many fields.", "https://example.test/jobs/j1/validate"}},
		{"of a processed one", urgent.JobProcessed, job.Processed, []string{"Rows in the file: 7", "Users added: 3", "https://example.test/jobs/j1/process"}},
		{"of one with rows that were given up on", urgent.JobProcessed, job.Failed, []string{"Rows that failed: 2"}},
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

	for _, part := range []string{"Users in the audience: 3", "Messages sent: 2", "Users skipped: 1", "https://example.test/jobs/j1/notify"} {
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
		{"where nobody is to be told", func(w *world) {
			w.must(w.jobs.Table.Update(w.t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{Remove: "report_to"}, nil))
		}},
		{"of a job that was deleted", func(w *world) { w.must(w.jobs.Delete(w.t.Context(), jobID, noon)) }},
		{"of a notification that was cancelled", func(w *world) {
			_, err := w.notifications.Cancel(w.t.Context(), jobID, 1, noon)
			w.must(err)
		}},
		{"to an address that can't be delivered to", func(w *world) {
			w.must(w.addresses.Mark(w.t.Context(), address.Key(user.Email, boss), "hard_bounce", noon))
		}},
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

func TestATestMessageGoesToTheAdministratorAlone(t *testing.T) {
	for _, test := range []struct {
		name   string
		fields map[string]string
		kind   message.Kind
		to     string
		has    string
	}{
		{"by email, as it is written", map[string]string{"SMS Phone": "+16502530000", "Home Email": "root@example.com"}, "", "root@example.com", "[Test] Come, Root"},
		{"in a language of his own, if it is the built-in text", map[string]string{"Work Email": "root@example.com", user.Language: "German"}, message.Invitation, "root@example.com", "[Test] "},
		{"by SMS, where there is no email", map[string]string{"SMS Phone": "+16502530000"}, "", "+16502530000", ""},
		{"to nobody who has no device", map[string]string{}, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.addMany(1)

			test.fields[user.FirstName] = "Root"
			w.add("root", test.fields)

			wanted := urgent.Message{ID: "test#1", Test: &urgent.Test{
				Key:          "root",
				UserID:       "id-root",
				Subject:      "Come, {{first_name}}",
				Body:         "Here:\n\n{{link}}",
				SMS:          "Here: {{link}}",
				Kind:         string(test.kind),
				LinkLifetime: 3600,
			}}
			for range 2 {
				w.succeed("urgent", wanted)
			}

			texts, _, err := w.texts.Page("", 0, w.texts.Count(""))
			w.must(err)

			got := append(append([]enginetest.Message{}, w.emails()...), texts...)
			if test.to == "" {
				if len(got) != 0 {
					t.Errorf("got %+v", got)
				}

				return
			}

			if len(got) != 1 || got[0].To != test.to ||
				!strings.Contains(got[0].Text, "https://example.test/set-password#sample\n") &&
					!strings.HasSuffix(got[0].Text, "#sample") {
				t.Fatalf("got %+v", got)
			}

			if !strings.HasPrefix(got[0].Subject, test.has) {
				t.Errorf("the subject is %q", got[0].Subject)
			}

			if _, err := w.Tokens.Link(t.Context(), "id-root", "invite"); err == nil {
				t.Error("a link was made")
			}

			if d := w.delivery("root", "test#1"); d.State != delivery.Sent {
				t.Errorf("got %+v", d)
			}
		})
	}
}

func TestAReminderOfTheBuiltInTextSaysThatItIsOne(t *testing.T) {
	w := newWorld(t)
	w.add("ada", map[string]string{"Work Email": "ada@example.com"})
	n, err := w.notifications.Create(t.Context(), notification.Notification{
		JobID:        jobID,
		ID:           "again",
		Audience:     job.Pending,
		BuiltIn:      true,
		Kind:         message.Renotification,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
	}, nil)
	w.must(err)
	_, err = w.notifications.PutBatch(
		t.Context(),
		jobID,
		n.Number,
		0,
		0,
		notification.Cut{Usernames: []string{"ada"}, End: true},
	)
	w.must(err)
	w.succeed("bulk", notification.BatchMessage{JobID: jobID, Number: n.Number})

	want := strings.ReplaceAll(
		message.BuiltIn(message.Renotification, w.reach.Language).Subject,
		"{{company}}",
		"Northwind",
	)
	if got := w.emails(); len(got) != 1 || got[0].Subject != want {
		t.Errorf(
			"got %d emails, the last about %q, want %q",
			len(got),
			got[len(got)-1].Subject,
			want,
		)
	}
}
