package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/session"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// rendered is a message as one user would get it. What a channel doesn't have is null.
type rendered struct {
	Channel  user.Channel `json:"channel"`
	Subject  api.Text     `json:"subject"`
	Text     string       `json:"text"`
	HTML     api.Text     `json:"html"`
	Segments *int         `json:"segments"`
}

// warning says what stands in the way of sending.
type warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// previewView is a preview as the API shows it.
type previewView struct {
	Audience size         `json:"audience"`
	Messages []rendered   `json:"messages"`
	Duration api.Duration `json:"duration"`
	Warnings []warning    `json:"warnings"`
}

// preview shows what a notification would say, to whom, and how long sending it would
// take. It stores nothing and sends nothing. The messages are those of the user who is
// named, or else of one in the audience.
func (h handler) preview(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	var asked request
	if err := api.Decode(event, &asked); err != nil {
		return api.Answer{}, err
	}

	n, names, err := h.check(ctx, j, asked)
	if err != nil {
		return api.Answer{}, err
	}

	var named audience.Verdict
	if asked.Username != nil {
		named, err = h.sampleNamed(ctx, j, *asked.Username)
		if err != nil {
			return api.Answer{}, err
		}
	}

	count, sample, err := h.size(ctx, j, n, names)
	if err != nil {
		return api.Answer{}, err
	}
	if asked.Username != nil {
		sample = named
	}

	messages, err := h.render(n, sample)
	if err != nil {
		return api.Answer{}, err
	}

	duration, warnings := h.forecast(ctx, count)
	return api.OK(previewView{
		Audience: count,
		Messages: messages,
		Duration: api.Duration(duration),
		Warnings: warnings,
	}), nil
}

// sampleNamed finds the member of the job whose messages are shown. They may be outside
// the audience. It refuses a username of nobody, and of a user who was added anew.
func (h handler) sampleNamed(
	ctx context.Context, j job.Job, username string,
) (audience.Verdict, error) {
	missing := api.Invalid("username", "user_not_found", "The job has no such user.")

	key := user.Key(username)
	if key == "" || len(key) > maxUsernameBytes {
		return audience.Verdict{}, missing
	}

	members, err := h.members.GetMany(ctx, j.ID, []string{key})
	if err != nil {
		return audience.Verdict{}, err
	}
	m, ok := members[key]
	if !ok {
		return audience.Verdict{}, missing
	}

	profiles, err := h.Directory.GetMany(ctx, []string{key})
	if err != nil {
		return audience.Verdict{}, err
	}
	p, ok := profiles[key]
	if !ok || p.ID != m.UserID {
		return audience.Verdict{}, missing
	}

	active, err := h.Credentials.Active(ctx, []string{p.ID})
	return audience.Verdict{Member: m, Profile: p, Active: active[p.ID]}, err
}

// madeUp is the user whose messages are shown if the audience has nobody.
var madeUp = user.Profile{
	Username: "ada.example",
	Fields:   map[string]string{user.FirstName: "Ada", user.LastName: "Example"},
}

// render renders a notification as one user would get it, by email and by SMS, in their
// language and time zone. The link is the sample, which works nowhere.
func (h handler) render(n notification.Notification, to audience.Verdict) ([]rendered, error) {
	p := to.Profile
	if p.Username == "" {
		p = madeUp
	}

	tag, zone := h.reach.Speech(p)
	template, err := h.template(n, tag)
	if err != nil {
		return nil, err
	}

	_, lifetime := token.ForUser(to.Active, n.LinkLifetime.Duration())

	sample := token.LinkURL(h.baseURL, token.SampleToken)
	values := message.Values{
		FirstName: p.Fields[user.FirstName],
		LastName:  p.Fields[user.LastName],
		Username:  p.Username,
		Link:      sample,
		Now:       h.now(),
		ExpiresAt: h.now().Add(lifetime),
		Zone:      zone,
		Language:  tag,
	}
	email := template.Email(values)

	// An SMS is as long as with a real link: that decides its segments, and how far the
	// names in it are cut. The sample is put in afterwards.
	padding := strings.Repeat("x", token.LinkLength(h.baseURL)-len(sample))
	values.Link = sample + padding
	sms := template.SMS(values)

	return []rendered{
		{
			Channel: user.Email,
			Subject: api.Text(email.Subject),
			Text:    email.Text,
			HTML:    api.Text(email.HTML),
		},
		{
			Channel:  user.SMS,
			Text:     strings.ReplaceAll(sms, values.Link, sample),
			Segments: new(message.Segments(sms)),
		},
	}, nil
}

// template returns the notification's texts, ready to be filled in: built-in ones in the
// language of the tag, others as they were written.
func (h handler) template(
	n notification.Notification, tag language.Tag,
) (*message.Template, error) {
	if n.BuiltIn {
		return h.message.BuiltIn(n.BuiltInKind(), tag), nil
	}
	return h.message.Compile(message.Written{Subject: n.Subject, Body: n.Body, SMS: n.SMS})
}

// forecast estimates how long it takes to send to an audience of that size at the
// account's present rate, and warns of what stands in the way. If SES doesn't tell its
// rate, it counts one email a second.
func (h handler) forecast(ctx context.Context, count size) (time.Duration, []warning) {
	account, err := carrier.ReadAccount(ctx, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())
		unknown := warning{
			Code:    "rate",
			Message: "SES doesn't tell its send rate. The duration is for one email a second.",
		}
		slow := carrier.Account{Rate: 1}
		return slow.Duration(count.Email, count.SMS), []warning{unknown}
	}

	warnings := []warning{}
	if !account.Enabled {
		warnings = append(warnings, warning{
			Code:    "suspended",
			Message: "SES takes no emails from this account at the moment. Sending would pause.",
		})
	}
	if account.Sandbox {
		warnings = append(warnings, warning{
			Code:    "sandbox",
			Message: "The account is in SES's sandbox: emails go to verified addresses only.",
		})
	}
	if left, limited := account.Left(); limited && count.Email > left {
		warnings = append(warnings, warning{
			Code: "quota",
			Message: fmt.Sprintf(
				"Notifications may send %d more emails now; SES takes %d in any 24 hours. "+
					"Sending would pause and go on by itself.",
				left,
				int(account.PerDay),
			),
		})
	}

	return account.Duration(count.Email, count.SMS), warnings
}

// test sends the message of a notification to the administrator who asks, with the sample
// in place of a link.
func (h handler) test(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	asked, err := decode(event)
	if err != nil {
		return api.Answer{}, err
	}

	n, _, err := h.check(ctx, j, asked)
	if err != nil {
		return api.Answer{}, err
	}

	me := session.Of(ctx).Profile
	wanted := work.Test{
		ID:           work.NewTestID(h.now()),
		Key:          me.Key,
		UserID:       me.ID,
		Subject:      n.Subject,
		Body:         n.Body,
		SMS:          n.SMS,
		LinkLifetime: n.LinkLifetime,
	}
	if n.BuiltIn {
		wanted.Kind = string(n.BuiltInKind())
	}

	err = h.queues.Send(ctx, wanted, 0)
	return api.Accepted(api.Empty{}), err
}
