package lambda

import (
	"context"
	"time"
)

// Stats is what a function did since it was made, and its present instances.
type Stats struct {
	Instances           []InstanceStats
	Invocations, Errors int
	// Dropped is how many invocations were too many of their chains: Lambda's metric
	// RecursiveInvocationsDropped.
	Dropped int
	// Billed is the time of all inits and invocations that Lambda would bill.
	Billed time.Duration
}

// InstanceStats is one instance.
type InstanceStats struct {
	PID         int    `json:"pid"`
	State       string `json:"state"` // "starting", "busy" or "idle"
	Invocations int    `json:"invocations"`
	InitMS      int64  `json:"init_ms"` // milliseconds

	init time.Duration
}

// Stats returns the function's figures.
func (f *Function) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()

	s := Stats{
		Instances:   make([]InstanceStats, len(f.instances)),
		Invocations: f.invocations,
		Errors:      f.failures,
		Dropped:     f.dropped,
		Billed:      f.billed,
	}
	for n, i := range f.instances {
		s.Instances[n] = i.stats()
	}

	return s
}

// bill adds what Lambda bills: the time of an init or an invocation, rounded up to a
// millisecond (https://aws.amazon.com/lambda/pricing/, "Duration").
func (f *Function) bill(took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.billed += (took + time.Millisecond - 1).Truncate(time.Millisecond)
}

// Init starts an instance beside the others, and ends it. It returns how long the
// instance took from its start until it asked for an invocation.
func (f *Function) Init(ctx context.Context) (time.Duration, error) {
	i, err := f.start(ctx)
	if err != nil {
		return 0, err
	}
	i.process.Kill()
	f.drop(i)
	return i.stats().init, nil
}
