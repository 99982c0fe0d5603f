package lambda

import (
	"errors"
	"fmt"
	"time"

	"latchkey/shared/topology"
)

// Lambda's limits
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and, of an
// event, https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
const (
	// maxPayload is the most bytes of an answer, and of the event of an invocation that is
	// waited for: 6 MB.
	maxPayload = 6 << 20
	// maxEvent is the most bytes of the event of an asynchronous invocation: 1 MB.
	maxEvent = 1 << 20
	// maxEnvironment is the most bytes of a function's environment, names and values: 4 KB.
	maxEnvironment = 4 << 10
	// initTimeout is how long an instance may take until it asks for its first invocation
	// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
	initTimeout = 10 * time.Second
	// leastMemory is that of a function that doesn't say how much it needs, in MB.
	leastMemory = 128
)

// ErrTooLarge means that an event is over its limit: no instance was given it.
var ErrTooLarge = errors.New("the event is too large")

// CheckEnvironment returns an error if a function's variables are more than Lambda takes.
func CheckEnvironment(variables map[string]string) error {
	size := 0
	for name, value := range variables {
		size += len(name) + len(value)
	}
	if size > maxEnvironment {
		return fmt.Errorf("the environment has %d bytes: Lambda takes %d", size, maxEnvironment)
	}
	return nil
}

// Bounds of an event source of SQS
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html and
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html).
const (
	leastConcurrency = 2
	mostConcurrency  = 1000
	mostBatch        = 10 // messages, without a window
	mostGathered     = 10_000
	leastWindow      = time.Second
	mostWindow       = 5 * time.Minute
)

// CheckSource returns an error if Lambda wouldn't take a source.
func CheckSource(s topology.Source) error {
	most := mostBatch
	if s.Window > 0 {
		most = mostGathered
	}

	switch {
	case s.Concurrency < leastConcurrency || s.Concurrency > mostConcurrency:
		return fmt.Errorf("the source %s has a concurrency of %d: it has to be from %d to %d",
			s.Queue, s.Concurrency, leastConcurrency, mostConcurrency)
	case s.BatchSize < 1 || s.BatchSize > most:
		return fmt.Errorf("the source %s has batches of %d: they have to be from 1 to %d",
			s.Queue, s.BatchSize, most)
	case s.Window != 0 && (s.Window < leastWindow || s.Window > mostWindow):
		return fmt.Errorf("the source %s has a window of %s: it has to be from %s to %s",
			s.Queue, s.Window, leastWindow, mostWindow)
	}
	return nil
}
