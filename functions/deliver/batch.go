package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

const (
	// batchLease is how long a batch belongs to a request that doesn't prolong its lease.
	// A request that goes on prolongs it when half of it is over.
	batchLease = 20 * time.Second
	// pauseFor is the time until a notification is tried again that can't be sent. SES
	// counts its quota over the last 24 hours, so some of it may be free again at any
	// moment.
	pauseFor = 15 * time.Minute
)

// errPaused means that nothing more of the batch is to be sent now. Whoever resumes the
// notification queues its unfinished batches again.
var errPaused = errors.New("the notification is paused")

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
	retryAfter   time.Duration       // until the open are tried again
	refusal      error               // the carrier's, once it takes nothing more
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
		// The message is dropped: whoever resumes the notification queues the batch
		// again, if it is unfinished. If it is finished, it may be the last one, and its
		// request may have died between the result and the settling.
		return h.settler.Settle(ctx, n, request.Shard)
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
		held:         lease.Lease{Owner: owner, Until: h.Now().Add(batchLease)},
	}

	claimed, err := h.notifications.Claim(ctx, b.BatchRef, b.held, h.Now())
	switch {
	case errors.Is(err, lease.ErrBusy):
		return h.queues.Send(ctx, request, batchLease)
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
	switch {
	case errors.Is(err, lease.ErrBusy):
		return nil // another request has taken the batch over
	case errors.Is(err, errPaused):
		return h.pause(ctx, b)
	case err != nil:
		return err
	}
	return h.end(ctx, b)
}

// end stores the batch's result if every user has one. Otherwise it releases the batch
// and queues it again. In either case a death between the two writes is survived: this
// message isn't deleted then and comes back, to a batch that is free or done.
func (h handler) end(ctx context.Context, b *batch) error {
	if len(b.open) > 0 {
		err := h.notifications.Release(ctx, b.BatchRef, b.held, b.counts, b.open)
		if err != nil {
			return err
		}
		return h.queues.Send(ctx, b.Message(), b.retryAfter)
	}

	err := h.notifications.FinishBatch(ctx, b.BatchRef, b.held, b.counts)
	if err != nil {
		return err
	}
	return h.settler.Settle(ctx, b.notification, b.Shard)
}

// pause releases the batch, for whoever resumes the notification. If it was this batch
// that the carrier refused, it pauses the notification first.
func (h handler) pause(ctx context.Context, b *batch) error {
	if b.refusal != nil {
		until := h.Now().Add(pauseFor)
		err := h.notifications.Pause(ctx, b.notification, pauseReason(b.refusal), until)
		if err != nil {
			return err
		}
	}

	err := h.notifications.Release(ctx, b.BatchRef, b.held, b.counts, b.open)
	if errors.Is(err, lease.ErrBusy) {
		return nil // another request has taken the batch over
	}
	if err != nil {
		return err
	}

	// By now the notification may have been resumed, or cancelled instead of paused.
	// Nobody else need queue the batch then, so this request does: a message too many
	// does no harm.
	n, err := h.notifications.Text(ctx, b.JobID, b.Number)
	if err != nil || n.Status == notification.Paused {
		return err
	}
	return h.queues.Send(ctx, b.Message(), dispatch.RetryDelay)
}

// pauseReason returns why a notification is paused after the carrier's refusal.
func pauseReason(refusal error) string {
	switch {
	case errors.Is(refusal, carrier.ErrMisconfigured):
		return notification.ReasonMisconfigured
	case errors.Is(refusal, carrier.ErrSuspended):
		return notification.ReasonSuspended
	}
	return notification.ReasonQuota
}
