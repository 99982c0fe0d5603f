package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// onward is a notification that may go on to a user's next device.
type onward struct {
	asked        notification.Fallback
	job          job.Job
	notification notification.Notification
	profile      user.Profile
	link         token.Link
	tried        []delivery.Delivery // in the order of the tries
	next         delivery.Delivery   // to be made, or made by a request that died
}

// fallback goes on to the user's next device after a message of a notification did not arrive: if that message is still the latest that he was sent, and he is
// still pending. The next device's delivery is made once, whoever asks and how often; where no device is left, the membership says so.
func (h handler) fallback(ctx context.Context, asked notification.Fallback, owner string) error {
	// The address that bounced may be in other jobs' way as well.
	if err := h.reachable(ctx, urgent.Reach{Key: asked.Key, UserID: asked.UserID}); err != nil {
		return err
	}

	o, ok, err := h.onward(ctx, asked)
	if err != nil || !ok {
		return err
	}

	target, ok, err := h.nextTarget(ctx, o)
	if err != nil {
		return err
	}

	if !ok {
		return h.members.MarkUndeliverable(
			ctx,
			member.Member{JobID: o.job.ID, Key: o.profile.Key, UserID: o.profile.ID},
			true,
		)
	}

	err = h.rate.Wait(ctx, target.Channel, carrier.Bulk, 1, h.latest(ctx))

	var tooMany *limit.TooManyError
	switch {
	case errors.As(err, &tooMany):
		return h.bulk.Send(ctx, notification.BulkMessage{Fallback: &asked}, tooMany.After)
	case errors.Is(err, carrier.ErrQuota):
		return h.bulk.Send(ctx, notification.BulkMessage{Fallback: &asked}, pauseFor)
	case err != nil:
		return err
	}

	d := o.next
	d.Device, d.Channel = target.Device, target.Channel

	d, done, err := h.Deliveries.Claim(ctx, d, owner, h.now(), h.now().Add(urgentLease))
	if errors.Is(err, delivery.ErrBusy) {
		return h.bulk.Send(ctx, notification.BulkMessage{Fallback: &asked}, urgentLease)
	}
	if err != nil || done {
		return err
	}
	return h.sendOnward(ctx, o, d, target)
}

// onward reads what there is to know, and says whether the notification may go on.
func (h handler) onward(
	ctx context.Context,
	asked notification.Fallback,
) (o onward, ok bool, err error) {
	o.asked = asked
	if o.job, err = h.jobs.Get(ctx, asked.JobID); errors.Is(err, store.ErrNotFound) {
		return o, false, nil // deleted
	} else if err != nil {
		return o, false, err
	}

	if o.notification, err = h.notifications.Text(
		ctx,
		asked.JobID,
		asked.Number,
	); err != nil ||
		o.notification.Status == notification.Cancelled {
		return o, false, err
	}

	if o.profile, ok, err = h.holder(
		ctx,
		asked.Key,
	); err != nil || !ok ||
		o.profile.ID != asked.UserID {
		return o, false, err
	}

	if _, err = h.Credentials.Generation(ctx, o.profile.ID); !errors.Is(err, store.ErrNotFound) {
		return o, false, err // nil for a user who is active
	}

	if o.link, err = h.Tokens.Link(
		ctx,
		o.profile.ID,
		token.Invite,
	); errors.Is(
		err,
		store.ErrNotFound,
	) {
		return o, false, nil
	} else if err != nil {
		return o, false, err
	}

	base, k := delivery.Base(asked.Delivery)

	series, err := h.Deliveries.Series(ctx, o.profile.ID, base, len(h.reach.Devices)+1)
	if err != nil || len(series) < k || series[k-1].Notification != asked.Delivery {
		return o, false, err
	}
	// A message that the carrier refused is gone on from at once, unless the request died that was to see to it.
	for len(series) > k && series[k].State == delivery.Failed {
		k++
	}

	o.tried = series[:k]
	last := series[k-1]
	o.next = delivery.Delivery{
		UserID:       o.profile.ID,
		Notification: delivery.Nth(base, k+1),
		Part:         last.Part,
		Key:          o.profile.Key,
		Username:     o.profile.Username,
	}

	begun := len(series) > k
	if begun && series[k].Final() {
		return o, false, nil
	}
	// A request that died may have made the next device's link already.
	latest := o.link.Notification == last.Notification ||
		begun && o.link.Notification == o.next.Notification
	notArrived := last.State == delivery.Bounced && delivery.NotArrived(last.Reason) ||
		k > 1 && last.State == delivery.Failed
	return o, latest && notArrived, nil
}

// nextTarget gives the first of the notification's devices that was not tried, by its name or its address, and can be delivered to.
func (h handler) nextTarget(ctx context.Context, o onward) (token.Target, bool, error) {
	marked, err := h.reach.Marks(
		ctx,
		h.addresses,
		[]user.Profile{o.profile},
		o.notification.Devices,
	)
	if err != nil {
		return token.Target{}, false, err
	}

	for _, target := range h.reach.Targets(o.profile, o.notification.Devices, marked) {
		if !slices.ContainsFunc(o.tried, func(d delivery.Delivery) bool {
			return d.Device == target.Device ||
				d.Channel == target.Channel && o.profile.Address(d.Device) == target.Address
		}) {
			return target, true, nil
		}
	}

	return token.Target{}, false, nil
}

// sendOnward sends a fresh link to the next device, and records what became of it. A device whose message the carrier refuses for good is gone on from as from
// one that bounced.
func (h handler) sendOnward(
	ctx context.Context,
	o onward,
	d delivery.Delivery,
	target token.Target,
) error {
	again := notification.BulkMessage{Fallback: &o.asked}
	secret, made := h.newLink(
		o.profile,
		token.Invite,
		time.Duration(o.notification.LinkLifetime)*time.Second,
		[]token.Target{target},
	)
	made.Job, made.Notification, made.Lifetime = o.job.ID, d.Notification, o.job.LinkLifetime

	err := h.Tokens.Succeed(ctx, made, &o.link)
	if errors.Is(err, store.ErrCondition) {
		// Another link came in between, with a message of its own; or it was used.
		d.State, d.Reason, d.At = delivery.Skipped, delivery.ReasonReached, h.now().UnixMilli()
		_, err := h.keep(ctx, d)
		return err
	}

	if err != nil {
		return err
	}

	template, err := h.template(o.notification)
	if err != nil {
		return err
	}

	values := h.values(o.profile)
	values.Link, values.ExpiresAt = token.LinkURL(
		h.baseURL,
		secret.Reveal(),
	), time.UnixMilli(
		made.ExpiresAt,
	)

	id, err := h.hand(ctx, target, template(values.Language), values, tags(d))
	if err != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"job",
			o.job.ID,
			"notification",
			o.notification.Number,
			"user",
			d.UserID,
			"error",
			err.Error(),
		)
	}

	wait := retryDelay
	if errors.Is(err, carrier.ErrQuota) || errors.Is(err, carrier.ErrSuspended) {
		wait = pauseFor
	}

	if carrier.NotTaken(err) {
		if err := h.Tokens.Undo(ctx, made, &o.link); err != nil {
			return err
		}
	}

	d.Attempts-- // the claim has counted this one, and so does record

	kept, err := h.keep(ctx, h.record(d, id, err))
	if err != nil {
		return err
	}

	switch d = kept[0]; {
	case !d.Final():
		return h.bulk.Send(ctx, again, wait)
	case d.State == delivery.Failed:
		o.asked.Delivery = d.Notification
		return h.bulk.Send(ctx, notification.BulkMessage{Fallback: &o.asked}, 0)
	}

	return nil
}
