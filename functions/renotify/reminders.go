package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/draft"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// setTries is how often reminders are tried to be set while notifications are made.
const setTries = 3

// errRemindersRaced refuses reminders that lost against a notification setTries times.
var errRemindersRaced = api.Fail(
	http.StatusConflict,
	"notification_running",
	"A notification was made at the same moment. Try again.",
)

// remindersRequest is the body of a job's reminders. Every and Maximum are required.
type remindersRequest struct {
	Every    *string       `json:"every"`
	Maximum  *int          `json:"maximum"`
	Audience *job.Audience `json:"audience"`
	Subject  *string       `json:"subject"`
	Body     *string       `json:"body"`
	SMS      *string       `json:"sms"`
}

// putReminders gives a job reminders, in place of those that it has. Reminders that were
// sent before count towards the maximum.
func (h handler) putReminders(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	var asked remindersRequest
	if err := api.Decode(event, &asked); err != nil {
		return api.Answer{}, err
	}

	wanted, err := h.checkReminders(ctx, j, asked)
	if err != nil {
		return api.Answer{}, err
	}

	changed, err := h.setReminders(ctx, event, &wanted)
	return api.OK(jobapi.RemindersOf(changed)), err
}

// checkReminders turns a request into reminders with an id of their own. It returns the
// first refusal that applies.
func (h handler) checkReminders(
	ctx context.Context, j job.Job, asked remindersRequest,
) (r job.Reminders, err error) {
	r.ID = job.NewRemindersID()
	r.Every, err = checkEvery(asked.Every)
	if err != nil {
		return r, err
	}

	r.Maximum, err = checkMaximum(asked.Maximum)
	if err != nil {
		return r, err
	}

	r.Audience, err = audienceOf(asked.Audience, job.RemindAudiences)
	if err != nil {
		return r, err
	}

	last, err := h.lastWording(ctx, j)
	if err != nil {
		return r, err
	}

	// After an invitation a reminder doesn't invite again: its built-in text differs.
	renotification := h.builtIn(message.Renotification)
	if last.builtIn {
		last = renotification
	}

	given := draft.Draft{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}
	text, builtIn, err := given.Text(h.message, last.Written, last.builtIn)
	if err != nil {
		return r, err
	}

	r.Subject = text.Subject
	r.Body = text.Body
	r.SMS = text.SMS
	// Whoever changes something else sends the texts that they were shown. If those are
	// the built-in ones, they stay everybody's in their own language.
	r.BuiltIn = builtIn || text == renotification.Written
	return r, nil
}

// checkEvery returns the time between two reminders. The API takes at least
// job.RemindEvery.
func checkEvery(text *string) (clock.Span, error) {
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
	return clock.SpanOf(span), nil
}

// checkMaximum returns how many reminders the job sends at most: 1 to job.RemindMost.
func checkMaximum(asked *int) (int, error) {
	if asked == nil {
		return 0, api.Invalid("maximum", "required", "Say how many reminders are sent at most.")
	}
	if *asked < 1 || *asked > job.RemindMost {
		return 0, api.Invalid("maximum", "out_of_range", "The maximum is from 1 to 20.")
	}
	return *asked, nil
}

// deleteReminders ends a job's reminders. Without any it does nothing.
func (h handler) deleteReminders(ctx context.Context, event api.Event) (api.Answer, error) {
	_, err := h.setReminders(ctx, event, nil)
	return api.NoContent(), err
}

// setReminders writes a job's reminders (nil: none), and when the next one is due. That
// is counted from the last notification, so the write is on condition that no other was
// made since the job was read; if one was, job and notification are read again. It
// returns errRemindersRaced after setTries, and jobapi.ErrNotFound for a deleted job.
func (h handler) setReminders(
	ctx context.Context, event api.Event, to *job.Reminders,
) (job.Job, error) {
	for range setTries {
		j, err := jobapi.Of(ctx, h.jobs, event)
		if err != nil {
			return job.Job{}, err
		}

		var last notification.Notification
		if j.Notifications > 0 {
			last, err = h.notifications.Text(ctx, j.ID, j.Notifications)
			if err != nil {
				return job.Job{}, err
			}
		}

		changed, err := h.jobs.SetReminders(ctx, j, to, to.After(j.Reminded, last.CreatedAt))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return job.Job{}, jobapi.ErrNotFound
		case !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict):
			return changed, err
		}
	}

	return job.Job{}, errRemindersRaced
}
