package main

import (
	"context"
	"fmt"

	"latchkey/infra/local/client"
	"latchkey/shared/topology"
)

// takes is how often each figure is measured.
const takes = 5

// bench is a run against the clock: nothing stands between the functions and the engines.
type bench struct {
	*system
	report *Report
	per    int              // rows of a take
	jobs   []string         // the jobs of all takes, whose users are new
	like   client.Message   // one that was sent
	links  []client.Message // those of the first job
	fresh  *Figure          // users processed, all new
}

// measureTimed measures everything against the clock.
func measureTimed(ctx context.Context, r *Report) error {
	s, err := start(ctx, setting{})
	if err != nil {
		return err
	}
	defer s.stop()

	b := &bench{system: s, report: r, per: r.Environment.Rows / takes}
	if err := b.warmUp(ctx); err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	for _, part := range []struct {
		name    string
		measure func(context.Context) error
	}{
		{"files", b.measureFiles},
		{"messages and their events", b.measureNotifications},
		{"files of known users", b.measureKnown},
		{"passwords", b.measurePasswords},
		{"forgotten passwords", b.measureForgotten},
		{"latency", b.measureLatency},
	} {
		if err := told(ctx, part.name, part.measure); err != nil {
			return err
		}
	}

	s.processes.record(s.host)
	peaks := s.processes.peaks()
	for _, f := range topology.Latchkey.Functions {
		r.function(f.Name).PeakMiB = peaks[f.Name]
	}
	return r.measureInits(ctx, s)
}

// warmUp takes a small file through a job, and keeps a message that was sent: a Java
// engine's first seconds tell nothing of it.
func (b *bench) warmUp(ctx context.Context) error {
	const rows = 500
	id, err := b.onboard(ctx, users("warm", 0, rows))
	if err != nil {
		return err
	}
	if _, err := b.notify(ctx, id); err != nil {
		return err
	}
	if err := createBareTables(ctx, b.system); err != nil {
		return err
	}

	for m, err := range b.api.Messages(ctx, address(row("warm", 0)[0])) {
		if err != nil {
			return err
		}
		b.like = m
	}
	return b.quiet(ctx)
}
