package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// heldRate is a rate that SES is held at, and how many instances of a function there are
// then at most: one alone has nobody to use the turns that it misses.
type heldRate struct{ perSecond, instances int }

var heldRates = []heldRate{{50, 10}, {200, 1}}

const (
	// heldFor is for how long messages are sent at a rate. In any heldWindow it must hold.
	heldFor    = 64 * time.Second
	heldWindow = time.Minute
	// nextWindow is the time from the beginning of a window to that of the next.
	nextWindow = time.Second
	// Limit and bar of what is sent in the worst window, beside what is allowed.
	heldLimit = 0.5
	heldBar   = 0.95
)

// measureRates measures how much of a send rate is used.
func (r *Report) measureRates(ctx context.Context) error {
	for _, rate := range heldRates {
		if err := r.measureRate(ctx, rate); err != nil {
			return fmt.Errorf("hold SES at %d a second: %w", rate.perSecond, err)
		}
	}
	return nil
}

// measureRate measures on a system of its own.
func (r *Report) measureRate(ctx context.Context, held heldRate) error {
	s, err := start(ctx, setting{perSecond: held.perSecond, instances: held.instances})
	if err != nil {
		return err
	}
	defer s.stop()

	id, err := s.onboard(ctx, users("held", 0, held.perSecond*int(heldFor.Seconds())))
	if err != nil {
		return err
	}
	if _, err := s.notify(ctx, id); err != nil {
		return err
	}

	var at []time.Time
	for m, err := range s.api.Messages(ctx, "") {
		if err != nil {
			return err
		}
		at = append(at, m.At)
	}

	f := r.figure(Figure{
		Name: fmt.Sprintf("messages, SES held at %d a second, instances: %d",
			held.perSecond, held.instances),
		Unit:   "a second, in a minute",
		Beside: "the allowed rate",
		Worst:  true,
		Limit:  heldLimit,
		Bar:    heldBar,
	})
	for _, n := range windows(at, heldWindow) {
		f.add(n, float64(held.perSecond))
	}
	return nil
}

// windows returns how many of the times a second lie in each window that begins after the
// first and ends before the last, in steps. If all of them are within one window, that is
// one as well.
func windows(at []time.Time, window time.Duration) []float64 {
	slices.SortFunc(at, time.Time.Compare)
	if len(at) < 2 {
		return nil
	}

	first, last := at[0], at[len(at)-1]
	var rates []float64
	for from := first; !from.Add(window).After(last); from = from.Add(nextWindow) {
		n := 0
		for _, t := range at {
			if !t.Before(from) && t.Before(from.Add(window)) {
				n++
			}
		}
		rates = append(rates, float64(n)/window.Seconds())
	}
	if len(rates) == 0 {
		rates = append(rates, float64(len(at)-1)/last.Sub(first).Seconds())
	}
	return rates
}
