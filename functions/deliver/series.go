package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

type dispatch struct {
	kind     message.Kind // for the log
	template *message.Template
	values   message.Values
	targets  []token.Target // one message to each
}

func (h handler) builtIn(
	kind message.Kind, values message.Values, targets []token.Target,
) dispatch {
	template := h.message.BuiltIn(kind, values.Language)
	return dispatch{kind: kind, template: template, values: values, targets: targets}
}

// once has the message's deliveries done by one request at a time, and none of them again
// after it is done. do is given the first that isn't, which is in hand.
func (h handler) once(
	ctx context.Context,
	request urgent.Message,
	p user.Profile,
	owner string,
	do func(delivery.Delivery) (delivery.Delivery, error),
) error {
	series, err := h.Deliveries.Series(ctx, p.ID, request.ID, len(h.reach.Devices))
	if err != nil {
		return err
	}

	name := request.ID
	for _, d := range series {
		if !d.Final() {
			name = d.Notification
			break
		}
	}

	d := delivery.Delivery{UserID: p.ID, Notification: name, Key: p.Key, Username: p.Username}

	d, done, err := h.Deliveries.Claim(ctx, d, owner, h.now(), h.now().Add(deliveryLease))
	if errors.Is(err, delivery.ErrBusy) {
		return h.urgent.Send(ctx, request, deliveryLease)
	}
	if err != nil || done {
		return err
	}

	d, err = do(d)
	if err != nil {
		return err
	}

	if d.LeaseOwner != "" {
		_, err := h.recordAll(ctx, d)
		if err != nil {
			return err
		}
	}

	if !d.Final() {
		return h.urgent.Send(ctx, request, retryDelay)
	}
	return nil
}

// dispatchAll sends one message to each target that has none yet, and keeps what became
// of each in a delivery of its own: d, which is in hand, is the first or, where some are
// done already, the first that is left. Which device is which is decided the first time.
// The answer is final if all are.
func (h handler) dispatchAll(
	ctx context.Context, claimed delivery.Delivery, what dispatch,
) (delivery.Delivery, error) {
	series, err := h.assignTargets(ctx, claimed, what.targets)
	if err != nil {
		return claimed, err
	}

	isClaimed := func(d delivery.Delivery) bool { return d.Notification == claimed.Notification }
	if i := slices.IndexFunc(series, isClaimed); i >= 0 {
		series = append(slices.Concat(series[:i], series[i+1:]), series[i])
	}

	var overall delivery.Delivery
	for _, d := range series {
		if !d.Final() {
			d, err = h.dispatchOne(ctx, d, isClaimed(d), what)
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

func speaksBefore(d, other delivery.Delivery) bool {
	if !other.Final() {
		return false
	}
	return !d.Final() || d.Through() && !other.Through()
}

// assignTargets gives the message's deliveries. Before the first is sent there is one for
// each target: d gets its device last, which says that the others are there.
func (h handler) assignTargets(
	ctx context.Context, claimed delivery.Delivery, targets []token.Target,
) ([]delivery.Delivery, error) {
	if claimed.Device != "" {
		base, _ := delivery.Base(claimed.Notification)
		return h.Deliveries.Series(ctx, claimed.UserID, base, len(h.reach.Devices))
	}

	series := make([]delivery.Delivery, len(targets))
	for i, target := range targets {
		d := claimed
		if i > 0 {
			d.Notification = delivery.Nth(claimed.Notification, i+1)
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

// dispatchOne sends the message of one delivery, to its device if that is still a target.
// counted says that the attempt is counted already.
func (h handler) dispatchOne(
	ctx context.Context, d delivery.Delivery, claimed bool, what dispatch,
) (delivery.Delivery, error) {
	isDevice := func(t token.Target) bool { return t.Device == d.Device }
	i := slices.IndexFunc(what.targets, isDevice)
	if i < 0 {
		d.State = delivery.Skipped
		d.Reason = delivery.ReasonNoDevice
		d.At = h.now().UnixMilli()
		return h.recordOne(ctx, d)
	}

	target := what.targets[i]
	err := h.rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.sendDeadline(ctx))
	if isLimit(err) {
		return h.recordOne(ctx, d) // still queued: the message is queued again
	}
	if err != nil && !errors.Is(err, carrier.ErrQuota) {
		return d, err
	}

	var id string
	if err == nil {
		id, err = h.handOver(ctx, d, target, what.template, what.values)
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
	return h.recordOne(ctx, result)
}

func (h handler) urgentResult(
	d delivery.Delivery, claimed bool, id string, answer error,
) delivery.Delivery {
	attempts := d.Attempts
	if claimed {
		d.Attempts-- // both the claim and resultOf count this attempt
	}

	d = h.resultOf(d, id, answer)
	if claimed {
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
