package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/notification"
	"latchkey/shared/session"
)

// handlers returns the administrator's routes of notifications and reminders, without the
// guard that checks the session.
func (h handler) handlers() api.Routes {
	return api.Routes{
		"GET /api/jobs/{id}/message":                      h.showWording,
		"POST /api/jobs/{id}/notifications":               h.create,
		"GET /api/jobs/{id}/notifications":                h.list,
		"GET /api/jobs/{id}/notifications/{n}":            h.show,
		"GET /api/jobs/{id}/notifications/{n}/deliveries": h.deliveries,
		"POST /api/jobs/{id}/notifications/{n}/cancel":    h.cancel,
		"POST /api/jobs/{id}/notifications/preview":       h.preview,
		"POST /api/jobs/{id}/notifications/test":          h.test,
		"PUT /api/jobs/{id}/reminders":                    h.putReminders,
		"DELETE /api/jobs/{id}/reminders":                 h.deleteReminders,
	}
}

// Refusals of the routes.
var (
	errNoNotification = api.Fail(
		http.StatusNotFound,
		"notification_not_found",
		"The job has no such notification.",
	)
	errRunning = api.Fail(
		http.StatusConflict,
		"notification_running",
		"The job's last notification is still being sent.",
	)
)

// notificationOf reads the job and the notification that a request's path names. It
// returns jobapi.ErrNotFound or errNoNotification.
func (h handler) notificationOf(
	ctx context.Context, event api.Event,
) (job.Job, notification.Notification, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return j, notification.Notification{}, err
	}

	number, err := strconv.Atoi(event.PathParameters["n"])
	if err != nil || number < 1 || number > j.Notifications {
		return j, notification.Notification{}, errNoNotification
	}

	n, err := h.notifications.Get(ctx, j.ID, number)
	return j, n, err
}

// notificationView is a notification as the API shows it.
type notificationView struct {
	ID           int                  `json:"id"`
	Audience     api.Text             `json:"audience"`
	Usernames    []string             `json:"usernames"`
	Subject      string               `json:"subject"`
	Body         string               `json:"body"`
	SMS          string               `json:"sms"`
	Devices      []string             `json:"devices"`
	LinkLifetime api.Duration         `json:"link_lifetime"`
	Status       notification.Status  `json:"status"`
	Reason       api.Text             `json:"reason"`
	Trigger      notification.Trigger `json:"trigger"`
	CreatedAt    api.Time             `json:"created_at"`
	CreatedBy    api.Text             `json:"created_by"`
	FinishedAt   api.Time             `json:"finished_at"`
	Counts       notification.Counts  `json:"counts"`
}

// view shows a notification with its counts and, if its audience is named, the usernames
// in place of the audience.
func (h handler) view(ctx context.Context, n notification.Notification) (notificationView, error) {
	counts, err := h.counter.Of(ctx, n)
	if err != nil {
		return notificationView{}, err
	}

	v := notificationView{
		ID:           n.Number,
		Audience:     api.Text(n.Audience),
		Subject:      n.Subject,
		Body:         n.Body,
		SMS:          n.SMS,
		Devices:      n.Devices,
		LinkLifetime: api.Duration(n.LinkLifetime.Duration()),
		Status:       n.Status,
		Reason:       api.Text(n.Reason),
		Trigger:      n.Trigger,
		CreatedAt:    api.Milli(n.CreatedAt),
		CreatedBy:    api.Text(n.CreatedBy),
		FinishedAt:   api.Milli(n.FinishedAt),
		Counts:       counts,
	}
	if n.Audience != job.Named {
		return v, nil
	}

	v.Audience = ""
	v.Usernames, err = h.notifications.Usernames(ctx, n)
	if err != nil {
		return notificationView{}, err
	}
	return v, nil
}

