package main

import (
	"context"
	"errors"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
)

// uploadNotificationID is the id of the notification that is asked for with the upload.
const uploadNotificationID = "upload"

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
		CreatedAt:    clock.Of(h.now()),
		CreatedBy:    j.CreatedBy,
	}

	_, err := h.steps.Begin(ctx, n, nil)
	if errors.Is(err, notification.ErrRunning) {
		return nil
	}
	return err
}
