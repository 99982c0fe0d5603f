package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/walk"
)

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

var (
	errNoJob          = api.Fail(http.StatusNotFound, "job_not_found", "There is no such job.")
	errNoNotification = api.Fail(
		http.StatusNotFound,
		"notification_not_found",
		"The job has no such notification.",
	)
	errNotProcessed = api.Fail(
		http.StatusConflict,
		"job_not_processed",
		"The job has to be processed first.",
	)
	errCursor  = api.Invalid("cursor", "invalid_cursor", "The cursor is not one of this list.")
	errRunning = api.Fail(
		http.StatusConflict,
		"notification_running",
		"The job's last notification is still being sent.",
	)
)

func (h handler) jobOf(ctx context.Context, event api.Event) (job.Job, error) {
	found, err := h.jobs.Get(ctx, event.PathParameters["id"])
	if errors.Is(err, store.ErrNotFound) {
		return job.Job{}, errNoJob
	}
	return found, err
}

// notificationView is a notification as the API tells it.
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

func (h handler) view(ctx context.Context, n notification.Notification) (notificationView, error) {
	counts, err := h.deliveryCounter().Of(ctx, n)
	if err != nil {
		return notificationView{}, err
	}

	n.Counts = counts

	v := notificationView{
		ID:       n.Number,
		Audience: api.Text(n.Audience),
		Subject:  n.Subject,
		Body:     n.Body,
		SMS:      n.SMS,
		Devices:  n.Devices,
		LinkLifetime: api.Duration(
			time.Duration(n.LinkLifetime) * time.Second,
		),
		Status:  n.Status,
		Reason:  api.Text(n.Reason),
		Trigger: n.Trigger,
		CreatedAt: api.Milli(
			n.CreatedAt,
		),
		CreatedBy:  api.Text(n.CreatedBy),
		FinishedAt: api.Milli(n.FinishedAt),
		Counts:     n.Counts,
	}
	if n.Audience == job.Named {
		v.Audience = ""

		var err error
		if v.Usernames, err = h.notifications.Usernames(ctx, n); err != nil {
			return notificationView{}, err
		}
	}

	return v, nil
}

// wording is what a message says by default; kind is of which message it is the built-in text, if it is one.
type wording struct {
	message.Text
	builtIn bool
	kind    message.Kind
}

func (h handler) builtIn(kind message.Kind) wording {
	return wording{message.BuiltIn(kind, h.reach.Language), true, kind}
}

// lastWording gives what the job's next notification says if nobody says otherwise.
func (h handler) lastWording(ctx context.Context, j job.Job) (wording, error) {
	if j.Notifications == 0 {
		return h.builtIn(message.Invitation), nil
	}

	last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
	return wording{
		message.Text{Subject: last.Subject, Body: last.Body, SMS: last.SMS},
		last.BuiltIn,
		last.BuiltInKind(),
	}, err
}

func (h handler) showWording(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := h.jobOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	last, err := h.lastWording(ctx, j)
	return api.OK(last.Text), err
}

// request is the body of a notification.
type request struct {
	Audience     *job.Audience `json:"audience"`
	Usernames    []string      `json:"usernames"`
	Subject      *string       `json:"subject"`
	Body         *string       `json:"body"`
	SMS          *string       `json:"sms"`
	Devices      []string      `json:"devices"`
	LinkLifetime *string       `json:"link_lifetime"`
	// Username is whose messages a preview shows; nothing else knows it.
	Username *string `json:"username"`
}

// audienceOf gives the audience that was asked for, or pending.
func audienceOf(asked *job.Audience, allowed []job.Audience) (job.Audience, error) {
	switch {
	case asked == nil:
		return job.Pending, nil
	case *asked == "":
		return "", api.Invalid("audience", "required", "Give an audience, or null for pending.")
	}

	return *asked, api.OneOf("audience", *asked, allowed...)
}

// decode reads the body of what is to be sent.
func decode(event api.Event) (request, error) {
	var asked request
	if err := api.Decode(event, &asked); err != nil {
		return request{}, err
	}
	if asked.Username != nil {
		return request{}, api.Invalid("username", "unknown_field", "There is no such field.")
	}
	return asked, nil
}

func (h handler) create(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := h.jobOf(ctx, event)
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

	who := session.Of(ctx).Profile.Username
	return h.answers.Do(
		ctx,
		event,
		who,
		h.now(),
		func(seed string, at time.Time) (api.Answer, error) {
			n.ID, n.CreatedAt, n.CreatedBy, n.Trigger = seed, at.UnixMilli(), who, notification.ByAdministrator

			made, err := h.begin(ctx, n, names)
			if errors.Is(err, notification.ErrRunning) {
				return api.Answer{}, errors.Join(errRunning, h.restartLast(ctx, j.ID))
			}
			if err != nil {
				return api.Answer{}, err
			}

			v, err := h.view(ctx, made)
			return api.Accepted(v), err
		},
	)
}

