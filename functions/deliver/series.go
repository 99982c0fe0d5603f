package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// once has the message's deliveries done by one request at a time, and none of them again after it is done. do is given the first that isn't, which is in hand.
func (h handler) once(
	ctx context.Context,
	asked urgent.Message,
	p user.Profile,
	owner string,
	do func(delivery.Delivery) (delivery.Delivery, error),
) error {
	series, err := h.Deliveries.Series(ctx, p.ID, asked.ID, len(h.reach.Devices))
	if err != nil {
		return err
	}

	name := asked.ID
	if first := slices.IndexFunc(
		series,
		func(d delivery.Delivery) bool { return !d.Final() },
	); first >= 0 {
		name = series[first].Notification
	}

	d := delivery.Delivery{UserID: p.ID, Notification: name, Key: p.Key, Username: p.Username}

	d, done, err := h.Deliveries.Claim(ctx, d, owner, h.now(), h.now().Add(deliveryLease))
	if errors.Is(err, delivery.ErrBusy) {
		return h.urgent.Send(ctx, asked, deliveryLease)
	}
	if err != nil || done {
		return err
	}

	d, err = do(d)
	if err != nil {
		return err
	}

	if d.LeaseOwner != "" { // else post has kept it
		if _, err := h.recordAll(ctx, d); err != nil {
			return err
		}
	}

	if !d.Final() {
		return h.urgent.Send(ctx, asked, retryDelay)
	}
	return nil
}

// post sends one message to each target that has none yet, and keeps what became of each in a delivery of its own: d, which is in hand, is the first or, where
// some are done already, the first that is left. Which device is which is decided the first time. The answer is final if all are.
func (h handler) post(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
	kind message.Kind,
	values message.Values,
) (delivery.Delivery, error) {
	return h.postText(ctx, d, targets, kind, h.message.BuiltIn(kind, values.Language), values)
}

// postText is post with a text of its own.
func (h handler) postText(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
	kind message.Kind,
	template *message.Template,
	values message.Values,
) (delivery.Delivery, error) {
	series, err := h.assign(ctx, d, targets)
	if err != nil {
		return d, err
	}
	// d is sent last: as long as it isn't, its lease keeps other requests away from all of them.
	if i := slices.IndexFunc(
		series,
		func(one delivery.Delivery) bool { return one.Notification == d.Notification },
	); i >= 0 {
		series = append(slices.Concat(series[:i], series[i+1:]), series[i])
	}

	var result delivery.Delivery
	for _, one := range series {
		if !one.Final() {
			if one, err = h.postOne(
				ctx,
				one,
				one.Notification == d.Notification,
				targets,
				kind,
				template,
				values,
			); err != nil {
				return d, err
			}
		}

		if result.State == "" ||
			result.Final() && (!one.Final() || !result.Through() && one.Through()) {
			result = one
		}
	}

	result.LeaseOwner = ""
	return result, nil
}

// assign gives the message's deliveries. Before the first is sent there is one for each target: d gets its device last, which says that the others are there.
func (h handler) assign(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
) ([]delivery.Delivery, error) {
	if d.Device != "" {
		base, _ := delivery.Base(d.Notification)
		return h.Deliveries.Series(ctx, d.UserID, base, len(h.reach.Devices))
	}

	series := make([]delivery.Delivery, len(targets))
	for i, target := range targets {
		one := d
		if i > 0 {
			one.Notification, one.Attempts, one.LeaseOwner, one.LeaseUntil = delivery.Nth(
				d.Notification,
				i+1,
			), 0, "", 0
		}

		one.Device, one.Channel = target.Device, target.Channel
		series[i] = one
	}

	if err := h.Deliveries.PutMany(ctx, series[1:]); err != nil {
		return nil, err
	}
	return series, h.Deliveries.PutMany(ctx, series[:1])
}

// postOne sends the message of one delivery, to its device if that is still a target. counted says that the attempt is counted already.
func (h handler) postOne(
	ctx context.Context,
	d delivery.Delivery,
	counted bool,
	targets []token.Target,
	kind message.Kind,
	template *message.Template,
	values message.Values,
) (delivery.Delivery, error) {
	i := slices.IndexFunc(targets, func(t token.Target) bool { return t.Device == d.Device })
	if i < 0 {
		d.State, d.Reason, d.At = delivery.Skipped, delivery.ReasonNoDevice, h.now().UnixMilli()
		return h.recordOne(ctx, d)
	}

	target, attempts := targets[i], d.Attempts
	err := h.rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.sendDeadline(ctx))

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		return h.recordOne(ctx, d) // what is unsent goes back as a new message
	}
	if err != nil && !errors.Is(err, carrier.ErrQuota) {
		return d, err
	}

	var id string
	if err == nil {
		id, err = h.handOver(ctx, d, target, template, values)
	}

	if err != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"kind",
			kind,
			"user",
			d.UserID,
			"error",
			err.Error(),
		)
	}

	if counted {
		d.Attempts--
	}

	d = h.resultOf(d, id, err)
	if counted { // also where the carrier was too fast: what was done at the first attempt stays done
		d.Attempts = max(d.Attempts, attempts)
	}

	switch {
	case errors.Is(err, carrier.ErrQuota):
		d.State, d.Reason = delivery.Failed, delivery.ReasonQuota
	case errors.Is(err, carrier.ErrSuspended):
		d.State, d.Reason = delivery.Failed, delivery.ReasonSuspended
	}

	return h.recordOne(ctx, d)
}
