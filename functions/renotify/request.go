package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/user"
)

// maxUsernameBytes is more than a username of 100 code points can have, and less than a
// key may.
const maxUsernameBytes = 400

// request is the body of a notification.
type request struct {
	Audience     *job.Audience `json:"audience"`
	Usernames    []string      `json:"usernames"`
	Subject      *string       `json:"subject"`
	Body         *string       `json:"body"`
	SMS          *string       `json:"sms"`
	Devices      []string      `json:"devices"`
	LinkLifetime *string       `json:"link_lifetime"`
	Username     *string       `json:"username"`
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

// check turns a body into a notification, or says what is wrong with it.
func (h handler) check(
	ctx context.Context, j job.Job, asked request,
) (n notification.Notification, names []string, err error) {
	if !j.Finished() {
		return n, nil, errNotProcessed
	}

	n.JobID = j.ID
	n.Audience, names, err = h.checkAudience(ctx, j, asked)
	if err != nil {
		return n, nil, err
	}

	n.Devices, err = checkDevices(asked.Devices, j)
	if err != nil {
		return n, nil, err
	}

	n.LinkLifetime, err = h.checkLifetime(asked.LinkLifetime, j)
	if err != nil {
		return n, nil, err
	}
	return n, names, h.setText(ctx, j, &n, asked)
}

func (h handler) checkAudience(
	ctx context.Context, j job.Job, asked request,
) (job.Audience, []string, error) {
	to, err := audienceOf(asked.Audience, job.Audiences)
	if err != nil || asked.Usernames == nil {
		return to, nil, err
	}
	if asked.Audience != nil {
		return "", nil, api.Invalid(
			"usernames",
			"not_allowed",
			"Give an audience or usernames, not both.",
		)
	}

	names, err := h.checkUsernames(ctx, j, asked.Usernames)
	return job.Named, names, err
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

// checkUsernames checks that the usernames are members of the job, and gives the
// members' keys, each once.
func (h handler) checkUsernames(
	ctx context.Context, j job.Job, usernames []string,
) ([]string, error) {
	if len(usernames) == 0 || len(usernames) > notification.MaxNamed {
		return nil, api.Invalid("usernames", "out_of_range", "Name 1 to 1,000 users.")
	}

	unknown := map[string]bool{}
	var keys []string
	for _, name := range usernames {
		key := user.Key(name)
		if !unknown[key] && key != "" && len(name) <= maxUsernameBytes {
			keys = append(keys, key)
		}
		unknown[key] = true
	}

	members, err := h.members.GetMany(ctx, j.ID, keys)
	if err != nil {
		return nil, err
	}

	var names []string
	for _, key := range keys {
		if m, ok := members[key]; ok && m.UserID != "" {
			names = append(names, m.Username)
			delete(unknown, key)
		}
	}

	var refused []api.Field
	for _, name := range usernames {
		if key := user.Key(name); unknown[key] {
			refused = append(refused, api.Field{
				Field:   "usernames",
				Code:    "user_not_found",
				Message: "The job has no user " + strconv.Quote(name) + ".",
			})
			delete(unknown, key)
		}
	}

	if refused != nil {
		return nil, api.InvalidFields(refused...)
	}
	return names, nil
}

func checkDevices(asked []string, j job.Job) ([]string, error) {
	if asked == nil {
		return j.Devices, nil
	}
	if len(asked) == 0 {
		return nil, api.Invalid("devices", "required", "Name at least one device.")
	}

	for i, name := range asked {
		if !slices.Contains(j.Devices, name) || slices.Contains(asked[:i], name) {
			known := strings.Join(j.Devices, ", ")
			return nil, api.Invalid(
				"devices",
				"not_allowed",
				"The devices are some of the job's, each once: "+known+".",
			)
		}
	}

	return asked, nil
}

func (h handler) checkLifetime(asked *string, j job.Job) (int64, error) {
	if asked == nil {
		return j.LinkLifetime, nil
	}

	lifetime, err := api.ParseDuration("link_lifetime", *asked, h.minimum, h.maximum)
	return int64(lifetime / time.Second), err
}

// setText gives the notification the texts that were asked for; a missing one is the
// last notification's.
func (h handler) setText(
	ctx context.Context, j job.Job, n *notification.Notification, asked request,
) error {
	last, err := h.lastWording(ctx, j)
	if err != nil {
		return err
	}

	given := notification.Given{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}
	text, builtIn, err := given.Text(h.message, last.Text, last.builtIn)
	if err != nil {
		return err
	}

	n.Subject = text.Subject
	n.Body = text.Body
	n.SMS = text.SMS
	n.BuiltIn = builtIn
	if builtIn {
		n.Kind = last.kind
	}
	return nil
}

// wording is what a message says by default; kind is of which message it is the
// built-in text, if it is one.
type wording struct {
	message.Text
	builtIn bool
	kind    message.Kind
}

func (h handler) builtIn(kind message.Kind) wording {
	return wording{
		Text:    message.BuiltIn(kind, h.reach.Language),
		builtIn: true,
		kind:    kind,
	}
}

// lastWording gives what the job's next notification says if nobody says otherwise.
func (h handler) lastWording(ctx context.Context, j job.Job) (wording, error) {
	if j.Notifications == 0 {
		return h.builtIn(message.Invitation), nil
	}

	last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
	return wording{
		Text:    message.Text{Subject: last.Subject, Body: last.Body, SMS: last.SMS},
		builtIn: last.BuiltIn,
		kind:    last.BuiltInKind(),
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
