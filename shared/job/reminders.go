package job

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/store"
)

// Limits of reminders: the least time between two, and how many of them a job sends at most.
const (
	RemindEvery = time.Hour
	RemindMost  = 20
)

// RemindAudiences lists those that can be reminded.
var RemindAudiences = []Audience{Pending, Expired, Unreached}

// Reminders are notifications that the clock sends: each so long after the job's last one of any kind, until so many were sent or everybody has
// acted.
type Reminders struct {
	ID       string   `dynamodbav:"id"`      // new with each change of them
	Every    int64    `dynamodbav:"every"`   // seconds
	Maximum  int      `dynamodbav:"maximum"` // of the job, with those that were sent before a change
	Audience Audience `dynamodbav:"audience"`
	Subject  string   `dynamodbav:"subject"`
	Body     string   `dynamodbav:"body"`
	SMS      string   `dynamodbav:"sms"`
	// BuiltIn says that the texts are the built-in ones, which a user gets in a language of his own.
	BuiltIn bool `dynamodbav:"built_in"`
}

// NewRemindersID gives reminders an id.
func NewRemindersID() string { return rand.Text() }

// ReminderID is the id of a job's reminder, the first of which is 1, among its notifications.
func ReminderID(number int) string { return fmt.Sprintf("reminder#%d", number) }

// After gives when the next reminder is due if so many were sent and the last notification was made at a time (milliseconds); 0 is never.
func (r *Reminders) After(sent int, last int64) int64 {
	if r == nil || sent >= r.Maximum || last == 0 {
		return 0
	}
	return last + r.Every*1000
}

// RemindAt is when the next reminder is due (milliseconds); 0 is never, or not known before there is a notification.
func (j Job) RemindAt() int64 {
	waits := j.Status == AwaitingFile // and is due for that
	if j.Reminders == nil || j.DueAt == "" || waits {
		return 0
	}

	at, err := strconv.ParseInt(j.DueAt, 10, 64)
	if err != nil {
		return 0
	}
	return at
}

// RemindersView is a job's reminders as the API tells them.
type RemindersView struct {
	Every    api.Duration `json:"every"`
	Maximum  int          `json:"maximum"`
	Audience Audience     `json:"audience"`
	Subject  string       `json:"subject"`
	Body     string       `json:"body"`
	SMS      string       `json:"sms"`
	NextAt   api.Time     `json:"next_at"`
	Sent     int          `json:"sent"`
}

// RemindersView gives the job's reminders as the API tells them; nil for none.
func (j Job) RemindersView() *RemindersView {
	r := j.Reminders
	if r == nil {
		return nil
	}
	return &RemindersView{
		Every:    api.Duration(time.Duration(r.Every) * time.Second),
		Maximum:  r.Maximum,
		Audience: r.Audience,
		Subject:  r.Subject,
		Body:     r.Body,
		SMS:      r.SMS,
		NextAt:   api.Milli(j.RemindAt()),
		Sent:     j.Reminded,
	}
}

// SetReminders gives a job, as it was read, other reminders (nil: none), of which the next is due at a time (milliseconds; 0 is never). It answers
// store.ErrCondition if a notification was made since it was read, and store.ErrNotFound for a job that was deleted.
func (s Store) SetReminders(ctx context.Context, read Job, to *Reminders, at int64) (Job, error) {
	update := store.Update{
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at)" +
			" AND notifications = :notifications",
		Values: store.Values{":notifications": read.Notifications},
	}
	if to == nil {
		update.Remove = "reminders"
	} else {
		update.Set = "reminders = :reminders"
		update.Values[":reminders"] = to
	}

	switch {
	case read.Status == AwaitingFile: // which is due for its file
	case at == 0 && to == nil:
		update.Remove += ", due, due_at"
	case at == 0:
		update.Remove = "due, due_at"
	default:
		update.Set += ", due = :due, due_at = :at"
		update.Values[":due"] = DueJobs
		update.Values[":at"] = Moment(at)
	}

	var changed Job
	err := s.Table.Update(ctx, key(read.ID, jobItem), update, &changed)

	var refused *store.ConditionError
	if errors.As(err, &refused) && (refused.Old == nil || refused.Old["deleted_at"] != nil) {
		return Job{}, store.ErrNotFound
	}
	return changed, err
}

// Postpone has a job, as it was read, be reminded at another time (milliseconds; 0 is never). It does nothing if it is another's turn by now.
func (s Store) Postpone(ctx context.Context, read Job, at int64) error {
	update := store.Update{
		Remove:    "due, due_at",
		Condition: "due_at = :was AND reminders.#id = :reminders",
		Values:    store.Values{":was": read.DueAt, ":reminders": read.Reminders.ID},
	}
	if at != 0 {
		update.Remove = ""
		update.Set = "due_at = :at"
		update.Values[":at"] = Moment(at)
	}

	err := s.Table.Update(ctx, key(read.ID, jobItem), update, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}
