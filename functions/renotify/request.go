package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/draft"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/user"
)

// maxUsernameBytes is more than a username of 100 code points can have, and less than a
// table's key may have (1,024 bytes). Longer names aren't looked up.
const maxUsernameBytes = 400

// request is the body of a notification, of its preview and of its test. A field that is
// missing is the job's or, for the texts, the last notification's.
type request struct {
	Audience     *job.Audience `json:"audience"`
	Usernames    []string      `json:"usernames"`
	Subject      *string       `json:"subject"`
	Body         *string       `json:"body"`
	SMS          *string       `json:"sms"`
	Devices      []string      `json:"devices"`
	LinkLifetime *string       `json:"link_lifetime"`
	// Username is the user whose messages a preview shows. Only a preview has it.
	Username *string `json:"username"`
}

// decode reads the body of something that is to be sent, which has no username.
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

// check turns a request into a notification and, for a named audience, the usernames as
// the members show them. It returns the first refusal that applies.
func (h handler) check(
	ctx context.Context, j job.Job, asked request,
) (n notification.Notification, names []string, err error) {
	if !j.Finished() {
		return n, nil, jobapi.ErrNotProcessed
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

// checkAudience returns the audience that was asked for and, if it is named, the
// usernames as the members show them.
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

// audienceOf returns the audience that was asked for, which must be one of allowed.
// Without one it is pending.
func audienceOf(asked *job.Audience, allowed []job.Audience) (job.Audience, error) {
	switch {
	case asked == nil:
		return job.Pending, nil
	case *asked == "":
		return "", api.Invalid("audience", "required", "Give an audience, or null for pending.")
	}

	return *asked, api.OneOf("audience", *asked, allowed...)
}

// checkUsernames checks that each username is a member's, and returns the names as the
// members show them, each once. It refuses all that aren't members in one answer.
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
		// A member without a user id is a row that failed: there is no user to notify.
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

// checkDevices returns the names of the devices to send to: those that were asked for,
// each once and one of the job's, or else the job's.
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

// checkLifetime returns how long the links work: as asked, within the deployment's
// bounds, or else as the job says.
func (h handler) checkLifetime(asked *string, j job.Job) (clock.Span, error) {
	if asked == nil {
		return j.LinkLifetime, nil
	}

	lifetime, err := api.ParseDuration("link_lifetime", *asked, h.minimum, h.maximum)
	return clock.SpanOf(lifetime), err
}

// setText gives the notification the texts that were asked for. A missing one is the last
// notification's.
func (h handler) setText(
	ctx context.Context, j job.Job, n *notification.Notification, asked request,
) error {
	last, err := h.lastWording(ctx, j)
	if err != nil {
		return err
	}

	given := draft.Draft{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}
	text, builtIn, err := given.Text(h.message, last.Written, last.builtIn)
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

// wording is the text of a message by default. If it is a built-in one, each user gets it
// in their own language, and kind is the message that it belongs to.
type wording struct {
	message.Written
	builtIn bool
	kind    message.BuiltInKind
}

// builtIn returns the built-in wording of a message, in the deployment's language.
func (h handler) builtIn(kind message.BuiltInKind) wording {
	return wording{
		Written: message.BuiltIn(kind, h.reach.Language),
		builtIn: true,
		kind:    kind,
	}
}

// lastWording returns the text of the job's next notification if nobody changes it: that
// of its last one, or of the invitation.
func (h handler) lastWording(ctx context.Context, j job.Job) (wording, error) {
	if j.Notifications == 0 {
		return h.builtIn(message.Invitation), nil
	}

	last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
	return wording{
		Written: message.Written{Subject: last.Subject, Body: last.Body, SMS: last.SMS},
		builtIn: last.BuiltIn,
		kind:    last.BuiltInKind(),
	}, err
}

// showWording shows the text of the job's next notification, to be edited.
func (h handler) showWording(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	last, err := h.lastWording(ctx, j)
	return api.OK(last.Written), err
}
