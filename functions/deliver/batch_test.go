package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/work"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

func TestABatchIsSentOnce(t *testing.T) {
	w := newWorld(t)

	batch := w.notify(job.Pending, w.AddMany(30)...)
	for range 2 { // SQS gives it out twice
		w.Succeed(batch)
	}

	got := w.To()
	if len(got) != 30 || len(w.Mail()) != 30 {
		t.Errorf("%d emails to %d addresses", len(w.Mail()), len(got))
	}

	n := w.counts(1)
	want := notification.Counts{Audience: 30, Sent: 30}
	if n.Status != notification.Sent || n.Counts != want {
		t.Errorf("it is %s, with %+v", n.Status, n.Counts)
	}

	d := w.Delivery("ada7", delivery.NameOf(jobID, 1))
	if d.State != delivery.Sent || d.Device != "Work Email" || d.Attempts != 1 ||
		d.MessageID == "" {
		t.Errorf("got %+v", d)
	}

	link, err := w.Tokens.Link(t.Context(), "id-ada7", token.Invite)
	w.Must(err)

	if link.SentTo[0].Address != "ada7@example.com" ||
		link.ExpiresAt != clock.Of(noon.Add(72*time.Hour)) {
		t.Errorf("got %+v", link)
	}
}

// The instance dies when a message of the second slice has left: what is under way then
// isn't written down.
func TestADeathBetweenSendingAndRecordingRepeatsWhatWasUnderWayAtMost(t *testing.T) {
	w := newWorld(t)

	const users = 60

	batch := w.notify(job.Pending, w.AddMany(users)...)
	ctx, die := context.WithCancel(t.Context())
	sent := 0

	w.Faults.After = func(string) *http.Response {
		if sent++; sent == sliceSize+3 {
			die()
		}

		return nil
	}
	if failed := w.Give(ctx, w.Record("m1", batch)); len(failed) != 1 {
		t.Fatal("a message whose instance died is done")
	}

	w.Faults.After = nil
	first := w.To()

	recorded := 0
	for name := range users {
		if w.Delivery(fmt.Sprint("ada", name), delivery.NameOf(jobID, 1)).Final() {
			recorded++
		}
	}

	if unrecorded := len(first) - recorded; recorded < sliceSize || unrecorded < 1 ||
		unrecorded > sliceSize {
		t.Fatalf("%d are recorded, %d sent: the death wasn't between the two", recorded, len(first))
	}
	// The lease of the dead lives: another request gives the batch back, and sends
	// nothing.
	failed := w.Give(t.Context(), w.Record("m2", batch))
	if failed != nil || len(w.Mail()) != len(first) || w.Waiting(work.Bulk) != 1 {
		t.Fatalf(
			"while the lease lives: failed %v, %d emails, %d messages wait",
			failed,
			len(w.Mail()),
			w.Waiting(work.Bulk),
		)
	}

	w.Pass(dispatch.Lease + time.Millisecond)
	w.Succeed(batch)

	repeated := 0
	for _, n := range w.To() {
		repeated += n - 1
	}

	if len(w.To()) != users || repeated != len(first)-recorded {
		t.Errorf(
			"%d users have an email, %d a second one; want %d and %d",
			len(w.To()),
			repeated,
			users,
			len(first)-recorded,
		)
	}

	n := w.counts(1)
	want := notification.Counts{Audience: users, Sent: users}
	if n.Status != notification.Sent || n.Counts != want {
		t.Errorf("it is %s, with %+v", n.Status, n.Counts)
	}
}

