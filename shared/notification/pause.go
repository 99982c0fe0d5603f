package notification

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/store"
)

// Pause has nothing more sent until it is resumed, which is due at the time until. It does nothing to one that is paused already, or over.
func (s Store) Pause(ctx context.Context, n Notification, reason string, until time.Time) error {
	err := s.Table.Update(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "#status = :paused, reason = :reason, due = :due, due_at = :at",
		Condition: "#status IN (:preparing, :sending)",
		Values: store.Values{
			":paused":    Paused,
			":reason":    reason,
			":due":       job.DueJobs,
			":at":        job.Moment(until.UnixMilli()),
			":preparing": Preparing,
			":sending":   Sending,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Resume lets a paused notification go on, and says whether it was paused. Its batches' messages are gone: call it right before the Unfinished ones are sent
// again, in the same step, so that a step that dies between the two is taken again.
func (s Store) Resume(ctx context.Context, jobID string, number int) (resumed bool, err error) {
	err = s.Table.Update(ctx, key(jobID, item(number)), store.Update{
		Set:       "#status = :sending",
		Remove:    "reason, due, due_at",
		Condition: "#status = :paused",
		Values:    store.Values{":sending": Sending, ":paused": Paused},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}

// Unfinished lists a shard's batches without a result, for whoever sends their messages again. A message too many does no harm.
func (s Store) Unfinished(ctx context.Context, jobID string, number, shard int) ([]int, error) {
	batches, err := s.batches(ctx, jobID, number, shard)
	if err != nil {
		return nil, err
	}

	var seqs []int
	for _, b := range batches {
		if b.Done {
			continue
		}

		seq, err := strconv.Atoi(strings.TrimPrefix(b.Item, batchPrefix(number, shard)))
		if err != nil {
			return nil, fmt.Errorf("list unfinished batches: %w", err)
		}

		seqs = append(seqs, seq)
	}

	return seqs, nil
}

// Cancel has nothing more sent: its walk stops, and whoever of its batches has no message yet is skipped. Cancelling it again answers the same; one that is
// sent stays sent. Where it was paused nobody has its batches in hand: whoever cancels has the Unfinished ones sent again, so that they end.
func (s Store) Cancel(
	ctx context.Context, jobID string, number int, now time.Time,
) (Notification, error) {
	err := s.Table.Update(ctx, key(jobID, item(number)), store.Update{
		Set:       "#status = :cancelled, cancelled_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "#status IN (:preparing, :sending, :paused)",
		Values: store.Values{
			":cancelled": Cancelled,
			":now":       now.UnixMilli(),
			":preparing": Preparing,
			":sending":   Sending,
			":paused":    Paused,
		},
	}, nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return Notification{}, err
	}
	return s.Get(ctx, jobID, number)
}
