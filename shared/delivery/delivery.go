// Package delivery keeps what became of each message: one item per user, notification and device tried.
//
// A notification's first message to a user has the notification's name, <job>#<n>; the one to the next device, after the first did not arrive, is
// <job>#<n>#2, and so on. Messages that no notification asked for (forgot password, a renewed link, a notice) have names of their own, and more than one
// device of them is counted in the same way.
//
// An item is there before its message is sent. Two then write to it, in any order and more than once: who sent it tells what the carrier
// answered (Record), and the carrier's events tell what came of it (Advance). Both only ever move it forward, so that its end doesn't depend on the order.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"golang.org/x/sync/errgroup"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// MaxTries is after how many attempts at a message it is given up on.
const MaxTries = 5

// Keep is how long a delivery is known.
const Keep = 400 * 24 * time.Hour

// recordsAtOnce is how many results are written at once.
const recordsAtOnce = 16

// Delivery is one message to one user.
type Delivery struct {
	UserID       string       `dynamodbav:"user_id"`
	Notification string       `dynamodbav:"notification"`   // its name
	Part         string       `dynamodbav:"part,omitempty"` // of the notification, by the user's shard
	Key          string       `dynamodbav:"username"`
	Username     string       `dynamodbav:"shown"`
	Device       string       `dynamodbav:"device,omitempty"`
	Channel      user.Channel `dynamodbav:"channel,omitempty"`
	State        State        `dynamodbav:"state"`
	Rank         int          `dynamodbav:"rank"` // of the state; the store sets it
	Reason       string       `dynamodbav:"reason,omitempty"`
	At           int64        `dynamodbav:"at"` // milliseconds
	Attempts     int          `dynamodbav:"attempts,omitempty"`
	MessageID    string       `dynamodbav:"message_id,omitempty"`
	DeleteAt     int64        `dynamodbav:"delete_at"`
	LeaseOwner   string       `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil   int64        `dynamodbav:"lease_until,omitempty"`
}

// Final says that nothing more is to be sent for it.
func (d Delivery) Final() bool { return d.State != Queued && d.State != "" }

// Through says that the message got to the user, as far as is known. Who complains has got it.
func (d Delivery) Through() bool {
	return d.State == Sent || d.State == Delivered || d.State == Complained
}

// ErrBusy says that another request is at the delivery.
var ErrBusy = errors.New("another request is at the delivery")

// Store keeps deliveries.
type Store struct{ Table store.Table }

func key(userID, notification string) store.Key {
	return store.Key{"user_id": userID, "notification": notification}
}

// PutMany writes deliveries whole, before anything is sent for them.
func (s Store) PutMany(ctx context.Context, deliveries []Delivery) error {
	for i := range deliveries {
		d := &deliveries[i]
		d.DeleteAt = time.UnixMilli(d.At).Add(Keep).Unix()
		d.Rank = rank(d.State, d.Reason)
	}
	return store.PutMany(ctx, s.Table, deliveries)
}

// Record writes down what became of deliveries that were queued, with their attempts and what the carrier calls the message, and ends their leases. A state
// that an event has told meanwhile stays. It gives them as they are then.
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
		Remove: "lease_owner, lease_until",
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

	withResult := withState(result, d.State, d.Reason, d.At)
	withResult.Condition = "attribute_exists(user_id) AND #state = :queued"
	withResult.Values[":queued"] = Queued
	err = s.Table.Update(ctx, key(d.UserID, d.Notification), withResult, &after)

	if errors.Is(err, store.ErrCondition) {
		result.Condition = "attribute_exists(user_id)"
		err = s.Table.Update(ctx, key(d.UserID, d.Notification), result, &after)
	}

	if errors.Is(err, store.ErrCondition) { // it was forgotten meanwhile: nothing is made of it anew
		return d, nil
	}
	return after, err
}

// withState adds a state to an update.
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

// News is what a carrier's event tells of a delivery.
type News struct {
	State     State
	Reason    string
	At        time.Time
	MessageID string
}

// Advance moves a delivery to what an event tells, unless it is as far already, and gives it as it is then. It answers store.ErrNotFound if there is no such
// delivery.
func (s Store) Advance(
	ctx context.Context, userID, name string, news News,
) (after Delivery, err error) {
	update := withState(store.Update{
		Set:       "attempts = if_not_exists(attempts, :one)",
		Remove:    "lease_owner, lease_until",
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

// Claim gives a delivery to a request for as long as the lease lasts, and counts the attempt; a new one is made with its device. It answers ErrBusy while another
// request holds it; done says that it is over.
func (s Store) Claim(
	ctx context.Context, d Delivery, owner string, now, until time.Time,
) (claimed Delivery, done bool, err error) {
	update := store.Update{
		Set: "#state = :queued, #rank = :zero," +
			" attempts = if_not_exists(attempts, :zero) + :one," +
			" username = :key, shown = :shown, #at = :now," +
			" lease_owner = :owner, lease_until = :until, delete_at = :delete",
		Condition: "attribute_not_exists(user_id) OR (#state = :queued AND" +
			" (attribute_not_exists(lease_until) OR lease_owner = :owner OR lease_until < :now))",
		Values: store.Values{
			":queued": Queued,
			":zero":   0,
			":one":    1,
			":key":    d.Key,
			":shown":  d.Username,
			":now":    now.UnixMilli(),
			":owner":  owner,
			":until":  until.UnixMilli(),
			":delete": now.Add(Keep).Unix(),
		},
	}
	setText(&update, "part", d.Part)
	setText(&update, "device", d.Device)
	setText(&update, "channel", string(d.Channel))

	err = s.Table.Update(ctx, key(d.UserID, d.Notification), update, &claimed)

	var refused *store.ConditionError
	if !errors.As(err, &refused) {
		return claimed, false, err
	}

	found, err := s.Get(ctx, d.UserID, d.Notification)
	if err != nil {
		return Delivery{}, false, err
	}
	if found.Final() {
		return found, true, nil
	}
	return Delivery{}, false, ErrBusy
}

// setText has an update set an attribute, unless its value is "".
func setText(u *store.Update, name, value string) {
	if value != "" {
		u.Set = join(u.Set, fmt.Sprintf("%s = :%s", name, name))
		u.Values[":"+name] = value
	}
}
