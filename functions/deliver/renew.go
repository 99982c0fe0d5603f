package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
)

// renew sends a fresh link in the place of an expired or replaced invitation, where that was sent, if the user is still
// pending and still has the address.
func (h handler) renew(ctx context.Context, asked urgent.Message, owner string) error {
	old, err := h.Tokens.Link(ctx, asked.Renew.UserID, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	sent, state := old.Find(asked.Renew.Hash, h.now())
	if state != token.Expired && state != token.Replaced {
		return nil
	}

	p, ok, err := h.recipient(ctx, old.Username)
	if err != nil || !ok || p.ID != old.UserID {
		return err
	}
	if _, err := h.Credentials.Generation(ctx, p.ID); !errors.Is(err, store.ErrNotFound) {
		return err // nil for a user who is active
	}

	for _, target := range sent.SentTo {
		if p.Address(target.Device) != target.Address {
			return nil
		}
	}

	var tooMany *limit.TooManyError

	err = h.limits.Gap(ctx, limit.Name("renew-gap", p.ID), asked.ID, h.renewGap, h.now())
	if errors.As(err, &tooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		secret, made := h.newLink(
			p,
			token.Invite,
			time.Duration(old.Lifetime)*time.Second,
			sent.SentTo,
		)

		made.Job, made.Notification = old.Job, asked.ID
		if err := h.replaceLink(ctx, made); err != nil {
			return d, err
		}

		h.audit.Note(ctx, audit.Entry{
			ID:       asked.ID,
			At:       asked.Renew.At,
			Action:   audit.LinkRenewed,
			Target:   p.Username,
			Job:      old.Job,
			SourceIP: asked.Renew.SourceIP,
			Result:   audit.OK,
		})
		values := h.valuesFor(p)
		values.Link, values.ExpiresAt = token.LinkURL(
			h.baseURL,
			secret.Reveal(),
		), time.UnixMilli(
			made.ExpiresAt,
		)

		return h.post(ctx, d, sent.SentTo, message.Renewal, values)
	})
}
