package main

import (
	"context"

	"latchkey/shared/work"
)

// knownDeliveries is how many of a user's last deliveries are asked for the username.
const knownDeliveries = 20

// checkReach finds out anew which of a user's jobs can reach them.
func (h handler) checkReach(ctx context.Context, asked work.CheckReach) error {
	key := asked.Key
	if key == "" {
		var err error
		key, err = h.usernameKey(ctx, asked.UserID)
		if err != nil {
			return err
		}
	}
	return h.recipients.UpdateReach(ctx, key, asked.UserID)
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
