package main

import (
	"context"
	"errors"

	"latchkey/shared/audit"
	"latchkey/shared/dispatch"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// renew sends a fresh link in the place of an expired or replaced invitation, to the
// addresses that the invitation was sent to, or to the user's own of today if they don't
// have one of those any more. It does nothing if the user is not pending any more.
func (h handler) renew(ctx context.Context, request work.Renew, owner string) error {
	old, err := h.Tokens.Link(ctx, request.UserID, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	p, ok, err := h.recipients.Get(ctx, old.Username)
	if err != nil || !ok || p.ID != old.UserID {
		return err
	}

	_, err = h.credentials.WithoutHash(ctx, p.ID)
	if !errors.Is(err, store.ErrNotFound) {
		return err // nil for an active user
	}

	const pending = 0 // there is no password
	sent, state := old.Find(request.Hash, pending, h.Now())
	targets, err := h.targetsOfRenewal(ctx, p, sent, state)
	if err != nil || len(targets) == 0 {
		return err
	}

	gap := limit.Name("renew-gap", p.ID)
	err = h.limits.Gap(ctx, gap, string(request.ID), h.renewGap, h.Now())
	if isLimit(err) {
		return nil
	}
	if err != nil {
		return err
	}

	e := errand{request: request, owner: owner, to: p, targets: targets}
	return h.once(ctx, e, func() (content, error) {
		return h.renewal(ctx, request, p, old, targets)
	})
}

// targetsOfRenewal returns where a link is sent anew: nowhere, if it works or is nobody's.
// One that was sent to an address which the user doesn't have any more works no longer.
func (h handler) targetsOfRenewal(
	ctx context.Context, p user.Profile, sent token.Sent, state token.State,
) ([]token.Target, error) {
	if state == token.Used || state == token.Invalid {
		return nil, nil
	}

	var targets []token.Target
	for _, old := range sent.SentTo {
		target, ok := old.In(p, h.Reach.Devices)
		if !ok || p.Address(target.Device) == "" {
			own, err := h.targetsOf(ctx, p)
			return own[:min(1, len(own))], err // an invitation goes to one device
		}
		targets = append(targets, target)
	}

	if state == token.Valid {
		return nil, nil
	}
	return targets, nil
}

// renewal makes a link in the place of the old one, and returns its message. The link has
// the lifetime that the job gives a renewal, and keeps the job.
func (h handler) renewal(
	ctx context.Context,
	request work.Renew,
	p user.Profile,
	old token.Link,
	targets []token.Target,
) (content, error) {
	link, err := h.PutLatest(ctx, dispatch.Terms{
		User:     p,
		Purpose:  token.Invite,
		Lifetime: old.Renewal.Duration(),
		Targets:  targets,
		Job:      old.Job,
		Delivery: request.ID,
	})
	if err != nil {
		return content{}, err
	}

	h.audit.Note(ctx, audit.Entry{
		ID:       string(request.ID),
		At:       request.At,
		Action:   audit.LinkRenewed,
		Target:   p.Username,
		Job:      old.Job,
		SourceIP: request.SourceIP,
		Result:   audit.OK,
	})

	return h.holding(link, h.builtIn(message.Renewal, h.ValuesWithLink(p, link))), nil
}
