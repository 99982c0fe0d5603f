package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

var everyDevice = map[string]string{

	"Work Email": "w@example.com",
	"Home Email": "h@example.com",
	"SMS Phone":  "+16502530000",
}

// bounced has the kth message of the job's first notification not arrive, for a reason,
// and gives what feedback asks for then.
func (w *world) bounced(name string, k int, reason string) notification.BulkMessage {
	w.t.Helper()
	ctx, of := w.t.Context(), delivery.Nth(delivery.Name(jobID, 1), k)
	d, err := w.Deliveries.Advance(
		ctx,
		"id-"+name,
		of,
		delivery.News{State: delivery.Bounced, Reason: reason, At: w.now},
	)
	w.must(err)

	if delivery.Dead(reason) {
		p, err := w.Directory.Get(ctx, name)
		w.must(err)
		w.must(w.addresses.Mark(ctx, address.Key(d.Channel, p.Address(d.Device)), reason, w.now))
	}

	return notification.BulkMessage{
		Fallback: &notification.Fallback{
			JobID:    jobID,
			Number:   1,
			UserID:   "id-" + name,
			Key:      name,
			Delivery: of,
		},
	}
}

func (w *world) undeliverable(name string) bool {
	w.t.Helper()
	found, err := w.members.GetMany(w.t.Context(), jobID, []string{name})
	w.must(err)

	return found[name].Undeliverable
}

func TestWhatBouncesGoesOnDeviceByDeviceOnceEach(t *testing.T) {
	w := newWorld(t)
	w.add("ada", everyDevice)
	w.succeed("bulk", w.notify(job.Pending, "ada"))

	name := delivery.Name(jobID, 1)
	first, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
	w.must(err)

	asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
	for range 3 { // the bounce is told more than once
		w.succeed("bulk", asked)
	}

	got := fmt.Sprint(w.to())
	if got != "map[h@example.com:1 w@example.com:1]" || w.texts.Count("") != 0 {
		t.Fatalf("emails to %s, %d texts", got, w.texts.Count(""))
	}

	second, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
	w.must(err)

	if second.Hash == first.Hash || second.Notification != delivery.Nth(name, 2) ||
		second.SentTo[0].Address != "h@example.com" || w.undeliverable("ada") {
		t.Errorf("the link is %+v, undeliverable is %t", second, w.undeliverable("ada"))
	}

	d := w.delivery("ada", delivery.Nth(name, 2))
	if d.State != delivery.Sent || d.Device != "Home Email" || d.Attempts != 1 ||
		d.Part != delivery.Part(jobID, 1, 0) {
		t.Errorf("got %+v", d)
	}

	asked = w.bounced("ada", 2, delivery.ReasonMailboxFull)
	for range 2 {
		w.succeed("bulk", asked)
	}

	w.succeed("bulk", w.bounced("ada", 1, delivery.ReasonHardBounce)) // late

	if w.texts.Count("") != 1 || len(w.emails()) != 2 || w.undeliverable("ada") {
		t.Errorf(
			"%d texts, %d emails, undeliverable %t",
			w.texts.Count(""),
			len(w.emails()),
			w.undeliverable("ada"),
		)
	}

	n := w.counts(1)

	counter := notification.Counter{
		Notifications: w.notifications,
		Deliveries:    w.Deliveries,
		Now:           w.handler.now,
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
			w.add("ada", test.fields)
			w.succeed("bulk", w.notify(job.Pending, "ada"))
			w.succeed("bulk", w.bounced("ada", 1, test.reason))

			if !w.undeliverable("ada") || len(w.emails()) != 1 {
				t.Errorf("undeliverable is %t, %d emails", w.undeliverable("ada"), len(w.emails()))
			}

			w.change("ada", "Work Email", "new@example.com") // and whoever changed it asks
			w.succeed(
				"urgent",
				urgent.Message{ID: "reach#1", Reach: &urgent.Reach{Key: "ada", UserID: "id-ada"}},
			)

			if w.undeliverable("ada") {
				t.Error("a corrected address doesn't help")
			}
		})
	}
}

