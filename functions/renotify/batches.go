package main

import (
	"context"

	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/walk"
)

// stepBatches is how many batches one step of a walk makes before the next step goes
// on.
const stepBatches = 20

// makeBatches walks a shard from where the step says, and makes its batches of those
// who are in the audience. A batch that is there already, from a step that was taken
// before, is sent again as it is, and the walk goes on after it.
func (h handler) makeBatches(ctx context.Context, j job.Job, step walk.Step) error {
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

	for range stepBatches {
		status, err := h.notifications.Status(ctx, j.ID, n.Number)
		if err != nil {
			return err
		}
		if status == notification.Cancelled {
			return h.endShard(ctx, n, step)
		}

		cut, err := source.next(ctx)
		if err != nil {
			return err
		}

		stored, err := h.notifications.PutBatch(ctx, j.ID, n.Number, step.Shard, step.Seq, cut)
		if err != nil {
			return err
		}
		if stored.Next != cut.Next {
			source.restart(stored.Next)
		}

		if len(stored.Usernames) > 0 || !stored.End {
			err := h.bulk.Send(ctx, batchMessage(n, step.Shard, step.Seq), 0)
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
	return h.walk.Send(ctx, step, 0)
}

func batchMessage(n notification.Notification, shard, seq int) notification.BatchMessage {
	return notification.BatchMessage{JobID: n.JobID, Number: n.Number, Shard: shard, Seq: seq}
}

// endShard ends the walk of a shard.
func (h handler) endShard(ctx context.Context, n notification.Notification, step walk.Step) error {
	if err := h.notifications.Walked(ctx, n.JobID, n.Number, step.Shard, step.Seq); err != nil {
		return err
	}
	return h.notifications.Settle(ctx, n, step.Shard, h.now())
}

// resume lets a notification go on that was paused, or has a cancelled one end: it
// sends the messages of a shard's unfinished batches again. One that was paused anew
// since the step was asked for is left to the next tick.
func (h handler) resume(ctx context.Context, j job.Job, step walk.Step) error {
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

	messages := make([]notification.BatchMessage, len(unfinished))
	for i, seq := range unfinished {
		messages[i] = batchMessage(n, step.Shard, seq)
	}

	return queue.SendAll(ctx, h.bulk, messages)
}
