package main

import (
	"context"

	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/work"
)

// makeBatches walks a shard from where the step says, and makes batches of those who are
// in the audience. Announce, then act: a batch is stored before deliver is told of it. A
// death between the two leaves it untold; the step is taken again, finds the batch, sends
// it as it is, and goes on after it. So a walk that is done twice makes the same batches,
// though users became active in between. What its time doesn't suffice for is left to the
// next step.
func (h handler) makeBatches(ctx context.Context, j job.Job, step work.CutShard) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}

	source := &candidates{handler: h, notification: n, shard: step.Shard, after: step.After}
	if n.Audience == job.Named {
		source.named, err = h.notifications.Usernames(ctx, n)
		if err != nil {
			return err
		}
	}

	for h.hasTime(ctx, 0) {
		// Read anew for each batch: an administrator may cancel at any moment.
		present, err := h.notifications.Status(ctx, j.ID, n.Number)
		if err != nil {
			return err
		}
		if present.Status == notification.Cancelled {
			return h.endShard(ctx, n, step)
		}

		cut, err := source.next(ctx)
		if err != nil {
			return err
		}

		// The batch that was stored first counts. If it ends elsewhere than this cut, the
		// walk goes on where it ends.
		ref := batchRef(n, step.Shard, step.Seq)
		stored, err := h.notifications.PutBatch(ctx, ref, cut)
		if err != nil {
			return err
		}
		if stored.Next != cut.Next {
			source.restart(stored.Next)
		}

		// A last batch of nobody isn't made, and deliver needn't know of it.
		if len(stored.Usernames) > 0 || !stored.End {
			err := h.queues.Send(ctx, ref.Message(), 0)
			if err != nil {
				return err
			}
			step.Seq++
		}

		if stored.End {
			return h.endShard(ctx, n, step)
		}
	}

	step.After = source.after
	return h.queues.Send(ctx, step, 0)
}

// batchRef returns the reference of one batch of a notification.
func batchRef(n notification.Notification, shard, seq int) notification.BatchRef {
	return notification.BatchRef{JobID: n.JobID, Number: n.Number, Shard: shard, Seq: seq}
}

// endShard records that a shard's walk has ended and how many batches it made. It settles
// the shard itself, too: deliver may have finished the last batch before the end was
// known, and a shard without batches has nobody else to settle it.
func (h handler) endShard(
	ctx context.Context, n notification.Notification, step work.CutShard,
) error {
	if err := h.notifications.Walked(ctx, n.JobID, n.Number, step.Shard, step.Seq); err != nil {
		return err
	}
	return h.settler.Settle(ctx, n, step.Shard)
}

// resume sends the messages of a shard's unfinished batches again, so that a paused
// notification goes on or a cancelled one ends. The status is written before the messages
// are sent, since deliver leaves a paused one alone; a death between the two has the step
// taken again. A notification that was paused anew since the step was asked for is left
// to the next tick.
func (h handler) resume(ctx context.Context, j job.Job, step work.ResumeShard) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}

	switch n.Status {
	case notification.Sent:
		return nil
	case notification.Paused:
		if n.DueAt > job.Moment(step.At) {
			return nil
		}
		if _, err := h.notifications.Resume(ctx, j.ID, n.Number); err != nil {
			return err
		}
	}

	unfinished, err := h.notifications.Unfinished(ctx, j.ID, n.Number, step.Shard)
	if err != nil {
		return err
	}

	messages := make([]work.DeliverBatch, len(unfinished))
	for i, seq := range unfinished {
		messages[i] = batchRef(n, step.Shard, seq).Message()
	}

	return work.SendAll(ctx, h.queues, messages)
}