func TestANotificationDoesNotGoOn(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"to who has set a password": func(w *world) { w.setPassword("ada", "g1") },
		"to who is removed":         func(w *world) { w.remove("ada") },
		"to who is inactive":        func(w *world) { w.change("ada", user.Status, user.Inactive) },
		"after a cancellation": func(w *world) {
			key := store.Key{"job": jobID, "item": "notification#000001"}
			cancel := store.Update{
				Set:    "#status = :cancelled",
				Values: store.Values{":cancelled": notification.Cancelled},
			}
			w.must(w.notifications.Table.Update(w.t.Context(), key, cancel, nil))
		},
		"after a newer link": func(w *world) { w.invite("ada", time.Hour) },
		"in a deleted job":   func(w *world) { w.must(w.jobs.Delete(w.t.Context(), jobID, w.now)) },
		"from a message that arrived": func(w *world) {
			news := delivery.News{
				State:  delivery.Complained,
				Reason: delivery.ReasonComplaint,
				At:     w.now,
			}
			_, err := w.Deliveries.Advance(w.t.Context(), "id-ada", delivery.Name(jobID, 1), news)
			w.must(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add("ada", everyDevice)
			w.succeed("bulk", w.notify(job.Pending, "ada"))
			asked := w.bounced("ada", 1, delivery.ReasonMailboxFull)
			change(w)
			w.succeed("bulk", asked)

			if len(w.emails()) != 1 || w.texts.Count("") != 0 || w.undeliverable("ada") {
				t.Errorf(
					"%d emails, %d texts, undeliverable %t",
					len(w.emails()),
					w.texts.Count(""),
					w.undeliverable("ada"),
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
		event  bool // SES's "Send" comes before the message is taken again
		emails int  // to the second device
	}{
		{"the message is sent again, since nobody knows", false, 2},
		{"unless SES has told meanwhile", true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add("ada", everyDevice)
			w.succeed("bulk", w.notify(job.Pending, "ada"))
			asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
			ctx, die := context.WithCancel(t.Context())

			w.faults.after = func(string) *http.Response { die(); return nil }
			if failed := w.give(ctx, record(t, "m1", "bulk", asked)); len(failed) != 1 {
				t.Fatal("a message whose instance died is done")
			}

			w.faults.after = nil

			next := delivery.Nth(delivery.Name(jobID, 1), 2)
			if d := w.delivery("ada", next); d.State != delivery.Queued {
				t.Fatalf("it is %s", d.State)
			}
			// The lease of the dead lives: another request gives the message back, and
			// sends nothing.
			failed := w.give(t.Context(), record(t, "m2", "bulk", asked))
			if failed != nil || w.to()["h@example.com"] != 1 || w.waiting(w.bulk) != 1 {
				t.Fatalf(
					"while the lease lives: failed %v, sent to %v, %d messages wait",
					failed,
					w.to(),
					w.waiting(w.bulk),
				)
			}

			if test.event {
				_, err := w.Deliveries.Advance(
					t.Context(),
					"id-ada",
					next,
					delivery.News{State: delivery.Sent, At: w.now, MessageID: "m"},
				)
				w.must(err)
			}

			w.now = w.now.Add(deliveryLease + time.Millisecond)
			w.succeed("bulk", asked)

			d := w.delivery("ada", next)
			if d.State != delivery.Sent || w.to()["h@example.com"] != test.emails ||
				w.texts.Count("") != 0 {
				t.Errorf("it is %s, sent to %v and %d texts", d.State, w.to(), w.texts.Count(""))
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
			fault:  throttled,
			state:  delivery.Queued,
			links:  true,
			second: 1,
		},
		{
			name:   "the quota is used up: it is sent when some is free",
			fault:  quotaUsedUp,
			state:  delivery.Queued,
			links:  true,
			second: 1,
		},
		{
			name:  "refused for good: the third device is next",
			fault: func(string) *http.Response { return refuse(400, "MessageRejected") },
			state: delivery.Failed,
			texts: 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add("ada", everyDevice)
			w.succeed("bulk", w.notify(job.Pending, "ada"))
			before, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.must(err)
			asked := w.bounced("ada", 1, delivery.ReasonHardBounce)
			w.faults.before = test.fault
			w.succeed("bulk", asked)
			link, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.must(err)

			d := w.delivery("ada", delivery.Nth(delivery.Name(jobID, 1), 2))
			if d.State != test.state || (link.Hash == before.Hash) != test.links ||
				w.waiting(w.bulk) != 1 {
				t.Fatalf(
					"it is %s, the link is the one before: %t, %d messages wait",
					d.State,
					link.Hash == before.Hash,
					w.waiting(w.bulk),
				)
			}

			w.faults.before = nil

			w.now = w.now.Add(pauseFor)
			for range 2 { // the first message again does what the one that waits would
				w.succeed("bulk", asked)
			}

			if w.to()["h@example.com"] != test.second || w.texts.Count("") != test.texts ||
				w.undeliverable("ada") {
				t.Errorf(
					"sent to %v, %d texts, undeliverable %t",
					w.to(),
					w.texts.Count(""),
					w.undeliverable("ada"),
				)
			}
		})
	}
}

func TestAMarkInOneJobIsSeenInAll(t *testing.T) {
	w := newWorld(t)
	w.add("ada", map[string]string{"Work Email": "w@example.com", "SMS Phone": "+16502530000"})
	w.must(w.jobs.Create(t.Context(), job.Job{
		ID:           "j0",
		Status:       job.Processed,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		CreatedAt:    noon.UnixMilli(),
	}))
	of, err := w.members.GetMany(t.Context(), jobID, []string{"ada"})
	w.must(err)

	elsewhere := of["ada"]
	elsewhere.JobID = "j0"
	other := elsewhere
	other.JobID, other.UserID = "j00", "id-before"
	w.must(w.members.PutMany(t.Context(), []member.Member{elsewhere, other}))
	w.mark("w@example.com", delivery.ReasonComplaint)
	w.succeed("bulk", notification.BulkMessage{Reach: &urgent.Reach{Key: "ada", UserID: "id-ada"}})

	for jobOf, want := range map[string]bool{jobID: false, "j0": true, "j00": false} {
		found, err := w.members.GetMany(t.Context(), jobOf, []string{"ada"})
		w.must(err)

		if found["ada"].Undeliverable != want {
			t.Errorf("in %s undeliverable is %t", jobOf, !want)
		}
	}
}

func TestWhoseAddressesAreAllMarkedIsSkippedAsUndeliverable(t *testing.T) {
	w := newWorld(t)
	w.add("ada", map[string]string{"Work Email": "w@example.com"})
	w.add("bob", map[string]string{})
	w.mark("w@example.com", delivery.ReasonHardBounce)
	w.succeed("bulk", w.notify(job.Pending, "ada", "bob"))

	for name, want := range map[string]string{
		"ada": delivery.ReasonUndeliverable,
		"bob": delivery.ReasonNoDevice,
	} {
		d := w.delivery(name, delivery.Name(jobID, 1))
		if d.State != delivery.Skipped || d.Reason != want || !w.undeliverable(name) {
			t.Errorf(
				"%s: got %s, %q, undeliverable %t",
				name,
				d.State,
				d.Reason,
				w.undeliverable(name),
			)
		}
	}
}
