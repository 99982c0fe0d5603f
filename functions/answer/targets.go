package main

import (
	"context"
	"encoding/json"
	"errors"

	"latchkey/shared/limit"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// takeUrgent handles a message of the urgent queue: what one person waits for.
func (h handler) takeUrgent(ctx context.Context, body, owner string) error {
	var request urgent.Message
	if err := json.Unmarshal([]byte(body), &request); err != nil {
		return errors.New("the message is no urgent one")
	}

	switch {
	case request.Forgot != nil:
		return h.forgot(ctx, request, owner)
	case request.Renew != nil:
		return h.renew(ctx, request, owner)
	case request.PasswordSet != nil:
		return h.passwordSet(ctx, request, owner)
	case request.NewAdministrator != nil:
		return h.newAdministrator(ctx, request, owner)
	case request.Resend != nil:
		return h.resend(ctx, request, owner)
	case request.Reach != nil:
		return h.updateReach(ctx, *request.Reach)
	case request.Test != nil:
		return h.testMessage(ctx, request, owner)
	case request.Report != nil:
		return h.sendReport(ctx, request, owner)
	}
	return errors.New("the message asks for nothing that is known")
}

// targetsOf returns the addresses that a message outside a notification may go to: those
// of the devices of the user's latest job, or the deployment's default devices if no job
// is left. Marked addresses are left out.
func (h handler) targetsOf(ctx context.Context, p user.Profile) ([]token.Target, error) {
	latest, found, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, err
	}

	devices := h.reach.Default
	if found {
		devices = latest.Devices
	}

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, err
	}
	return h.reach.Targets(p, devices, marked), nil
}

// replaceLink makes a link the user's latest for its purpose, whatever the latest is now.
func (h handler) replaceLink(ctx context.Context, link token.Link) error {
	before, err := h.Tokens.Link(ctx, link.UserID, link.Kind)
	if errors.Is(err, store.ErrNotFound) {
		return h.Tokens.Replace(ctx, link, nil)
	}
	if err != nil {
		return err
	}
	return h.Tokens.Replace(ctx, link, &before)
}

// isLimit reports whether an error says that a limit was reached.
func isLimit(err error) bool {
	var tooMany *limit.TooManyError
	return errors.As(err, &tooMany)
}
