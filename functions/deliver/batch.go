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
	// lease is how long a batch stays with a request that says nothing. It is renewed at half of it.
	lease = 20 * time.Second
	// slice is how many messages are sent, at most, before their results are written down.
	slice = 25
	// atOnce is how many messages of a slice are under way at once.
	atOnce = 8
	// retryDelay is when messages that the carrier did not take are tried again.
	retryDelay = 5 * time.Second
	// pauseFor is after how long a notification is tried again that the account may not send: its quota is over the last 24 hours, and some of it
	// may be free at any moment.
	pauseFor = 15 * time.Minute
)

// errPaused says that nothing more of the batch is to be sent for now: whoever resumes the notification has it sent again.
var errPaused = errors.New("the notification is paused")

// batch is one batch in hand.
type batch struct {
	notification.BatchMessage
	job          job.Job
	notification notification.Notification
	owner        string
	until        time.Time // the lease's end
	counts       notification.Counts
	left         int // users without a result
	wait         time.Duration
	refused      error // why the carrier takes nothing more: carrier.ErrQuota or carrier.ErrSuspended
}

// deliverBatch sends a batch's messages, under a lease. What can't be sent in this invocation goes back as a new message,
// which costs no try.
func (h handler) deliverBatch(
	ctx context.Context,
	asked notification.BatchMessage,
	owner string,
) error {
	b := &batch{BatchMessage: asked, owner: owner}

	var err error
	if b.job, err = h.jobs.Get(ctx, asked.JobID); errors.Is(err, store.ErrNotFound) {
		return nil // deleted: what is unsent stays so
	} else if err != nil {
		return err
	}

	if b.notification, err = h.notifications.Text(ctx, asked.JobID, asked.Number); err != nil {
		return err
	}

	if b.notification.Status == notification.Paused {
		// Its message is dropped. It may have been the last one, whose request died before it could settle.
		return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
	}

	b.until = h.now().Add(lease)

	names, done, err := h.notifications.Claim(
		ctx,
		asked.JobID,
		asked.Number,
		asked.Shard,
		asked.Seq,
		owner,
		h.now(),
		b.until,
	)
	if errors.Is(err, notification.ErrBusy) {
		return h.bulk.Send(ctx, asked, lease)
	}
	if err != nil {
		return err
	}
	if done {
		return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
	}

	pieces, err := h.sort(ctx, b, names)
	if err != nil {
		return err
	}

	err = h.sendAll(ctx, b, pieces)
	if errors.Is(err, notification.ErrBusy) {
		return nil // another request took the batch over
	}
	if errors.Is(err, errPaused) {
		return h.pause(ctx, b)
	}
	if err != nil {
		return err
	}

	if b.left > 0 {
		if err := h.notifications.Release(
			ctx,
			b.JobID,
			b.Number,
			b.Shard,
			b.Seq,
			owner,
			b.counts,
		); err != nil {
			return err
		}

		return h.bulk.Send(ctx, asked, b.wait)
	}

	if err := h.notifications.FinishBatch(
		ctx,
		b.JobID,
		b.Number,
		b.Shard,
		b.Seq,
		owner,
		b.counts,
	); err != nil {
		return err
	}

	return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
}

// pause gives the batch back to whoever resumes the notification. If somebody has done so already, or has cancelled it, it goes back to the queue.
func (h handler) pause(ctx context.Context, b *batch) error {
	if b.refused != nil {
		reason := notification.ReasonQuota
		if errors.Is(b.refused, carrier.ErrSuspended) {
			reason = notification.ReasonSuspended
		}

		if err := h.notifications.Pause(
			ctx,
			b.notification,
			reason,
			h.now().Add(pauseFor),
		); err != nil {
			return err
		}
	}

	err := h.notifications.Release(ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.counts)
	if errors.Is(err, notification.ErrBusy) {
		return nil
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
