package ses

import (
	"sync"
	"time"
)

// Clock is the time that the local SES goes by: its base's, or a later one that it was set
// to, which moves on with the base's. It may be used concurrently.
type Clock struct {
	// Base is the machine's time unless it is set.
	Base func() time.Time

	mu    sync.Mutex
	ahead time.Duration
}

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base().Add(c.ahead)
}

func (c *Clock) base() time.Time {
	if c.Base == nil {
		return time.Now()
	}
	return c.Base()
}

// Forward sets the clock, unless it shows a later time already: it never goes back.
func (c *Clock) Forward(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = max(c.ahead, to.Sub(c.base()))
}

// window counts messages of the last 24 hours, to the minute. The zero value is empty. It
// may be used concurrently.
type window struct {
	mu      sync.Mutex
	minutes []minute // the oldest first; 1,441 at most
	total   int
}

// minute is how many messages were counted in one minute.
type minute struct {
	begins time.Time
	count  int
}

// count returns how many messages there were in the 24 hours before now.
func (w *window) count(now time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(now)
	return w.total
}

// take adds n messages, or as many as the limit leaves room for, and returns how many it
// added. A limit of 0 is none.
func (w *window) take(n, limit int, now time.Time) int {
	w.mu.Lock()
	defer w.mu.Unlock()

	w.forget(now)
	if limit > 0 {
		n = max(0, min(n, limit-w.total))
	}

	begins := now.Truncate(time.Minute)
	if last := len(w.minutes) - 1; last < 0 || w.minutes[last].begins.Before(begins) {
		w.minutes = append(w.minutes, minute{begins: begins})
	}

	w.minutes[len(w.minutes)-1].count += n
	w.total += n
	return n
}

// giveBack takes n of the latest messages away again.
func (w *window) giveBack(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.minutes) - 1; last >= 0 {
		n = min(n, w.minutes[last].count)
		w.minutes[last].count -= n
		w.total -= n
	}
}

// forget drops the minutes that ended 24 hours ago. The caller holds the lock.
func (w *window) forget(now time.Time) {
	const kept = 24*time.Hour + time.Minute
	past := 0
	for past < len(w.minutes) && !w.minutes[past].begins.Add(kept).After(now) {
		w.total -= w.minutes[past].count
		past++
	}
	w.minutes = w.minutes[past:]
}
