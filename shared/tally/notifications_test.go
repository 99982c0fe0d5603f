package tally_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/tally"
	"latchkey/shared/work"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type counting struct {
	tally.Notifications
	t     testing.TB
	now   time.Time
	asked int
}

func newCounting(t testing.TB) *counting {
	t.Helper()
	db, name := enginetest.Tables(t)
	c := &counting{t: t, now: noon}
	c.Notifications = tally.Notifications{
		Table:      store.Table{DB: db, Name: name("jobs")},
		Deliveries: delivery.Store{Table: store.Table{DB: db, Name: name("deliveries")}},
		Ask: func(context.Context, notification.Notification) error {
			c.asked++
			return nil
		},
		Now: func() time.Time { return c.now },
	}
	return c
}

// put makes deliveries of the first device, from..to of them in a state, in one shard.
func (c *counting) put(from, to, k int, state delivery.State) {
	c.t.Helper()

	var all []delivery.Delivery
	for i := from; i < to; i++ {
		all = append(all, delivery.Delivery{
			UserID: fmt.Sprint("u", i),
			Name:   delivery.NameOf("j1", 1).Nth(k),
			Part:   delivery.Part("j1", 1, i%job.Shards),
			Key:    fmt.Sprint("user", i),
			State:  state,
			At:     clock.Of(noon),
		})
	}

	must(c.t, c.Deliveries.Put(c.t.Context(), all...))
}

func (c *counting) of(n notification.Notification) notification.Counts {
	c.t.Helper()
	counts, err := c.Of(c.t.Context(), n)
	must(c.t, err)

	n.Counts = counts
	sum := counts.Queued + counts.Sent + counts.Delivered + counts.Bounced +
		counts.Complained + counts.Failed + counts.Skipped
	if sum != counts.Audience {
		c.t.Errorf("%+v adds up to %d", counts, sum)
	}

	return counts
}

func TestAFewUsersAreCountedWhileTheCallerWaits(t *testing.T) {
	c := newCounting(t)

	n := notification.Notification{
		JobID:    "j1",
		Number:   1,
		Audience: job.Pending,
		Status:   notification.Sending,
	}
	if got := c.of(n); got != (notification.Counts{}) {
		t.Errorf("before its walk: %+v", got)
	}
	// 100 in the audience, of whom 50 have had their turn.
	n.Counts = notification.Counts{Audience: 100, Sent: 45, Skipped: 5, Queued: 50}
	c.put(0, 20, 1, delivery.Sent)
	c.put(20, 35, 1, delivery.Delivered)
	c.put(35, 40, 1, delivery.Bounced)
	c.put(35, 37, 2, delivery.Sent) // on another device
	c.put(40, 45, 1, delivery.Failed)
	c.put(45, 50, 1, delivery.Skipped)
	c.put(50, 55, 1, delivery.Queued)

	want := notification.Counts{
		Audience:  100,
		Queued:    50,
		Sent:      22,
		Delivered: 15,
		Bounced:   3,
		Failed:    5,
		Skipped:   5,
	}
	if got := c.of(n); got != want {
		t.Errorf("while it is sent: got %+v, want %+v", got, want)
	}
	// What was counted a moment ago isn't counted again.
	c.put(0, 20, 1, delivery.Delivered)

	if got := c.of(n); got != want {
		t.Errorf("a moment later: got %+v, want %+v", got, want)
	}

	c.put(50, 98, 1, delivery.Delivered) // two have no delivery, since their rows failed meanwhile
	n.Status, n.FinishedAt = notification.Sent, clock.Of(c.now)
	n.Counts = notification.Counts{Audience: 100, Sent: 88, Failed: 5, Skipped: 7}
	c.now = c.now.Add(2 * time.Second)

	want = notification.Counts{
		Audience:  100,
		Sent:      2,
		Delivered: 83,
		Bounced:   3,
		Failed:    5,
		Skipped:   7,
	}
	if got := c.of(n); got != want {
		t.Errorf("when it is sent: got %+v, want %+v", got, want)
	}
	// What comes after the end is seen, but less and less often.
	c.put(0, 1, 1, delivery.Complained)
	c.now = c.now.Add(2 * time.Second)

	want.Delivered, want.Complained = 82, 1
	if got := c.of(n); got != want {
		t.Errorf("after the end: got %+v, want %+v", got, want)
	}

	c.now = c.now.Add(10 * time.Hour)
	c.of(n)
	c.put(1, 2, 1, delivery.Complained)

	c.now = c.now.Add(5 * time.Minute)
	if got := c.of(n); got != want {
		t.Errorf("ten hours later it is counted every few minutes: %+v", got)
	}

	c.now = c.now.Add(2 * time.Minute)

	want.Delivered, want.Complained = 81, 2
	if got := c.of(n); got != want {
		t.Errorf("and then: got %+v, want %+v", got, want)
	}

	if c.asked != 0 {
		t.Errorf("%d times in the background", c.asked)
	}
}

func TestWhoIsOnTheWayToAnotherDeviceIsQueued(t *testing.T) {
	c := newCounting(t)
	c.put(0, 3, 1, delivery.Bounced)
	c.put(2, 3, 2, delivery.Queued)

	n := notification.Notification{
		JobID:      "j1",
		Number:     1,
		Audience:   job.Pending,
		Status:     notification.Sent,
		FinishedAt: clock.Of(noon),
		Counts:     notification.Counts{Audience: 3, Sent: 3},
	}
	got, want := c.of(n), (notification.Counts{Audience: 3, Bounced: 2, Queued: 1})
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestManyAreCountedInTheBackground(t *testing.T) {
	c := newCounting(t)
	n := notification.Notification{
		JobID:    "j1",
		Number:   1,
		Audience: job.Pending,
		Status:   notification.Sending,
		Counts:   notification.Counts{Audience: 40_000, Sent: 300, Failed: 20, Queued: 39_680},
	}

	want := n.Counts
	for range 2 {
		if got := c.of(n); got != want || c.asked != 1 {
			t.Errorf("before the first count: got %+v, asked %d times", got, c.asked)
		}
	}

	// However long they look: while a count is under way it isn't asked for again.
	for range 10 {
		c.now = c.now.Add(time.Minute)
		if c.of(n); c.asked != 1 {
			t.Fatalf("while it is under way: asked %d times", c.asked)
		}
	}

	c.put(0, 200, 1, delivery.Delivered)
	c.put(200, 300, 1, delivery.Bounced)
	c.put(300, 320, 1, delivery.Failed)

	for shard := range job.Shards {
		must(t, c.CountShard(t.Context(), n, shard))
	}

	want = notification.Counts{
		Audience:  40_000,
		Delivered: 200,
		Bounced:   100,
		Failed:    20,
		Queued:    39_680,
	}
	if got := c.of(n); got != want || c.asked != 1 {
		t.Errorf("counted: got %+v, asked %d times", got, c.asked)
	}

	n.Counts.Sent, n.Counts.Queued = 1300, 38_680 // sent since
	c.now = c.now.Add(3 * time.Second)

	want.Sent, want.Queued = 1000, 38_680
	if got := c.of(n); got != want || c.asked != 1 {
		t.Errorf("three seconds later: got %+v, asked %d times", got, c.asked)
	}

	c.now = c.now.Add(time.Second)
	for range 2 {
		if c.of(n); c.asked != 2 {
			t.Errorf("when the count is old: asked %d times", c.asked)
		}
	}

	c.now = c.now.Add(work.Lost)
	for range 2 {
		if c.of(n); c.asked != 3 {
			t.Errorf("when a count is lost: asked %d times", c.asked)
		}
	}
}
