package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// fallback is a notification that may go on to a user's next device, after a message to
// them did not arrive.
type fallback struct {
	request      work.Fallback
	job          job.Job
	notification notification.Notification
	profile      user.Profile
	link         token.Link          // the user's latest invitation
	tried        []delivery.Delivery // in the order of the tries
	next         delivery.Delivery   // to the next device; it may be stored already
}

// fallBack sends a notification's message to the user's next device, after the one to the
// device before did not arrive. It does nothing if the user has had a newer link since,
// or is not pending any more. If no device is left, it records that the job can't reach
// the user.
//
// Events come more than once, so this may be asked more than once. The next delivery has
// a name that follows from the one before, and is claimed under a lease. So it is sent
// once, unless a request dies between sending and recording: each such death sends an SMS
// once more, since no event tells of it, and an email only if its event is late.
func (h handler) fallBack(
	ctx context.Context, request work.Fallback, owner string,
) error {
	// Other jobs may use the address that bounced, too.
	err := h.checkReach(ctx, work.CheckReach{UserID: request.UserID})
	if err != nil {
		return err
	}

	f, ok, err := h.readFallback(ctx, request)
	if err != nil || !ok {
		return err
	}

	due, err := h.fallbackDue(ctx, &f)
	if err != nil || !due {
		return err
	}

	target, found, err := h.nextTarget(ctx, f)
	if err != nil {
		return err
	}
	if !found {
		m := member.Member{JobID: f.job.ID, Key: f.profile.Key, UserID: f.profile.ID}
		return h.members.MarkUndeliverable(ctx, m, true)
	}

	// The rate comes before the claim: a claim counts an attempt, and waiting is none.
	delay, err := h.awaitFallback(ctx, target.Channel)
	if err != nil {
		return err
	}
	if delay > 0 {
		return h.fallBackLater(ctx, request, delay)
	}

	f.next.Device = target.Device
	f.next.Channel = target.Channel

	held := lease.Lease{Owner: owner, Until: h.Now().Add(dispatch.Lease)}
	d, err := h.Deliveries.Claim(ctx, f.next, held, h.Now())
	var busy *lease.BusyError
	if errors.As(err, &busy) {
		return h.fallBackLater(ctx, request, busy.Until.Sub(h.Now()))
	}
	if err != nil {
		return err
	}

	if d.Attempts > 1 {
		// Another request had claimed it, and may have sent it since this one looked.
		due, err := h.fallbackDue(ctx, &f)
		if err != nil || !due {
			return err
		}
	}
	return h.sendFallback(ctx, f, d, target)
}

// awaitFallback waits until one message may be sent. If that isn't within this invocation,
// it returns after which delay it may be.
func (h handler) awaitFallback(
	ctx context.Context, channel user.Channel,
) (delay time.Duration, err error) {
	var tooMany *limit.TooManyError
	err = h.Rate.Wait(ctx, channel, carrier.Bulk, 1, h.SendDeadline(ctx))
	switch {
	case errors.As(err, &tooMany):
		return tooMany.After, nil
	case errors.Is(err, carrier.ErrQuota):
		return pauseFor, nil
	}
	return 0, err
}

// fallBackLater queues a fallback again. The delay is at most work.MaxDelay.
func (h handler) fallBackLater(
	ctx context.Context, request work.Fallback, delay time.Duration,
) error {
	return h.queues.Send(ctx, request, delay)
}

// readFallback reads the job, the notification, the user and their link. ok is false if
// the notification must not go on: the job is deleted, the notification cancelled, or the
// user removed, inactive or active by now.
func (h handler) readFallback(
	ctx context.Context, request work.Fallback,
) (f fallback, ok bool, err error) {
	f.request = request

	f.job, err = h.jobs.Get(ctx, request.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}

	f.notification, err = h.notifications.Text(ctx, request.JobID, request.Number)
	if err != nil || f.notification.Status == notification.Cancelled {
		return f, false, err
	}

	// The link was stored before its message left, so it is there, and tells whose it is.
	f.link, err = h.Tokens.Link(ctx, request.UserID, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}

	f.profile, ok, err = h.recipients.Get(ctx, f.link.Username)
	if err != nil || !ok || f.profile.ID != request.UserID {
		return f, false, err
	}

	_, err = h.judge.Credentials.WithoutHash(ctx, f.profile.ID)
	if errors.Is(err, store.ErrNotFound) {
		return f, true, nil
	}
	return f, false, err // nil for an active user
}

