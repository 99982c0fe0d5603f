package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/walk"
)

const (
	// uploadNotificationID is the id of the notification that is asked for with the upload.
	uploadNotificationID = "upload"
	// pageMembers is how many members are read and looked up together.
	pageMembers = 200
)

// handle takes messages of the walk queue, each for itself: only those that failed come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, func(ctx context.Context, m events.SQSMessage) error {
		var step walk.Step
		if err := json.Unmarshal([]byte(m.Body), &step); err != nil {
			return errors.New("the message is no step")
		}
		if err := h.step(ctx, step); err != nil {
			return fmt.Errorf("step %s of job %s: %w", step.Kind, step.JobID, err)
		}
		return nil
	}), nil
}

// step takes one step. SQS delivers a message at least once, so each kind of step must come
// to the same when it is taken again, also by two instances at once. A step of a deleted
// job does nothing, unless it is the one that erases its members.
func (h handler) step(ctx context.Context, step walk.Step) error {
	if step.Kind == walk.Erase {
		return h.erase(ctx, step)
	}

	j, err := h.jobs.Get(ctx, step.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	switch step.Kind {
	case walk.Notify:
		return h.notify(ctx, j)
	case walk.Batch:
		return h.makeBatches(ctx, j, step)
	case walk.Remind:
		return h.remind(ctx, j, step)
	case walk.Resume:
		return h.resume(ctx, j, step)
	case walk.Tally:
		return h.tallyShard(ctx, j, step)
	case walk.Count:
		return h.countShard(ctx, j, step)
	case walk.Export:
		return h.export(ctx, j, step.Filter)
	}

	return errors.New("the step is of no kind that is known")
}

// notify begins the notification that was asked for with the upload. Each worker that sees
// the end of the processing asks for it, and messages may come late: once the job has
// another notification, no upload's must be made any more.
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
func (h handler) tallyShard(ctx context.Context, j job.Job, step walk.Step) error {
	counted, err := h.members.Tally(ctx, h.Tokens, j.ID, step.Shard, h.now().UnixMilli())
	if err != nil {
		return err
	}
	return h.jobs.PutShardTally(ctx, j.ID, step.Shard, counted)
}

// countShard counts a notification's deliveries to a shard, for an audience too large to
// count while somebody waits.
func (h handler) countShard(ctx context.Context, j job.Job, step walk.Step) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}
	return h.deliveries.CountShard(ctx, n, step.Shard)
}

// erase deletes the members of a deleted job, one shard a step. It always reads the first
// page, since the pages before are gone: a step that dies is taken again from there.
func (h handler) erase(ctx context.Context, step walk.Step) error {
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
