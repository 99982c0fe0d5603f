package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/store"
)

// Start moves a validated job, or one of which rows were given up on, to processing. It answers ErrStatus for any other.
func (s Store) Start(ctx context.Context, id string) (Job, error) {
	var started Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :processing, #round = #round + :one",
		Remove:    "finished_at, tally, outcomes",
		Condition: "attribute_not_exists(deleted_at) AND #status IN (:validated, :failed)",
		Values: store.Values{
			":processing": Processing,
			":validated":  Validated,
			":failed":     Failed,
			":one":        1,
		},
	}, &started)
	return started, asStatus(err)
}

// Finish ends a round of processing, with what it came to: with status Failed if rows were given up on.
func (s Store) Finish(
	ctx context.Context,
	id string,
	round int,
	status Status,
	end Progress,
	now time.Time,
) error {
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :status, finished_at = :now, tally = :tally, outcomes = :outcomes",
		Condition: "#status = :processing AND #round = :round",
		Values: store.Values{
			":status":     status,
			":now":        now.UnixMilli(),
			":tally":      end.Users,
			":outcomes":   end.Outcomes,
			":processing": Processing,
			":round":      round,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) { // another worker saw the end as well
		return nil
	}
	return err
}

// KeepTally keeps a tally on the job.
func (s Store) KeepTally(ctx context.Context, id string, tally Tally) error {
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "tally = :tally",
		Condition: "attribute_exists(job) AND tally.as_of < :as_of",
		Values:    store.Values{":tally": tally, ":as_of": tally.AsOf},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// AskTally says whether the caller is the one to ask for a tally now: one is, each gap.
func (s Store) AskTally(
	ctx context.Context, id string, now time.Time, gap time.Duration,
) (mine bool, err error) {
	err = s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "tally_asked_at = :now",
		Condition: "attribute_exists(job) AND" +
			" (attribute_not_exists(tally_asked_at) OR tally_asked_at < :before)",
		Values: store.Values{":now": now.UnixMilli(), ":before": now.Add(-gap).UnixMilli()},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}
