// Package report asks for reports: emails about the events of a job, to the address that
// the job names. One of these events is the end of a notification, which Settler brings
// about.
//
// Announce, then act: the report is announced by a message before its event is written,
// so that no death in between loses it. Whoever takes the message waits until the event
// is there, and sends nothing if it doesn't come.
package report

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

const (
	// delay is how long a report is held back before somebody looks for its event.
	delay = 2 * time.Second
	// wait is how long the event may take: Lambda's longest invocation.
	wait = 15 * time.Minute
)

// Reports asks for reports by messages on the urgent queue.
type Reports struct {
	Queues work.Queues
	Now    func() time.Time
}

// Send announces an event of a job, if the job names an address. It must be called before
// the event is written. number is the Report's.
func (r Reports) Send(ctx context.Context, j job.Job, event work.Event, number int) error {
	if j.ReportTo == "" {
		return nil
	}
	return r.Queues.Send(ctx, work.Report{
		JobID:  j.ID,
		Event:  event,
		Number: number,
		Until:  clock.Of(r.Now().Add(wait)),
	}, delay)
}

// Settler ends notifications, each with its report.
type Settler struct {
	Reports       Reports
	Jobs          job.Store
	Notifications notification.Store
}

// Settle ends a shard if all its batches have a result, and the notification if that was
// the last shard. Every request that may have been the last calls it after its own result
// is stored, so that one of them finds all results. A second call changes nothing.
func (s Settler) Settle(ctx context.Context, n notification.Notification, shard int) error {
	sum, last, err := s.Notifications.SettleShard(ctx, n, shard)
	if err != nil || !last {
		return err
	}

	// Announce, then act: the report is announced before the end is written. If the
	// request dies in between, its message comes again and repeats both.
	if err := s.announce(ctx, n); err != nil {
		return err
	}
	return s.Notifications.End(ctx, n, sum, s.Reports.Now())
}

// announce announces the end of a notification, unless its job was deleted.
func (s Settler) announce(ctx context.Context, n notification.Notification) error {
	j, err := s.Jobs.Get(ctx, n.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Reports.Send(ctx, j, work.NotificationSent, n.Number)
}
