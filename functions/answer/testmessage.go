package main

import (
	"context"
	"errors"
	"slices"

	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// testMark stands before a test message's subject.
const testMark = "[Test] "

// testMessage sends a notification's message to the administrator who asked for it, and
// to nobody else: to their first email device that can be delivered to, or by SMS if they
// have none. Its link holds no token, so it makes none.
func (h handler) testMessage(ctx context.Context, request work.Test, owner string) error {
	p, ok, err := h.recipients.Get(ctx, request.Key)
	if err != nil || !ok || p.ID != request.UserID {
		return err
	}

	devices := user.SendableDevices(h.Reach.Devices)
	targets, err := h.recipients.Targets(ctx, p, devices)
	if err != nil || targets == nil {
		return err
	}

	isEmail := func(t token.Target) bool { return t.Channel == user.Email }
	first := max(0, slices.IndexFunc(targets, isEmail))

	values := h.Values(p)
	values.Link = token.LinkURL(h.BaseURL, token.SampleToken)
	values.ExpiresAt = h.Now().Add(request.LinkLifetime.Duration())

	template, err := h.testTemplate(request, values)
	if err != nil {
		return err
	}

	e := errand{request: request, owner: owner, to: p, targets: targets[first : first+1]}
	return h.once(ctx, e, func() (content, error) {
		return content{kind: "test", template: template.Titled(testMark), values: values}, nil
	})
}

// testTemplate compiles what the message says. An error names the field that can't be
// read, and leaves out its text.
func (h handler) testTemplate(
	request work.Test, values message.Values,
) (*message.Template, error) {
	if request.Kind != "" {
		return h.Message.BuiltIn(message.BuiltInKind(request.Kind), values.Language), nil
	}

	text := message.Written{Subject: request.Subject, Body: request.Body, SMS: request.SMS}
	template, err := h.Message.Compile(text)

	var bad *message.Error
	if errors.As(err, &bad) {
		return nil, errors.New("test message: its " + bad.Field + " can't be read")
	}
	return template, err
}
