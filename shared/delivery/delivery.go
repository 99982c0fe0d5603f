// Package delivery stores what is known of each message, as facts that are never changed.
//
// A message to a user on one device is a delivery. Each thing that is known of it is an
// item of its own: handed over, failed or skipped (by whoever sends), delayed, delivered,
// bounced, complained of or rejected (by SES's events). The item's key ends with the
// fact's rank and state: the facts of a delivery sort by rank, and the highest one says
// what became of it. So facts may come twice, late and in any order, and are written in
// batches, without a condition and without a look at what is there. Where two requests
// could send the same message, the one that claims it does (claim.go).
package delivery

import (
	"context"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// MaxTries is the number of attempts after which a message is given up on.
const MaxTries = 5

// Keep is how long a fact is stored.
const Keep = 400 * 24 * time.Hour

// Delivery is what became of one notification for one user, on one device: what its facts
// say together. To store one is to store the fact that it has come to its State.
//
// The states, in the order that they follow:
//
//	queued       claimed, or tried in vain; its message isn't sent, or nobody knows yet
//	sent         the carrier has taken it. SMS end here, since SNS tells no more
//	delivered    the receiver's server has taken it
//	bounced      it wasn't taken; some reasons say that it surely didn't arrive
//	complained   the receiver called it spam, so it did arrive
//	failed       given up on, with a reason
//	skipped      not sent, since the user was out of the audience or had no device
//
// Who sends, deliver or answer, writes queued, sent, failed and skipped, with the username
// and the device. feedback writes the others, and failed if SES refused what it took.
type Delivery struct {
	UserID string `dynamodbav:"user_id"`
	Name   Name   `dynamodbav:"notification"`
	// Part is as the function Part names it; "" for a message outside of a job.
	Part      string       `dynamodbav:"part,omitempty"`
	Key       string       `dynamodbav:"username,omitempty"` // of the username
	Username  string       `dynamodbav:"shown,omitempty"`    // as it was first written
	Device    string       `dynamodbav:"device,omitempty"`
	Channel   user.Channel `dynamodbav:"channel,omitempty"`
	State     State        `dynamodbav:"state"`
	Reason    string       `dynamodbav:"reason,omitempty"`
	At        clock.Millis `dynamodbav:"at"`
	Attempts  int          `dynamodbav:"attempts,omitempty"`
	Turn      clock.Millis `dynamodbav:"turn,omitempty"` // of a queued one in the send rate
	MessageID string       `dynamodbav:"message_id,omitempty"`
	// Users are the ids of those whom one message is for, if UserID is nobody's.
	Users    []string      `dynamodbav:"-"`
	DeleteAt clock.Seconds `dynamodbav:"delete_at"`
	lease.Holder
}

// Final reports whether nothing more is to be sent for it.
func (d Delivery) Final() bool { return d.State != Queued && d.State != "" }

// Through reports whether the message got to the user, as far as is known. A complaint
// shows that it did.
func (d Delivery) Through() bool {
	return d.State == Sent || d.State == Delivered || d.State == Complained
}

// Store stores deliveries.
type Store struct{ Table store.Table }

// Put stores a fact of each delivery: that it has come to its state. Of a fact twice, the
// last counts. When it returns an error, some may have been stored.
func (s Store) Put(ctx context.Context, deliveries ...Delivery) error {
	type key struct {
		userID string
		item   Name
	}
	at := map[key]int{}

	var facts []Delivery
	for _, d := range deliveries {
		f := d.fact()
		k := key{f.UserID, f.Name}
		if i, twice := at[k]; twice {
			facts[i] = f
			continue
		}

		at[k] = len(facts)
		facts = append(facts, f)
	}
	return store.PutMany(ctx, s.Table, facts)
}

// fact returns the item by which a delivery's state is stored. The index doesn't hold that
// a first message is on its way: whom a notification is for, its batches say.
func (d Delivery) fact() Delivery {
	_, device := d.Name.Base()
	if device == 1 && (d.State == Queued || d.State == Sent && d.Reason == "") {
		d.Part = ""
	}

	d.Name = factKey(d.Name, d.State, d.Reason)
	d.DeleteAt = clock.SecondOf(d.At.Time().Add(Keep))
	return d
}

// merge puts facts, in the order of their keys, together to deliveries.
func merge(facts []Delivery) []Delivery {
	var all []Delivery
	for _, f := range facts {
		name, _ := parseFact(f.Name)
		f.Name = name

		last := len(all) - 1
		if last >= 0 && all[last].Name == name && all[last].UserID == f.UserID {
			all[last] = all[last].with(f)
			continue
		}
		all = append(all, f)
	}
	return all
}

// with returns what a delivery and a higher fact of it say together.
func (d Delivery) with(higher Delivery) Delivery {
	higher.Part = firstOf(higher.Part, d.Part)
	higher.Key = firstOf(higher.Key, d.Key)
	higher.Username = firstOf(higher.Username, d.Username)
	higher.Device = firstOf(higher.Device, d.Device)
	higher.Channel = firstOf(higher.Channel, d.Channel)
	higher.MessageID = firstOf(higher.MessageID, d.MessageID)
	higher.Attempts = max(higher.Attempts, d.Attempts)
	return higher
}

func firstOf[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}
