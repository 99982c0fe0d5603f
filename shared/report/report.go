// Package report asks for reports: emails about the events of a job, to the address that
// the job names.
//
// Announce, then act: the report is announced by a message before its event is written,
// so that no death in between loses it. Whoever takes the message waits until the event
// is there, and sends nothing if it doesn't come.
package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
)

const (
	// delay is how long a report is held back before somebody looks for its event.
	delay = 2 * time.Second
	// wait is how long the event may take: Lambda's longest invocation.
	wait = 15 * time.Minute
)

// Reports asks for reports by messages on the urgent queue.
type Reports struct {
	Urgent queue.Queue
	Now    func() time.Time
}

// Send announces an event of a job, if the job names an address. It must be called before
// the event is written. number is the round of processing or the notification's number.
func (r Reports) Send(ctx context.Context, j job.Job, event urgent.Event, number int) error {
	if j.ReportTo == "" {
		return nil
	}
	return r.Urgent.Send(ctx, urgent.Message{
		ID: fmt.Sprintf("%s#%d", event, number),
		Report: &urgent.Report{
			JobID:  j.ID,
			Event:  event,
			Number: number,
			Until:  r.Now().Add(wait).UnixMilli(),
		},
	}, delay)
}

// Ends returns the hook of a notification.Store that reports the end of notifications.
func (r Reports) Ends(jobs job.Store) func(context.Context, notification.Notification) error {
	return func(ctx context.Context, n notification.Notification) error {
		j, err := jobs.Get(ctx, n.JobID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return r.Send(ctx, j, urgent.NotificationSent, n.Number)
	}
}
