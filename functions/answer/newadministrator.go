package main

import (
	"context"
	"errors"

	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// administratorsAtOnce is how many administrators one message of the queue tells. The
// message that it queues then tells those after them.
const administratorsAtOnce = 10

// newAdministrator tells each active administrator once that there is a new one, on the
// first device that can be delivered to. The new one isn't told: of a deployment's first
// administrator, there is nobody to tell.
//
// Each administrator has a delivery of their own. So a page that is taken again after a
// death tells only those who weren't told.
func (h handler) newAdministrator(
	ctx context.Context, request work.NewAdministrator, owner string,
) error {
	directory := h.recipients.Directory
	appointed, err := directory.Get(ctx, request.Key)
	if errors.Is(err, store.ErrNotFound) || err == nil && appointed.ID != request.UserID {
		return nil // removed since
	}
	if err != nil {
		return err
	}

	if request.Only != "" {
		return h.tellAdministrator(ctx, request, appointed, request.Only, owner)
	}

	keys, next, err := directory.AdministratorsAfter(ctx, request.After, administratorsAtOnce)
	if err != nil {
		return err
	}

	for _, key := range keys {
		err := h.tellAdministrator(ctx, request, appointed, key, owner)
		if err != nil {
			return err
		}
	}

	if next == "" {
		return nil
	}

	request.After = next
	return h.queues.Send(ctx, request, 0)
}

// tellAdministrator tells one administrator, whose username has the key. If it has to
// wait, a message for this one alone is queued.
func (h handler) tellAdministrator(
	ctx context.Context, request work.NewAdministrator, appointed user.Profile, key, owner string,
) error {
	p, ok, err := h.recipients.Get(ctx, key)
	if err != nil || !ok || !p.Administrator() || p.ID == appointed.ID {
		return err
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil || targets == nil {
		return err
	}

	values := h.Values(p)
	values.Appointment = message.Appointment{
		Administrator: appointed.Username,
		Actor:         request.Actor,
	}

	request.Only = key
	request.After = ""
	e := errand{request: request, owner: owner, to: p, targets: targets[:1], notice: true}
	return h.once(ctx, e, func() (content, error) {
		return h.builtIn(message.NewAdministrator, values), nil
	})
}
