package main

import (
	"context"
	"errors"

	"latchkey/shared/limit"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// targetsOf returns the addresses that a message outside a notification may go to: those
// of the devices of the user's latest job, or the deployment's default devices if no job
// is left. Marked addresses are left out.
func (h handler) targetsOf(ctx context.Context, p user.Profile) ([]token.Target, error) {
	latest, found, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, err
	}

	devices := h.Reach.Default
	if found {
		devices = latest.Devices
	}
	return h.recipients.Targets(ctx, p, devices)
}

// isLimit reports whether an error says that a limit was reached.
func isLimit(err error) bool {
	var tooMany *limit.TooManyError
	return errors.As(err, &tooMany)
}
