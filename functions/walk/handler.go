package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/text/language"

	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/setting"
	"latchkey/shared/store"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler holds what the function is wired to. It has no state of its own: what happened
// stands in the tables, so that any instance may go on where another one died.
type handler struct {
	audience.Judge // decides who is in an audience, and reads the stores that it needs
	jobs           job.Store
	notifications  notification.Store
	steps          notification.Steps  // asks for further steps
	settler        report.Settler      // ends notifications
	counter        tally.Notifications // counts what became of messages
	users          tally.Jobs          // counts users by their states
	members        member.Store
	queues         work.Queues
	bucket         object.Bucket // takes exports
	language       language.Tag  // of the built-in texts that a notification stores
	now            func() time.Time
}

func newHandler(w *wire.Wire) handler {
	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: w.Table("directory")},
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      token.Store{Table: w.Table("tokens")},
			Deliveries:  delivery.Store{Table: w.Table("deliveries")},
		},
		jobs:    job.Store{Table: w.Table("jobs")},
		members: member.Store{Table: w.Table("members")},
		queues: work.NewQueues(
			w.AWS("sqs"),
			w.Reader,
			work.Walk,
			work.Background,
			work.Bulk,
			work.Urgent,
		),
		bucket:   object.New(w.AWS("s3"), w.Required("BUCKET")),
		language: setting.Parse(w.Reader, "LANGUAGE", reach.ParseLanguage),
		now:      w.Now,
	}

	h.notifications = notification.Store{Table: w.Table("jobs")}
	h.settler = report.Settler{
		Reports:       report.Reports{Queues: h.queues, Now: w.Now},
		Jobs:          h.jobs,
		Notifications: h.notifications,
	}
	h.steps = notification.Steps{Notifications: h.notifications, Queues: h.queues}
	h.counter = tally.Notifications{
		Table:      w.Table("jobs"),
		Deliveries: h.Deliveries,
		Ask:        h.steps.Count,
		Now:        w.Now,
	}
	h.users = tally.Jobs{
		Jobs:        h.jobs,
		Members:     h.members,
		Tokens:      h.Tokens,
		Credentials: h.Credentials,
		Queues:      h.queues,
		Now:         w.Now,
	}
	return h
}

// handle takes messages of the queues walk and background, each for itself: only those
// that failed come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return h.queues.Take(ctx, h.queues.Of(event), event, h.take), nil
}

// margin is how long before its time is up a step stops, and leaves the rest to the next
// one. A page or a batch takes less.
const margin = 20 * time.Second

// hasTime reports whether a step has time for another page or batch, and for more beside
// it. Steps are as few as may be, since Lambda counts the invocations in a chain of
// messages (package topology).
func (h handler) hasTime(ctx context.Context, more time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || deadline.Sub(h.now()) > margin+more
}

// take takes one step. SQS delivers a message at least once, so each kind of step must
// come to the same when it is taken again, also by two instances at once.
func (h handler) take(ctx context.Context, received work.Received) error {
	switch step := received.Message.(type) {
	case work.NotifyUploaded:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.notify(ctx, j, step)
		})
	case work.CutShard:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.makeBatches(ctx, j, step)
		})
	case work.ResumeShard:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.resume(ctx, j, step)
		})
	case work.Remind:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.remind(ctx, j, step)
		})
	case work.TallyShard:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.tallyShard(ctx, j, step)
		})
	case work.CountShard:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.countShard(ctx, j, step)
		})
	case work.ExportMembers:
		return h.ofJob(ctx, step.JobID, func(ctx context.Context, j job.Job) error {
			return h.export(ctx, j, step, received.Owner)
		})
	case work.EraseJob:
		return h.erase(ctx, step)
	case work.EraseUsers:
		return h.eraseUsers(ctx, step.Users)
	}
	return work.ErrUnknown
}

// ofJob takes a step of a job that is there. A step of a deleted one does nothing.
func (h handler) ofJob(
	ctx context.Context, jobID string, step func(context.Context, job.Job) error,
) error {
	j, err := h.jobs.Get(ctx, jobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	if err := step(ctx, j); err != nil {
		return fmt.Errorf("job %s: %w", jobID, err)
	}
	return nil
}
