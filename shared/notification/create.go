package notification

import (
	"context"
	"errors"
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/store"
)

// createTries is how often a notification is tried to be made while the job's reminders change.
const createTries = 3

// Create makes a notification the next of its job: number is drawn, and the job's next reminder is counted from it. usernames are the named audience, as the
// members show them. It answers ErrRunning if there is one that is neither sent nor cancelled, and ErrNoReminder for a reminder that isn't the
// next of the reminders that the job has.
func (s Store) Create(
	ctx context.Context,
	n Notification,
	usernames []string,
) (Notification, error) {
	for range createTries {
		made, err := s.create(ctx, n, usernames)
		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return made, err
		}
	}

	return Notification{}, ErrRunning
}

func (s Store) create(
	ctx context.Context,
	n Notification,
	usernames []string,
) (Notification, error) {
	var owner struct {
		Notifications int            `dynamodbav:"notifications"`
		Reminders     *job.Reminders `dynamodbav:"reminders"`
		Reminded      int            `dynamodbav:"reminded"`
	}
	if err := s.Table.Get(
		ctx,
		key(n.JobID, "job"),
		&owner,
		"notifications",
		"reminders",
		"reminded",
	); err != nil {
		return Notification{}, err
	}

	if owner.Notifications > 0 {
		last, err := s.Get(ctx, n.JobID, owner.Notifications)
		if err != nil {
			return Notification{}, err
		}
		if last.ID == n.ID {
			return last, nil // a retry of the same request
		}
		if !last.Over() {
			return Notification{}, ErrRunning
		}
	}

	for some := range slices.Chunk(usernames, BatchSize) {
		if err := s.Table.Put(
			ctx,
			names{JobID: n.JobID, Item: namedItem(n.ID, n.NamedParts), Usernames: some},
			"",
			nil,
		); err != nil {
			return Notification{}, err
		}

		n.NamedParts++
	}

	n.Number, n.Status = owner.Notifications+1, Preparing
	n.Item = item(n.Number)

	next := store.Update{
		Set:       "notifications = :new",
		Condition: "notifications = :old AND attribute_not_exists(deleted_at)",
		Values:    store.Values{":new": n.Number, ":old": owner.Notifications},
	}
	if n.Trigger == ByReminder {
		if owner.Reminders == nil || owner.Reminders.ID != n.Reminders ||
			n.ID != job.ReminderID(owner.Reminded+1) {
			return Notification{}, ErrNoReminder
		}

		owner.Reminded++
		next.Set, next.Values[":reminded"] = next.Set+", reminded = :reminded", owner.Reminded
	}

	if owner.Reminders == nil {
		next.Condition += " AND attribute_not_exists(reminders)"
	} else {
		next.Condition, next.Values[":reminders"] = next.Condition+" AND reminders.#id = :reminders", owner.Reminders.ID
		if at := owner.Reminders.After(owner.Reminded, n.CreatedAt); at == 0 {
			next.Remove = "due, due_at"
		} else {
			next.Set += ", due = :due, due_at = :at"
			next.Values[":due"], next.Values[":at"] = job.DueJobs, job.Moment(at)
		}
	}

	count, err := s.Table.UpdateOp(key(n.JobID, "job"), next)
	if err != nil {
		return Notification{}, err
	}

	put, err := s.Table.PutOp(n, "attribute_not_exists(job)", nil)
	if err != nil {
		return Notification{}, err
	}
	return n, store.Transact(ctx, s.Table.DB, count, put)
}

// Usernames reads a named audience.
func (s Store) Usernames(ctx context.Context, n Notification) ([]string, error) {
	var all []string
	for part := range n.NamedParts {
		var some names
		if err := s.Table.Get(ctx, key(n.JobID, namedItem(n.ID, part)), &some); err != nil {
			return nil, err
		}

		all = append(all, some.Usernames...)
	}

	return all, nil
}
