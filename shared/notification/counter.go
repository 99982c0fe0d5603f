package notification

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

const (
	// inlineCount is the largest audience that is counted while the caller waits.
	inlineCount = 5_000
	// countAge is how old a count may be. A large audience adds 1 s for countRate users.
	countAge  = 2 * time.Second
	countRate = 20_000
	// After the end less and less happens: then a count may be as old as the time since,
	// divided by countShare, up to longestLife.
	countShare  = 100
	longestLife = 24 * time.Hour
)

// countItem is a stored count of a shard's deliveries, or of all with when it was asked for.
type countItem struct {
	JobID   string       `dynamodbav:"job"`
	Item    string       `dynamodbav:"item"`
	Counts  Counts       `dynamodbav:"counts"`
	AsOf    clock.Millis `dynamodbav:"as_of"`
	AskedAt clock.Millis `dynamodbav:"asked_at,omitempty"`
}

func countsItem(number int) string { return fmt.Sprintf("counts#%06d", number) }

func shardCountsItem(number, shard int) string {
	return fmt.Sprintf("%s#%02d", countsItem(number), shard)
}

// Counter counts a notification's users, each once, by the state of the latest message to
// them: a small audience while the caller waits, a large one in the background.
type Counter struct {
	Notifications Store
	Deliveries    delivery.Store
	// Ask asks for CountShard of each of the notification's shards, in the background.
	Ask func(context.Context, Notification) error
	Now func() time.Time
}

// Of counts a notification's users, as it was read last. The states add up to the
// audience. A message that was sent after the count was made counts as sent.
func (c Counter) Of(ctx context.Context, n Notification) (Counts, error) {
	if n.Counts.Audience == 0 {
		return n.Counts, nil
	}
	if n.Counts.Audience > inlineCount {
		return c.inBackground(ctx, n)
	}

	var last countItem
	err := c.Notifications.Table.Get(ctx, key(n.JobID, countsItem(n.Number)), &last)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Counts{}, err
	}

	// A count from before the end isn't used: it has messages on their way.
	now := c.Now()
	age := now.Sub(last.AsOf.Time())
	if last.AsOf > n.FinishedAt && age < n.longestAge(now) {
		return n.combine(last.Counts), nil
	}

	sum, err := c.all(ctx, n)
	if err != nil {
		return Counts{}, err
	}

	err = c.Notifications.saveCounts(ctx, countItem{
		JobID:  n.JobID,
		Item:   countsItem(n.Number),
		Counts: sum,
		AsOf:   clock.Of(now),
	})
	return n.combine(sum), err
}

func (c Counter) all(ctx context.Context, n Notification) (sum Counts, err error) {
	count := func(ctx context.Context, shard int) (Counts, error) {
		return c.shard(ctx, n, shard)
	}
	shards, err := parallel.Map(ctx, n.Parts(), n.Parts(), count)
	if err != nil {
		return Counts{}, err
	}

	for _, one := range shards {
		sum = sum.addDeliveries(one)
	}

	return sum, nil
}

// CountShard counts the deliveries of a shard and stores the sum.
func (c Counter) CountShard(ctx context.Context, n Notification, shard int) error {
	now := c.Now()

	counts, err := c.shard(ctx, n, shard)
	if err != nil {
		return err
	}
	return c.Notifications.saveCounts(ctx, countItem{
		JobID:  n.JobID,
		Item:   shardCountsItem(n.Number, shard),
		Counts: counts,
		AsOf:   clock.Of(now),
	})
}

func (c Counter) shard(ctx context.Context, n Notification, shard int) (counts Counts, err error) {
	byState, err := c.Deliveries.CountUsers(ctx, delivery.Part(n.JobID, n.Number, shard))
	for state, users := range byState {
		counts.AddMany(state, users)
	}
	counts.Queued = byState[delivery.Queued]
	return counts, err
}

// inBackground returns the stored counts, and asks for new ones unless they are under way.
func (c Counter) inBackground(ctx context.Context, n Notification) (Counts, error) {
	stored, err := store.SelectAll[countItem](ctx, c.Notifications.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": n.JobID, ":prefix": countsItem(n.Number)},
	})
	if err != nil {
		return Counts{}, err
	}

	now := c.Now()
	oldest := clock.Of(now)

	var sum Counts
	var asked clock.Millis
	shards := 0
	for _, one := range stored {
		if one.Item == countsItem(n.Number) {
			asked = one.AskedAt
			continue
		}
		sum = sum.addDeliveries(one.Counts)
		oldest = min(oldest, one.AsOf)
		shards++
	}

	gap := n.longestAge(now)
	all := shards >= n.Parts()
	switch {
	case all && now.Sub(oldest.Time()) < gap:
		return n.combine(sum), nil
	case asked != 0 && (!all || oldest < asked):
		gap = max(gap, work.Lost)
	}

	claim := store.OncePerGap("asked_at", now, gap)
	mine, err := c.Notifications.Table.UpdateIf(ctx, key(n.JobID, countsItem(n.Number)), claim)
	if err == nil && mine {
		err = c.Ask(ctx, n)
	}
	if err != nil {
		return Counts{}, err
	}
	return n.combine(sum), nil
}

func (n Notification) longestAge(now time.Time) time.Duration {
	age := countAge
	if n.Counts.Audience > inlineCount {
		age += time.Duration(n.Counts.Audience/countRate) * time.Second
	}

	if n.FinishedAt != 0 {
		over := now.Sub(n.FinishedAt.Time())
		age = max(age, min(over/countShare, longestLife))
	}
	return age
}

// addDeliveries adds up counts of deliveries, which count the queued themselves.
func (c Counts) addDeliveries(o Counts) Counts {
	queued := c.Queued + o.Queued
	c = c.Plus(o)
	c.Queued = queued
	return c
}

// combine joins the counts of deliveries, which know how a message ended but come from an
// index that may be behind, and those of the batches, which know at once who was taken
// care of.
func (n Notification) combine(deliveries Counts) Counts {
	c := deliveries
	batches := n.Counts

	// Users that a batch is done with, and whose delivery isn't seen yet. After the end,
	// a queued delivery is one to a further device.
	unseen := batches.done() - c.done()
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
	c.Audience = max(batches.Audience, c.done())
	c.Queued = c.Audience - c.done()
	return c
}

func (s Store) saveCounts(ctx context.Context, counts countItem) error {
	_, err := s.Table.UpdateIf(ctx, key(counts.JobID, counts.Item), store.Update{
		Set:       "counts = :counts, as_of = :as_of",
		Condition: "attribute_not_exists(as_of) OR as_of < :as_of",
		Values:    store.Values{":counts": counts.Counts, ":as_of": counts.AsOf},
	})
	return err
}
