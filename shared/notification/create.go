package notification

import (
	"context"
	"errors"
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/store"
)

// createTries is how often Create tries again if the job changes meanwhile.
const createTries = 3

// Create stores n as the next notification of its job: it draws the number, and counts
// the job's next reminder from n. usernames are the named audience, as the members show
// them.
//
// A second call with the same ID returns the first's notification. Create returns
// ErrRunning, ErrNoReminder, and store.ErrNotFound if there is no such job.
func (s Store) Create(
	ctx context.Context, n Notification, usernames []string,
) (Notification, error) {
	for range createTries {
		made, err := s.create(ctx, n, usernames)
		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return made, err
		}
	}

	return Notification{}, ErrRunning
}

type owner struct {
	Notifications int            `dynamodbav:"notifications"`
	Reminders     *job.Reminders `dynamodbav:"reminders"`
	Reminded      int            `dynamodbav:"reminded"`
}

func (s Store) create(
	ctx context.Context, n Notification, usernames []string,
) (Notification, error) {
	var of owner
	err := s.Table.Get(ctx, key(n.JobID, "job"), &of, "notifications", "reminders", "reminded")
	if err != nil {
		return Notification{}, err
	}

	if of.Notifications > 0 {
		last, err := s.Get(ctx, n.JobID, of.Notifications)
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

	// The names come first, so that a notification that is there has all of them. The
	// next try overwrites them: they are stored by its id.
	n.NamedParts, err = s.putNamed(ctx, n, usernames)
	if err != nil {
		return Notification{}, err
	}

	n.Number = of.Notifications + 1
	n.Item = item(n.Number)
	n.Status = Preparing

	advance, err := of.advance(n)
	if err != nil {
		return Notification{}, err
	}

	count, err := s.Table.UpdateOp(key(n.JobID, "job"), advance)
	if err != nil {
		return Notification{}, err
	}

	put, err := s.Table.PutOp(n, "attribute_not_exists(job)", nil)
	if err != nil {
		return Notification{}, err
	}

	// Of two notifications at once, one fails the condition on the job's number.
	return n, store.Transact(ctx, s.Table.DB, count, put)
}

// putNamed stores a named audience, and returns the number of its items.
func (s Store) putNamed(
	ctx context.Context, n Notification, usernames []string,
) (parts int, err error) {
	for some := range slices.Chunk(usernames, BatchSize) {
		part := names{JobID: n.JobID, Item: namedItem(n.ID, parts), Usernames: some}
		if err := s.Table.Put(ctx, part, "", nil); err != nil {
			return 0, err
		}

		parts++
	}

	return parts, nil
}

// advance returns the change of the job that goes with its next notification. It holds
// only if the job's notifications and reminders are as they were read.
func (o owner) advance(n Notification) (store.Update, error) {
	update := store.Update{
		Set:       "notifications = :new",
		Condition: "notifications = :old AND attribute_not_exists(deleted_at)",
		Values:    store.Values{":new": n.Number, ":old": o.Notifications},
	}

	reminded := o.Reminded
	if n.Trigger == ByReminder {
		next := job.ReminderID(o.Reminded + 1)
		if o.Reminders == nil || o.Reminders.ID != n.Reminders || n.ID != next {
			return store.Update{}, ErrNoReminder
		}

		reminded++
		update.Set += ", reminded = :reminded"
		update.Values[":reminded"] = reminded
	}

	if o.Reminders == nil {
		update.Condition += " AND attribute_not_exists(reminders)"
		return update, nil
	}

	update.Condition += " AND reminders.#id = :reminders"
	update.Values[":reminders"] = o.Reminders.ID

	at := o.Reminders.After(reminded, n.CreatedAt)
	if at == 0 {
		update.Remove = "due, due_at"
		return update, nil
	}

	update.Set += ", due = :due, due_at = :at"
	update.Values[":due"] = job.DueJobs
	update.Values[":at"] = job.Moment(at)
	return update, nil
}

// Usernames reads a named audience. It returns none for any other audience.
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
