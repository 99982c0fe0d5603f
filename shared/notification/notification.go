// Package notification stores a job's notifications: the message, its audience, and the
// batches that it is sent in.
//
// A notification is created with its text and audience frozen (create.go). Its walk cuts
// each shard of the job's members into batches (batch.go). Batch k begins where batch k-1
// ended, and that end is stored with it: a second walk finds the batches of the first and
// makes no others. A batch is sent under a lease and has one result, which is written
// once.
//
// A notification may be paused, resumed or cancelled at any moment (pause.go). It ends
// when the last batch of the last shard has a result (settle.go). Its counts are a sum
// over results (counts.go).
package notification

import (
	"context"
	"errors"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Status is how far a notification has come.
type Status string

// Statuses of a notification, in the order described at Notification.
const (
	Preparing Status = "preparing"
	Sending   Status = "sending"
	Paused    Status = "paused"
	Sent      Status = "sent"
	Cancelled Status = "cancelled"
)

// Reasons why a notification is paused.
const (
	ReasonQuota            = "quota"             // the day's quota of emails is used up
	ReasonSuspended        = "suspended"         // the account may not send for now
	ReasonMisconfigured    = "misconfigured"     // the set-up for email isn't right
	ReasonSMSMisconfigured = "sms_misconfigured" // nor that for SMS
)

// Trigger is what a notification was made by.
type Trigger string

// Triggers of a notification.
const (
	ByAdministrator Trigger = "administrator"
	ByUpload        Trigger = "upload"
	ByReminder      Trigger = "reminder"
)

// MaxNamed is the most usernames that a named audience may have.
const MaxNamed = 1000

var (
	// ErrRunning is returned while the job's last notification isn't over.
	ErrRunning = errors.New("a notification is running")
	// ErrNoReminder is returned for a reminder that was sent, or whose reminders changed.
	ErrNoReminder = errors.New("it is not this reminder's turn")
)

// Notification is one message to an audience of a job's users.
//
// The statuses and the order that they follow:
//
//	preparing   created; its shards are being walked
//	sending     a batch is there: found when it is read, and stored only by Resume
//	paused      nothing can be sent now: DueAt is when it is resumed
//	sent        every batch of every shard has a result
//	cancelled   no more is sent; users without a message are skipped
//
// Create stores everything that was asked for, and none of it changes. deliver pauses
// (Status, Reason, Due, DueAt), walk resumes, renotify cancels. Whoever settles the last
// shard writes Counts and FinishedAt, and Status unless it is cancelled; until then Get
// adds the counts up.
type Notification struct {
	JobID    string       `dynamodbav:"job"`
	Item     string       `dynamodbav:"item"`
	Number   int          `dynamodbav:"number"` // from 1, in its job
	ID       string       `dynamodbav:"notification_id"`
	Audience job.Audience `dynamodbav:"audience"`
	Subject  string       `dynamodbav:"subject"`
	Body     string       `dynamodbav:"body"`
	SMS      string       `dynamodbav:"sms"`
	// BuiltIn is true for built-in texts. Each user gets those in their own language.
	BuiltIn bool `dynamodbav:"built_in,omitempty"`
	// Kind is the built-in message that the texts are of; see BuiltInKind.
	Kind         message.BuiltInKind `dynamodbav:"kind,omitempty"`
	Devices      []string            `dynamodbav:"devices"`
	LinkLifetime clock.Span          `dynamodbav:"link_lifetime"`
	Trigger      Trigger             `dynamodbav:"trigger"`
	CreatedAt    clock.Millis        `dynamodbav:"created_at"`
	CreatedBy    string              `dynamodbav:"created_by,omitempty"`
	FinishedAt   clock.Millis        `dynamodbav:"finished_at,omitempty"`
	Status       Status              `dynamodbav:"status"`
	// Reason is why it is paused.
	Reason string `dynamodbav:"reason,omitempty"`
	// Due and DueAt are set while it is paused, as the key of a sparse index: when to
	// resume.
	Due    string `dynamodbav:"due,omitempty"`
	DueAt  string `dynamodbav:"due_at,omitempty"`
	Counts Counts `dynamodbav:"counts"`
	// An upload's is for members of the job's rounds after AfterRound, up to Round.
	Round      int `dynamodbav:"round,omitempty"`
	AfterRound int `dynamodbav:"after_round,omitempty"`
	// Reminders is the id of the job's reminders, for a reminder.
	Reminders string `dynamodbav:"reminders,omitempty"`
	// NamedParts is the number of items with the usernames of a named audience.
	NamedParts int `dynamodbav:"named_parts,omitempty"`
}

// Parts returns the number of shards that it is walked in: one for named users.
func (n Notification) Parts() int {
	if n.Audience == job.Named {
		return 1
	}
	return job.Shards
}

// OfRound reports whether it is for members whose rows were done in a round of the job.
func (n Notification) OfRound(round int) bool {
	return n.Round == 0 || n.AfterRound < round && round <= n.Round
}

// Over reports whether it is sent or cancelled: nothing more is sent for it.
func (n Notification) Over() bool {
	return n.Status == Sent || n.Status == Cancelled
}

// Holds reports whether it is paused for a channel. What goes by the other is sent on.
func (n Notification) Holds(channel user.Channel) bool {
	return n.Status == Paused && (n.Reason == ReasonSMSMisconfigured) == (channel == user.SMS)
}

// BuiltInKind returns the built-in message that the texts are of: by default invitation.
func (n Notification) BuiltInKind() message.BuiltInKind {
	if n.Kind == "" {
		return message.Invitation
	}
	return n.Kind
}

// Name returns the name of the notification's first delivery to a user.
func (n Notification) Name() delivery.Name { return delivery.NameOf(n.JobID, n.Number) }

// Store stores notifications in the table of jobs.
type Store struct{ Table store.Table }

// Get reads a notification with its counts up to now. It may return store.ErrNotFound.
func (s Store) Get(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	if err := s.Table.Get(ctx, key(jobID, item(number)), &found); err != nil {
		return Notification{}, err
	}
	return s.withProgress(ctx, found)
}

// Text reads a notification without its counts. It may return store.ErrNotFound.
func (s Store) Text(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	err := s.Table.Get(ctx, key(jobID, item(number)), &found)
	return found, err
}

// Status reads the stored status alone, with its reason: Preparing also where Get returns
// Sending. It may return store.ErrNotFound.
func (s Store) Status(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	err := s.Table.Get(ctx, key(jobID, item(number)), &found, "status", "reason")
	return found, err
}