func TestWhoIsSentWhatIsDecidedAtTheMomentOfSending(t *testing.T) {
	for _, test := range []struct {
		name   string
		to     job.Audience
		fields map[string]string
		change func(w *world) // after the batch was made
		state  delivery.State
		device string
		reason string
	}{
		{
			name:   "the first device that is there",
			to:     job.Pending,
			fields: map[string]string{"Home Email": "h@example.com", "SMS Phone": "+16502530000"},
			state:  delivery.Sent,
			device: "Home Email",
		},
		{
			name: "not one whose status is inactive",
			to:   job.Pending,
			fields: map[string]string{
				"Work Email":        "w@example.com",
				"Work Email Status": "INACTIVE",
				"SMS Phone":         "+16502530000",
			},
			state:  delivery.Sent,
			device: "SMS Phone",
		},
		{
			name:   "not one whose address is undeliverable",
			to:     job.Pending,
			fields: map[string]string{"Work Email": "w@example.com", "Home Email": "h@example.com"},
			change: func(w *world) {
				w.Mark("w@example.com", delivery.ReasonHardBounce)
			},
			state:  delivery.Sent,
			device: "Home Email",
		},
		{
			name:   "nobody is called",
			to:     job.Pending,
			fields: map[string]string{"Work Phone": "+16502530000"},
			state:  delivery.Skipped,
			reason: delivery.ReasonNoDevice,
		},
		{
			name:   "who has set a password since is skipped",
			to:     job.Pending,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) { w.SetPassword("ada", "g1") },
			state:  delivery.Skipped,
			reason: delivery.ReasonActive,
		},
		{
			name:   "not by everyone",
			to:     job.Everyone,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) { w.SetPassword("ada", "g1") },
			state:  delivery.Sent,
			device: "Work Email",
		},
		{
			name:   "who is inactive by now is skipped",
			to:     job.Everyone,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) { w.Change("ada", user.Status, user.Inactive) },
			state:  delivery.Skipped,
			reason: delivery.ReasonInactive,
		},
		{
			name:   "who is removed by now is skipped",
			to:     job.Everyone,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) { w.Remove("ada") },
			state:  delivery.Skipped,
			reason: delivery.ReasonRemoved,
		},
		{
			name:   "who has got a fresh link meanwhile is not sent another for an expired one",
			to:     job.Expired,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) {
				w.Must(w.Tokens.Replace(w.T.Context(), token.Link{
					UserID:  "id-ada",
					Purpose: token.Invite,
					Sent:    token.Sent{Hash: "h", ExpiresAt: clock.Of(noon.Add(time.Hour))},
				}, nil))
			},
			state:  delivery.Skipped,
			reason: delivery.ReasonNotExpired,
		},
		{
			name:   "who was reached meanwhile is not unreached",
			to:     job.Unreached,
			fields: map[string]string{"Work Email": "w@example.com"},
			change: func(w *world) {
				w.Must(w.Deliveries.Put(w.T.Context(), delivery.Delivery{
					UserID: "id-ada",
					Name:   delivery.NameOf(jobID, 7),
					Key:    "ada",
					State:  delivery.Delivered,
					At:     clock.Of(noon),
				}))
			},
			state:  delivery.Skipped,
			reason: delivery.ReasonReached,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", test.fields)

			batch := w.notify(test.to, "ada")
			if test.change != nil {
				test.change(w)
			}

			w.Succeed(batch)

			d := w.Delivery("ada", delivery.NameOf(jobID, 1))
			if d.State != test.state || d.Device != test.device || d.Reason != test.reason {
				t.Errorf("got %s by %q, %q", d.State, d.Device, d.Reason)
			}

			want := notification.Counts{Audience: 1, Sent: 1}
			if test.state == delivery.Skipped {
				want = notification.Counts{Audience: 1, Skipped: 1}
			}

			n := w.counts(1)
			sent := len(w.Mail()) + w.SMS.Count("")
			if n.Counts != want || n.Status != notification.Sent || sent != want.Sent {
				t.Errorf("%s with %+v, and %d messages", n.Status, n.Counts, sent)
			}
		})
	}
}

func TestAMemberWhoseRowHasFailedSinceIsSkipped(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, append(w.AddMany(1), "eve", "nobody")...)
	w.Must(w.Members.PutMany(
		t.Context(),
		[]member.Member{{Key: "eve", JobID: jobID, Outcome: member.Failed}},
	))
	w.Succeed(batch)

	n := w.counts(1)
	want := notification.Counts{Audience: 3, Sent: 1, Skipped: 2}
	if n.Counts != want || n.Status != notification.Sent {
		t.Errorf("it is %s, with %+v", n.Status, n.Counts)
	}
}

func TestAnActiveUsersLinkIsAResetOfADayAtMost(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	w.SetPassword("ada", "g1")
	w.Succeed(w.notify(job.Everyone, "ada"))

	link, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	if err != nil || link.ExpiresAt != clock.Of(noon.Add(24*time.Hour)) {
		t.Errorf("got %+v, %v", link, err)
	}

	if _, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite); err == nil {
		t.Error("there is an invite as well")
	}
}

