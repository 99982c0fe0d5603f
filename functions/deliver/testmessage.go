package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// testMark is before a test's subject.
const testMark = "[Test] "

// testMessage sends a notification's message to the administrator who asked for it: to the first email device that can be used, else by SMS. Nothing can be done by its
// link.
func (h handler) testMessage(ctx context.Context, asked urgent.Message, owner string) error {
	wanted := asked.Test

	p, ok, err := h.recipient(ctx, wanted.Key)
	if err != nil || !ok || p.ID != wanted.UserID {
		return err
	}

	devices := user.SendableDevices(h.reach.Devices)

	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return err
	}

	targets := h.reach.Targets(p, devices, marked)
	if targets == nil {
		return nil
	}

	first := max(
		0,
		slices.IndexFunc(targets, func(t token.Target) bool { return t.Channel == user.Email }),
	)
	values := h.valuesFor(p)
	values.Link, values.ExpiresAt = token.LinkURL(
		h.baseURL,
		token.SampleToken,
	), h.now().
		Add(time.Duration(wanted.LinkLifetime)*time.Second)

	var template *message.Template
	if wanted.Kind != "" {
		template = h.message.BuiltIn(message.Kind(wanted.Kind), values.Language)
	} else if template, err = h.message.Compile(message.Text{Subject: wanted.Subject, Body: wanted.Body, SMS: wanted.SMS}); err != nil {
		var bad *message.Error
		if errors.As(err, &bad) {
			return errors.New("test message: its " + bad.Field + " can't be read")
		}
		return err
	}

	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.postText(ctx, d, targets[first:first+1], "test", template.Titled(testMark), values)
	})
}
