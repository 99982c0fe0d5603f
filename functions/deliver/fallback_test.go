package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/work"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

var everyDevice = map[string]string{

	"Work Email": "w@example.com",
	"Home Email": "h@example.com",
	"SMS Phone":  "+16502530000",
}

// bounced has the kth message of the job's first notification not arrive, for a reason,
// and gives what feedback asks for then.
func (w *world) bounced(name string, k int, reason string) work.Fallback {
	w.T.Helper()
	ctx, of := w.T.Context(), delivery.NameOf(jobID, 1).Nth(k)
	w.Tell(name, of, delivery.Bounced, reason)
	d := w.Delivery(name, of)

	if delivery.Undeliverable(reason) {
		p, err := w.Directory.Get(ctx, name)
		w.Must(err)
		key := reach.AddressKey(d.Channel, p.Address(d.Device))
		w.Must(w.Addresses.Mark(ctx, key, reason, w.Time()))
	}

	return work.Fallback{
		JobID:    jobID,
		Number:   1,
		UserID:   "id-" + name,
		Delivery: of,
	}
}

func TestWhatBouncesGoesOnDeviceByDeviceOnceEach(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", everyDevice)
	w.Succeed(w.notify(job.Pending, "ada"))

	name := delivery.NameOf(jobID, 1)
	first, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
	w.Must(err)

	asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
	for range 3 { // the bounce is told more than once
		w.Succeed(asked)
	}

	got := fmt.Sprint(w.To())
	if got != "map[h@example.com:1 w@example.com:1]" || w.SMS.Count("") != 0 {
		t.Fatalf("emails to %s, %d texts", got, w.SMS.Count(""))
	}

	second, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
	w.Must(err)

	if second.Hash == first.Hash || second.Delivery != name.Nth(2) ||
		second.SentTo[0].Address != "h@example.com" || w.Undeliverable("ada") {
		t.Errorf("the link is %+v, undeliverable is %t", second, w.Undeliverable("ada"))
	}

	d := w.Delivery("ada", name.Nth(2))
	if d.State != delivery.Sent || d.Device != "Home Email" || d.Attempts != 1 ||
		d.Part != delivery.Part(jobID, 1, 0) {
		t.Errorf("got %+v", d)
	}

	asked = w.bounced("ada", 2, delivery.ReasonMailboxFull)
	for range 2 {
		w.Succeed(asked)
	}

	w.Succeed(w.bounced("ada", 1, delivery.ReasonHardBounce)) // late

	if w.SMS.Count("") != 1 || len(w.Mail()) != 2 || w.Undeliverable("ada") {
		t.Errorf(
			"%d texts, %d emails, undeliverable %t",
			w.SMS.Count(""),
			len(w.Mail()),
			w.Undeliverable("ada"),
		)
	}

	n := w.counts(1)

	counter := tally.Notifications{
		Table:      w.notifications.Table,
		Deliveries: w.Deliveries,
		Now:        w.Time,
	}
	counts, err := counter.Of(t.Context(), n)
	if err != nil || counts != (notification.Counts{Audience: 1, Sent: 1}) {
		t.Errorf("got %+v, %v", counts, err)
	}
}

func TestWhoHasNoDeviceLeftIsUndeliverable(t *testing.T) {
	for _, test := range []struct {
		name, reason string
		fields       map[string]string
	}{
		{
			name:   "after a hard bounce",
			reason: delivery.ReasonHardBounce,
			fields: map[string]string{"Work Email": "w@example.com"},
		},
		{
			name:   "after a soft one that surely did not arrive",
			reason: delivery.ReasonMailboxFull,
			fields: map[string]string{"Work Email": "w@example.com"},
		},
		{
			name:   "where the next device has the same address",
			reason: delivery.ReasonMailboxFull,
			fields: map[string]string{"Work Email": "w@example.com", "Home Email": "w@example.com"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", test.fields)
			w.Succeed(w.notify(job.Pending, "ada"))
			w.Succeed(w.bounced("ada", 1, test.reason))

			if !w.Undeliverable("ada") || len(w.Mail()) != 1 {
				t.Errorf("undeliverable is %t, %d emails", w.Undeliverable("ada"), len(w.Mail()))
			}

			w.Change("ada", "Work Email", "new@example.com") // and whoever changed it asks
			w.Succeed(work.CheckReach{Key: "ada", UserID: "id-ada"})

			if w.Undeliverable("ada") {
				t.Error("a corrected address doesn't help")
			}
		})
	}
}

