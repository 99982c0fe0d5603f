package lambda

import (
	"sync"
	"time"

	"latchkey/infra/local/process"
)

// instance is one process of a function. It is starting until it asks for its first
// invocation; from then on it is idle or busy, until its process ends.
type instance struct {
	id      string
	arn     string // of the function
	process *process.Process
	tail    process.Tail // the end of its log
	reaper  *time.Timer  // ends the process; set while it is idle

	free   chan struct{}    // is sent to when the process asks for an invocation; holds one
	failed chan error       // is sent the failure of its init; holds one
	work   chan *invocation // hands over an invocation

	mu          sync.Mutex
	current     *invocation // nil while it is idle
	ready       bool        // it has asked for its first invocation
	init        time.Duration
	invocations int
}

// initialised records how long the instance took to start.
func (i *instance) initialised(after time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ready = true
	i.init = after
}

// take sets the invocation that the instance answers from now on; nil is none.
func (i *instance) take(v *invocation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current = v
	if v != nil {
		i.invocations++
	}
}

// finish ends the invocation that the instance is running. It reports whether that is the
// one with the id, and this its first outcome.
func (i *instance) finish(id string, result outcome) bool {
	i.mu.Lock()
	defer i.mu.Unlock()

	if i.current == nil || i.current.id != id {
		return false
	}

	select {
	case i.current.done <- result:
		return true
	default:
		return false
	}
}

// stats returns what the instance did, and what it does now.
func (i *instance) stats() InstanceStats {
	i.mu.Lock()
	defer i.mu.Unlock()

	s := InstanceStats{
		PID:         i.process.PID(),
		State:       "idle",
		Invocations: i.invocations,
		InitMS:      i.init.Milliseconds(),
		init:        i.init,
	}
	switch {
	case !i.ready:
		s.State = "starting"
	case i.current != nil:
		s.State = "busy"
	}

	return s
}
