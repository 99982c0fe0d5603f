package main

import (
	"context"

	"latchkey/shared/job"
	"latchkey/shared/work"
)

// tallyShard counts a shard's users by their state, for a job too large to count while
// somebody waits.
func (h handler) tallyShard(ctx context.Context, j job.Job, step work.TallyShard) error {
	counted, err := h.users.Shard(ctx, j.ID, step.Shard, h.now())
	if err != nil {
		return err
	}
	return h.jobs.PutShardTally(ctx, j.ID, step.Shard, counted)
}

// countShard counts a notification's deliveries to a shard, for an audience too large to
// count while somebody waits.
func (h handler) countShard(ctx context.Context, j job.Job, step work.CountShard) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}
	return h.counter.CountShard(ctx, n, step.Shard)
}
