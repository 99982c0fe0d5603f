package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/work"
)

const (
	// uploadNotificationID is the id of the notification that is asked for with the upload.
	// That of a later round ends in its number.
	uploadNotificationID = "upload"
	// notifyAgain is when an upload's notification is looked at again that can't be made
	// while another one runs.
	notifyAgain = 5 * time.Minute
)

// notify begins the notification that was asked for with the upload, for those whose rows
// were done since the last such one, up to the step's round. Each worker that sees the end
// of a round asks for it, and messages may come late: once an administrator has notified
// the job's users after that, no upload's must be made any more.
func (h handler) notify(ctx context.Context, j job.Job, step work.NotifyUploaded) error {
	earlier, err := h.lastOfUpload(ctx, j)
	if err != nil {
		return err
	}
	if earlier.Number > 0 && earlier.Round >= step.Round {
		return h.steps.Restart(ctx, j.ID, earlier.Number, earlier.ID)
	}

	if j.Notifications > earlier.Number {
		last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
		if err != nil {
			return err
		}
		if last.Trigger == notification.ByAdministrator && last.CreatedAt >= j.FinishedAt {
			return nil
		}
	}

	id := uploadNotificationID
	if step.Round > 1 {
		id = fmt.Sprintf("%s#%d", id, step.Round)
	}

	text := message.BuiltIn(message.Invitation, h.language)
	n := notification.Notification{
		JobID:        j.ID,
		ID:           id,
		Audience:     j.Notify,
		Round:        step.Round,
		AfterRound:   earlier.Round,
		Subject:      text.Subject,
		Body:         text.Body,
		SMS:          text.SMS,
		BuiltIn:      true,
		Devices:      j.Devices,
		LinkLifetime: j.LinkLifetime,
		Trigger:      notification.ByUpload,
		CreatedAt:    clock.Of(h.now()),
		CreatedBy:    j.CreatedBy,
	}

	_, err = h.steps.Begin(ctx, n, nil)
	if errors.Is(err, notification.ErrRunning) {
		return h.queues.Send(ctx, step, notifyAgain)
	}
	return err
}

// lastOfUpload returns the job's last notification that was asked for with the upload. Its
// number is 0 if there is none.
func (h handler) lastOfUpload(
	ctx context.Context, j job.Job,
) (last notification.Notification, err error) {
	for number := j.Notifications; number > 0; number-- {
		last, err = h.notifications.Text(ctx, j.ID, number)
		if err != nil || last.Trigger == notification.ByUpload {
			return last, err
		}
	}
	return notification.Notification{}, nil
}
