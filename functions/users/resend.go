package main

import (
	"context"
	"time"

	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/session"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// reachAgain asks to look again whether a user's jobs can reach him. It has no delivery: its name serves the log alone.
func reachAgain(p user.Profile) urgent.Message {
	return urgent.Message{ID: "reach#" + p.ID, Reach: &urgent.Reach{Key: p.Key, UserID: p.ID}}
}

// way gives how a user is reached outside of a job: the addresses of his latest processed job's devices, or of the deployment's, and how long a
// link lasts then.
func (h handler) way(ctx context.Context, p user.Profile) ([]token.Target, time.Duration, error) {
	devices, lifetime := h.reach.Default, h.deployment.Default

	latest, ok, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, 0, err
	}

	if ok {
		devices, lifetime = latest.Devices, time.Duration(latest.LinkLifetime)*time.Second
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, 0, err
	}
	return h.reach.Targets(p, devices, marked), lifetime, nil
}

// notify has one fresh link sent to a user's first usable device: an invitation, or a reset to who has a password. deliver looks again at whether
// and where, when it sends.
func (h handler) notify(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.user(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	var asked struct {
		Subject *string `json:"subject"`
		Body    *string `json:"body"`
		SMS     *string `json:"sms"`
	}
	if err := api.Decode(event, &asked); err != nil {
		return api.Answer{}, err
	}

	given := notification.Given{Subject: asked.Subject, Body: asked.Body, SMS: asked.SMS}

	text, builtIn, err := given.Text(
		h.message,
		message.BuiltIn(message.Renotification, h.reach.Language),
		true,
	)
	if err != nil {
		return api.Answer{}, err
	}

	if builtIn { // each user has it in a language of his own
		text = message.Text{}
	}

	if !p.Active() {
		return api.Answer{}, errInactive
	}

	targets, lifetime, err := h.way(ctx, p)
	if err != nil {
		return api.Answer{}, err
	}
	if len(targets) == 0 {
		return api.Answer{}, errNoDevice
	}
	return h.answers.Do(
		ctx,
		event,
		session.Of(ctx).Profile.Username,
		h.now(),
		func(seed string, at time.Time) (api.Answer, error) {
			d := delivery.Delivery{
				UserID:       p.ID,
				Notification: delivery.KindResend + "#" + job.NewID(at, seed),
				Key:          p.Key,
				Username:     p.Username,
				Device:       targets[0].Device,
				Channel:      targets[0].Channel,
				State:        delivery.Queued,
				At:           at.UnixMilli(),
			}
			err := h.urgent.Send(ctx, urgent.Message{ID: d.Notification, Resend: &urgent.Resend{
				Key:      p.Key,
				UserID:   p.ID,
				Lifetime: int64(lifetime / time.Second),
				Subject:  text.Subject,
				Body:     text.Body,
				SMS:      text.SMS,
			}}, 0)

			return api.Accepted(deliveryViewOf(p, d)), err
		},
	)
}

// marks reads the marks of a user's addresses, on all devices.
func (h handler) marks(ctx context.Context, p user.Profile) (map[string]address.Mark, error) {
	var keys []string
	for _, d := range h.reach.Devices {
		if to := p.Fields[d.Name]; to != "" {
			keys = append(keys, address.Key(d.Channel, to))
		}
	}

	return h.addresses.Marks(ctx, keys)
}
