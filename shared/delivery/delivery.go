// Package delivery stores what became of each message: one item per user, notification
// and device tried.
//
// A notification's first message to a user has the notification's name, <job>#<n>. The
// message to the next device, after the first didn't arrive, is <job>#<n>#2, and so on
// (name.go). Messages that no notification asked for have names of their own (user.go).
//
// Announce, then act: the item is written before its message is sent, so that no message
// is unknown. Two write to it then, in any order and more than once: the sender records
// what the carrier answered (Record), and the carrier's events tell what came of it
// (Advance). Both only move it forward, by the ranks in state.go, so that its end doesn't
// depend on the order.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"golang.org/x/sync/errgroup"

	"latchkey/shared/lease"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// MaxTries is the number of attempts after which a message is given up on.
const MaxTries = 5

// Keep is how long a delivery is stored.
const Keep = 400 * 24 * time.Hour

// recordsAtOnce is the number of results that are written at once.
const recordsAtOnce = 16

// Delivery is what became of one notification for one user, on one device.
//
// The states, in the order that they follow:
//
//	queued       written; its message isn't sent, or nobody knows yet
//	sent         the carrier has taken it. SMS end here, since SNS tells no more
//	delivered    the receiver's server has taken it
//	bounced      it wasn't taken; some reasons say that it surely didn't arrive
//	complained   the receiver called it spam, so it did arrive
//	failed       given up on, with a reason
//	skipped      not sent, since the user was out of the audience or had no device
//
// The sender, deliver or answer, writes the item, holds the lease, counts Attempts, and
// records State, Reason, Device and MessageID. feedback moves State and Reason forward.
// The store computes Rank.
type Delivery struct {
	UserID       string `dynamodbav:"user_id"`
	Notification Name   `dynamodbav:"notification"`
	// Part is as the function Part names it; "" for a message outside of a job.
	Part      string       `dynamodbav:"part,omitempty"`
	Key       string       `dynamodbav:"username"` // of the username
	Username  string       `dynamodbav:"shown"`    // as it was first written
	Device    string       `dynamodbav:"device,omitempty"`
	Channel   user.Channel `dynamodbav:"channel,omitempty"`
	State     State        `dynamodbav:"state"`
	Rank      int          `dynamodbav:"rank"`
	Reason    string       `dynamodbav:"reason,omitempty"`
	At        int64        `dynamodbav:"at"` // milliseconds
	Attempts  int          `dynamodbav:"attempts,omitempty"`
	MessageID string       `dynamodbav:"message_id,omitempty"`
	DeleteAt  int64        `dynamodbav:"delete_at"`
	lease.Fields
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

func key(userID string, name Name) store.Key {
	return store.Key{"user_id": userID, "notification": string(name)}
}

// PutMany writes deliveries whole, whatever is there. Those that are to be sent must be
// written before their messages are handed over.
func (s Store) PutMany(ctx context.Context, deliveries []Delivery) error {
	for i := range deliveries {
		d := &deliveries[i]
		d.DeleteAt = time.UnixMilli(d.At).Add(Keep).Unix()
		d.Rank = rank(d.State, d.Reason)
	}
	return store.PutMany(ctx, s.Table, deliveries)
}

// Record stores the results of queued deliveries, and ends their leases. It returns the
// deliveries as they are then: a state that an event has told meanwhile stays. One that
// was deleted isn't made again, and is returned as given.
func (s Store) Record(ctx context.Context, deliveries ...Delivery) ([]Delivery, error) {
	after := make([]Delivery, len(deliveries))
	group, recorded := errgroup.WithContext(ctx)
	group.SetLimit(recordsAtOnce)

	for i, d := range deliveries {
		group.Go(func() (err error) {
			after[i], err = s.record(recorded, d)
			return err
		})
	}

	return after, group.Wait()
}

func (s Store) record(ctx context.Context, d Delivery) (after Delivery, err error) {
	result := store.Update{
		Set:    "attempts = :attempts",
		Remove: lease.Remove,
		Values: store.Values{":attempts": d.Attempts},
	}
	if d.MessageID != "" {
		result.Set += ", message_id = :id"
		result.Values[":id"] = d.MessageID
	}
	if d.Device != "" {
		result.Set += ", device = :device, channel = :channel"
		result.Values[":device"] = d.Device
		result.Values[":channel"] = d.Channel
	}

	// First with the state and, if an event has moved that already, without.
	withResult := withState(result, d.State, d.Reason, d.At)
	withResult.Condition = "attribute_exists(user_id) AND #state = :queued"
	withResult.Values[":queued"] = Queued
	err = s.Table.Update(ctx, key(d.UserID, d.Notification), withResult, &after)

	if errors.Is(err, store.ErrCondition) {
		result.Condition = "attribute_exists(user_id)"
		err = s.Table.Update(ctx, key(d.UserID, d.Notification), result, &after)
	}

	if errors.Is(err, store.ErrCondition) {
		return d, nil // it was deleted meanwhile
	}
	return after, err
}

func withState(u store.Update, state State, reason string, at int64) store.Update {
	values := store.Values{":state": state, ":rank": rank(state, reason), ":at": at}
	maps.Copy(values, u.Values)

	set := "#state = :state, #rank = :rank, #at = :at"
	if reason != "" {
		set += ", reason = :reason"
		values[":reason"] = reason
	} else {
		u.Remove = join(u.Remove, "reason")
	}

	u.Set = join(u.Set, set)
	u.Values = values
	return u
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// News is what an event of a carrier says of a delivery.
type News struct {
	State     State
	Reason    string
	At        time.Time
	MessageID string
}

// Advance moves a delivery forward by an event, ends its lease, and returns it as it is
// then: unchanged, if it was as far already. It may return store.ErrNotFound.
func (s Store) Advance(
	ctx context.Context, userID string, name Name, news News,
) (after Delivery, err error) {
	update := withState(store.Update{
		Set:       "attempts = if_not_exists(attempts, :one)",
		Remove:    lease.Remove,
		Condition: "attribute_exists(user_id) AND (attribute_not_exists(#rank) OR #rank < :rank)",
		Values:    store.Values{":one": 1},
	}, news.State, news.Reason, news.At.UnixMilli())
	if news.MessageID != "" {
		update.Set += ", message_id = if_not_exists(message_id, :id)"
		update.Values[":id"] = news.MessageID
	}

	err = s.Table.Update(ctx, key(userID, name), update, &after)

	var refused *store.ConditionError
	if !errors.As(err, &refused) {
		return after, err
	}
	if refused.Old == nil {
		return Delivery{}, store.ErrNotFound
	}
	return after, attributevalue.UnmarshalMap(refused.Old, &after)
}

// Claim leases a delivery to a request, and counts the attempt. One that isn't there is
// made from d. done reports that it is final. Claim returns lease.ErrBusy while another
// request holds the lease.
func (s Store) Claim(
	ctx context.Context, d Delivery, l lease.Lease, now time.Time,
) (claimed Delivery, done bool, err error) {
	update := store.Update{
		Set: "#state = :queued, #rank = :zero," +
			" attempts = if_not_exists(attempts, :zero) + :one," +
			" username = :key, shown = :shown, #at = :now, delete_at = :delete, " + lease.Set,
		Condition: "attribute_not_exists(user_id) OR (#state = :queued AND " + lease.Free + ")",
		Values: l.ToClaim(now, store.Values{
			":queued": Queued,
			":zero":   0,
			":one":    1,
			":key":    d.Key,
			":shown":  d.Username,
			":delete": now.Add(Keep).Unix(),
		}),
	}
	setText(&update, "part", d.Part)
	setText(&update, "device", d.Device)
	setText(&update, "channel", string(d.Channel))

	err = s.Table.Update(ctx, key(d.UserID, d.Notification), update, &claimed)
	if !errors.Is(err, store.ErrCondition) {
		return claimed, false, err
	}

	found, err := s.Get(ctx, d.UserID, d.Notification)
	if err != nil {
		return Delivery{}, false, err
	}
	if found.Final() {
		return found, true, nil
	}
	return Delivery{}, false, lease.ErrBusy
}

func setText(u *store.Update, name, value string) {
	if value != "" {
		u.Set = join(u.Set, fmt.Sprintf("%s = :%s", name, name))
		u.Values[":"+name] = value
	}
}
