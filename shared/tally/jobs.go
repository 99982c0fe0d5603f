package tally

import (
	"context"
	"time"

	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

// userRate is the number of users for which a large count may be 1 s older.
const userRate = 10_000

// Age returns how old a count of a job's users may be before it is made again.
func Age(j job.Job) time.Duration { return ageOf(j.Rows.Valid, userRate) }

// Jobs counts the users of jobs by their state.
type Jobs struct {
	Jobs        job.Store
	Members     member.Store
	Tokens      token.Store
	Credentials credential.Store
	Queues      work.Queues // take the steps of a count in the background
	Now         func() time.Time
}

// Of counts the users of a finished job: a small job's at once, a large one's in the
// background, so that it returns the last one with its time, AsOf, while it is under way.
func (t Jobs) Of(ctx context.Context, j job.Job) (job.Tally, error) {
	now := t.Now()

	last, err := t.Last(ctx, j)
	if err != nil || now.Sub(last.AsOf.Time()) < Age(j) {
		return last, err
	}

	gap := Age(j)
	if j.Rows.Valid > Inline && last.AsOf < j.TallyAskedAt {
		gap = max(gap, work.Lost) // one is under way
	}
	mine, err := t.Jobs.ClaimTally(ctx, j.ID, now, gap)
	if err != nil || !mine {
		return last, err
	}
	if j.Rows.Valid > Inline {
		return last, t.ask(ctx, j)
	}

	count := func(ctx context.Context, shard int) (job.Tally, error) {
		return t.Shard(ctx, j.ID, shard, now)
	}
	sum, err := sumOf(ctx, job.Shards, count, job.Tally.Plus)
	if err != nil {
		return job.Tally{}, err
	}
	return sum, t.Jobs.KeepTally(ctx, j.ID, sum)
}

// Shard counts the users of one of a job's shards.
func (t Jobs) Shard(
	ctx context.Context, jobID string, shard int, now time.Time,
) (job.Tally, error) {
	return t.Members.Tally(ctx, t.Tokens, t.Credentials, jobID, shard, now)
}

// Last returns the last count of the users of a finished job, however old. A large job's
// is the one from the end of processing until all its shards are counted.
func (t Jobs) Last(ctx context.Context, j job.Job) (job.Tally, error) {
	if j.Rows.Valid <= Inline {
		return *j.Tally, nil
	}

	stored, complete, err := t.Jobs.ShardTallies(ctx, j.ID)
	if err != nil || !complete || stored.AsOf < j.Tally.AsOf {
		return *j.Tally, err
	}
	return stored, nil
}

// ask asks for all shards to be counted.
func (t Jobs) ask(ctx context.Context, j job.Job) error {
	steps := make([]work.TallyShard, job.Shards)
	for shard := range steps {
		steps[shard] = work.TallyShard{JobID: j.ID, Shard: shard}
	}
	return work.SendAll(ctx, t.Queues, steps)
}
