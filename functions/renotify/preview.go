package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/session"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const (
	// previewMembers is up to how many of a job's members a preview reads at all of them, to say exactly who is in the audience.
	previewMembers = 2000
	// sampleMembers is how many of each shard it reads at beyond that.
	sampleMembers = 60
)

// size is how many users are in an audience, by the channel of the device that they are sent to; None is those without one.
type size struct {
	Size      int  `json:"size"`
	Email     int  `json:"email"`
	SMS       int  `json:"sms"`
	None      int  `json:"none"`
	Estimated bool `json:"estimated"`
}

// rendered is a message as one user would get it. What a channel doesn't have is null.
type rendered struct {
	Channel  user.Channel `json:"channel"`
	Subject  api.Text     `json:"subject"`
	Text     string       `json:"text"`
	HTML     api.Text     `json:"html"`
	Segments *int         `json:"segments"`
}

type warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// preview shows what a notification would say, to whom, and how long sending it would take. Nothing is stored or sent.
func (h handler) preview(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := h.jobOf(ctx, event)
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

	var sample audience.Verdict
	if asked.Username != nil {
		if sample, err = h.sampleNamed(ctx, j, *asked.Username); err != nil {
			return api.Answer{}, err
		}
	}

	count, first, err := h.size(ctx, j, n, names)
	if err != nil {
		return api.Answer{}, err
	}

	if asked.Username == nil {
		sample = first
	}

	messages, err := h.render(n, sample)
	if err != nil {
		return api.Answer{}, err
	}

	duration, warnings := h.forecast(ctx, count)
	return api.OK(struct {
		Audience size         `json:"audience"`
		Messages []rendered   `json:"messages"`
		Duration api.Duration `json:"duration"`
		Warnings []warning    `json:"warnings"`
	}{count, messages, api.Duration(duration), warnings}), nil
}

// sampleNamed finds a member of the job to show the messages of.
func (h handler) sampleNamed(
	ctx context.Context,
	j job.Job,
	username string,
) (audience.Verdict, error) {
	missing := api.Invalid("username", "user_not_found", "The job has no such user.")

	key := user.Key(username)
	if key == "" || len(key) > maxUsernameBytes {
		return audience.Verdict{}, missing
	}

	found, err := h.members.GetMany(ctx, j.ID, []string{key})
	if err != nil {
		return audience.Verdict{}, err
	}

	m, ok := found[key]
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

// size counts the users of an audience by their channel: all of them if the job or the list of names is small; else it judges by a sample, and by the count
// of the job's users. first is one of them, if the audience has any.
func (h handler) size(
	ctx context.Context,
	j job.Job,
	n notification.Notification,
	names []string,
) (count size, first audience.Verdict, err error) {
	if n.Audience == job.Named {
		members, err := h.membersNamed(ctx, j, names)
		if err != nil {
			return size{}, first, err
		}
		return h.measure(ctx, n, n.Audience, members)
	}

	estimated := j.Rows.Valid > previewMembers

	limit := pageMembers
	if estimated {
		limit = sampleMembers
	}

	var all size // of those that were looked at
	for shard := range job.Shards {
		for after := ""; ; {
			members, next, err := h.members.List(ctx, j.ID, shard, limit, "", after)
			if err != nil {
				return size{}, first, err
			}

			some, one, err := h.measure(ctx, n, n.Audience, members)
			if err != nil {
				return size{}, first, err
			}

			if count.Size == 0 {
				first = one
			}

			count = count.plus(some)
			if estimated {
				everyone, _, err := h.measure(ctx, n, job.Everyone, members)
				if err != nil {
					return size{}, first, err
				}

				all = all.plus(everyone)
			}

			if after = next; next == "" || estimated {
				break
			}
		}
	}

	if !estimated {
		return count, first, nil
	}

	users, err := h.userCounter().Of(ctx, j)
	if err != nil {
		return size{}, first, err
	}

	total := users.Active + users.Pending
	switch n.Audience {
	case job.Pending:
		total = users.Pending
	case job.Expired:
		total = users.Expired
	case job.Unreached:
		total = total * count.Size / max(all.Size, 1)
	}

	if count.Size == 0 {
		count = all
	}

	return count.scaled(total), first, nil
}

// measure counts those of members who are in an audience. first is one of them.
func (h handler) measure(
	ctx context.Context,
	n notification.Notification,
	of job.Audience,
	members []member.Member,
) (count size, first audience.Verdict, err error) {
	verdicts, err := h.Decide(ctx, of, members, "", h.now())
	if err != nil {
		return size{}, first, err
	}

	var in []user.Profile
	for _, v := range verdicts {
		if !v.In {
			continue
		}

		if in == nil {
			first = v
		}

		in = append(in, v.Profile)
	}

	marked, err := h.reach.Marks(ctx, h.addresses, in, n.Devices)
	if err != nil {
		return size{}, first, err
	}

	count.Size = len(in)
	for _, p := range in {
		targets := h.reach.Targets(p, n.Devices, marked)
		switch {
		case targets == nil:
			count.None++
		case targets[0].Channel == user.SMS:
			count.SMS++
		default:
			count.Email++
		}
	}

	return count, first, nil
}

func (s size) plus(other size) size {
	return size{
		Size:  s.Size + other.Size,
		Email: s.Email + other.Email,
		SMS:   s.SMS + other.SMS,
		None:  s.None + other.None,
	}
}

// scaled gives the size of an audience of so many users, of which s is a sample.
func (s size) scaled(total int) size {
	if s.Size == 0 {
		return size{Size: total, None: total, Estimated: true}
	}

	part := func(n int) int { return (n*total + s.Size/2) / s.Size }
	email := part(s.Email)
	sms := min(part(s.SMS), total-email)
	return size{Size: total, Email: email, SMS: sms, None: total - email - sms, Estimated: true}
}

// membersNamed reads members of the job by the names that they are shown by.
func (h handler) membersNamed(
	ctx context.Context,
	j job.Job,
	names []string,
) ([]member.Member, error) {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = user.Key(name)
	}

	found, err := h.members.GetMany(ctx, j.ID, keys)
	if err != nil {
		return nil, err
	}

	var members []member.Member
	for _, key := range keys {
		if m, ok := found[key]; ok {
			members = append(members, m)
		}
	}

	return members, nil
}

