package notification

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// SettleShard stores the sum of a shard whose batches all have a result. last reports
// whether all shards have one by now, and sum is theirs: whoever is told so ends the
// notification, see End.
func (s Store) SettleShard(
	ctx context.Context, n Notification, shard int,
) (sum Counts, last bool, err error) {
	done, err := s.settleShard(ctx, n, shard)
	if err != nil || !done {
		return Counts{}, false, err
	}
	return s.sumShards(ctx, n)
}

// settleShard stores the sum of a shard's batches and reports whether all have a result.
func (s Store) settleShard(
	ctx context.Context, n Notification, shard int,
) (done bool, err error) {
	var walked Shard
	err = s.Table.Get(ctx, key(n.JobID, shardItem(n.Number, shard)), &walked)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil // not walked to its end yet: the walk settles it then
	}
	if err != nil || walked.Done {
		return walked.Done, err
	}

	batches, err := s.batches(ctx, n.JobID, n.Number, shard)
	if err != nil || len(batches) < walked.Batches {
		return false, err
	}

	walked.Counts = Counts{}
	for _, b := range batches {
		if !b.Done {
			return false, nil
		}
		walked.Counts = walked.Counts.Plus(b.Counts)
	}

	walked.Done = true
	return true, s.Table.Put(ctx, walked, "", nil)
}

func (s Store) sumShards(
	ctx context.Context, n Notification,
) (sum Counts, done bool, err error) {
	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return Counts{}, false, err
	}

	settled := 0
	for _, shard := range shards {
		if shard.Done {
			sum = sum.Plus(shard.Counts)
			settled++
		}
	}

	return sum, settled >= n.Parts(), nil
}

// End writes the end of a notification with its counts. A cancelled one stays cancelled.
// It does nothing to one whose end is written.
func (s Store) End(ctx context.Context, n Notification, sum Counts, now time.Time) error {
	// It may be cancelled at any moment. The second update leaves the status at that. If
	// neither changes anything, somebody else has written the end.
	ended, err := s.Table.UpdateIf(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "#status = :sent, counts = :counts, finished_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "attribute_not_exists(finished_at) AND #status <> :cancelled",
		Values: store.Values{
			":sent":      Sent,
			":cancelled": Cancelled,
			":counts":    sum,
			":now":       clock.Of(now),
		},
	})
	if err != nil || ended {
		return err
	}

	_, err = s.Table.UpdateIf(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "counts = :counts, finished_at = :now",
		Condition: "attribute_not_exists(finished_at) AND #status = :cancelled",
		Values: store.Values{
			":cancelled": Cancelled,
			":counts":    sum,
			":now":       clock.Of(now),
		},
	})
	return err
}

// withProgress adds up the results of a notification whose end isn't written.
func (s Store) withProgress(ctx context.Context, n Notification) (Notification, error) {
	if n.Over() && n.FinishedAt != 0 {
		return n, nil
	}

	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return Notification{}, err
	}

	n.Counts = Counts{}
	settled := map[string]bool{}
	for _, shard := range shards {
		if shard.Done {
			settled[shard.Item] = true
			n.Counts = n.Counts.Plus(shard.Counts)
		}
	}

	for shard := range n.Parts() {
		if settled[shardItem(n.Number, shard)] {
			continue
		}

		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return Notification{}, err
		}
		for _, b := range batches {
			n.Counts = n.Counts.Plus(b.Counts)
		}
	}

	if n.Counts.Audience > 0 && n.Status == Preparing {
		n.Status = Sending
	}

	return n, nil
}
