package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/tally"
	"latchkey/shared/walk"
)

// decision is what is to be done with a reminder that is due.
type decision int

const (
	reminderSent    decision = iota // it is sent
	reminderWaits                   // something has to end first: it stays due
	reminderSkipped                 // nobody is in its audience by now: it comes again as if it had been sent
	remindersEnd                    // everybody has acted: no more are sent
)

// tallyAge is how old a count of many users may be that says whether anybody is left to be reminded.
const tallyAge = 15 * time.Minute

var errRemindersRaced = api.Fail(
	http.StatusConflict,
	"notification_running",
	"A notification was made at the same moment. Try again.",
)

// putReminders gives a job reminders, in the place of those that it has. What was sent before counts.
func (h handler) putReminders(ctx context.Context, event api.Event) (api.Answer, error) {
	var asked struct {
		Every    *string       `json:"every"`
		Maximum  *int          `json:"maximum"`
		Audience *job.Audience `json:"audience"`
		Subject  *string       `json:"subject"`
		Body     *string       `json:"body"`
		SMS      *string       `json:"sms"`
	}

	j, err := h.jobOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if err := api.Decode(event, &asked); err != nil {
		return api.Answer{}, err
	}

	made := job.Reminders{ID: job.NewRemindersID()}
	if made.Every, err = checkEvery(asked.Every); err != nil {
		return api.Answer{}, err
	}

	if asked.Maximum == nil {
		return api.Answer{}, api.Invalid(
			"maximum",
			"required",
			"Say how many reminders are sent at most.",
		)
	}

	if made.Maximum = *asked.Maximum; made.Maximum < 1 || made.Maximum > job.RemindMost {
		return api.Answer{}, api.Invalid("maximum", "out_of_range", "The maximum is from 1 to 20.")
	}
	if made.Audience, err = audienceOf(asked.Audience, job.RemindAudiences); err != nil {
		return api.Answer{}, err
	}

	last, err := h.lastWording(ctx, j)
	if err != nil {
		return api.Answer{}, err
	}

	if last.builtIn { // an invitation's second coming
		last = h.builtIn(message.Renotification)
	}

	given := notification.Given{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}

	text, builtIn, err := given.Text(h.message, last.Text, last.builtIn)
	if err != nil {
		return api.Answer{}, err
	}
	// Who changes something else gives back the text that the reminders have.
	builtIn = builtIn || text == h.builtIn(message.Renotification).Text
	made.Subject, made.Body, made.SMS, made.BuiltIn = text.Subject, text.Body, text.SMS, builtIn
	changed, err := h.setReminders(ctx, event, &made)
	return api.OK(changed.RemindersView()), err
}

// checkEvery reads the time between two reminders, in seconds.
func checkEvery(text *string) (int64, error) {
	if text == nil {
		return 0, api.Invalid(
			"every",
			"required",
			"Say how much time there is between two reminders.",
		)
	}

	span, err := time.ParseDuration(*text)
	if err != nil {
		return 0, api.Invalid("every", "invalid_duration", "The span is written like 72h or 30m.")
	}
	if span < job.RemindEvery {
		return 0, api.Invalid("every", "out_of_range", "The span is at least 1h.")
	}
	return int64(span / time.Second), nil
}

func (h handler) deleteReminders(ctx context.Context, event api.Event) (api.Answer, error) {
	_, err := h.setReminders(ctx, event, nil)
	return api.NoContent(), err
}

// setTries is how often reminders are set while notifications are made.
const setTries = 3

func (h handler) setReminders(
	ctx context.Context,
	event api.Event,
	to *job.Reminders,
) (job.Job, error) {
	for range setTries {
		j, err := h.jobOf(ctx, event)
		if err != nil {
			return job.Job{}, err
		}

		var last notification.Notification
		if j.Notifications > 0 {
			if last, err = h.notifications.Text(ctx, j.ID, j.Notifications); err != nil {
				return job.Job{}, err
			}
		}

		changed, err := h.jobs.SetReminders(ctx, j, to, to.After(j.Reminded, last.CreatedAt))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return job.Job{}, errNoJob
		case !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict):
			return changed, err
		}
	}

	return job.Job{}, errRemindersRaced
}

// remind sends a reminder that was found to be due at a time, if it still is: it is the job's next, the job isn't being processed again, its last notification
// is over, and somebody is left to be reminded. A step that is taken again, after it has stored the notification, has its walk begin again.
func (h handler) remind(ctx context.Context, j job.Job, step walk.Step) error {
	if j.Reminded == step.Number {
		return h.restartReminder(ctx, j, job.ReminderID(step.Number))
	}

	next := j.RemindAt()
	if j.Reminded+1 != step.Number || next == 0 || next > step.At {
		return nil
	}

	r := j.Reminders

	what, err := h.decideReminder(ctx, j)
	if err != nil {
		return err
	}

	switch what {
	case reminderWaits:
		return h.jobs.Postpone(ctx, j, step.At) // behind what else is due
	case reminderSkipped:
		return h.jobs.Postpone(ctx, j, step.At+r.Every*1000)
	case remindersEnd:
		return h.jobs.Postpone(ctx, j, 0)
	}

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

	_, err = h.begin(ctx, n, nil)
	if errors.Is(err, notification.ErrRunning) || errors.Is(err, notification.ErrNoReminder) {
		return nil // another one was quicker
	}
	return err
}

func (h handler) decideReminder(ctx context.Context, j job.Job) (decision, error) {
	if !j.Finished() {
		return reminderWaits, nil
	}
	if last, err := h.notifications.Text(ctx, j.ID, j.Notifications); err != nil || !last.Over() {
		return reminderWaits, err
	}

	users, err := h.userCounter().Of(ctx, j)
	switch {
	case err != nil:
		return reminderWaits, err
	case time.UnixMilli(users.AsOf).Before(h.now().Add(-tallyAge)):
		return reminderWaits, nil // a count was asked for
	case users.Pending == 0:
		return remindersEnd, nil
	case j.Reminders.Audience == job.Expired && users.Expired == 0:
		return reminderSkipped, nil
	}

	return reminderSent, nil
}

// restartReminder has the walk of the notification of the id begin again, if it is the job's last and has made nothing yet.
func (h handler) restartReminder(ctx context.Context, j job.Job, id string) error {
	last, err := h.notifications.Get(ctx, j.ID, j.Notifications)
	if err != nil || last.ID != id || last.Status != notification.Preparing {
		return err
	}
	return h.sendWalk(ctx, last)
}

func (h handler) userCounter() tally.Counter {
	return tally.Counter{
		Jobs:    h.jobs,
		Members: h.members,
		Tokens:  h.Tokens,
		Walk:    h.walk,
		Now:     h.now,
	}
}
