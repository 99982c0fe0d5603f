// Package delivery keeps what became of each message: one item per user and notification.
//
// Messages that no notification asked for (forgot password, a renewed link, a notice) have an item as well, under a name of
// their own.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// State is how far a message got. It only moves forward, in this order; Failed and Skipped are ends of their own.
type State string

// States of a delivery.
const (
	Queued     State = "queued"
	Sent       State = "sent"
	Delivered  State = "delivered"
	Bounced    State = "bounced"
	Complained State = "complained"
	Failed     State = "failed"
	Skipped    State = "skipped"
)

// States lists them all.
var States = []State{Queued, Sent, Delivered, Bounced, Complained, Failed, Skipped}

// Reasons of a delivery that was failed or skipped.
const (
	ReasonActive     = "active"      // has a password by now
	ReasonInactive   = "inactive"    // gets nothing
	ReasonRemoved    = "removed"     // is no user any more
	ReasonNoDevice   = "no_device"   // has no device that may be used
	ReasonNotExpired = "not_expired" // holds a link that works
	ReasonReached    = "reached"     // has got a message of the job
	ReasonRejected   = "rejected"    // the carrier refused the message for good
	ReasonTries      = "tries"       // the carrier could not be reached, five times
	ReasonLimit      = "limit"       // had as many as one may have in an hour
)

// MaxTries is after how many attempts at a message it is given up on.
const MaxTries = 5

// Keep is how long a delivery is known.
const Keep = 400 * 24 * time.Hour

// Delivery is one message to one user.
type Delivery struct {
	UserID       string       `dynamodbav:"user_id"`
	Notification string       `dynamodbav:"notification"`
	Part         string       `dynamodbav:"part,omitempty"` // of the notification, by the user's shard
	Key          string       `dynamodbav:"username"`
	Username     string       `dynamodbav:"shown"`
	Device       string       `dynamodbav:"device,omitempty"`
	Channel      user.Channel `dynamodbav:"channel,omitempty"`
	State        State        `dynamodbav:"state"`
	Reason       string       `dynamodbav:"reason,omitempty"`
	At           int64        `dynamodbav:"at"` // milliseconds
	Attempts     int          `dynamodbav:"attempts"`
	MessageID    string       `dynamodbav:"message_id,omitempty"`
	DeleteAt     int64        `dynamodbav:"delete_at"`
	LeaseOwner   string       `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil   int64        `dynamodbav:"lease_until,omitempty"`
}

// Final says that nothing more is to be sent for it.
func (d Delivery) Final() bool { return d.State != Queued && d.State != "" }

// Through says that the message got to the user, as far as is known.
func (d Delivery) Through() bool { return d.State == Sent || d.State == Delivered }

// Name names a job's notification among a user's deliveries, so that they are in the order of their numbers.
func Name(jobID string, number int) string { return fmt.Sprintf("%s#%06d", jobID, number) }

// Part names the part of a notification that a shard's deliveries are in.
func Part(jobID string, number, shard int) string {
	return fmt.Sprintf("%s#%02d", Name(jobID, number), shard)
}

// ErrBusy says that another request is at the delivery.
var ErrBusy = errors.New("another request is at the delivery")

// Store keeps deliveries.
type Store struct{ Table store.Table }

func key(userID, notification string) store.Key {
	return store.Key{"user_id": userID, "notification": notification}
}

// PutMany writes deliveries whole.
func (s Store) PutMany(ctx context.Context, deliveries []Delivery) error {
	for i := range deliveries {
		deliveries[i].DeleteAt = time.UnixMilli(deliveries[i].At).Add(Keep).Unix()
	}
	return store.PutMany(ctx, s.Table, deliveries)
}

// GetMany reads the deliveries of a notification to users, by user id; who has none is missing.
func (s Store) GetMany(ctx context.Context, notification string, userIDs []string) (map[string]Delivery, error) {
	keys := make([]store.Key, len(userIDs))
	for i, id := range userIDs {
		keys[i] = key(id, notification)
	}
	found, err := store.GetMany[Delivery](ctx, s.Table, keys)
	if err != nil {
		return nil, err
	}
	byUser := make(map[string]Delivery, len(found))
	for _, d := range found {
		byUser[d.UserID] = d
	}
	return byUser, nil
}

// OfJob reads a user's deliveries of one job, the latest first: at most limit.
func (s Store) OfJob(ctx context.Context, userID, jobID string, limit int) ([]Delivery, error) {
	found, _, err := store.Select[Delivery](ctx, s.Table, store.Query{
		Where:  "user_id = :user AND begins_with(notification, :job)",
		Values: store.Values{":user": userID, ":job": jobID + "#"}, Backward: true, Limit: limit,
	})
	return found, err
}

// List reads a page of a part's deliveries in the order of the usernames' keys. after and next are as in a Query.
func (s Store) List(ctx context.Context, part string, limit int, after store.Key) (deliveries []Delivery, next store.Key, err error) {
	return store.Select[Delivery](ctx, s.Table, store.Query{
		Index: "by_notification", Where: "part = :part", Values: store.Values{":part": part}, Limit: limit, After: after,
	})
}

// Claim gives a delivery to a request for as long as the lease lasts, and counts the attempt. It answers ErrBusy while another request holds it;
// done says that it is over.
func (s Store) Claim(ctx context.Context, d Delivery, owner string, now, until time.Time) (claimed Delivery, done bool, err error) {
	err = s.Table.Update(ctx, key(d.UserID, d.Notification), store.Update{
		Set: "#state = :queued, attempts = if_not_exists(attempts, :zero) + :one, username = :key, shown = :shown, #at = :now," +
			" lease_owner = :owner, lease_until = :until, delete_at = :delete",
		Condition: "attribute_not_exists(user_id) OR (#state = :queued AND (attribute_not_exists(lease_until) OR lease_owner = :owner OR lease_until < :now))",
		Values: store.Values{
			":queued": Queued, ":zero": 0, ":one": 1, ":key": d.Key, ":shown": d.Username, ":now": now.UnixMilli(),
			":owner": owner, ":until": until.UnixMilli(), ":delete": now.Add(Keep).Unix(),
		},
	}, &claimed)
	var refused *store.ConditionError
	if !errors.As(err, &refused) {
		return claimed, false, err
	}
	var found Delivery
	if err := s.Table.Get(ctx, key(d.UserID, d.Notification), &found); err != nil {
		return Delivery{}, false, err
	}
	if found.Final() {
		return found, true, nil
	}
	return Delivery{}, false, ErrBusy
}

// Number is the number of the job's notification that the delivery is of; nil for a message that none asked for.
func (d Delivery) Number() *int {
	_, text, ok := strings.Cut(d.Notification, "#")
	number, err := strconv.Atoi(text)
	if !ok || err != nil {
		return nil
	}
	return &number
}
