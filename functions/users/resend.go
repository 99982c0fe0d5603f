package main

import (
	"context"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/draft"
	"latchkey/shared/id"
	"latchkey/shared/message"
	"latchkey/shared/session"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// usableTargets returns the addresses by which a user is reached outside of a job, and
// how long a link lasts then. Both are as their latest processed job has them, or else as
// the deployment has.
func (h handler) usableTargets(
	ctx context.Context, p user.Profile,
) ([]token.Target, time.Duration, error) {
	devices := h.reach.Default
	lifetime := h.deployment.jobs.Lifetime

	latest, ok, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, 0, err
	}
	if ok {
		devices = latest.Devices
		lifetime = latest.LinkLifetime.Duration()
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, 0, err
	}
	return h.reach.Targets(p, devices, marked), lifetime, nil
}

// notify asks for one fresh link to a user's first usable device: an invite, or a reset
// if they have a password. It only answers what is to be expected: whether and where the
// link is sent is decided again when it is. A repeat with the same Idempotency-Key asks
// for the same link: its id is made of the key's seed.
func (h handler) notify(ctx context.Context, event api.Event) (api.Answer, error) {
	actor := session.Of(ctx).Profile.Username
	earlier, answered, err := h.answers.Earlier(ctx, event, actor, h.now())
	if err != nil {
		return api.Answer{}, err
	}

	// The user is the audit's target whether or not the answer is an earlier one's.
	p, err := h.userOf(ctx, event)
	if answered {
		return earlier.Answer, nil
	}
	if err != nil {
		return api.Answer{}, err
	}

	text, err := h.textOf(event)
	if err != nil {
		return api.Answer{}, err
	}
	if !p.Active() {
		return api.Answer{}, errInactive
	}

	targets, lifetime, err := h.usableTargets(ctx, p)
	if err != nil {
		return api.Answer{}, err
	}
	if len(targets) == 0 {
		return api.Answer{}, errNoDevice
	}

	begin := func(seed string, at time.Time) (api.Answer, error) {
		expected := delivery.Delivery{
			UserID:   p.ID,
			Name:     delivery.NameOutside(delivery.KindResend, id.New(at, seed)),
			Key:      p.Key,
			Username: p.Username,
			Device:   targets[0].Device,
			Channel:  targets[0].Channel,
			State:    delivery.Queued,
			At:       clock.Of(at),
		}
		resend := work.Resend{
			ID:       expected.Name,
			Key:      p.Key,
			UserID:   p.ID,
			Lifetime: clock.SpanOf(lifetime),
			Subject:  text.Subject,
			Body:     text.Body,
			SMS:      text.SMS,
		}

		err := h.queues.Send(ctx, resend, 0)
		return api.Accepted(deliveryViewOf(p, expected)), err
	}

	return h.answers.Do(ctx, event, actor, h.now(), begin)
}

// textOf returns the text that a request gives. It is blank if that is the built-in one:
// each user gets it in their own language, which is chosen when it is sent. It refuses a
// text that has no link or an unknown placeholder.
func (h handler) textOf(event api.Event) (message.Written, error) {
	var body struct {
		Subject *string `json:"subject"`
		Body    *string `json:"body"`
		SMS     *string `json:"sms"`
	}
	if err := api.Decode(event, &body); err != nil {
		return message.Written{}, err
	}

	given := draft.Draft{Subject: body.Subject, Body: body.Body, SMS: body.SMS}
	byDefault := message.BuiltIn(message.Renotification, h.reach.Language)
	text, builtIn, err := given.Text(h.message, byDefault, true)
	if err != nil || builtIn {
		return message.Written{}, err
	}
	return text, nil
}
