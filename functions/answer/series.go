package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/lease"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// outgoing is what an urgent message says, and where it goes.
type outgoing struct {
	kind     message.Kind // for the log
	template *message.Template
	values   message.Values
	targets  []token.Target // one message to each
}

// builtIn returns a message with a built-in text.
func (h handler) builtIn(
	kind message.Kind, values message.Values, targets []token.Target,
) outgoing {
	template := h.Message.BuiltIn(kind, values.Language)
	return outgoing{kind: kind, template: template, values: values, targets: targets}
}

// once calls do for an urgent message, unless all its deliveries are final. One request
// at a time does so: do is given the first delivery that isn't final, which is claimed
// under a lease, and the lease holds for the others as well.
//
// do returns the delivery as it is afterwards. While that isn't final, the message is
// queued again. do must bear to be called again for each attempt.
func (h handler) once(
	ctx context.Context,
	request work.Named,
	p user.Profile,
	owner string,
	do func(delivery.Delivery) (delivery.Delivery, error),
) error {
	series, err := h.Deliveries.Series(ctx, p.ID, request.DeliveryName(), len(h.Reach.Devices))
	if err != nil {
		return err
	}

	name := request.DeliveryName()
	for _, d := range series {
		if !d.Final() {
			name = d.Notification
			break
		}
	}

	d := delivery.Delivery{UserID: p.ID, Notification: name, Key: p.Key, Username: p.Username}

	held := lease.Lease{Owner: owner, Until: h.Now().Add(dispatch.Lease)}
	d, done, err := h.Deliveries.Claim(ctx, d, held, h.Now())
	if errors.Is(err, lease.ErrBusy) {
		return h.queues.Send(ctx, request, dispatch.Lease)
	}
	if err != nil || done {
		return err
	}

	d, err = do(d)
	if err != nil {
		return err
	}

	// Without an owner, sendAll has recorded it already, and ended the lease.
	if d.LeaseOwner != "" {
		_, err := h.Record(ctx, d)
		if err != nil {
			return err
		}
	}

	if !d.Final() {
		return h.queues.Send(ctx, request, dispatch.RetryDelay)
	}
	return nil
}

// sendAll sends one message to each target that has none yet. Each target has a
// delivery of its own, and which target has which is decided at the first attempt.
// claimed is the delivery that the request has claimed: the first that isn't final.
//
// It returns the delivery that speaks for all: one that isn't final, if there is one;
// otherwise one whose message got through; otherwise the first of the others.
func (h handler) sendAll(
	ctx context.Context, claimed delivery.Delivery, what outgoing,
) (delivery.Delivery, error) {
	series, err := h.assignTargets(ctx, claimed, what.targets)
	if err != nil {
		return claimed, err
	}

	// The claimed one is sent last: recording it ends the lease, which keeps other
	// requests away from all of them.
	isClaimed := func(d delivery.Delivery) bool { return d.Notification == claimed.Notification }
	if i := slices.IndexFunc(series, isClaimed); i >= 0 {
		series = append(slices.Concat(series[:i], series[i+1:]), series[i])
	}

	var overall delivery.Delivery
	for _, d := range series {
		if !d.Final() {
			d, err = h.sendOne(ctx, d, isClaimed(d), what)
			if err != nil {
				return claimed, err
			}
		}

		if overall.State == "" || speaksBefore(d, overall) {
			overall = d
		}
	}

	overall.LeaseOwner = ""
	return overall, nil
}

// speaksBefore reports whether a delivery says more about the whole message than another
// one: that something is still to be sent, or that something got through.
func speaksBefore(d, other delivery.Delivery) bool {
	if !other.Final() {
		return false
	}
	return !d.Final() || d.Through() && !other.Through()
}

// assignTargets returns the message's deliveries, one for each target. Announce, then
// act: they are stored before the first message leaves, the claimed one last. So once the
// claimed one has a device, all the others are there, and a request after a death finds
// who was to be sent what.
func (h handler) assignTargets(
	ctx context.Context, claimed delivery.Delivery, targets []token.Target,
) ([]delivery.Delivery, error) {
	if claimed.Device != "" {
		base, _ := claimed.Notification.Base()
		return h.Deliveries.Series(ctx, claimed.UserID, base, len(h.Reach.Devices))
	}

	series := make([]delivery.Delivery, len(targets))
	for i, target := range targets {
		d := claimed
		if i > 0 {
			d.Notification = claimed.Notification.Nth(i + 1)
			d.Attempts = 0
			d.LeaseOwner = ""
			d.LeaseUntil = 0
		}

		d.Device = target.Device
		d.Channel = target.Channel
		series[i] = d
	}

	err := h.Deliveries.PutMany(ctx, series[1:])
	if err != nil {
		return nil, err
	}
	return series, h.Deliveries.PutMany(ctx, series[:1])
}

// sendOne sends one delivery's message and records its result. The delivery is
// skipped if its device is no target any more. claimed reports whether the delivery was
// claimed, which has counted the attempt already.
func (h handler) sendOne(
	ctx context.Context, d delivery.Delivery, claimed bool, what outgoing,
) (delivery.Delivery, error) {
	isDevice := func(t token.Target) bool { return t.Device == d.Device }
	i := slices.IndexFunc(what.targets, isDevice)
	if i < 0 {
		d.State = delivery.Skipped
		d.Reason = delivery.ReasonNoDevice
		d.At = h.Now().UnixMilli()
		return h.Record(ctx, d)
	}

	target := what.targets[i]
	err := h.Rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.SendDeadline(ctx))
	if isLimit(err) {
		return h.Record(ctx, d) // still queued: the message is queued again
	}
	if err != nil && !errors.Is(err, carrier.ErrQuota) {
		return d, err
	}

	var id string
	if err == nil {
		id, err = h.HandOver(ctx, d, target, what.template, what.values)
	}

	if err != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"kind", what.kind,
			"user", d.UserID,
			"error", err.Error(),
		)
	}

	result := h.urgentResult(d, claimed, id, err)
	return h.Record(ctx, result)
}

// urgentResult is ResultOf for an urgent message. A message that somebody waits for can't
// wait for the day's quota or for the account's release: it has failed then.
func (h handler) urgentResult(
	d delivery.Delivery, claimed bool, id string, answer error,
) delivery.Delivery {
	attempts := d.Attempts
	if claimed {
		d.Attempts-- // both the claim and ResultOf count this attempt
	}

	d = h.ResultOf(d, id, answer)
	if claimed {
		// The claim's attempt counts even if the carrier was too fast: what is done at
		// the first attempt only, such as taking from a limit, is not to be done again.
		d.Attempts = max(d.Attempts, attempts)
	}

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
