package main

import (
	"context"
	"errors"

	"latchkey/shared/delivery"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// maxReachJobs is the most of a user's latest jobs whose memberships updateReach brings
// up to date.
const maxReachJobs = 100

// recipient reads the profile of a username's key. ok reports whether messages may be
// sent to the user. For a user whose status is inactive it returns the profile and false,
// for a key that nobody has an empty profile and false.
func (h handler) recipient(
	ctx context.Context, usernameKey string,
) (p user.Profile, ok bool, err error) {
	p, err = h.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	return p, err == nil && p.Active(), err
}

// whyUnreachable returns the reason of a delivery to a user who can't be sent to on any
// of the devices: either the user has none of them, or all their addresses are marked.
func (h handler) whyUnreachable(p user.Profile, devices []string) string {
	if h.reach.Targets(p, devices, nil) != nil {
		return delivery.ReasonUndeliverable
	}
	return delivery.ReasonNoDevice
}

// updateReach records, for each of a user's jobs, whether the job can reach them. It is
// called after an address was marked, cleared or changed, and reads all of that anew. So
// it may run twice, or late: it never writes what its message says, only what the tables
// say now.
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
