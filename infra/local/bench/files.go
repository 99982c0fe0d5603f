package main

import (
	"context"
	"time"
)

// Limits of the ratios, about half of what two cores gave, and bars: what the ratios
// should be.
const (
	validateLimit  = 0.2
	processLimit   = 0.05
	writtenLimit   = 0.15
	writtenBar     = 0.35
	unchangedLimit = 1.5
	unchangedBar   = 2
)

// file returns the file of a take.
func (b *bench) file(take int) []byte { return users("user", take*b.per, b.per) }

// rate returns how many rows of a take that is a second.
func (b *bench) rate(took time.Duration) float64 { return float64(b.per) / took.Seconds() }

// measureFiles measures the validation and the processing of files whose users are new.
func (b *bench) measureFiles(ctx context.Context) error {
	validated := b.report.figure(Figure{
		Name:   "rows validated",
		Unit:   "a second",
		Beside: "encoding/csv and BatchGetItem",
		Limit:  validateLimit,
	})
	processed := b.report.figure(Figure{
		Name:   "users processed, all new",
		Unit:   "a second",
		Beside: "BatchWriteItem, one item",
		Limit:  processLimit,
	})
	besideWritten := b.report.figure(Figure{
		Name:   "users processed, all new",
		Unit:   "a second",
		Beside: "BatchWriteItem of what they write",
		Limit:  writtenLimit,
		Bar:    writtenBar,
	})

	b.fresh = processed
	did, err := b.step(ctx, fileStep, takes*b.per, func() error {
		for take := range takes {
			var id string
			file := b.file(take)
			err := validated.take(
				func() (float64, error) { return bareValidation(ctx, b.system, file, b.per) },
				func() (rate float64, err error) {
					var took time.Duration
					id, took, err = b.validate(ctx, file)
					return b.rate(took), err
				})
			if err != nil {
				return err
			}
			if err := processed.take(b.bareWrite(ctx), b.processing(ctx, id)); err != nil {
				return err
			}
			items, err := written(ctx, b.system, id)
			if err != nil {
				return err
			}
			bare, err := bareWrites(ctx, b.system, items, b.per)
			if err != nil {
				return err
			}
			besideWritten.add(processed.Takes[take], bare)
			b.jobs = append(b.jobs, id)
		}
		return nil
	})
	b.report.Timed = append(b.report.Timed, did)
	return err
}

// bareWrite returns what measures BatchWriteItem.
func (b *bench) bareWrite(ctx context.Context) func() (float64, error) {
	return func() (float64, error) { return bareBatchWrite(ctx, b.system, b.per) }
}

// processing returns what has a job's rows processed.
func (b *bench) processing(ctx context.Context, id string) func() (float64, error) {
	return func() (float64, error) {
		took, err := b.process(ctx, id)
		return b.rate(took), err
	}
}

// measureKnown measures the processing of files of which all users, or half of them, are
// known and unchanged.
func (b *bench) measureKnown(ctx context.Context) error {
	half := b.report.figure(Figure{
		Name:   "users processed, half unchanged",
		Unit:   "a second",
		Beside: "BatchWriteItem, one item",
		Limit:  processLimit,
	})
	unchanged := b.report.figure(Figure{
		Name:   "users processed, all unchanged",
		Unit:   "a second",
		Beside: "those that are all new",
		Limit:  unchangedLimit,
		Bar:    unchangedBar,
	})

	for take := range takes {
		id, _, err := b.validate(ctx, b.file(take))
		if err != nil {
			return err
		}
		err = unchanged.take(func() (float64, error) { return b.fresh.Takes[take], nil },
			b.processing(ctx, id))
		if err != nil {
			return err
		}

		known := users("user", take*b.per, b.per/2)
		id, _, err = b.validate(ctx, joined(known, users("half", take*b.per, b.per-b.per/2)))
		if err != nil {
			return err
		}
		if err := half.take(b.bareWrite(ctx), b.processing(ctx, id)); err != nil {
			return err
		}
	}
	return b.quiet(ctx)
}
