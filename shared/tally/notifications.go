package tally

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

// After the end of a notification less and less happens: then a count may be as old as
// the time since, divided by countShare, up to longestLife.
const (
	countShare  = 100
	longestLife = 24 * time.Hour
)

// deliveryRate is the number of deliveries for which a large count may be 1 s older.
const deliveryRate = 20_000

// counted is a stored count of a shard's deliveries, or of all with when it was asked for.
type counted struct {
	JobID   string              `dynamodbav:"job"`
	Item    string              `dynamodbav:"item"`
	Counts  notification.Counts `dynamodbav:"counts"`
	AsOf    clock.Millis        `dynamodbav:"as_of"`
	AskedAt clock.Millis        `dynamodbav:"asked_at,omitempty"`
}

func key(jobID, item string) store.Key { return store.Key{"job": jobID, "item": item} }

func countsItem(number int) string { return fmt.Sprintf("counts#%06d", number) }

func shardCountsItem(number, shard int) string {
	return fmt.Sprintf("%s#%02d", countsItem(number), shard)
}

// Notifications counts a notification's users, each once, by the state of the latest
// message to them: a small audience while the caller waits, a large one in the background.
type Notifications struct {
	Table      store.Table // the jobs'
	Deliveries delivery.Store
	// Ask asks for CountShard of each of the notification's shards, in the background.
	Ask func(context.Context, notification.Notification) error
	Now func() time.Time
}

// Of counts a notification's users, as it was read last. The states add up to the
// audience. A message that was sent after the count was made counts as sent.
func (t Notifications) Of(
	ctx context.Context, n notification.Notification,
) (notification.Counts, error) {
	if n.Counts.Audience == 0 {
		return n.Counts, nil
	}
	if n.Counts.Audience > Inline {
		return t.inBackground(ctx, n)
	}

	var last counted
	err := t.Table.Get(ctx, key(n.JobID, countsItem(n.Number)), &last)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return notification.Counts{}, err
	}

	// A count from before the end isn't used: it has messages on their way.
	now := t.Now()
	age := now.Sub(last.AsOf.Time())
	if last.AsOf > n.FinishedAt && age < longestAge(n, now) {
		return combine(n, last.Counts), nil
	}

	count := func(ctx context.Context, shard int) (notification.Counts, error) {
		return t.shard(ctx, n, shard)
	}
	sum, err := sumOf(ctx, n.Parts(), count, addDeliveries)
	if err != nil {
		return notification.Counts{}, err
	}

	err = t.keep(ctx, counted{
		JobID:  n.JobID,
		Item:   countsItem(n.Number),
		Counts: sum,
		AsOf:   clock.Of(now),
	})
	return combine(n, sum), err
}

// CountShard counts the deliveries of a shard and stores the sum.
func (t Notifications) CountShard(
	ctx context.Context, n notification.Notification, shard int,
) error {
	now := t.Now()

	counts, err := t.shard(ctx, n, shard)
	if err != nil {
		return err
	}
	return t.keep(ctx, counted{
		JobID:  n.JobID,
		Item:   shardCountsItem(n.Number, shard),
		Counts: counts,
		AsOf:   clock.Of(now),
	})
}

func (t Notifications) shard(
	ctx context.Context, n notification.Notification, shard int,
) (counts notification.Counts, err error) {
	byState, err := t.Deliveries.CountUsers(ctx, delivery.Part(n.JobID, n.Number, shard))
	for state, users := range byState {
		counts.AddMany(state, users)
	}
	counts.Queued = byState[delivery.Queued]
	return counts, err
}

// inBackground returns the stored counts, and asks for new ones unless they are under way.
func (t Notifications) inBackground(
	ctx context.Context, n notification.Notification,
) (notification.Counts, error) {
	stored, err := store.SelectAll[counted](ctx, t.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": n.JobID, ":prefix": countsItem(n.Number)},
	})
	if err != nil {
		return notification.Counts{}, err
	}

	now := t.Now()
	oldest := clock.Of(now)

	var sum notification.Counts
	var asked clock.Millis
	shards := 0
	for _, one := range stored {
		if one.Item == countsItem(n.Number) {
			asked = one.AskedAt
			continue
		}
		sum = addDeliveries(sum, one.Counts)
		oldest = min(oldest, one.AsOf)
		shards++
	}

	gap := longestAge(n, now)
	all := shards >= n.Parts()
	switch {
	case all && now.Sub(oldest.Time()) < gap:
		return combine(n, sum), nil
	case asked != 0 && (!all || oldest < asked):
		gap = max(gap, work.Lost)
	}

	claim := store.OncePerGap("asked_at", now, gap)
	mine, err := t.Table.UpdateIf(ctx, key(n.JobID, countsItem(n.Number)), claim)
	if err == nil && mine {
		err = t.Ask(ctx, n)
	}
	if err != nil {
		return notification.Counts{}, err
	}
	return combine(n, sum), nil
}

// longestAge returns how old a count of a notification may be before it is made again.
func longestAge(n notification.Notification, now time.Time) time.Duration {
	age := ageOf(n.Counts.Audience, deliveryRate)
	if n.FinishedAt != 0 {
		over := now.Sub(n.FinishedAt.Time())
		age = max(age, min(over/countShare, longestLife))
	}
	return age
}

// addDeliveries adds up counts of deliveries, which count the queued themselves.
func addDeliveries(a, b notification.Counts) notification.Counts {
	sum := a.Plus(b)
	sum.Queued = a.Queued + b.Queued
	return sum
}

// combine joins the counts of deliveries, which know how a message ended but come from an
// index that may be behind, and those of the batches, which know at once who was taken
// care of.
func combine(n notification.Notification, deliveries notification.Counts) notification.Counts {
	c := deliveries
	batches := n.Counts

	// Users that a batch is done with, and whose delivery isn't seen yet. After the end,
	// a queued delivery is one to a further device.
	unseen := batches.Done() - c.Done()
	if n.FinishedAt != 0 {
		unseen -= deliveries.Queued
	}
	unseen = max(0, unseen)

	// Skipped and failed are final: they come from the batches. All others were sent.
	skipped := min(unseen, max(0, batches.Skipped-c.Skipped))
	unseen -= skipped
	failed := min(unseen, max(0, batches.Failed-c.Failed))
	unseen -= failed

	c.Skipped += skipped
	c.Failed += failed
	c.Sent += unseen
	c.Audience = max(batches.Audience, c.Done())
	c.Queued = c.Audience - c.Done()
	return c
}

// keep stores a count, unless a later one is there.
func (t Notifications) keep(ctx context.Context, c counted) error {
	_, err := t.Table.UpdateIf(ctx, key(c.JobID, c.Item), store.Update{
		Set:       "counts = :counts, as_of = :as_of",
		Condition: "attribute_not_exists(as_of) OR as_of < :as_of",
		Values:    store.Values{":counts": c.Counts, ":as_of": c.AsOf},
	})
	return err
}
