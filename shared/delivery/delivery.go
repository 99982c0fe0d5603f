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
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"golang.org/x/sync/errgroup"

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

// Reasons of a delivery that was failed or skipped by who sends.
const (
	ReasonActive        = "active"        // has a password by now
	ReasonInactive      = "inactive"      // gets nothing
	ReasonRemoved       = "removed"       // is no user any more
	ReasonNoDevice      = "no_device"     // has no device that may be used
	ReasonUndeliverable = "undeliverable" // has devices that may be used, and none of their addresses can be delivered to
	ReasonNotExpired    = "not_expired"   // holds a link that works
	ReasonReached       = "reached"       // has got a message of the job
	ReasonCancelled     = "cancelled"     // the notification was cancelled before it was this user's turn
	ReasonRejected      = "rejected"      // the carrier refused the message for good
	ReasonTries         = "tries"         // the carrier could not be reached, five times
	ReasonLimit         = "limit"         // had as many as one may have in an hour
	ReasonQuota         = "quota"         // the day's quota of emails is used up, and the message can't wait
	ReasonSuspended     = "suspended"     // the account may not send, and the message can't wait
)

// Reasons of what the carrier's events tell.
const (
	ReasonDelayed            = "delayed"             // sent, and not taken by the receiver's server yet: SES goes on trying
	ReasonHardBounce         = "hard_bounce"         // bounced: there is no such address, or it takes nothing
	ReasonSuppressed         = "suppressed"          // bounced: SES doesn't send to the address, since it bounced or complained before
	ReasonSoftBounce         = "soft_bounce"         // bounced, for now, or for a reason that SES doesn't know; an out-of-office answer looks like it too
	ReasonMailboxFull        = "mailbox_full"        // bounced: no room in the mailbox
	ReasonMessageTooLarge    = "message_too_large"   // bounced: the receiver takes only smaller ones
	ReasonContentRejected    = "content_rejected"    // bounced: the receiver doesn't like what it says
	ReasonAttachmentRejected = "attachment_rejected" // bounced: the receiver doesn't like what it thinks is an attachment
	ReasonComplaint          = "complaint"           // complained: the receiver called it spam
	ReasonVirus              = "virus"               // failed: SES took it and then refused to send it
	ReasonRendering          = "rendering"           // failed: SES took it and couldn't make a message of it
)

// ranks orders what a delivery may come to be, by state and reason: it only moves to a higher rank. What the sender says of a message that it didn't get
// rid of comes before what the carrier says, which knows better; a soft bounce before "delivered", since an out-of-office answer comes as one.
var ranks = map[State]map[string]int{
	Queued:  {"": 0},
	Skipped: {"": 10},
	Failed:  {"": 10, ReasonVirus: 40, ReasonRendering: 41},
	Sent:    {"": 20, ReasonDelayed: 30},
	Bounced: {
		"":                       50,
		ReasonContentRejected:    51,
		ReasonAttachmentRejected: 52,
		ReasonMessageTooLarge:    53,
		ReasonMailboxFull:        54,
		ReasonHardBounce:         70,
		ReasonSuppressed:         71,
	},
	Delivered:  {"": 60},
	Complained: {"": 80},
}

func rank(state State, reason string) int {
	if special, ok := ranks[state][reason]; ok {
		return special
	}
	return ranks[state][""]
}

// NotArrived says whether a bounce's reason means that the message surely did not arrive, so that another device is worth a try.
func NotArrived(reason string) bool {
	switch reason {
	case ReasonHardBounce,
		ReasonSuppressed,
		ReasonMailboxFull,
		ReasonMessageTooLarge,
		ReasonContentRejected,
		ReasonAttachmentRejected:
		return true
	}

	return false
}

// Dead says whether a bounce's reason means that its address can't be delivered to.
func Dead(reason string) bool { return reason == ReasonHardBounce || reason == ReasonSuppressed }

// MaxTries is after how many attempts at a message it is given up on.
const MaxTries = 5

// Keep is how long a delivery is known.
const Keep = 400 * 24 * time.Hour

// recording is how many results are written at once.
const recording = 16

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

// Name names a job's notification among a user's deliveries, so that they are in the order of their numbers.
func Name(jobID string, number int) string { return fmt.Sprintf("%s#%06d", jobID, number) }

