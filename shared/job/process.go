package job

import (
	"context"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Start begins a round of processing, of a validated or failed job, and returns the job
// as it is then. It returns ErrStatus for any other. Of two calls at once, one starts the
// round.
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

// Finish ends a round of processing, as Processed or Failed. A second call, or one of an
// earlier round, changes nothing.
func (s Store) Finish(
	ctx context.Context,
	id string,
	round int,
	status Status,
	end Progress,
	now time.Time,
) error {
	_, err := s.Table.UpdateIf(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :status, finished_at = :now, tally = :tally, outcomes = :outcomes",
		Condition: "#status = :processing AND #round = :round",
		Values: store.Values{
			":status":     status,
			":now":        clock.Of(now),
			":tally":      end.Users,
			":outcomes":   end.Outcomes,
			":processing": Processing,
			":round":      round,
		},
	})
	return err
}

// KeepTally stores a tally on the job, unless a later one is there.
func (s Store) KeepTally(ctx context.Context, id string, tally Tally) error {
	_, err := s.Table.UpdateIf(ctx, key(id, jobItem), store.Update{
		Set:       "tally = :tally",
		Condition: "attribute_exists(job) AND tally.as_of < :as_of",
		Values:    store.Values{":tally": tally, ":as_of": tally.AsOf},
	})
	return err
}

// ClaimTally reports whether the caller is the one to have a tally made: one in each gap.
func (s Store) ClaimTally(
	ctx context.Context, id string, now time.Time, gap time.Duration,
) (mine bool, err error) {
	return s.Table.UpdateIf(ctx, key(id, jobItem), store.Update{
		Set: "tally_asked_at = :now",
		Condition: "attribute_exists(job) AND" +
			" (attribute_not_exists(tally_asked_at) OR tally_asked_at <= :before)",
		Values: store.Values{":now": clock.Of(now), ":before": clock.Of(now.Add(-gap))},
	})
}
