package notification

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/store"
)

// Pause stops sending until the time until. It does nothing to a notification that is
// paused or over. The batches' messages aren't called back: each is dropped when it is
// taken, so whoever resumes must send them again.
func (s Store) Pause(ctx context.Context, n Notification, reason string, until time.Time) error {
	_, err := s.Table.UpdateIf(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "#status = :paused, reason = :reason, due = :due, due_at = :at",
		Condition: "#status IN (:preparing, :sending)",
		Values: store.Values{
			":paused":    Paused,
			":reason":    reason,
			":due":       job.DueJobs,
			":at":        job.Moment(clock.Of(until)),
			":preparing": Preparing,
			":sending":   Sending,
		},
	})
	return err
}

// Postpone changes when a notification is due that is still paused, to a later time.
func (s Store) Postpone(ctx context.Context, n Notification, until time.Time) error {
	_, err := s.Table.UpdateIf(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "due_at = :at",
		Condition: "#status = :paused AND due_at < :at",
		Values:    store.Values{":at": job.Moment(clock.Of(until)), ":paused": Paused},
	})
	return err
}

// Resume sets a paused notification to Sending and reports whether it was paused. The
// caller must send the messages of its Unfinished batches right after it, in the same
// step: if that dies in between, it is tried again and sends them then.
func (s Store) Resume(ctx context.Context, jobID string, number int) (resumed bool, err error) {
	return s.Table.UpdateIf(ctx, key(jobID, item(number)), store.Update{
		Set:       "#status = :sending",
		Remove:    "reason, due, due_at",
		Condition: "#status = :paused",
		Values:    store.Values{":sending": Sending, ":paused": Paused},
	})
}

// Unfinished returns the numbers of a shard's batches without a result. To send their
// messages once too often does no harm: they find the batch leased or done.
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

// Cancel stops a notification that isn't over: its walk stops, and users without a
// message are skipped. It returns the notification as it is then. The caller must send
// the messages of a paused one's Unfinished batches again, so that they end.
func (s Store) Cancel(
	ctx context.Context, jobID string, number int, now time.Time,
) (Notification, error) {
	_, err := s.Table.UpdateIf(ctx, key(jobID, item(number)), store.Update{
		Set:       "#status = :cancelled, cancelled_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "#status IN (:preparing, :sending, :paused)",
		Values: store.Values{
			":cancelled": Cancelled,
			":now":       clock.Of(now),
			":preparing": Preparing,
			":sending":   Sending,
			":paused":    Paused,
		},
	})
	if err != nil {
		return Notification{}, err
	}
	return s.Get(ctx, jobID, number)
}