// Nth names the message to the kth device (from 1) that was tried for a name.
func Nth(name string, k int) string {
	if k == 1 {
		return name
	}
	return fmt.Sprintf("%s#%d", name, k)
}

// Base takes the device's number off a name: it gives the name, and which device it was.
func Base(name string) (base string, k int) {
	parts := strings.Split(name, "#")
	if len(parts) == 3 {
		if k, err := strconv.Atoi(parts[2]); err == nil && k > 1 {
			return parts[0] + "#" + parts[1], k
		}
	}

	return name, 1
}

// Tag writes a name as SES lets a message tag be written: letters, digits, - and _. Names have no _ of their own.
func Tag(name string) string { return strings.ReplaceAll(name, "#", "_") }

// FromTag reads a name that was written as a tag.
func FromTag(tag string) string { return strings.ReplaceAll(tag, "_", "#") }

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

// PutMany writes deliveries whole, before anything is sent for them.
func (s Store) PutMany(ctx context.Context, deliveries []Delivery) error {
	for i := range deliveries {
		d := &deliveries[i]
		d.DeleteAt, d.Rank = time.UnixMilli(d.At).Add(Keep).Unix(), rank(d.State, d.Reason)
	}
	return store.PutMany(ctx, s.Table, deliveries)
}

// Record writes down what became of deliveries that were queued, with their attempts and what the carrier calls the message, and ends their leases. A state
// that an event has told meanwhile stays. It gives them as they are then.
func (s Store) Record(ctx context.Context, deliveries ...Delivery) ([]Delivery, error) {
	after := make([]Delivery, len(deliveries))
	group, recorded := errgroup.WithContext(ctx)
	group.SetLimit(recording)

	for i, d := range deliveries {
		group.Go(func() (err error) {
			after[i], err = s.record(recorded, d)
			return err
		})
	}

	return after, group.Wait()
}

func (s Store) record(ctx context.Context, d Delivery) (after Delivery, err error) {
	sent := store.Update{
		Set:    "attempts = :attempts",
		Remove: "lease_owner, lease_until",
		Values: store.Values{":attempts": d.Attempts},
	}
	if d.MessageID != "" {
		sent.Set, sent.Values[":id"] = sent.Set+", message_id = :id", d.MessageID
	}

	if d.Device != "" {
		sent.Set += ", device = :device, channel = :channel"
		sent.Values[":device"], sent.Values[":channel"] = d.Device, d.Channel
	}

	state := withState(sent, d.State, d.Reason, d.At)
	state.Condition, state.Values[":queued"] = "attribute_exists(user_id) AND #state = :queued", Queued

	err = s.Table.Update(ctx, key(d.UserID, d.Notification), state, &after)
	if errors.Is(err, store.ErrCondition) {
		sent.Condition = "attribute_exists(user_id)"
		err = s.Table.Update(ctx, key(d.UserID, d.Notification), sent, &after)
	}

	if errors.Is(
		err,
		store.ErrCondition,
	) { // it was forgotten meanwhile: nothing is made of it anew
		return d, nil
	}

	return after, err
}

// withState adds a state to an update.
func withState(u store.Update, state State, reason string, at int64) store.Update {
	values := store.Values{":state": state, ":rank": rank(state, reason), ":at": at}
	for name, value := range u.Values {
		values[name] = value
	}

	u.Values = values

	set := "#state = :state, #rank = :rank, #at = :at"
	if reason != "" {
		set, values[":reason"] = set+", reason = :reason", reason
	} else {
		u.Remove = join(u.Remove, "reason")
	}

	u.Set = join(u.Set, set)
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
	ctx context.Context,
	userID, name string,
	news News,
) (after Delivery, err error) {
	update := withState(store.Update{
		Set:       "attempts = if_not_exists(attempts, :one)",
		Remove:    "lease_owner, lease_until",
		Condition: "attribute_exists(user_id) AND (attribute_not_exists(#rank) OR #rank < :rank)",
		Values:    store.Values{":one": 1},
	}, news.State, news.Reason, news.At.UnixMilli())
	if news.MessageID != "" {
		update.Set, update.Values[":id"] = update.Set+", message_id = if_not_exists(message_id, :id)", news.MessageID
	}

	err = s.Table.Update(ctx, key(userID, name), update, &after)

	var refused *store.ConditionError
	switch {
	case !errors.As(err, &refused):
		return after, err
	case refused.Old == nil:
		return Delivery{}, store.ErrNotFound
	}

	return after, attributevalue.UnmarshalMap(refused.Old, &after)
}

