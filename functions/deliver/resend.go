package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// resend sends a user one fresh link, to the first device that can be used: an invitation, or a reset if the user has a password by now. Who can't be sent
// anything any more is skipped.
func (h handler) resend(ctx context.Context, asked urgent.Message, owner string) error {
	wanted := asked.Resend
	skip := func(p user.Profile, reason string) error {
		return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
			d.State, d.Reason = delivery.Skipped, reason
			return d, nil
		})
	}

	p, ok, err := h.recipient(ctx, wanted.Key)
	switch {
	case err != nil:
		return err
	case p.ID != wanted.UserID: // removed, or somebody else by now
		return skip(
			user.Profile{ID: wanted.UserID, Key: wanted.Key, Username: wanted.Key},
			delivery.ReasonRemoved,
		)
	case !ok:
		return skip(p, delivery.ReasonInactive)
	}

	latest, found, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return err
	}

	devices := h.reach.Default
	if found {
		devices = latest.Devices
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return err
	}

	targets := h.reach.Targets(p, devices, marked)
	if len(targets) == 0 {
		if len(h.reach.Targets(p, devices, nil)) > 0 {
			return skip(p, delivery.ReasonUndeliverable)
		}
		return skip(p, delivery.ReasonNoDevice)
	}

	purpose, lifetime := token.Invite, time.Duration(wanted.Lifetime)*time.Second
	if _, err := h.Credentials.Generation(ctx, p.ID); err == nil {
		purpose, lifetime = token.Reset, min(lifetime, token.MaxResetLifetime)
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}

	values := h.valuesFor(p)

	template := h.message.BuiltIn(message.Renotification, values.Language)
	if wanted.Body != "" {
		if template, err = h.message.Compile(
			message.Text{Subject: wanted.Subject, Body: wanted.Body, SMS: wanted.SMS},
		); err != nil {
			return errors.New("the text of a link for one user can't be read")
		}
	}

	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		secret, made := h.newLink(p, purpose, lifetime, targets[:1])

		made.Job, made.Notification = latest.ID, asked.ID
		if err := h.replaceLink(ctx, made); err != nil {
			return d, err
		}

		values.Link, values.ExpiresAt = token.LinkURL(
			h.baseURL,
			secret.Reveal(),
		), time.UnixMilli(
			made.ExpiresAt,
		)

		return h.postText(ctx, d, targets[:1], message.Renotification, template, values)
	})
}
