package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
)

// passwordSet follows a password that may have been set: it marks the user's memberships and tells the user. If the password isn't there and may still come, the
// message is taken again later; if another request won, there is nothing to do.
func (h handler) passwordSet(ctx context.Context, asked urgent.Message, owner string) error {
	set := asked.PasswordSet

	kept, err := h.Credentials.Generation(ctx, set.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}

	if kept.Generation != set.Generation {
		if until := time.UnixMilli(set.Until); h.now().Before(until) {
			return h.urgent.Send(ctx, asked, until.Sub(h.now())+time.Second)
		}
		return nil
	}

	if err := h.members.Mark(
		ctx,
		set.Key,
		set.UserID,
		member.StateActive,
		member.StatePending,
	); err != nil {
		return err
	}

	p, ok, err := h.recipient(ctx, set.Key)
	if err != nil || !ok || p.ID != set.UserID {
		return err
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil || targets == nil {
		return err
	}
	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.post(ctx, d, targets[:1], message.PasswordSet, h.valuesFor(p))
	})
}