// check turns a body into a notification, or says what is wrong with it.
func (h handler) check(
	ctx context.Context,
	j job.Job,
	asked request,
) (notification.Notification, []string, error) {
	none := notification.Notification{}
	if !j.Finished() {
		return none, nil, errNotProcessed
	}

	to, err := audienceOf(asked.Audience, job.Audiences)
	if err != nil {
		return none, nil, err
	}

	n := notification.Notification{
		JobID:        j.ID,
		Audience:     to,
		Devices:      j.Devices,
		LinkLifetime: j.LinkLifetime,
	}

	var names []string
	switch {
	case asked.Usernames != nil && asked.Audience != nil:
		return none, nil, api.Invalid(
			"usernames",
			"not_allowed",
			"Give an audience or usernames, not both.",
		)
	case asked.Usernames != nil:
		if names, err = h.checkUsernames(ctx, j, asked.Usernames); err != nil {
			return none, nil, err
		}

		n.Audience = job.Named
	}

	if asked.Devices != nil {
		if len(asked.Devices) == 0 {
			return none, nil, api.Invalid("devices", "required", "Name at least one device.")
		}

		for i, name := range asked.Devices {
			if !slices.Contains(j.Devices, name) || slices.Contains(asked.Devices[:i], name) {
				return none, nil, api.Invalid(
					"devices",
					"not_allowed",
					"The devices are some of the job's, each once: "+strings.Join(
						j.Devices,
						", ",
					)+".",
				)
			}
		}

		n.Devices = asked.Devices
	}

	if asked.LinkLifetime != nil {
		lifetime, err := api.ParseDuration(
			"link_lifetime",
			*asked.LinkLifetime,
			h.minimum,
			h.maximum,
		)
		if err != nil {
			return none, nil, err
		}

		n.LinkLifetime = int64(lifetime / time.Second)
	}

	return n, names, h.setText(ctx, j, &n, asked)
}

// setText gives the notification the texts that were asked for; a missing one is the last notification's.
func (h handler) setText(
	ctx context.Context,
	j job.Job,
	n *notification.Notification,
	asked request,
) error {
	last, err := h.lastWording(ctx, j)
	if err != nil {
		return err
	}

	given := notification.Given{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}
	text, builtIn, err := given.Text(h.message, last.Text, last.builtIn)

	n.Subject, n.Body, n.SMS, n.BuiltIn = text.Subject, text.Body, text.SMS, builtIn
	if builtIn {
		n.Kind = last.kind
	}

	return err
}

// checkUsernames checks that the usernames are members of the job, and gives the members' keys, each once.
func (h handler) checkUsernames(ctx context.Context, j job.Job, usernames []string) ([]string, error) {
	if len(usernames) == 0 || len(usernames) > notification.MaxNamed {
		return nil, api.Invalid("usernames", "out_of_range", "Name 1 to 1,000 users.")
	}

	shown := map[string]string{}

	var keys []string
	for _, name := range usernames {
		key := user.Key(name)
		if _, twice := shown[key]; !twice && key != "" && len(name) <= maxUsernameBytes {
			keys = append(keys, key)
		}

		shown[key] = name
	}

	members, err := h.members.GetMany(ctx, j.ID, keys)
	if err != nil {
		return nil, err
	}

	var (
		names   []string
		missing []api.Field
	)

	for _, key := range keys {
		if m, ok := members[key]; ok && m.UserID != "" {
			names = append(names, m.Username)

			delete(shown, key)
		}
	}

	for _, name := range usernames {
		if _, ok := shown[user.Key(name)]; ok {
			missing = append(
				missing,
				api.Field{
					Field:   "usernames",
					Code:    "user_not_found",
					Message: "The job has no user " + strconv.Quote(name) + ".",
				},
			)
			delete(shown, user.Key(name))
		}
	}

	if missing != nil {
		return nil, api.InvalidFields(missing...)
	}
	return names, nil
}

// maxUsernameBytes is more than a username of 100 code points can have, and less than a key may.
const maxUsernameBytes = 400

// restartLast sends the walk of the job's last notification again, if it has made nothing yet: the request that stored it may have died before it sent it,
// and a walk that is done twice makes the same batches.
func (h handler) restartLast(ctx context.Context, jobID string) error {
	j, err := h.jobs.Get(ctx, jobID)
	if err != nil || j.Notifications == 0 {
		return err
	}

	last, err := h.notifications.Get(ctx, jobID, j.Notifications)
	if err != nil || last.Status != notification.Preparing {
		return err
	}
	return h.sendWalk(ctx, last)
}

// cancel has nothing more of a notification sent. Its walk is asked for again, so that it ends where it never began or has stopped, and so are the
// batches that nobody has in hand.
func (h handler) cancel(ctx context.Context, event api.Event) (api.Answer, error) {
	j, n, err := h.notificationOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if n, err = h.notifications.Cancel(ctx, j.ID, n.Number, h.now()); err != nil {
		return api.Answer{}, err
	}

	if n.Status == notification.Cancelled && n.FinishedAt == 0 {
		if err := h.sendWalk(ctx, n); err != nil {
			return api.Answer{}, err
		}
		if err := h.sendSteps(ctx, n, walk.Step{Kind: walk.Resume}); err != nil {
			return api.Answer{}, err
		}
	}

	v, err := h.view(ctx, n)
	return api.Accepted(v), err
}

func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := h.jobOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	var after int
	if _, err := api.Cursor(event, &after); err != nil {
		return api.Answer{}, err
	}
	if after < 0 || after > j.Notifications {
		return api.Answer{}, errCursor
	}

	page := api.Page[notificationView]{Items: []notificationView{}}
	for number := after + 1; number <= j.Notifications && len(page.Items) < limit; number++ {
		n, err := h.notifications.Get(ctx, j.ID, number)
		if err != nil {
			return api.Answer{}, err
		}

		v, err := h.view(ctx, n)
		if err != nil {
			return api.Answer{}, err
		}

		page.Items = append(page.Items, v)
		if number < j.Notifications {
			page.Next = api.NextCursor(number)
		} else {
			page.Next = nil
		}
	}

	return api.OK(page), nil
}

func (h handler) notificationOf(
	ctx context.Context,
	event api.Event,
) (job.Job, notification.Notification, error) {
	j, err := h.jobOf(ctx, event)
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

func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	_, n, err := h.notificationOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	v, err := h.view(ctx, n)
	return api.OK(v), err
}
