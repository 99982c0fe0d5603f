// Package report has the events of a job told to the address that the job names for it.
//
// A report is asked for before its event is written down, so that no death in between loses it; deliver waits until the event is there, and
// sends each report once.
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
	// delay is how long a report waits before it is looked whether its event is there.
	delay = 2 * time.Second
	// wait is for how long the event may come: as long as an invocation lasts at most.
	wait = 15 * time.Minute
)

// Reports asks for reports.
type Reports struct {
	Urgent queue.Queue
	Now    func() time.Time
}

// Send asks for an event of a job to be reported, if the job wants that. number is the round of the job's processing, or the notification's.
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

// Ends reports the end of notifications: see notification.Store.
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
