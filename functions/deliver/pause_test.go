package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/work"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/token"
)

// The day's quota ends in the middle of a batch: nothing is lost, nobody has two,
// nobody's link dies for a message that wasn't sent.
func TestANotificationIsPausedWhileTheAccountMayNotSend(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  func(string) *http.Response
		reason string
	}{
		{
			name:   "the quota is used up",
			fault:  dispatchtest.QuotaUsedUp,
			reason: notification.ReasonQuota,
		},
		{
			name:   "the account is suspended",
			fault:  dispatchtest.Refusing(400, "AccountSuspendedException"),
			reason: notification.ReasonSuspended,
		},
		{
			name:   "the sender isn't verified",
			fault:  dispatchtest.Unverified,
			reason: notification.ReasonMisconfigured,
		},
		{
			name:   "the configuration set is gone",
			fault:  dispatchtest.Refusing(404, "NotFoundException"),
			reason: notification.ReasonMisconfigured,
		},
		{
			name:   "the function has no right to send",
			fault:  dispatchtest.Refusing(403, "AccessDeniedException"),
			reason: notification.ReasonMisconfigured,
		},
		{
			name:   "sending is paused",
			fault:  dispatchtest.Refusing(400, "SendingPausedException"),
			reason: notification.ReasonSuspended,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)

			const users, quota = 40, 30

			names := w.AddMany(users)

			links := map[string]string{}
			for _, name := range names {
				links[name] = w.Invite(name, time.Hour)
			}

			batch := w.notify(job.Pending, names...)
			sent := 0
			w.Faults.Before = func(to string) *http.Response {
				if sent++; sent > quota {
					return test.fault(to)
				}
				return nil
			}
			w.Succeed(batch)

			n := w.counts(1)
			due := job.Moment(clock.Of(w.Time().Add(pauseFor)))
			if n.Status != notification.Paused || n.Reason != test.reason || n.DueAt != due ||
				w.Waiting(work.Bulk) != 0 {
				t.Fatalf(
					"it is %s, %q, due at %s; %d messages wait",
					n.Status,
					n.Reason,
					n.DueAt,
					w.Waiting(work.Bulk),
				)
			}

			want := notification.Counts{Audience: users, Sent: quota, Queued: users - quota}
			if n.Counts != want || len(w.Mail()) != quota {
				t.Errorf("got %+v, and %d emails", n.Counts, len(w.Mail()))
			}

			if tried := sent - quota; tried > sliceSize {
				t.Errorf("SES was asked %d times more", tried)
			}

			for _, name := range names {
				link, err := w.Tokens.Link(t.Context(), "id-"+name, token.Invite)
				w.Must(err)

				d := w.Delivery(name, delivery.NameOf(jobID, 1))
				if replaced := link.Hash != links[name]; replaced != (d.State == delivery.Sent) ||
					!replaced && d.Attempts != 0 {
					t.Errorf(
						"%s: %s after %d attempts, has another link: %t",
						name,
						d.State,
						d.Attempts,
						replaced,
					)
				}
			}

			w.Succeed(batch) // one that was under way

			if len(w.Mail()) != quota || w.Waiting(work.Bulk) != 0 {
				t.Errorf(
					"while it is paused: %d emails, %d messages wait",
					len(w.Mail()),
					w.Waiting(work.Bulk),
				)
			}

			w.Faults.Before = nil

			w.Pass(pauseFor)
			for i := range 2 {
				resumed, err := w.Notifications.Resume(t.Context(), jobID, 1)
				if err != nil || resumed != (i == 0) {
					t.Errorf("resumed %t, %v", resumed, err)
				}
			}

			unfinished, err := w.Notifications.Unfinished(t.Context(), jobID, 1, 0)
			if err != nil || fmt.Sprint(unfinished) != "[0]" {
				t.Fatalf("unfinished are %v, %v", unfinished, err)
			}

			for range 2 {
				w.Succeed(batch)
			}

			n = w.counts(1)
			want = notification.Counts{Audience: users, Sent: users}
			if n.Status != notification.Sent || n.Reason != "" || n.Due != "" || n.Counts != want {
				t.Errorf("it is %s, %q, with %+v", n.Status, n.Reason, n.Counts)
			}

			if to := w.To(); len(to) != users || len(w.Mail()) != users {
				t.Errorf("%d emails to %d users", len(w.Mail()), len(to))
			}
		})
	}
}

