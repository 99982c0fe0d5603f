package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// pauseFor is the time until a notification is tried again that can't be sent. SES counts
// its quota over the last 24 hours, so some of it may be free again at any moment.
const pauseFor = 15 * time.Minute

// batch is what one request knows of the batch that it has claimed. Its counts and what
// follows them change while the messages are sent; they are stored when the batch is
// released or finished.
type batch struct {
	notification.BatchRef
	job          job.Job
	notification notification.Notification
	templates    templateFor
	held         lease.Lease
	resumed      bool // the request before has died: who has a result is to be looked up
	counts       notification.Counts
	open         []notification.Open // users without a result
	again        bool                // the open are tried again
	retryAfter   time.Duration       // until then
	refusal      error               // a carrier's, once it takes nothing more
	refused      user.Channel        // that carrier's
}

// deliverBatch sends a batch's messages under a lease. Of two requests with the same
// batch the second one goes back to the queue; after a death, the lease ends and the next
// request sends to those without a result. What can't be sent in this invocation goes
// back as a new message, which costs no try.
func (h handler) deliverBatch(
	ctx context.Context, request work.DeliverBatch, owner string,
) error {
	of, err := h.jobs.Get(ctx, request.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted: what is unsent stays so
	}
	if err != nil {
		return err
	}

	n, err := h.notifications.Text(ctx, request.JobID, request.Number)
	if err != nil {
		return err
	}

	if n.Status == notification.Paused {
		goesOn, err := h.goesOn(ctx, n, notification.RefOf(request))
		if err != nil {
			return err
		}
		if !goesOn {
			// The message is dropped: whoever resumes the notification queues the batch
			// again, if it is unfinished. If it is finished, it may be the last one, and
			// its request may have died between the result and the settling.
			return h.settler.Settle(ctx, n, request.Shard)
		}
	}

	templates, err := h.templates(n)
	if err != nil {
		return err
	}

	b := &batch{
		BatchRef:     notification.RefOf(request),
		job:          of,
		notification: n,
		templates:    templates,
		held:         lease.Lease{Owner: owner, Until: h.Now().Add(dispatch.Lease)},
	}

	var busy *lease.BusyError
	claimed, err := h.notifications.Claim(ctx, b.BatchRef, b.held, h.Now())
	switch {
	case errors.As(err, &busy):
		return h.queues.Send(ctx, request, busy.Until.Sub(h.Now()))
	case err != nil:
		return err
	case claimed.Done: // by a request that may have died before it settled
		return h.settler.Settle(ctx, n, b.Shard)
	}

	b.resumed = claimed.Resumed
	b.counts = claimed.Counts
	messages, err := h.plan(ctx, b, claimed.Open)
	if err != nil {
		return err
	}

	err = h.sendAll(ctx, b, messages)
	if err != nil {
		return err
	}
	return h.end(ctx, b)
}

// goesOn reports whether a batch of a paused notification may have messages by a channel
// that isn't held.
func (h handler) goesOn(
	ctx context.Context, n notification.Notification, ref notification.BatchRef,
) (bool, error) {
	held := user.Email
	if n.Holds(user.SMS) {
		held = user.SMS
	}

	other := func(device string) bool {
		channel := h.Reach.Channel(device)
		return channel != user.Voice && channel != held
	}
	if !slices.ContainsFunc(n.Devices, other) {
		return false, nil
	}

	found, err := h.notifications.Batch(ctx, ref)
	return !found.Done && !found.WaitsFor(held), err
}

// end stores the batch's result if every user has one. Otherwise it releases the batch. A
// death between two of its writes is survived: this message isn't deleted then and comes
// back, to a batch that is free or done.
func (h handler) end(ctx context.Context, b *batch) error {
	if b.refusal != nil {
		reason := pauseReason(b.refusal, b.refused)
		err := h.notifications.Pause(ctx, b.notification, reason, h.Now().Add(pauseFor))
		if err != nil {
			return err
		}
	}

	if len(b.open) == 0 {
		err := h.notifications.FinishBatch(ctx, b.BatchRef, b.held, b.counts)
		if errors.Is(err, lease.ErrBusy) {
			return nil // another request has taken the batch over
		}
		if err != nil {
			return err
		}
		return h.settler.Settle(ctx, b.notification, b.Shard)
	}

	err := h.notifications.Release(ctx, b.BatchRef, b.held, b.counts, b.open)
	if errors.Is(err, lease.ErrBusy) {
		return nil // another request has taken the batch over
	}
	if err != nil {
		return err
	}
	return h.queueAgain(ctx, b)
}

// queueAgain queues a batch for its open users. If all of them wait for the notification to
// be resumed, whoever resumes it does so.
func (h handler) queueAgain(ctx context.Context, b *batch) error {
	if b.again {
		return h.queues.Send(ctx, b.Message(), b.retryAfter)
	}

	// By now the notification may have been resumed, or cancelled instead of paused.
	// Nobody else need queue the batch then, so this request does: a message too many
	// does no harm.
	n, err := h.notifications.Status(ctx, b.JobID, b.Number)
	if err != nil || n.Status == notification.Paused {
		return err
	}
	return h.queues.Send(ctx, b.Message(), dispatch.RetryDelay)
}

// pauseReason returns why a notification is paused after the refusal of a channel's carrier.
func pauseReason(refusal error, channel user.Channel) string {
	switch {
	case channel == user.SMS:
		return notification.ReasonSMSMisconfigured
	case errors.Is(refusal, carrier.ErrMisconfigured):
		return notification.ReasonMisconfigured
	case errors.Is(refusal, carrier.ErrSuspended):
		return notification.ReasonSuspended
	}
	return notification.ReasonQuota
}
