package main

import (
	"context"
	"errors"

	"latchkey/shared/clock"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

// knownDeliveries is how many of a user's last deliveries are asked for the username.
const knownDeliveries = 20

// checkReach finds out anew which of a user's jobs can reach them. If an address may have
// changed, their invitation ends that was sent to one which they don't have any more: their
// members are expired then, and are sent to at the address of today.
func (h handler) checkReach(ctx context.Context, asked work.CheckReach) error {
	key := asked.Key
	if key == "" {
		var err error
		key, err = h.usernameKey(ctx, asked.UserID)
		if err != nil {
			return err
		}
	}
	if err := h.recipients.UpdateReach(ctx, key, asked.UserID); err != nil || asked.Key == "" {
		return err
	}
	return h.endLost(ctx, asked)
}

// endLost ends a user's invitation if one of its addresses isn't theirs any more.
func (h handler) endLost(ctx context.Context, asked work.CheckReach) error {
	p, err := h.recipients.Directory.Get(ctx, asked.Key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || p.ID != asked.UserID {
		return err
	}

	link, err := h.Tokens.Link(ctx, p.ID, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || clock.Of(h.Now()) >= link.ExpiresAt || link.StillOf(p, h.Reach.Devices) {
		return err
	}
	return h.Tokens.End(ctx, link, h.Now())
}

// usernameKey returns the key of a user's username, "" if it isn't known. SES's events name
// a user by their id alone. Their links and their deliveries know more: one of the two is
// stored before, or right after, a message leaves.
func (h handler) usernameKey(ctx context.Context, userID string) (string, error) {
	links, err := h.Tokens.OfUser(ctx, userID)
	if err != nil {
		return "", err
	}
	for _, link := range links {
		return link.Username, nil
	}

	deliveries, err := h.Deliveries.OfUser(ctx, userID, knownDeliveries)
	if err != nil {
		return "", err
	}
	for _, d := range deliveries {
		if d.Key != "" {
			return d.Key, nil
		}
	}
	return "", nil
}
