package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// tickMargin is how long before its time is up a tick begins nothing more.
const tickMargin = 5 * time.Second

// tick does what is due at a time. A job whose file never came, or whose validation ended
// without a word, is rejected, one whose mapping nobody took up may be mapped again, a
// reminder is sent, and a paused notification goes on. An item that fails leaves the others
// alone; it stays due, and the next tick finds it again, as it does what is left at the end
// of this one's time.
func (h handler) tick(ctx context.Context, at time.Time) error {
	// SES answers GetAccount once a second: a tick asks once at most, if it must.
	refused := sync.OnceValue(func() bool { return h.refused(ctx) })

	var failed error
	for item, err := range h.jobs.Due(ctx, at) {
		if err != nil {
			return errors.Join(failed, err)
		}
		if deadline, limited := ctx.Deadline(); limited && deadline.Sub(h.now()) <= tickMargin {
			break
		}
		if err := h.due(ctx, item, at, refused); err != nil {
			failed = errors.Join(failed, fmt.Errorf("job %s: %w", item.JobID, err))
		}
	}

	return failed
}

// due takes one item that is due. Whatever is more than a write is left to steps, which
// are tried again if they fail. Until a step has changed when the item is due, the next
// tick finds it again and sends the same steps: they must not matter twice.
func (h handler) due(
	ctx context.Context, item job.Item, at time.Time, refused func() bool,
) error {
	number, paused := notification.NumberOf(item.Item)

	j, err := h.jobs.Get(ctx, item.JobID)
	switch {
	case errors.Is(err, store.ErrNotFound) && paused:
		// The job was deleted: its notification sends nothing, and must not stay due.
		_, err := h.notifications.Resume(ctx, item.JobID, number)
		return err
	case errors.Is(err, store.ErrNotFound):
		return h.eraseAgain(ctx, item.JobID, at)
	case err != nil:
		return err
	case paused:
		return h.dueNotification(ctx, j, number, at, refused)
	case j.Abandoned(at) && j.AwaitsUpload():
		return h.jobs.MapAgain(ctx, j, at)
	case j.Abandoned(at):
		return h.rejectUnfilled(ctx, j, at)
	}

	step := work.Remind{JobID: j.ID, Number: j.Reminded + 1, At: clock.Of(at)}
	return h.queues.Send(ctx, step, 0)
}

// eraseAgain has a deleted job erased that still is there: the request that deleted it may
// have died, or its step.
func (h handler) eraseAgain(ctx context.Context, jobID string, at time.Time) error {
	mine, err := h.jobs.ClaimErase(ctx, jobID, at)
	if err != nil || !mine {
		return err
	}
	return h.queues.Send(ctx, work.EraseJob{JobID: jobID}, 0)
}

// dueNotification asks for the steps that resume a paused notification, unless SES would
// refuse its emails again. SES isn't asked for one that is paused for SMS. The item comes
// from an index, which may lag: nor is it for one that isn't paused any more, since a step
// too many is harmless.
func (h handler) dueNotification(
	ctx context.Context, j job.Job, number int, at time.Time, refused func() bool,
) error {
	n, err := h.notifications.Text(ctx, j.ID, number)
	if err != nil {
		return err
	}
	if n.Holds(user.Email) && refused() {
		// Due anew at the tick's time, it comes behind whatever has waited longer.
		return h.notifications.Postpone(ctx, n, at)
	}
	return h.steps.Resume(ctx, n, clock.Of(at))
}

// rejectUnfilled rejects a job whose file didn't come in time, or was never validated.
// Announce, then act: the report is queued before the job is rejected, and waits for the
// rejection. A death between the two leaves the job due, so that the next tick does both
// again.
func (h handler) rejectUnfilled(ctx context.Context, j job.Job, at time.Time) error {
	if err := h.reports.Send(ctx, j, work.JobRejected, j.Mapped); err != nil {
		return err
	}
	return h.jobs.Abandon(ctx, j, at)
}

// refused reports whether the bulk may send no email at the moment. A paused notification
// stays due then: one question costs less than a message for each of its batches, which
// may be thousands. If SES doesn't tell, the batches find out.
func (h handler) refused(ctx context.Context) bool {
	account, err := carrier.ReadAccount(ctx, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())
		return false
	}

	left, limited := account.Left()
	return !account.Enabled || limited && left == 0
}
