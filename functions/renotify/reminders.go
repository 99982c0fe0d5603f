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
)

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