func TestANotificationDoesNotGoOn(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"to who has set a password": func(w *world) { w.SetPassword("ada", "g1") },
		"to who is removed":         func(w *world) { w.Remove("ada") },
		"to who is inactive":        func(w *world) { w.Change("ada", user.Status, user.Inactive) },
		"after a cancellation": func(w *world) {
			key := store.Key{"job": jobID, "item": "notification#000001"}
			cancel := store.Update{
				Set:    "#status = :cancelled",
				Values: store.Values{":cancelled": notification.Cancelled},
			}
			w.Must(w.Notifications.Table.Update(w.T.Context(), key, cancel, nil))
		},
		"after a newer link": func(w *world) { w.Invite("ada", time.Hour) },
		"in a deleted job": func(w *world) {
			w.Must(w.Jobs.Delete(w.T.Context(), jobID, w.Time()))
		},
		"from a message that arrived": func(w *world) {
			of := delivery.NameOf(jobID, 1)
			w.Tell("ada", of, delivery.Complained, delivery.ReasonComplaint)
		},
		"from one that arrived before its mailbox was full": func(w *world) {
			w.Tell("ada", delivery.NameOf(jobID, 1), delivery.Delivered, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", everyDevice)
			w.Succeed(w.notify(job.Pending, "ada"))
			asked := w.bounced("ada", 1, delivery.ReasonMailboxFull)
			change(w)
			w.Succeed(asked)

			if len(w.Mail()) != 1 || w.SMS.Count("") != 0 || w.Undeliverable("ada") {
				t.Errorf(
					"%d emails, %d texts, undeliverable %t",
					len(w.Mail()),
					w.SMS.Count(""),
					w.Undeliverable("ada"),
				)
			}
		})
	}
}

// The instance dies when the next device's message has left, and its delivery isn't
// written down.
func TestADeathWhileANotificationGoesOn(t *testing.T) {
	for _, test := range []struct {
		name   string
		event  bool // SES tells of it before the message is taken again
		emails int  // to the second device
		state  delivery.State
	}{
		{"the message is sent again, since nobody knows", false, 2, delivery.Sent},
		{"unless SES has told meanwhile", true, 1, delivery.Delivered},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", everyDevice)
			w.Succeed(w.notify(job.Pending, "ada"))
			asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
			ctx, die := context.WithCancel(t.Context())

			w.Faults.After = func(string) *http.Response { die(); return nil }
			if failed := w.Give(ctx, w.Record("m1", asked)); len(failed) != 1 {
				t.Fatal("a message whose instance died is done")
			}

			w.Faults.After = nil

			next := delivery.NameOf(jobID, 1).Nth(2)
			if d := w.Delivery("ada", next); d.State != delivery.Queued {
				t.Fatalf("it is %s", d.State)
			}
			// The lease of the dead lives: another request gives the message back, and
			// sends nothing.
			failed := w.Give(t.Context(), w.Record("m2", asked))
			if failed != nil || w.To()["h@example.com"] != 1 || w.Waiting(work.Bulk) != 1 {
				t.Fatalf(
					"while the lease lives: failed %v, sent to %v, %d messages wait",
					failed,
					w.To(),
					w.Waiting(work.Bulk),
				)
			}

			if test.event {
				w.Tell("ada", next, delivery.Delivered, "")
			}

			w.Pass(dispatch.Lease + time.Millisecond)
			w.Succeed(asked)

			d := w.Delivery("ada", next)
			if d.State != test.state || w.To()["h@example.com"] != test.emails ||
				w.SMS.Count("") != 0 {
				t.Errorf("it is %s, sent to %v and %d texts", d.State, w.To(), w.SMS.Count(""))
			}
		})
	}
}

