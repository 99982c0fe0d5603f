package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
)

const (
	// forgotGap is how long after a forgot-password message nothing is sent again, so that the code
	// just sent lives.
	forgotGap = time.Minute
)

// forgot sends a link and a code to all devices of a user that may be used, if there is one, and within the limits.
func (h handler) forgot(ctx context.Context, asked urgent.Message, owner string) error {
	p, ok, err := h.recipient(ctx, asked.Forgot.Key)
	if err != nil || p.ID == "" {
		return err
	}

	asks := audit.Entry{
		ID:       asked.ID,
		At:       asked.Forgot.At,
		Action:   audit.ResetAsked,
		Target:   p.Username,
		SourceIP: asked.Forgot.SourceIP,
		Result:   audit.OK,
	}

	refuse := func(reason string) {
		asks.Result = reason
		h.audit.Note(ctx, asks)
	}
	if !ok {
		refuse(delivery.ReasonInactive)
		return nil
	}

	var tooMany *limit.TooManyError

	err = h.limits.Gap(ctx, limit.Name("forgot-gap", p.ID), asked.ID, forgotGap, h.now())
	if errors.As(err, &tooMany) {
		refuse(delivery.ReasonLimit)
		return nil
	}

	if err != nil {
		return err
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil {
		return err
	}

	if targets == nil {
		refuse(delivery.ReasonNoDevice)
		return nil
	}

	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		if d.Notification == asked.ID && d.Attempts == 1 {
			err := h.limits.Take(
				ctx,
				limit.Name("forgot-user", p.ID),
				h.forgotPerHour,
				time.Hour,
				h.now(),
			)
			if errors.As(err, &tooMany) {
				d.State, d.Reason = delivery.Skipped, delivery.ReasonLimit
				refuse(delivery.ReasonLimit)
				return d, nil
			}

			if err != nil {
				return d, err
			}
		}

		h.audit.Note(ctx, asks)

		secret, made := h.newLink(p, token.Reset, h.resetLifetime, targets)
		if err := h.replaceLink(ctx, made); err != nil {
			return d, err
		}

		key, err := h.codeKey.CodeKey(ctx)
		if err != nil {
			return d, err
		}

		typed, hashed := key.NewCode(p.ID)
		codeUntil := h.now().Add(h.codeLifetime)

		code := token.Code{UserID: p.ID, Username: p.Key, Sent: token.Sent{
			Hash: hashed, SentAt: made.SentAt, ExpiresAt: codeUntil.UnixMilli(), SentTo: targets,
		}}
		if err := h.Tokens.PutCode(ctx, code); err != nil {
			return d, err
		}

		values := h.valuesFor(p)
		values.Link, values.ExpiresAt = token.LinkURL(
			h.baseURL,
			secret.Reveal(),
		), time.UnixMilli(
			made.ExpiresAt,
		)
		values.Code, values.CodeExpiresAt = typed.Reveal(), codeUntil
		return h.post(ctx, d, targets, message.Reset, values)
	})
}
