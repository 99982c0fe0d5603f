package main

import (
	"context"
	"fmt"
	"time"
)

const (
	// notifiedMost is the largest file whose users are notified as well: a million messages
	// take hours.
	notifiedMost = 100_000
	// flat is how much more a row may take than with the size before.
	flat = 1.10
)

// Size is what one job of a number of rows took for each row, with a meter beside it, which
// costs all sizes alike. NotifyMS is 0 where nobody was notified; its units are those of
// the file alone then.
type Size struct {
	Rows        int     `json:"rows"`
	ValidateMS  float64 `json:"validate_ms"`
	ProcessMS   float64 `json:"process_ms"`
	NotifyMS    float64 `json:"notify_ms,omitempty"`
	CPUMS       float64 `json:"cpu_ms"`
	PeakMiB     float64 `json:"peak_mib"` // of the largest process
	Read        float64 `json:"read_units"`
	Write       float64 `json:"write_units"`
	NotifyRead  float64 `json:"notify_read_units,omitempty"`
	NotifyWrite float64 `json:"notify_write_units,omitempty"`
}

// measureSize takes one job of so many rows through a system of its own, and checks its
// counts.
func measureSize(ctx context.Context, rows int) (Size, error) {
	size := Size{Rows: rows}
	s, err := start(ctx, setting{counts: true})
	if err != nil {
		return size, err
	}
	defer s.stop()

	perRow := func(d time.Duration) float64 { return milliseconds(d) / float64(rows) }
	var id string
	file, err := s.step(ctx, fileStep, rows, func() error {
		made, took, err := s.validate(ctx, users("user", 0, rows))
		if err != nil {
			return err
		}
		id = made
		size.ValidateMS = perRow(took)
		took, err = s.process(ctx, id)
		size.ProcessMS = perRow(took)
		return err
	})
	if err != nil {
		return size, err
	}
	size.Read = file.read()
	size.Write = file.written()
	size.CPUMS = file.cpu()

	if rows <= notifiedMost {
		notified, err := s.step(ctx, notifyStep, rows, func() error {
			took, err := s.notify(ctx, id)
			size.NotifyMS = perRow(took)
			return err
		})
		if err != nil {
			return size, err
		}
		size.NotifyRead = notified.read()
		size.NotifyWrite = notified.written()
		size.CPUMS += notified.cpu()
		if err := s.checkCounts(ctx, id, rows); err != nil {
			return size, err
		}
	}

	for _, peak := range s.processes.peaks() {
		size.PeakMiB = max(size.PeakMiB, peak)
	}
	return size, nil
}

// cpu returns the processor's time for a user of all functions, in milliseconds.
func (s *Step) cpu() float64 {
	sum := 0.0
	for _, w := range s.Functions {
		sum += w.CPUMS
	}
	return s.perUser(sum)
}

// columns are what is told of a size, in the order of the table.
var columns = []struct {
	name string
	of   func(Size) float64
}{
	{"validate, ms a row", func(s Size) float64 { return s.ValidateMS }},
	{"process, ms a row", func(s Size) float64 { return s.ProcessMS }},
	{"notify, ms a row", func(s Size) float64 { return s.NotifyMS }},
	{"CPU of functions, ms a row", func(s Size) float64 { return s.CPUMS }},
	{"largest process, MiB", func(s Size) float64 { return s.PeakMiB }},
	{"file, read units a row", func(s Size) float64 { return s.Read }},
	{"file, write units a row", func(s Size) float64 { return s.Write }},
	{"notify, read units a row", func(s Size) float64 { return s.NotifyRead }},
	{"notify, write units a row", func(s Size) float64 { return s.NotifyWrite }},
}

// cell returns a figure of the size at i, marked if it isn't flat.
func cell(sizes []Size, i int, of func(Size) float64) string {
	now := of(sizes[i])
	if now == 0 {
		return "–"
	}
	text := fmt.Sprintf("%.3g", now)
	if i > 0 && now > flat*of(sizes[i-1]) && of(sizes[i-1]) > 0 {
		text += " (not flat)"
	}
	return text
}
