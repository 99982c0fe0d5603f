package job

import (
	"context"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Start begins a round of processing of a validated or failed job, and returns the job as
// it is then. It returns ErrStatus for others. Of two calls at once, one starts the round.
func (s Store) Start(ctx context.Context, id string, now time.Time) (Job, error) {
	var started Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :processing, #round = #round + :one, started_at = :now",
		Remove:    "finished_at, tally, outcomes, rejected_reason, chunks_asked_at",
		Condition: "attribute_not_exists(deleted_at) AND #status IN (:validated, :failed)",
		Values: store.Values{
			":processing": Processing,
			":validated":  Validated,
			":failed":     Failed,
			":one":        1,
			":now":        clock.Of(now),
		},
	}, &started)
	return started, asStatus(err)
}

// ClaimChunks reports whether the caller is to ask for a round's chunks: one in each gap.
func (s Store) ClaimChunks(
	ctx context.Context, id string, now time.Time, gap time.Duration,
) (mine bool, err error) {
	claim := store.OncePerGap("chunks_asked_at", now, gap)
	claim.Condition += " AND attribute_exists(job)"
	return s.Table.UpdateIf(ctx, key(id, jobItem), claim)
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
	update := store.Update{
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
	}
	if end.Reason != "" {
		update.Set += ", rejected_reason = :reason"
		update.Values[":reason"] = end.Reason
	}

	_, err := s.Table.UpdateIf(ctx, key(id, jobItem), update)
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
	claim := store.OncePerGap("tally_asked_at", now, gap)
	claim.Condition += " AND attribute_exists(job)"
	return s.Table.UpdateIf(ctx, key(id, jobItem), claim)
}