// madeUp is whose messages are shown where the audience has nobody.
var madeUp = user.Profile{
	Username: "ada.example",
	Fields:   map[string]string{user.FirstName: "Ada", user.LastName: "Example"},
}

// render shows a notification as one user would get it, by email and by SMS.
func (h handler) render(n notification.Notification, to audience.Verdict) ([]rendered, error) {
	p := to.Profile
	if p.Username == "" {
		p = madeUp
	}

	tag, zone := h.reach.Speech(p)

	lifetime := time.Duration(n.LinkLifetime) * time.Second
	if to.Active {
		lifetime = min(lifetime, token.MaxResetLifetime)
	}

	values := message.Values{
		FirstName: p.Fields[user.FirstName],
		LastName:  p.Fields[user.LastName],
		Username:  p.Username,
		Link:      token.LinkURL(h.baseURL, token.SampleToken),
		Now:       h.now(),
		ExpiresAt: h.now().Add(lifetime),
		Zone:      zone,
		Language:  tag,
	}

	var template *message.Template
	if n.BuiltIn {
		template = h.message.BuiltIn(n.BuiltInKind(), tag)
	} else {
		var err error
		if template, err = h.message.Compile(
			message.Text{Subject: n.Subject, Body: n.Body, SMS: n.SMS},
		); err != nil {
			return nil, err
		}
	}

	email, sample := template.Email(values), values.Link
	values.Link = sample + strings.Repeat(
		"x",
		token.LinkLength(h.baseURL)-len(sample),
	) // an SMS is counted, and its names are cut, as with a real link
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

// forecast says how long it takes to send to so many, as far as SES tells today, and what stands in the way.
func (h handler) forecast(ctx context.Context, count size) (time.Duration, []warning) {
	warnings := []warning{}

	account, err := carrier.ReadAccount(ctx, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())

		warnings = append(
			warnings,
			warning{
				"rate",
				"SES doesn't tell its send rate. The duration is for one email a second.",
			},
		)
		return carrier.Account{Rate: 1}.Duration(count.Email, count.SMS), warnings
	}

	if !account.Enabled {
		warnings = append(
			warnings,
			warning{
				"suspended",
				"SES takes no emails from this account at the moment. Sending would pause.",
			},
		)
	}

	if account.Sandbox {
		warnings = append(
			warnings,
			warning{
				"sandbox",
				"The account is in SES's sandbox: emails go to verified addresses only.",
			},
		)
	}

	if left, limited := account.Left(); limited && count.Email > left {
		warnings = append(warnings, warning{
			"quota",
			fmt.Sprintf(
				"SES takes %d more emails now, and %d in any 24 hours. Sending would pause and go on by itself.",
				left,
				int(account.PerDay),
			),
		})
	}

	return account.Duration(count.Email, count.SMS), warnings
}

// test sends a notification's message to the administrator who asks, with a link that is only a sample.
func (h handler) test(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := h.jobOf(ctx, event)
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

	wanted := urgent.Test{
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

	return api.Accepted(
			api.Empty{},
		), h.urgent.Send(
			ctx,
			urgent.Message{
				ID:   delivery.KindTest + "#" + job.NewID(h.now(), rand.Text()),
				Test: &wanted,
			},
			0,
		)
}
