package main

import (
	"context"
	"errors"

	"latchkey/shared/delivery"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// maxReachJobs is of how many of a user's latest jobs it is looked whether they can reach
// him.
const maxReachJobs = 100

// recipient reads a profile that may be sent something. ok is false for anybody else.
func (h handler) recipient(
	ctx context.Context, usernameKey string,
) (p user.Profile, ok bool, err error) {
	p, err = h.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	return p, err == nil && p.Active(), err
}

// whyUnreachable says why a user has no device to send to.
func (h handler) whyUnreachable(p user.Profile, devices []string) string {
	if h.reach.Targets(p, devices, nil) != nil {
		return delivery.ReasonUndeliverable
	}
	return delivery.ReasonNoDevice
}

// updateReach looks again whether each of a user's jobs can reach him, by its devices and
// what is marked, and has his memberships say so.
func (h handler) updateReach(ctx context.Context, request urgent.Reach) error {
	p, err := h.Directory.Get(ctx, request.Key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || p.ID != request.UserID {
		return err
	}

	var devices []string
	for _, d := range h.reach.Devices {
		devices = append(devices, d.Name)
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return err
	}

	memberships, err := h.members.Jobs(ctx, p.Key, maxReachJobs)
	if err != nil {
		return err
	}

	for _, m := range memberships {
		if m.UserID != p.ID {
			continue // an earlier user's, of the same username
		}

		j, err := h.jobs.Get(ctx, m.JobID)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted
		}
		if err != nil {
			return err
		}

		unreachable := h.reach.Targets(p, j.Devices, marked) == nil
		err = h.members.MarkUndeliverable(ctx, m, unreachable)
		if err != nil {
			return err
		}
	}

	return nil
}
