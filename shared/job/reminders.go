package job

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Limits of reminders: the least time between two, and the most that a job sends.
const (
	RemindEvery = time.Hour
	RemindMost  = 20
)

// RemindAudiences lists the audiences that can be reminded.
var RemindAudiences = []Audience{Pending, Expired, Unreached}

// Reminders are notifications that the schedule sends: each when Every has passed since
// the job's last notification of any kind, until Maximum were sent or all users have
// acted.
type Reminders struct {
	ID       string     `dynamodbav:"id"` // new with each change of them
	Every    clock.Span `dynamodbav:"every"`
	Maximum  int        `dynamodbav:"maximum"` // of the job, also before a change
	Audience Audience   `dynamodbav:"audience"`
	Subject  string     `dynamodbav:"subject"`
	Body     string     `dynamodbav:"body"`
	SMS      string     `dynamodbav:"sms"`
	// BuiltIn is true for built-in texts. Each user gets those in their own language.
	BuiltIn bool `dynamodbav:"built_in"`
}

// NewRemindersID returns a new id for reminders, at random.
func NewRemindersID() string { return rand.Text() }

// ReminderID returns the notification id of a job's reminder, from 1. It makes a reminder
// that is sent twice the same notification.
func ReminderID(number int) string { return fmt.Sprintf("reminder#%d", number) }

// After returns when the next reminder is due (0 is never), if sent were sent and the
// job's last notification was made at last (0 for none).
func (r *Reminders) After(sent int, last clock.Millis) clock.Millis {
	if r == nil || sent >= r.Maximum || last == 0 {
		return 0
	}
	return last.Add(r.Every.Duration())
}

// RemindAt returns when the next reminder is due, or 0 for never and for a job without a
// notification.
func (j Job) RemindAt() clock.Millis {
	if j.Reminders == nil || j.DueAt == "" || j.waitsForFile() {
		return 0
	}

	at, err := strconv.ParseInt(j.DueAt, 10, 64)
	if err != nil {
		return 0
	}
	return clock.Millis(at)
}

// SetReminders gives a job other reminders (nil for none), the next of which is due at a
// time (0 is never). It returns store.ErrCondition if a notification was made since the
// job was read, and store.ErrNotFound for a deleted job.
func (s Store) SetReminders(
	ctx context.Context, read Job, to *Reminders, at clock.Millis,
) (Job, error) {
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
	case read.waitsForFile(): // its due time is the one for its file
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

// Postpone changes when the next reminder is due (0 is never). It does nothing if that
// time or the reminders have changed since the job was read.
func (s Store) Postpone(ctx context.Context, read Job, at clock.Millis) error {
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

	_, err := s.Table.UpdateIf(ctx, key(read.ID, jobItem), update)
	return err
}