func TestABatchThatWasPausedBesideACancellationGoesBack(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.AddMany(3)...)
	w.Faults.Before = func(to string) *http.Response {
		_, err := w.Notifications.Cancel(t.Context(), jobID, 1, w.Time())
		w.Must(err)
		return dispatchtest.QuotaUsedUp(to)
	}
	w.Succeed(batch)

	if w.counts(1).Status != notification.Cancelled || w.Waiting(work.Bulk) != 1 {
		t.Fatalf("it is %s, %d messages wait", w.counts(1).Status, w.Waiting(work.Bulk))
	}

	w.Succeed(batch)

	n := w.counts(1)
	want := notification.Counts{Audience: 3, Skipped: 3}
	if n.Counts != want || n.FinishedAt == 0 {
		t.Errorf("got %+v, finished at %d", n.Counts, n.FinishedAt)
	}
}

func TestOfACancelledNotificationWhoIsLeftIsSkipped(t *testing.T) {
	w := newWorld(t)

	const users = 60

	batch := w.notify(job.Pending, w.AddMany(users)...)
	sent := 0

	w.Faults.Before = func(string) *http.Response { // while its first slice is sent
		if sent++; sent == 1 {
			for range 2 {
				n, err := w.Notifications.Cancel(t.Context(), jobID, 1, w.Time())
				if w.Must(err); n.Status != notification.Cancelled {
					t.Errorf("it is %s", n.Status)
				}
			}
		}

		return nil
	}
	for range 2 {
		w.Succeed(batch)
	}

	n := w.counts(1)

	want := notification.Counts{Audience: users, Sent: sliceSize, Skipped: users - sliceSize}
	if n.Status != notification.Cancelled || n.FinishedAt == 0 || n.Counts != want ||
		len(w.Mail()) != sliceSize {
		t.Errorf(
			"it is %s, finished at %d, with %+v, and %d emails",
			n.Status,
			n.FinishedAt,
			n.Counts,
			len(w.Mail()),
		)
	}

	skipped := 0
	for i := range users {
		d := w.Delivery(fmt.Sprint("ada", i), delivery.NameOf(jobID, 1))
		if d.State == delivery.Skipped && d.Reason == delivery.ReasonCancelled {
			skipped++
		}
	}

	if skipped != users-sliceSize {
		t.Errorf("%d deliveries say so", skipped)
	}

	next := notification.Notification{JobID: jobID, ID: "next", Audience: job.Pending}
	_, err := w.Notifications.Create(t.Context(), next, nil)
	if err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// An event of SES may come before the request has written down what it sent, and where
// the request died it is all that is known.
func TestWhatAnEventToldBeforeTheResultIsKept(t *testing.T) {
	for _, test := range []struct {
		name   string
		told   delivery.State
		reason string
		lost   bool // SES's answer, so that the sender doesn't know
	}{
		{
			name:   "the message has bounced already",
			told:   delivery.Bounced,
			reason: delivery.ReasonHardBounce,
		},
		{
			name: "the answer was lost, but the message was sent",
			told: delivery.Delivered,
			lost: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			batch := w.notify(job.Pending, "ada")
			of := delivery.NameOf(jobID, 1)

			w.Faults.After = func(string) *http.Response {
				w.Tell("ada", of, test.told, test.reason)
				if test.lost {
					return dispatchtest.Refuse(500, "InternalFailure")
				}
				return nil
			}
			for range 2 {
				w.Succeed(batch)
			}

			d := w.Delivery("ada", of)
			if d.State != test.told || d.Attempts != 1 || d.Device != "Work Email" ||
				d.Username != "ADA" || len(w.Mail()) != 1 {
				t.Errorf("got %+v, and %d emails", d, len(w.Mail()))
			}

			if n := w.counts(1); n.Status != notification.Sent || n.Counts.Queued != 0 {
				t.Errorf("it is %s, with %+v", n.Status, n.Counts)
			}
		})
	}
}
