package notification

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/store"
)

// Settle ends a shard whose batches are all done, and with the last shard the notification. Whoever may have been the last calls it, and calling it again
// doesn't matter.
func (s Store) Settle(ctx context.Context, n Notification, shard int, now time.Time) error {
	var walked Shard
	err := s.Table.Get(ctx, key(n.JobID, shardItem(n.Number, shard)), &walked)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the walk isn't through: it settles at its end
	}
	if err != nil {
		return err
	}

	if !walked.Done {
		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return err
		}

		walked.Counts = Counts{}
		for _, b := range batches {
			if !b.Done {
				return nil
			}
			walked.Counts = walked.Counts.plus(b.Counts)
		}

		if len(batches) < walked.Batches {
			return nil
		}

		walked.Done = true
		if err := s.Table.Put(ctx, walked, "", nil); err != nil {
			return err
		}
	}

	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return err
	}

	var sum Counts
	done := 0
	for _, one := range shards {
		if one.Done {
			sum = sum.plus(one.Counts)
			done++
		}
	}

	if done < n.Parts() {
		return nil
	}

	if s.Ends != nil {
		if err := s.Ends(ctx, n); err != nil {
			return err
		}
	}
	// Two updates, since it may be cancelled at any moment: a cancelled one stays so.
	end := store.Update{
		Set:       "#status = :sent, counts = :counts, finished_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "attribute_not_exists(finished_at) AND #status <> :cancelled",
		Values: store.Values{
			":sent":      Sent,
			":cancelled": Cancelled,
			":counts":    sum,
			":now":       now.UnixMilli(),
		},
	}

	err = s.Table.Update(ctx, key(n.JobID, item(n.Number)), end, nil)
	if errors.Is(err, store.ErrCondition) {
		end = store.Update{
			Set:       "counts = :counts, finished_at = :now",
			Condition: "attribute_not_exists(finished_at) AND #status = :cancelled",
			Values: store.Values{
				":cancelled": Cancelled,
				":counts":    sum,
				":now":       now.UnixMilli(),
			},
		}
		err = s.Table.Update(ctx, key(n.JobID, item(n.Number)), end, nil)
	}

	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

func (s Store) withProgress(ctx context.Context, n Notification) (Notification, error) {
	if n.Over() && n.FinishedAt != 0 {
		return n, nil
	}

	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return Notification{}, err
	}

	done := map[string]bool{}

	n.Counts = Counts{}
	for _, shard := range shards {
		if shard.Done {
			n.Counts, done[shard.Item] = n.Counts.plus(shard.Counts), true
		}
	}

	for shard := range n.Parts() {
		if done[shardItem(n.Number, shard)] {
			continue
		}

		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return Notification{}, err
		}

		for _, b := range batches {
			n.Counts = n.Counts.plus(b.Counts)
		}
	}

	if n.Counts.Audience > 0 && n.Status == Preparing {
		n.Status = Sending
	}

	return n, nil
}
