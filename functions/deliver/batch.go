package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

const (
	batchLease = 20 * time.Second
	pauseFor   = 15 * time.Minute
)

// errPaused says that nothing more of the batch is to be sent for now: whoever resumes
// the notification has it sent again.
var errPaused = errors.New("the notification is paused")

// batch is one batch in hand.
type batch struct {
	notification.BatchMessage
	job          job.Job
	notification notification.Notification
	owner        string
	leaseUntil   time.Time
	counts       notification.Counts
	unsent       int           // users without a result
	retryAfter   time.Duration // until the unsent are tried again
	refusal      error         // carrier.ErrQuota or carrier.ErrSuspended, once the carrier said so
}

// deliverBatch sends a batch's messages, under a lease. What can't be sent in this
// invocation goes back as a new message, which costs no try.
func (h handler) deliverBatch(
	ctx context.Context, request notification.BatchMessage, owner string,
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
		return h.notifications.Settle(ctx, n, request.Shard, h.now())
	}

	b := &batch{
		BatchMessage: request,
		job:          of,
		notification: n,
		owner:        owner,
		leaseUntil:   h.now().Add(batchLease),
	}

	names, done, err := h.notifications.Claim(
		ctx, b.JobID, b.Number, b.Shard, b.Seq, owner, h.now(), b.leaseUntil,
	)
	switch {
	case errors.Is(err, notification.ErrBusy):
		return h.bulk.Send(ctx, request, batchLease)
	case err != nil:
		return err
	case done: // by a request that may have died before it settled
		return h.notifications.Settle(ctx, n, b.Shard, h.now())
	}

	messages, err := h.plan(ctx, b, names)
	if err != nil {
		return err
	}

	err = h.sendAll(ctx, b, messages)
	switch {
	case errors.Is(err, notification.ErrBusy):
		return nil // another request has taken the batch over
	case errors.Is(err, errPaused):
		return h.pause(ctx, b)
	case err != nil:
		return err
	}
	return h.end(ctx, b)
}

func (h handler) end(ctx context.Context, b *batch) error {
	if b.unsent > 0 {
		err := h.notifications.Release(
			ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.counts,
		)
		if err != nil {
			return err
		}
		return h.bulk.Send(ctx, b.BatchMessage, b.retryAfter)
	}

	err := h.notifications.FinishBatch(
		ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.counts,
	)
	if err != nil {
		return err
	}
	return h.notifications.Settle(ctx, b.notification, b.Shard, h.now())
}

// pause gives the batch back to whoever resumes the notification. If somebody has done so
// already, or has cancelled it, it goes back to the queue.
func (h handler) pause(ctx context.Context, b *batch) error {
	if b.refusal != nil {
		reason := notification.ReasonQuota
		if errors.Is(b.refusal, carrier.ErrSuspended) {
			reason = notification.ReasonSuspended
		}

		err := h.notifications.Pause(ctx, b.notification, reason, h.now().Add(pauseFor))
		if err != nil {
			return err
		}
	}

	err := h.notifications.Release(ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.counts)
	if errors.Is(err, notification.ErrBusy) {
		return nil // another request has taken the batch over
	}
	if err != nil {
		return err
	}

	n, err := h.notifications.Text(ctx, b.JobID, b.Number)
	if err != nil || n.Status == notification.Paused {
		return err
	}
	return h.bulk.Send(ctx, b.BatchMessage, retryDelay)
}
