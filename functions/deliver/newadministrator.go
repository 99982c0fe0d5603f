package main

import (
	"context"
	"errors"

	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// announcedAtOnce is how many administrators one message tells, before another goes on.
const announcedAtOnce = 10

// newAdministrator tells the active administrators that there is a new one, each once, on the first device that can be used. The new one isn't told: the
// first of a deployment has nobody to tell.
func (h handler) newAdministrator(ctx context.Context, asked urgent.Message, owner string) error {
	event := *asked.NewAdministrator

	appointed, err := h.Directory.Get(ctx, event.Key)
	if errors.Is(err, store.ErrNotFound) || err == nil && appointed.ID != event.UserID {
		return nil // removed since
	}
	if err != nil {
		return err
	}

	tell := func(key string) error {
		one := event
		one.Only, one.After = key, "" // should it have to wait, it is this one's message that comes back
		return h.announce(
			ctx,
			urgent.Message{ID: asked.ID, NewAdministrator: &one},
			appointed,
			owner,
		)
	}
	if event.Only != "" {
		return tell(event.Only)
	}

	keys, next, err := h.Directory.AdministratorsAfter(ctx, event.After, announcedAtOnce)
	if err != nil {
		return err
	}

	for _, key := range keys {
		if err := tell(key); err != nil {
			return err
		}
	}

	if next == "" {
		return nil
	}

	event.After = next
	return h.urgent.Send(ctx, urgent.Message{ID: asked.ID, NewAdministrator: &event}, 0)
}

// announce tells one administrator.
func (h handler) announce(
	ctx context.Context,
	asked urgent.Message,
	appointed user.Profile,
	owner string,
) error {
	p, ok, err := h.recipient(ctx, asked.NewAdministrator.Only)
	if err != nil || !ok || !p.Administrator() || p.ID == appointed.ID {
		return err
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil || targets == nil {
		return err
	}

	values := h.valuesFor(p)
	values.Appointment = message.Appointment{
		Administrator: appointed.Username,
		Actor:         asked.NewAdministrator.Actor,
	}

	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.post(ctx, d, targets[:1], message.NewAdministrator, values)
	})
}
