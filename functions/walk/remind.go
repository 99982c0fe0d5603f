package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/work"
)

// tallyAge is how old a tally of a large job may be to decide whether anybody is left to
// be reminded.
const tallyAge = 15 * time.Minute

// decision is what is to be done with a reminder that is due.
type decision int

const (
	reminderSent    decision = iota // somebody is left, as far as the tally knows
	reminderWaits                   // something must end first: the reminder stays due
	reminderSkipped                 // its audience has nobody: it is due again after the usual time
	remindersEnd                    // everybody has acted: no more are sent
)

// remind sends the reminder of a step, if it is still due. It must be the job's next one,
// and due at the step's time by what the job says now. A step that is taken again after
// it has stored the notification begins the walk again.
func (h handler) remind(ctx context.Context, j job.Job, step work.Remind) error {
	if j.Reminded == step.Number {
		return h.steps.Restart(ctx, j.ID, j.Notifications, job.ReminderID(step.Number))
	}

	next := j.RemindAt()
	if j.Reminded+1 != step.Number || next == 0 || next > step.At {
		return nil
	}

	what, err := h.decideReminder(ctx, j)
	if err != nil {
		return err
	}

	switch what {
	case reminderWaits:
		// Due anew at the step's time, it comes behind whatever has waited longer.
		return h.jobs.Postpone(ctx, j, step.At)
	case reminderSkipped:
		return h.jobs.Postpone(ctx, j, step.At.Add(j.Reminders.Every.Duration()))
	case remindersEnd:
		return h.jobs.Postpone(ctx, j, 0)
	}

	// Of two steps at once, Create lets one through. The other finds a notification that
	// runs, or that the reminder is no longer the next.
	_, err = h.steps.Begin(ctx, reminderOf(j, step), nil)
	if errors.Is(err, notification.ErrRunning) || errors.Is(err, notification.ErrNoReminder) {
		return nil
	}
	return err
}

// reminderOf makes the notification of a reminder. Its id is derived from the reminder's
// number, so that a step that is taken twice makes it once.
func reminderOf(j job.Job, step work.Remind) notification.Notification {
	r := j.Reminders
	n := notification.Notification{
		JobID:        j.ID,
		ID:           job.ReminderID(step.Number),
		Audience:     r.Audience,
		Subject:      r.Subject,
		Body:         r.Body,
		SMS:          r.SMS,
		BuiltIn:      r.BuiltIn,
		Devices:      j.Devices,
		LinkLifetime: j.LinkLifetime,
		Trigger:      notification.ByReminder,
		Reminders:    r.ID,
		CreatedAt:    step.At,
	}
	if r.BuiltIn {
		n.Kind = message.Renotification
	}
	return n
}

// decideReminder decides whether a reminder that is due is sent. It waits while the job
// is processed again, while its last notification runs, and for a tally that is recent
// enough; reading an old tally asks for a new one.
func (h handler) decideReminder(ctx context.Context, j job.Job) (decision, error) {
	if !j.Finished() {
		return reminderWaits, nil
	}

	last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
	if err != nil || !last.Over() {
		return reminderWaits, err
	}

	users, err := h.users.Of(ctx, j)
	switch {
	case err != nil:
		return reminderWaits, err
	case users.AsOf.Time().Before(h.now().Add(-tallyAge)):
		return reminderWaits, nil
	case users.Pending == 0:
		return remindersEnd, nil
	case j.Reminders.Audience == job.Expired && users.Expired == 0:
		return reminderSkipped, nil
	}

	return reminderSent, nil
}