// fallbackDue reads which devices were tried, and sets the delivery to the next one. It
// reports whether that delivery is still to be sent: the last one did not arrive, and its
// link is the latest that the user has.
func (h handler) fallbackDue(ctx context.Context, f *fallback) (due bool, err error) {
	base, k := f.request.Delivery.Base()

	series, err := h.Deliveries.Series(ctx, f.profile.ID, base)
	if err != nil || len(series) < k || series[k-1].Name != f.request.Delivery {
		return false, err
	}

	// A message that the carrier refused is followed by the next one at once, by a
	// request of its own. That one may have died, so this one passes over what was
	// refused.
	for len(series) > k && series[k].State == delivery.Failed {
		k++
	}

	last := series[k-1]
	f.tried = series[:k]
	f.next = delivery.Delivery{
		UserID:   f.profile.ID,
		Name:     base.Nth(k + 1),
		Part:     last.Part,
		Key:      f.profile.Key,
		Username: f.profile.Username,
	}

	if len(series) > k && series[k].Final() {
		return false, nil
	}

	bounced := last.State == delivery.Bounced && delivery.NotArrived(last.Reason)
	refused := last.State == delivery.Failed

	// The latest link is one of this notification's, or the one before: the link of a
	// refused message was taken back. A request that died may have made the next one.
	of, _ := f.link.Delivery.Base()
	latest := of == base || refused && f.link.SentAt < last.At
	return latest && (bounced || refused), nil
}

// nextTarget returns the first of the notification's devices that can be delivered to and
// was not tried. It returns false if none is left.
func (h handler) nextTarget(ctx context.Context, f fallback) (token.Target, bool, error) {
	targets, err := h.recipients.Targets(ctx, f.profile, f.notification.Devices)
	if err != nil {
		return token.Target{}, false, err
	}

	for _, target := range targets {
		if !f.wasTried(target) {
			return target, true, nil
		}
	}
	return token.Target{}, false, nil
}

// wasTried reports whether a message went to the target's device, or to its address.
func (f fallback) wasTried(target token.Target) bool {
	return slices.ContainsFunc(f.tried, func(d delivery.Delivery) bool {
		sameAddress := strings.EqualFold(f.profile.Address(d.Device), target.Address)
		return d.Device == target.Device || d.Channel == target.Channel && sameAddress
	})
}

// sendFallback sends a fresh link to the next device. d is its claimed delivery.
//
// The link must succeed exactly the one that was read: if another came in between, it has
// a message of its own, and this one is skipped.
func (h handler) sendFallback(
	ctx context.Context, f fallback, d delivery.Delivery, target token.Target,
) error {
	to := []dispatch.Addressee{{User: f.profile, Target: target}}
	shared, err := h.recipients.Shared(ctx, to)
	if err != nil {
		return err
	}

	link, err := h.PutSuccessor(ctx, dispatch.Terms{
		User:     f.profile,
		Purpose:  token.Invite,
		Lifetime: f.notification.LinkLifetime.Duration(),
		Targets:  []token.Target{target},
		Job:      f.job.ID,
		Delivery: d.Name,
		Renewal:  f.job.LinkLifetime.Duration(),
	}, f.link)
	if errors.Is(err, store.ErrCondition) {
		d.State = delivery.Skipped
		d.Reason = delivery.ReasonReached
		d.At = clock.Of(h.Now())
		return h.Record(ctx, d)
	}
	if err != nil {
		return err
	}

	templates, err := h.templates(f.notification)
	if err != nil {
		return err
	}

	values := h.ValuesWithLink(f.profile, link)
	values.AddressShared = shared[0]
	id, answer := h.HandOver(ctx, d, target, templates(values.Language, link), values)
	if answer != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"job", f.job.ID,
			"notification", f.notification.Number,
			"user", d.UserID,
			"error", answer.Error(),
		)
	}

	if carrier.NotSent(answer) {
		err := h.TakeBack(ctx, link)
		if err != nil {
			return err
		}
	}

	result := h.ResultOf(d, id, answer)
	err = h.Record(ctx, result)
	if err != nil {
		return err
	}
	return h.followFallback(ctx, f.request, result, answer)
}

// followFallback queues what comes after a message to the next device: the same again if
// it is still to be sent, or the device after it if the carrier has refused it for good.
func (h handler) followFallback(
	ctx context.Context, request work.Fallback, d delivery.Delivery, answer error,
) error {
	switch {
	case d.State == delivery.Failed:
		request.Delivery = d.Name
		return h.fallBackLater(ctx, request, 0)
	case d.Final():
		return nil
	case carrier.Stops(answer):
		return h.fallBackLater(ctx, request, pauseFor)
	}
	return h.fallBackLater(ctx, request, dispatch.RetryDelay)
}