func TestWhatTheCarrierDoesNotTakeWhileANotificationGoesOn(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  func(string) *http.Response
		state  delivery.State // of the second device's
		links  bool           // the first device's link works on
		second int            // emails to the second device, when all is done
		texts  int
	}{
		{
			name:   "too fast: it is sent later",
			fault:  dispatchtest.Throttled,
			state:  delivery.Queued,
			links:  true,
			second: 1,
		},
		{
			name:   "the quota is used up: it is sent when some is free",
			fault:  dispatchtest.QuotaUsedUp,
			state:  delivery.Queued,
			links:  true,
			second: 1,
		},
		{
			name:   "the deployment is misconfigured: it is sent when that is put right",
			fault:  dispatchtest.Unverified,
			state:  delivery.Queued,
			links:  true,
			second: 1,
		},
		{
			name:  "refused for good: the third device is next",
			fault: dispatchtest.Refusing(400, "MessageRejected"),
			state: delivery.Failed,
			links: true,
			texts: 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", everyDevice)
			w.Succeed(w.notify(job.Pending, "ada"))
			before, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)
			asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
			w.Faults.Before = test.fault
			w.Succeed(asked)
			link, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)

			d := w.Delivery("ada", delivery.NameOf(jobID, 1).Nth(2))
			if d.State != test.state || (link.Hash == before.Hash) != test.links ||
				w.Waiting(work.Bulk) != 1 {
				t.Fatalf(
					"it is %s, the link is the one before: %t, %d messages wait",
					d.State,
					link.Hash == before.Hash,
					w.Waiting(work.Bulk),
				)
			}

			w.Faults.Before = nil

			w.Pass(pauseFor)
			for range 2 { // the first message again does what the one that waits would
				w.Succeed(asked)
			}

			if w.To()["h@example.com"] != test.second || w.SMS.Count("") != test.texts ||
				w.Undeliverable("ada") {
				t.Errorf(
					"sent to %v, %d texts, undeliverable %t",
					w.To(),
					w.SMS.Count(""),
					w.Undeliverable("ada"),
				)
			}
		})
	}
}

func TestAMarkInOneJobIsSeenInAll(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "SMS Phone": "+16502530000"})
	w.Must(w.Jobs.Create(t.Context(), job.Job{
		ID:           "j0",
		Status:       job.Processed,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
	}))
	of, err := w.Members.GetMany(t.Context(), jobID, []string{"ada"})
	w.Must(err)

	elsewhere := of["ada"]
	elsewhere.JobID, elsewhere.Outcome = "j0", member.Updated
	other := elsewhere
	other.JobID, other.UserID = "j00", "id-before"
	w.Must(w.Members.PutMany(t.Context(), []member.Member{elsewhere, other}))
	w.Mark("w@example.com", delivery.ReasonComplaint)
	w.Succeed(work.CheckReach{Key: "ada", UserID: "id-ada"})

	for jobOf, want := range map[string]bool{jobID: false, "j0": true, "j00": false} {
		found, err := w.Members.GetMany(t.Context(), jobOf, []string{"ada"})
		w.Must(err)

		if found["ada"].Undeliverable != want {
			t.Errorf("in %s undeliverable is %t", jobOf, !want)
		}
	}
}

func TestAnInvitationEndsWhoseAddressIsNoLongerTheUsers(t *testing.T) {
	for _, test := range []struct {
		name, field, value string
		ends               bool
	}{
		{"another address", "Work Email", "new@example.com", true},
		{"none", "Work Email", "", true},
		{"the same in another letter case", "Work Email", "Ada@Example.com", false},
		{"another field", "Site", "A", false},
		{"a device that isn't used", "Work Email" + user.StatusSuffix, user.Inactive, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			w.Invite("ada", time.Hour)
			before, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)

			w.Change("ada", test.field, test.value)
			w.Set(noon.Add(time.Minute))
			for range 2 {
				w.Succeed(work.CheckReach{Key: "ada", UserID: "id-ada"})
			}

			after, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)
			want := before.ExpiresAt
			if test.ends {
				want = clock.Of(noon.Add(time.Minute))
			}
			if after.ExpiresAt != want || after.Hash != before.Hash {
				t.Errorf("it ends at %d, want %d", after.ExpiresAt, want)
			}
		})
	}
}

func TestWhoseAddressesAreAllMarkedIsSkippedAsUndeliverable(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com"})
	w.Add("bob", map[string]string{})
	w.Mark("w@example.com", delivery.ReasonHardBounce)
	w.Succeed(w.notify(job.Pending, "ada", "bob"))

	for name, want := range map[string]string{
		"ada": delivery.ReasonUndeliverable,
		"bob": delivery.ReasonNoDevice,
	} {
		d := w.Delivery(name, delivery.NameOf(jobID, 1))
		if d.State != delivery.Skipped || d.Reason != want || !w.Undeliverable(name) {
			t.Errorf(
				"%s: got %s, %q, undeliverable %t",
				name,
				d.State,
				d.Reason,
				w.Undeliverable(name),
			)
		}
	}
}
