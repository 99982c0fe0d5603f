package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Limits and bars of the ratios.
const (
	sendLimit   = 0.1
	sendBar     = 0.5
	eventsLimit = 0.008
	lagLimit    = 3
)

// slowestEvent is how long the local SES holds its slowest event back, in seconds.
const slowestEvent = 3

// measureNotifications measures messages and their events, and checks that all counts add
// up.
func (b *bench) measureNotifications(ctx context.Context) error {
	sent := b.report.figure(Figure{
		Name:   "messages sent",
		Unit:   "a second",
		Beside: "SendEmail",
		Limit:  sendLimit,
		Bar:    sendBar,
	})
	counted := b.report.figure(Figure{
		Name:   "messages sent, and their events counted",
		Unit:   "a second",
		Beside: "BatchWriteItem, one item",
		Limit:  eventsLimit,
	})
	lag := b.report.figure(Figure{
		Name:   "last message to last event",
		Unit:   "s",
		Beside: "the slowest event of the local SES",
		Less:   true,
		Limit:  lagLimit,
	})

	did, err := b.step(ctx, notifyStep, takes*b.per, func() error {
		for _, id := range b.jobs {
			var began time.Time
			err := sent.take(
				func() (float64, error) { return bareSend(ctx, b.system, b.per, b.like) },
				func() (float64, error) {
					began = time.Now()
					took, err := b.notify(ctx, id)
					return b.rate(took), err
				})
			if err != nil {
				return err
			}

			last := time.Now()
			if err := b.quiet(ctx); err != nil {
				return err
			}
			wait := time.Since(last)
			whole := time.Since(began)
			bare, err := bareBatchWrite(ctx, b.system, b.per)
			if err != nil {
				return err
			}
			counted.add(b.rate(whole), bare)
			lag.add(wait.Seconds(), slowestEvent)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.report.Timed = append(b.report.Timed, did)

	for _, id := range b.jobs {
		if err := b.checkCounts(ctx, id, b.per); err != nil {
			return err
		}
	}
	return b.checkMessages(ctx)
}

// checkMessages checks that each user was sent one message, and keeps them as they came.
func (b *bench) checkMessages(ctx context.Context) error {
	to := map[string]int{}
	for m, err := range b.api.Messages(ctx, "") {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(m.To, "user") {
			continue
		}
		to[m.To]++
		if len(b.links) < b.per {
			b.links = append(b.links, m)
		}
	}

	for n := range takes * b.per {
		if at := address(row("user", n)[0]); to[at] != 1 {
			return fmt.Errorf("%s got %d messages", at, to[at])
		}
	}
	return nil
}
