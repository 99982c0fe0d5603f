package main

import (
	"context"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const forgotGap = time.Minute

// forgot sends a link and a code to all devices of a user that may be used, if there is
// one, and within the limits.
func (h handler) forgot(ctx context.Context, request urgent.Message, owner string) error {
	p, ok, err := h.recipient(ctx, request.Forgot.Key)
	if err != nil || p.ID == "" {
		return err
	}

	entry := audit.Entry{
		ID:       request.ID,
		At:       request.Forgot.At,
		Action:   audit.ResetAsked,
		Target:   p.Username,
		SourceIP: request.Forgot.SourceIP,
		Result:   audit.OK,
	}

	if !ok {
		entry.Result = delivery.ReasonInactive
		h.audit.Note(ctx, entry)
		return nil
	}

	err = h.limits.Gap(ctx, limit.Name("forgot-gap", p.ID), request.ID, forgotGap, h.now())
	if isLimit(err) {
		entry.Result = delivery.ReasonLimit
		h.audit.Note(ctx, entry)
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
		entry.Result = delivery.ReasonNoDevice
		h.audit.Note(ctx, entry)
		return nil
	}

	return h.once(ctx, request, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		if d.Notification == request.ID && d.Attempts == 1 {
			err := h.takeForgot(ctx, p)
			if isLimit(err) {
				entry.Result = delivery.ReasonLimit
				h.audit.Note(ctx, entry)
				d.State = delivery.Skipped
				d.Reason = delivery.ReasonLimit
				return d, nil
			}
			if err != nil {
				return d, err
			}
		}

		h.audit.Note(ctx, entry)

		values, err := h.newReset(ctx, p, targets)
		if err != nil {
			return d, err
		}
		return h.dispatchAll(ctx, d, h.builtIn(message.Reset, values, targets))
	})
}

func (h handler) takeForgot(ctx context.Context, p user.Profile) error {
	name := limit.Name("forgot-user", p.ID)
	return h.limits.Take(ctx, name, h.forgotPerHour, time.Hour, h.now())
}

func (h handler) newReset(
	ctx context.Context, p user.Profile, targets []token.Target,
) (message.Values, error) {
	secret, link := h.newLink(p, token.Reset, h.resetLifetime, targets)
	err := h.replaceLink(ctx, link)
	if err != nil {
		return message.Values{}, err
	}

	key, err := h.codeKey.CodeKey(ctx)
	if err != nil {
		return message.Values{}, err
	}

	typed, hashed := key.NewCode(p.ID)
	codeExpiresAt := h.now().Add(h.codeLifetime)

	err = h.Tokens.PutCode(ctx, token.Code{
		UserID:   p.ID,
		Username: p.Key,
		Sent: token.Sent{
			Hash:      hashed,
			SentAt:    link.SentAt,
			ExpiresAt: codeExpiresAt.UnixMilli(),
			SentTo:    targets,
		},
	})
	if err != nil {
		return message.Values{}, err
	}

	values := h.valuesWithLink(p, secret, link)
	values.Code = typed.Reveal()
	values.CodeExpiresAt = codeExpiresAt
	return values, nil
}
