package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// resend sends one user one fresh link, to the first device that can be delivered to: an
// invitation, or a reset if the user is active by now. If the user can't be sent to, the
// delivery is skipped, with the reason that the administrator sees.
func (h handler) resend(ctx context.Context, request work.Resend, owner string) error {
	p, ok, err := h.recipients.Get(ctx, request.Key)
	switch {
	case err != nil:
		return err
	case p.ID != request.UserID: // removed, or somebody else's username by now
		removed := user.Profile{ID: request.UserID, Key: request.Key, Username: request.Key}
		return h.skipResend(ctx, request, removed, owner, delivery.ReasonRemoved)
	case !ok:
		return h.skipResend(ctx, request, p, owner, delivery.ReasonInactive)
	}

	latest, found, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return err
	}

	devices := h.Reach.Default
	if found {
		devices = latest.Devices
	}

	targets, err := h.recipients.Targets(ctx, p, devices)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return h.skipResend(ctx, request, p, owner, h.recipients.WhyUnreachable(p, devices))
	}

	purpose, lifetime, err := h.resendPurpose(ctx, p, request)
	if err != nil {
		return err
	}

	template, err := h.resendTemplate(p, request)
	if err != nil {
		return err
	}

	e := errand{request: request, owner: owner, to: p, targets: targets[:1]}
	return h.once(ctx, e, func() (content, error) {
		link, err := h.PutLatest(ctx, dispatch.Terms{
			User:     p,
			Purpose:  purpose,
			Lifetime: lifetime,
			Targets:  targets[:1],
			Job:      latest.ID,
			Delivery: request.ID,
		})
		return h.holding(link, content{
			kind:     message.Renotification,
			template: template,
			values:   h.ValuesWithLink(p, link),
		}), err
	})
}

// skipResend records that nothing is sent, and why.
func (h handler) skipResend(
	ctx context.Context, request work.Resend, p user.Profile, owner, reason string,
) error {
	e := errand{request: request, owner: owner, to: p}
	return h.once(ctx, e, func() (content, error) { return content{}, &skip{reason} })
}

// resendPurpose returns the purpose and the lifetime of the user's link.
func (h handler) resendPurpose(
	ctx context.Context, p user.Profile, request work.Resend,
) (token.Purpose, time.Duration, error) {
	_, err := h.credentials.WithoutHash(ctx, p.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", 0, err
	}

	active := err == nil
	purpose, lifetime := token.ForUser(active, request.Lifetime.Duration())
	return purpose, lifetime, nil
}

// resendTemplate compiles what the message says: the administrator's text, if there is
// one.
func (h handler) resendTemplate(
	p user.Profile, request work.Resend,
) (*message.Template, error) {
	if request.Body == "" {
		tag, _ := h.Reach.Speech(p)
		return h.Message.BuiltIn(message.Renotification, tag), nil
	}

	text := message.Written{Subject: request.Subject, Body: request.Body, SMS: request.SMS}
	template, err := h.Message.Compile(text)
	if err != nil {
		return nil, errors.New("the text of a link for one user can't be read")
	}
	return template, nil
}