// create stores a notification and begins its walk. A repeat with the same
// Idempotency-Key makes the same one: its id is the key's seed. While the job's last
// notification runs it returns errRunning.
func (h handler) create(ctx context.Context, event api.Event) (api.Answer, error) {
	actor := session.Of(ctx).Profile.Username
	earlier, answered, err := h.answers.Earlier(ctx, event, actor, h.now())
	if err != nil || answered {
		return earlier.Answer, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	asked, err := decode(event)
	if err != nil {
		return api.Answer{}, err
	}

	n, names, err := h.check(ctx, j, asked)
	if err != nil {
		return api.Answer{}, err
	}

	n.Trigger = notification.ByAdministrator
	n.CreatedBy = actor

	begin := func(seed string, at time.Time) (api.Answer, error) {
		n.ID = seed
		n.CreatedAt = clock.Of(at)

		stored, err := h.steps.Begin(ctx, n, names)
		if errors.Is(err, notification.ErrRunning) {
			return api.Answer{}, errors.Join(errRunning, h.restartLast(ctx, j.ID))
		}
		if err != nil {
			return api.Answer{}, err
		}

		v, err := h.view(ctx, stored)
		return api.Accepted(v), err
	}

	return h.answers.Do(ctx, event, actor, h.now(), begin)
}

// restartLast asks again for the batches of the job's last notification, which may have
// come since the job was read.
func (h handler) restartLast(ctx context.Context, jobID string) error {
	j, err := h.jobs.Get(ctx, jobID)
	if err != nil {
		return err
	}
	return h.steps.Restart(ctx, jobID, j.Notifications, "")
}

// cancel ends a notification: nothing more of it is sent. Announce, then act: the status
// is written first, and walk and deliver look at it. Then the walk is asked for again, so
// that it ends where it never began or has stopped. So are the batches whose messages are
// gone. Until the notification has finished, cancelling it again asks for both again.
func (h handler) cancel(ctx context.Context, event api.Event) (api.Answer, error) {
	j, n, err := h.notificationOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	n, err = h.notifications.Cancel(ctx, j.ID, n.Number, h.now())
	if err != nil {
		return api.Answer{}, err
	}

	if n.Status == notification.Cancelled && n.FinishedAt == 0 {
		if err := h.steps.Cut(ctx, n); err != nil {
			return api.Answer{}, err
		}
		if err := h.steps.Resume(ctx, n, 0); err != nil {
			return api.Answer{}, err
		}
	}

	v, err := h.view(ctx, n)
	return api.Accepted(v), err
}

// A page of notifications ends early at these bounds: each may have a thousand usernames and
// be counted anew, and Lambda answers with 6 MB at most
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	pageBytes = 1 << 20
	pageTime  = 5 * time.Second
)

// size returns roughly how many bytes the view takes: those of its longest texts.
func (v notificationView) size() int {
	size := len(v.Subject) + len(v.Body) + len(v.SMS)
	for _, name := range v.Usernames {
		size += len(name)
	}
	return size
}

// list shows a page of the job's notifications, oldest first. The cursor is the number of
// the last one shown.
func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	list, err := api.ReadList[int](event)
	if err != nil {
		return api.Answer{}, err
	}
	if list.After < 0 || list.After > j.Notifications {
		return api.Answer{}, api.ErrCursor
	}

	// Numbers have no gaps: a page needs no query, only the notifications one by one.
	page := api.Page[notificationView]{Items: []notificationView{}}
	begun := h.now()
	size := 0
	last := list.After
	for last < min(list.After+list.Limit, j.Notifications) {
		n, err := h.notifications.Get(ctx, j.ID, last+1)
		if err != nil {
			return api.Answer{}, err
		}

		v, err := h.view(ctx, n)
		if err != nil {
			return api.Answer{}, err
		}
		page.Items = append(page.Items, v)
		last++

		size += v.size()
		if size > pageBytes || h.now().Sub(begun) > pageTime {
			break
		}
	}

	if last < j.Notifications {
		page.Next = api.NextCursor(last)
	}

	return api.OK(page), nil
}

// show shows one notification.
func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	_, n, err := h.notificationOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	v, err := h.view(ctx, n)
	return api.OK(v), err
}
