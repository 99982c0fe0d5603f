package job

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Progress is the sum of a job's chunk results.
type Progress struct {
	Outcomes
	Users   Tally
	GivenUp int
	Reason  string // why rows couldn't be read, "" if they could
	// Done is the number of chunks that this round has nothing left to do for.
	Done int
}

// Progress adds up a job's chunk results, in a round of its processing.
func (s Store) Progress(ctx context.Context, jobID string, round int) (Progress, error) {
	results, err := s.results(ctx, jobID)
	if err != nil {
		return Progress{}, err
	}

	var sum Progress
	for _, r := range results {
		sum.Processed += r.Processed
		sum.Added += r.Added
		sum.Updated += r.Updated
		sum.Unchanged += r.Unchanged
		sum.Removed += r.Removed
		sum.Failed += r.Failed
		sum.GivenUp += r.GivenUp
		sum.Reason = cmp.Or(sum.Reason, r.Reason)
		sum.Users = sum.Users.Plus(r.Users)

		if r.Done && (r.GivenUp == 0 || r.Round == round) {
			sum.Done++
		}
	}

	return sum, nil
}

// Working reports whether a request is at one of a job's chunks.
func (s Store) Working(ctx context.Context, jobID string, now time.Time) (bool, error) {
	results, err := s.results(ctx, jobID)
	isHeld := func(r Result) bool { return r.LeaseUntil >= clock.Of(now) }
	return slices.ContainsFunc(results, isHeld), err
}

func (s Store) results(ctx context.Context, jobID string) ([]Result, error) {
	return store.SelectAll[Result](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": chunkPrefix},
	})
}

// Plus returns the sum of two tallies. It is as old as the older one.
func (t Tally) Plus(other Tally) Tally {
	asOf := t.AsOf
	if asOf == 0 || (other.AsOf != 0 && other.AsOf < asOf) {
		asOf = other.AsOf
	}

	return Tally{
		Total:         t.Total + other.Total,
		Active:        t.Active + other.Active,
		Pending:       t.Pending + other.Pending,
		Expired:       t.Expired + other.Expired,
		Inactive:      t.Inactive + other.Inactive,
		Undeliverable: t.Undeliverable + other.Undeliverable,
		AsOf:          asOf,
	}
}