// Get reads one delivery. It answers store.ErrNotFound.
func (s Store) Get(ctx context.Context, userID, name string) (Delivery, error) {
	var found Delivery
	err := s.Table.Get(ctx, key(userID, name), &found)
	return found, err
}

// GetMany reads the deliveries of a name to users, by user id; who has none is missing.
func (s Store) GetMany(
	ctx context.Context,
	notification string,
	userIDs []string,
) (map[string]Delivery, error) {
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

// Series reads a user's deliveries of a name, one per device that was tried, in the order of the tries: at most most.
func (s Store) Series(ctx context.Context, userID, name string, most int) ([]Delivery, error) {
	keys := make([]store.Key, most)
	for i := range keys {
		keys[i] = key(userID, Nth(name, i+1))
	}

	found, err := store.GetMany[Delivery](ctx, s.Table, keys)
	if err != nil {
		return nil, err
	}

	byName := make(map[string]Delivery, len(found))
	for _, d := range found {
		byName[d.Notification] = d
	}

	var series []Delivery
	for i := range keys {
		if d, ok := byName[Nth(name, i+1)]; ok {
			series = append(series, d)
		}
	}

	return series, nil
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
func (s Store) List(
	ctx context.Context,
	part string,
	limit int,
	after store.Key,
) (deliveries []Delivery, next store.Key, err error) {
	return store.Select[Delivery](ctx, s.Table, store.Query{
		Index:  "by_notification",
		Where:  "part = :part",
		Values: store.Values{":part": part},
		Limit:  limit,
		After:  after,
	})
}

// CountUsers counts a part's users, each once by the state of the message to the latest device that was tried. Who has no delivery isn't counted, nor
// who waits for the first message: whether that was handed over, its batch knows at once, and this index a moment later.
func (s Store) CountUsers(ctx context.Context, part string) (map[State]int, error) {
	counts := map[State]int{}
	query := store.Query{
		Index: "by_notification", Where: "part = :part", Values: store.Values{":part": part},
		Attributes: []string{"username", "user_id", "notification", "state"},
	}
	// The index has a username's deliveries side by side, but those of one in no order that is worth relying on.
	type latest struct {
		k     int
		state State
	}

	username, ofUser := "", map[string]latest{} // by user id, since a username may be removed and added anew

	flush := func() {
		for _, one := range ofUser {
			if one.state != Queued || one.k > 1 {
				counts[one.state]++
			}
		}

		clear(ofUser)
	}
	for {
		page, next, err := store.Select[Delivery](ctx, s.Table, query)
		if err != nil {
			return nil, err
		}

		for _, d := range page {
			if d.Key != username {
				flush()
				username = d.Key
			}

			if _, k := Base(d.Notification); k > ofUser[d.UserID].k {
				ofUser[d.UserID] = latest{k, d.State}
			}
		}

		if next == nil {
			flush()
			return counts, nil
		}

		query.After = next
	}
}

// Claim gives a delivery to a request for as long as the lease lasts, and counts the attempt; a new one is made with its device. It answers ErrBusy while another
// request holds it; done says that it is over.
func (s Store) Claim(
	ctx context.Context,
	d Delivery,
	owner string,
	now, until time.Time,
) (claimed Delivery, done bool, err error) {
	update := store.Update{
		Set: "#state = :queued, #rank = :zero, attempts = if_not_exists(attempts, :zero) + :one, username = :key, shown = :shown, #at = :now," +
			" lease_owner = :owner, lease_until = :until, delete_at = :delete",
		Condition: "attribute_not_exists(user_id) OR (#state = :queued AND (attribute_not_exists(lease_until) OR lease_owner = :owner OR lease_until < :now))",
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
	for name, value := range map[string]string{"part": d.Part, "device": d.Device, "channel": string(d.Channel)} {
		if value != "" {
			update.Set += fmt.Sprintf(", %s = :%s", name, name)
			update.Values[":"+name] = value
		}
	}

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

// Number is the number of the job's notification that the delivery is of; nil for a message that none asked for.
func (d Delivery) Number() *int {
	base, _ := Base(d.Notification)
	_, text, ok := strings.Cut(base, "#")

	number, err := strconv.Atoi(text)
	if !ok || len(text) != 6 || err != nil {
		return nil
	}
	return &number
}
