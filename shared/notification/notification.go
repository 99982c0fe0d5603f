// Package notification keeps a job's notifications: what was said, to whom, and the batches that it is sent in.
//
// A notification's walk cuts each shard of the job's members into batches. Batch k of a shard begins where batch k-1 ended, and
// that end is kept with it: a walk that is done twice finds the batches of the first, and makes no others. A batch is sent
// under a lease and has one result, written once; a notification's counts are a sum over results.
package notification

import (
	"context"
	"errors"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/store"
)

// Status is how far a notification is.
type Status string

// Statuses of a notification.
const (
	Preparing Status = "preparing"
	Sending   Status = "sending"
	Paused    Status = "paused"
	Sent      Status = "sent"
	Cancelled Status = "cancelled"
)

// Reasons of a notification that is paused.
const (
	ReasonQuota     = "quota"     // the day's quota of emails is used up
	ReasonSuspended = "suspended" // the account may not send, until AWS or its owner lets it
)

// Trigger is who asked for it.
type Trigger string

// Triggers of a notification.
const (
	ByAdministrator Trigger = "administrator"
	ByUpload        Trigger = "upload"
	ByReminder      Trigger = "reminder"
)

// MaxNamed is the most usernames that an audience can name.
const MaxNamed = 1000

var (
	// ErrRunning says that the job's last notification is neither sent nor cancelled yet.
	ErrRunning = errors.New("a notification is running")
	// ErrNoReminder says that the reminder's turn is over, or hasn't come: it was sent, or the job's reminders have changed.
	ErrNoReminder = errors.New("it is not this reminder's turn")
	// ErrBusy says that another request is at the batch.
	ErrBusy = errors.New("another request is at the batch")
)

// Notification is one message to an audience, frozen when it was asked for.
type Notification struct {
	JobID    string       `dynamodbav:"job"`
	Item     string       `dynamodbav:"item"`
	Number   int          `dynamodbav:"number"` // from 1, in its job
	ID       string       `dynamodbav:"notification_id"`
	Audience job.Audience `dynamodbav:"audience"`
	Subject  string       `dynamodbav:"subject"`
	Body     string       `dynamodbav:"body"`
	SMS      string       `dynamodbav:"sms"`
	// BuiltIn says that the texts are the built-in ones, which a user gets in a language of his own; Kind, of which message.
	BuiltIn      bool         `dynamodbav:"built_in,omitempty"`
	Kind         message.Kind `dynamodbav:"kind,omitempty"`
	Devices      []string     `dynamodbav:"devices"`
	LinkLifetime int64        `dynamodbav:"link_lifetime"` // seconds
	Trigger      Trigger      `dynamodbav:"trigger"`
	CreatedAt    int64        `dynamodbav:"created_at"` // milliseconds, as all times here
	CreatedBy    string       `dynamodbav:"created_by,omitempty"`
	FinishedAt   int64        `dynamodbav:"finished_at,omitempty"`
	Status       Status       `dynamodbav:"status"`
	// Reason says why it is paused.
	Reason string `dynamodbav:"reason,omitempty"`
	// Due and DueAt are there while it is paused: when to try again. They are the key of a sparse index.
	Due    string `dynamodbav:"due,omitempty"`
	DueAt  string `dynamodbav:"due_at,omitempty"`
	Counts Counts `dynamodbav:"counts"`
	// Reminders is the id of the reminders that it is one of.
	Reminders string `dynamodbav:"reminders,omitempty"`
	// NamedParts is how many items hold the usernames of a named audience.
	NamedParts int `dynamodbav:"named_parts,omitempty"`
}

// Parts is over how many shards the notification is walked: one for named users.
func (n Notification) Parts() int {
	if n.Audience == job.Named {
		return 1
	}
	return job.Shards
}

// Over says that nothing more is sent for it.
func (n Notification) Over() bool {
	return n.Status == Sent || n.Status == Cancelled
}

// BuiltInKind is the built-in message that the texts are of, where they are built in.
func (n Notification) BuiltInKind() message.Kind {
	if n.Kind == "" {
		return message.Invitation
	}
	return n.Kind
}

// Name is the notification's among a user's deliveries.
func (n Notification) Name() string { return delivery.Name(n.JobID, n.Number) }

// Store keeps notifications, in the table of jobs.
type Store struct {
	Table store.Table
	// Ends, where it is there, is called before a notification becomes sent, and again if that is tried again.
	Ends func(context.Context, Notification) error
}

// Get reads a notification with its counts as they are. It answers store.ErrNotFound.
func (s Store) Get(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	if err := s.Table.Get(ctx, key(jobID, item(number)), &found); err != nil {
		return Notification{}, err
	}
	return s.withProgress(ctx, found)
}

// Text reads a notification without its counts.
func (s Store) Text(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	err := s.Table.Get(ctx, key(jobID, item(number)), &found)
	return found, err
}

// Status reads how far a notification is, as it was written down last.
func (s Store) Status(ctx context.Context, jobID string, number int) (Status, error) {
	var found Notification
	err := s.Table.Get(ctx, key(jobID, item(number)), &found, "status")
	return found.Status, err
}