func TestWhatTheCarrierDoesNotTake(t *testing.T) {
	for _, test := range []struct {
		name     string
		fault    func(to string) *http.Response
		lost     bool           // the fault comes after the message has left
		times    int            // how often the batch is taken
		state    delivery.State // "" for none, since the user is open
		reason   string
		attempts int
		emails   int
	}{
		{
			name:  "too fast costs no attempt",
			fault: dispatchtest.Throttled,
			times: 7,
		},
		{
			name:     "a refusal for good is final",
			fault:    dispatchtest.Refusing(400, "MessageRejected"),
			times:    1,
			state:    delivery.Failed,
			reason:   delivery.ReasonRejected,
			attempts: 1,
		},
		{
			name:     "another failure is tried again",
			fault:    dispatchtest.Refusing(500, "InternalFailure"),
			times:    4,
			attempts: 4,
		},
		{
			name:     "and given up on after five times",
			fault:    dispatchtest.Refusing(500, "InternalFailure"),
			times:    5,
			state:    delivery.Failed,
			reason:   delivery.ReasonTries,
			attempts: 5,
		},
		{
			name:     "a send whose answer is lost is not repeated within an invocation",
			fault:    dispatchtest.Refusing(500, "InternalFailure"),
			lost:     true,
			times:    1,
			attempts: 1,
			emails:   1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			w.Add("bob", map[string]string{"Work Email": "bob@example.com"})
			batch := w.notify(job.Pending, "ada", "bob")

			fault := func(to string) *http.Response {
				if to != "ada@example.com" {
					return nil
				}
				return test.fault(to)
			}
			if w.Faults.Before = fault; test.lost {
				w.Faults.Before, w.Faults.After = nil, fault
			}

			for range test.times {
				w.Succeed(batch)
			}

			d := w.Delivery("ada", delivery.NameOf(jobID, 1))
			d.Attempts += w.openAttempts(1, "ada")
			if d.State != test.state || d.Reason != test.reason || d.Attempts != test.attempts {
				t.Errorf("got %s, %q after %d attempts", d.State, d.Reason, d.Attempts)
			}

			if got := w.To(); got["bob@example.com"] != 1 || got["ada@example.com"] != test.emails {
				t.Errorf("sent to %v", got)
			}

			want := test.times // each time it goes back, but for the last if that was final
			if test.state != "" {
				want--
			}

			if again := w.Waiting(work.Bulk); again != want {
				t.Errorf("the batch went back %d times, want %d", again, want)
			}

			done := w.counts(1).Status == notification.Sent
			if done != (test.state != "") {
				t.Errorf("the notification is done: %t", done)
			}
		})
	}
}

func TestWhatCanNotBeSentBeforeTheDeadlineGoesBackAsANewMessage(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.AddMany(2)...)

	// By the handler's clock it is late already.
	ctx, stop := context.WithDeadline(t.Context(), noon.Add(dispatch.DeadlineMargin-time.Second))
	defer stop()

	if failed := w.Give(ctx, w.Record("m", batch)); failed != nil {
		t.Fatal("it failed, which costs a try")
	}

	if len(w.Mail()) != 0 || w.Waiting(work.Bulk) != 1 {
		t.Errorf("%d emails, %d messages wait", len(w.Mail()), w.Waiting(work.Bulk))
	}

	w.Succeed(batch) // at once: the lease was given back

	if len(w.Mail()) != 2 {
		t.Errorf("%d emails", len(w.Mail()))
	}
}

func TestAReminderOfTheBuiltInTextSaysThatItIsOne(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	n, err := w.Notifications.Create(t.Context(), notification.Notification{
		JobID:        jobID,
		ID:           "again",
		Audience:     job.Pending,
		BuiltIn:      true,
		Kind:         message.Renotification,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
	}, nil)
	w.Must(err)
	_, err = w.Notifications.PutBatch(
		t.Context(),
		notification.BatchRef{JobID: jobID, Number: n.Number},
		notification.Cut{Usernames: []string{"ada"}, End: true},
	)
	w.Must(err)
	w.Succeed(work.DeliverBatch{JobID: jobID, Number: n.Number})

	want := strings.ReplaceAll(
		message.BuiltIn(message.Renotification, w.Reach.Language).Subject,
		"{{company}}",
		"Northwind",
	)
	if got := w.Mail(); len(got) != 1 || got[0].Subject != want {
		t.Errorf(
			"got %d emails, the last about %q, want %q",
			len(got),
			got[len(got)-1].Subject,
			want,
		)
	}
}

func TestASecondInvitationSaysThatItReplacesTheFirst(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"ada", "bob", "cem"} {
		w.Add(name, map[string]string{"Work Email": name + "@example.com"})
	}
	w.SetPassword("cem", "g1")

	w.Succeed(w.notify(job.Everyone, "ada", "cem"))
	w.Set(noon.Add(time.Hour))
	w.Succeed(w.notify(job.Everyone, "ada", "bob", "cem"))

	subject := func(kind message.BuiltInKind) string {
		text := message.BuiltIn(kind, w.Reach.Language).Subject
		return strings.ReplaceAll(text, "{{company}}", "Northwind")
	}
	first, second := subject(message.Invitation), subject(message.Renotification)

	got := map[string][]string{}
	for _, email := range w.Mail() {
		got[email.To] = append(got[email.To], email.Subject)
	}
	for to, want := range map[string][]string{
		"ada@example.com": {first, second},
		"bob@example.com": {first},
		"cem@example.com": {first, first}, // who has a password gets a reset
	} {
		if !slices.Equal(got[to], want) {
			t.Errorf("%s got %q, want %q", to, got[to], want)
		}
	}
}
