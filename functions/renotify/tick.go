package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/walk"
)

// tick does what is due at a time, each for itself: a job whose file never came is
// rejected, a reminder is sent, a paused notification goes on.
func (h handler) tick(ctx context.Context, at time.Time) error {
	due, err := h.jobs.Due(ctx, at)
	if err != nil {
		return err
	}

	refused := sync.OnceValue(func() bool { return h.refused(ctx) })

	var failed error
	for _, item := range due {
		if err := h.due(ctx, item, at, refused); err != nil {
			failed = errors.Join(failed, fmt.Errorf("job %s: %w", item.JobID, err))
		}
	}

	return failed
}

// due takes one item that is due. What is more than a write is left to steps, which are
// tried again if they fail; until one of them has changed when the item is due, the
// next tick finds it again.
func (h handler) due(
	ctx context.Context, item job.DueItem, at time.Time, refused func() bool,
) error {
	number, paused := notification.NumberOf(item.Item)

	j, err := h.jobs.Get(ctx, item.JobID)
	switch {
	case errors.Is(err, store.ErrNotFound) && paused:
		_, err := h.notifications.Resume(ctx, item.JobID, number)
		return err
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case paused:
		return h.dueNotification(ctx, j, number, at, refused)
	case j.Status == job.AwaitingFile:
		return h.rejectUnfilled(ctx, j, at)
	}

	step := walk.Step{
		Kind:   walk.Remind,
		JobID:  j.ID,
		Number: j.Reminded + 1,
		At:     at.UnixMilli(),
	}
	return h.walk.Send(ctx, step, 0)
}

func (h handler) dueNotification(
	ctx context.Context, j job.Job, number int, at time.Time, refused func() bool,
) error {
	n, err := h.notifications.Text(ctx, j.ID, number)
	if err != nil {
		return err
	}
	if n.Due != "" && refused() {
		return nil
	}
	return h.sendSteps(ctx, n, walk.Step{Kind: walk.Resume, At: at.UnixMilli()})
}

func (h handler) rejectUnfilled(ctx context.Context, j job.Job, at time.Time) error {
	if err := h.reports.Send(ctx, j, urgent.JobRejected, 0); err != nil {
		return err
	}
	return h.jobs.Abandon(ctx, j.ID, at)
}

// refused says whether SES tells that it would take no email now. A paused notification
// stays due then: asking once costs less than a message for each of its batches, which
// may be thousands.
func (h handler) refused(ctx context.Context) bool {
	account, err := carrier.ReadAccount(ctx, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())
		return false
	}

	left, limited := account.Left()
	return !account.Enabled || limited && left == 0
}
