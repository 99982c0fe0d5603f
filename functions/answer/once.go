package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/lease"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// misconfiguredDelay is the time until a message is tried again that the deployment can't
// send as it is set up.
const misconfiguredDelay = 5 * time.Minute

// errand is an urgent message on its way: who is to be sent it, and where.
type errand struct {
	request work.Named
	owner   string // the request that works at it
	to      user.Profile
	targets []token.Target // one message to each
}

// content is what an urgent message says.
type content struct {
	kind     message.BuiltInKind // for the log
	template *message.Template
	values   message.Values
}

// builtIn returns a built-in text.
func (h handler) builtIn(kind message.BuiltInKind, values message.Values) content {
	template := h.Message.BuiltIn(kind, values.Language)
	return content{kind: kind, template: template, values: values}
}

// skip is why nothing is sent: a delivery's reason.
type skip struct{ reason string }

func (s *skip) Error() string { return "skipped: " + s.reason }

// once sends an urgent message to each of its targets that has none yet. One request at a
// time does so, under a lease: announce, then act, with the claim for the announcement. If
// something is left to be sent, the message is queued again.
//
// say is called when there is something to send. It makes the message's link and says its
// text, or returns a *skip. It must bear to be called again for each attempt.
func (h handler) once(ctx context.Context, e errand, say func() (content, error)) error {
	claimed, known, err := h.claim(ctx, e)
	if errors.Is(err, lease.ErrBusy) {
		return h.queues.Send(ctx, e.request, dispatch.Lease)
	}
	if err != nil {
		return err
	}

	left := leftOf(e.targets, known)
	if len(left) == 0 && len(known) > 0 {
		return nil // the request before has died after its last message
	}

	what, err := say()
	var skipped *skip
	if errors.As(err, &skipped) {
		claimed.State = delivery.Skipped
		claimed.Reason = skipped.reason
		claimed.At = clock.Of(h.Now())
		return h.Record(ctx, claimed)
	}
	if err != nil {
		return err
	}

	var open []delivery.Delivery
	attempts := claimed.Attempts - 1 // the claim counts for all, unless none was tried
	delay := dispatch.RetryDelay
	for _, target := range left {
		d := claimed
		d.Name = nextName(claimed.Name, known)
		d.Device = target.Device
		d.Channel = target.Channel

		var answer error
		d, answer, err = h.sendOne(ctx, d, target, what)
		if err != nil {
			return err
		}

		known = append(known, d)
		attempts = max(attempts, d.Attempts)
		if !d.Final() {
			open = append(open, d)
		}
		if errors.Is(answer, carrier.ErrMisconfigured) {
			delay = misconfiguredDelay
		}
	}

	if len(open) == 0 {
		return nil
	}

	claimed.Attempts = attempts
	for i := range open {
		open[i].Attempts = attempts
	}
	if err := h.Deliveries.Release(ctx, claimed, open...); err != nil {
		return err
	}
	return h.queues.Send(ctx, e.request, delay)
}

// claim claims the message's first delivery, which stands for all of them. known are those
// that an earlier request has sent: only after a first claim there can't be any.
func (h handler) claim(
	ctx context.Context, e errand,
) (claimed delivery.Delivery, known []delivery.Delivery, err error) {
	d := delivery.Delivery{
		UserID:   e.to.ID,
		Name:     e.request.DeliveryName(),
		Key:      e.to.Key,
		Username: e.to.Username,
	}

	now := h.Now()
	held := lease.Lease{Owner: e.owner, Until: now.Add(dispatch.Lease)}
	claimed, err = h.Deliveries.Claim(ctx, d, held, now)
	if err != nil || claimed.Attempts == 1 {
		return claimed, nil, err
	}

	series, err := h.Deliveries.Series(ctx, d.UserID, d.Name)
	for _, one := range series {
		if one.Final() {
			known = append(known, one)
		}
	}
	return claimed, known, err
}

// leftOf returns the targets that have no delivery. A message that was skipped went nowhere,
// and nothing of it is left.
func leftOf(targets []token.Target, known []delivery.Delivery) []token.Target {
	var left []token.Target
	for _, target := range targets {
		has := func(d delivery.Delivery) bool {
			return d.Device == target.Device || d.State == delivery.Skipped
		}
		if !slices.ContainsFunc(known, has) {
			left = append(left, target)
		}
	}
	return left
}

// nextName returns the first name of a message's that no delivery has.
func nextName(base delivery.Name, known []delivery.Delivery) delivery.Name {
	for k := 1; ; k++ {
		name := base.Nth(k)
		has := func(d delivery.Delivery) bool { return d.Name == name }
		if !slices.ContainsFunc(known, has) {
			return name
		}
	}
}

// sendOne sends one delivery's message, and records its result if that is final. It returns
// the carrier's answer as well.
func (h handler) sendOne(
	ctx context.Context, d delivery.Delivery, target token.Target, what content,
) (result delivery.Delivery, answer, err error) {
	answer = h.Rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.SendDeadline(ctx))
	if isLimit(answer) {
		d.Attempts-- // waiting is none
		return d, nil, nil
	}
	if answer != nil && !errors.Is(answer, carrier.ErrQuota) {
		return d, nil, answer
	}

	var id string
	if answer == nil {
		id, answer = h.HandOver(ctx, d, target, what.template, what.values)
	}

	if answer != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"kind", what.kind,
			"user", d.UserID,
			"error", answer.Error(),
		)
	}

	result = h.urgentResult(d, id, answer)
	if !result.Final() {
		return result, answer, nil
	}
	return result, answer, h.Record(ctx, result)
}

// urgentResult is ResultOf for an urgent message. A message that somebody waits for can't
// wait for the day's quota or for the account's release: it has failed then. What is wrong
// with the deployment is no message's failure.
func (h handler) urgentResult(d delivery.Delivery, id string, answer error) delivery.Delivery {
	d = h.ResultOf(d, id, answer)
	switch {
	case errors.Is(answer, carrier.ErrQuota):
		d.State = delivery.Failed
		d.Reason = delivery.ReasonQuota
	case errors.Is(answer, carrier.ErrSuspended):
		d.State = delivery.Failed
		d.Reason = delivery.ReasonSuspended
	}
	return d
}
