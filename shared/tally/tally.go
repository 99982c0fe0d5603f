// Package tally counts a job's users by their state. A few users are counted while the
// caller waits, many in the background.
package tally

import (
	"context"
	"time"

	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

const (
	// Inline is the largest number of members that are counted while the caller waits.
	Inline = 5_000
	// age is how old a count may be. A large job adds 1 s for countRate users.
	age       = 2 * time.Second
	countRate = 10_000
)

// Age returns how old a count of a job's users may be before it is made again.
func Age(j job.Job) time.Duration {
	if j.Rows.Valid <= Inline {
		return age
	}
	return age + time.Duration(j.Rows.Valid/countRate)*time.Second
}

// Counter counts the users of jobs.
type Counter struct {
	Jobs        job.Store
	Members     member.Store
	Tokens      token.Store
	Credentials credential.Store
	Queues      work.Queues // take the steps of a count in the background
	Now         func() time.Time
}

// Of counts the users of a finished job: a small job's at once, a large one's in the
// background, so that it returns the last one with its time, AsOf, while it is under way.
func (c Counter) Of(ctx context.Context, j job.Job) (job.Tally, error) {
	now := c.Now()

	last, err := c.Last(ctx, j)
	if err != nil || now.Sub(last.AsOf.Time()) < Age(j) {
		return last, err
	}

	gap := Age(j)
	if j.Rows.Valid > Inline && last.AsOf < j.TallyAskedAt {
		gap = max(gap, work.Lost) // one is under way
	}
	mine, err := c.Jobs.ClaimTally(ctx, j.ID, now, gap)
	if err != nil || !mine {
		return last, err
	}
	if j.Rows.Valid > Inline {
		return last, c.ask(ctx, j)
	}

	sum, err := c.all(ctx, j, now)
	if err != nil {
		return job.Tally{}, err
	}
	return sum, c.Jobs.KeepTally(ctx, j.ID, sum)
}

func (c Counter) all(ctx context.Context, j job.Job, now time.Time) (sum job.Tally, err error) {
	count := func(ctx context.Context, shard int) (job.Tally, error) {
		return c.Shard(ctx, j.ID, shard, now)
	}
	shards, err := parallel.Map(ctx, job.Shards, job.Shards, count)
	if err != nil {
		return job.Tally{}, err
	}

	for _, one := range shards {
		sum = sum.Plus(one)
	}

	return sum, nil
}

// Shard counts the users of one of a job's shards.
func (c Counter) Shard(
	ctx context.Context, jobID string, shard int, now time.Time,
) (job.Tally, error) {
	return c.Members.Tally(ctx, c.Tokens, c.Credentials, jobID, shard, now)
}

// Last returns the last count of the users of a finished job, however old. A large job's
// is the one from the end of processing until all its shards are counted.
func (c Counter) Last(ctx context.Context, j job.Job) (job.Tally, error) {
	if j.Rows.Valid <= Inline {
		return *j.Tally, nil
	}

	counted, complete, err := c.Jobs.ShardTallies(ctx, j.ID)
	if err != nil || !complete || counted.AsOf < j.Tally.AsOf {
		return *j.Tally, err
	}
	return counted, nil
}

// ask asks for all shards to be counted.
func (c Counter) ask(ctx context.Context, j job.Job) error {
	steps := make([]work.TallyShard, job.Shards)
	for shard := range steps {
		steps[shard] = work.TallyShard{JobID: j.ID, Shard: shard}
	}
	return work.SendAll(ctx, c.Queues, steps)
}
