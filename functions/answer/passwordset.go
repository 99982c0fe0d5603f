package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

// passwordSet tells the user that a password was set, and sees to its entry in the audit.
//
// Redeem announces, then acts: it queues this message before it sets the password, so
// that no death in between leaves a password without its notice. Hence the password may
// not be there yet. While it may still come, the message is queued again; if another
// request has set another one, or none comes, there is nothing to do.
func (h handler) passwordSet(ctx context.Context, request work.PasswordSet, owner string) error {
	current, err := h.credentials.WithoutHash(ctx, request.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}

	if current.Generation != request.Generation {
		until := request.Until.Time()
		if h.Now().Before(until) {
			return h.queues.Send(ctx, request, until.Sub(h.Now())+time.Second)
		}
		return nil
	}

	err = h.audit.Ensure(ctx, audit.Entry{
		ID:       request.Generation,
		At:       current.SetAt,
		Actor:    request.Username,
		Action:   audit.Action(request.Action),
		Target:   request.Username,
		SourceIP: request.SourceIP,
		Result:   audit.OK,
	})
	if err != nil {
		return err
	}

	p, ok, err := h.recipients.Get(ctx, request.Key)
	if err != nil || !ok || p.ID != request.UserID {
		return err
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil || targets == nil {
		return err
	}

	e := errand{request: request, owner: owner, to: p, targets: targets[:1], notice: true}
	return h.once(ctx, e, func() (content, error) {
		return h.builtIn(message.PasswordSet, h.Values(p)), nil
	})
}
