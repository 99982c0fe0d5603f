package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// forgotGap is how long after a forgot-password message nothing is sent again, so that the code just sent lives.
	forgotGap = time.Minute
	// urgentLease is how long an urgent message stays with a request: no longer than its invocation can last.
	urgentLease = time.Minute
)

// devices gives the devices of the user's latest job that is still there, or the deployment's default.
func (h handler) devices(ctx context.Context, p user.Profile) ([]string, error) {
	latest, ok, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, err
	}
	if !ok {
		return h.reach.Default, nil
	}
	return latest.Devices, nil
}

// targets gives the addresses that a message outside a notification can go to.
func (h handler) targets(ctx context.Context, p user.Profile) ([]token.Target, error) {
	devices, err := h.devices(ctx, p)
	if err != nil {
		return nil, err
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, err
	}
	return h.reach.Targets(p, devices, marked), nil
}

// replace makes a link the user's latest for its purpose.
func (h handler) replace(ctx context.Context, made token.Link) error {
	found, err := h.Tokens.Link(ctx, made.UserID, made.Kind)
	if errors.Is(err, store.ErrNotFound) {
		return h.Tokens.Replace(ctx, made, nil)
	}
	if err != nil {
		return err
	}
	return h.Tokens.Replace(ctx, made, &found)
}
