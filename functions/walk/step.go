package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

const (
	// uploadNotificationID is the id of the notification that is asked for with the
	// upload.
	uploadNotificationID = "upload"
	// pageMembers is how many members are read and looked up together.
	pageMembers = 200
)

// handle takes messages of the walk queue, each for itself: only those that failed come
// back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return work.Take(ctx, event, h.take), nil
}

// take takes one step. SQS delivers a message at least once, so each kind of step must
// come to the same when it is taken again, also by two instances at once.
func (h handler) take(ctx context.Context, received work.Received) error {
	switch step := received.Message.(type) {
	case work.NotifyUploaded:
		return h.ofJob(ctx, step.JobID, h.notify)
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
			return h.export(ctx, j, step.State)
		})
	case work.EraseShard:
		return h.erase(ctx, step)
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
		return fmt.Errorf("step of job %s: %w", jobID, err)
	}
	return nil
}

// notify begins the notification that was asked for with the upload. Each worker that
// sees the end of the processing asks for it, and messages may come late: once the job
// has another notification, no upload's must be made any more.
func (h handler) notify(ctx context.Context, j job.Job) error {
	if j.Notifications > 0 {
		last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
		if err != nil || last.ID != uploadNotificationID {
			return err
		}
	}

	// If it is there already, begin finds it by its id and only asks for its walk again.
	text := message.BuiltIn(message.Invitation, h.language)
	n := notification.Notification{
		JobID:        j.ID,
		ID:           uploadNotificationID,
		Audience:     j.Notify,
		Subject:      text.Subject,
		Body:         text.Body,
		SMS:          text.SMS,
		BuiltIn:      true,
		Devices:      j.Devices,
		LinkLifetime: j.LinkLifetime,
		Trigger:      notification.ByUpload,
		CreatedAt:    h.now().UnixMilli(),
		CreatedBy:    j.CreatedBy,
	}

	_, err := h.steps.Begin(ctx, n, nil)
	if errors.Is(err, notification.ErrRunning) {
		return nil
	}
	return err
}

// tallyShard counts a shard's users by their state, for a job too large to count while
// somebody waits.
func (h handler) tallyShard(ctx context.Context, j job.Job, step work.TallyShard) error {
	counted, err := h.members.Tally(ctx, h.Tokens, j.ID, step.Shard, h.now().UnixMilli())
	if err != nil {
		return err
	}
	return h.jobs.PutShardTally(ctx, j.ID, step.Shard, counted)
}

// countShard counts a notification's deliveries to a shard, for an audience too large to
// count while somebody waits.
func (h handler) countShard(ctx context.Context, j job.Job, step work.CountShard) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}
	return h.deliveries.CountShard(ctx, n, step.Shard)
}

// erase deletes the members of a deleted job, one shard a step. It always reads the first
// page, since the pages before are gone: a step that dies is taken again from there.
func (h handler) erase(ctx context.Context, step work.EraseShard) error {
	for {
		members, next, err := h.members.List(ctx, step.JobID, step.Shard, pageMembers, "", "")
		if err != nil {
			return err
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
	}
}
