package notification

import (
	"context"

	"latchkey/shared/clock"
	"latchkey/shared/work"
)

// Steps asks walk for steps over a notification's members: one for each shard, or for each
// hundred of the named users. Asking twice comes to the same.
type Steps struct {
	Notifications Store
	Queues        work.Queues
}

// Begin stores a notification and asks for its batches. Announce, then act: the stored
// notification is the announcement, in the status preparing. A death before the steps are
// sent leaves it there, and whoever asks again calls Restart. Begin returns the errors of
// Store.Create.
func (s Steps) Begin(
	ctx context.Context, n Notification, usernames []string,
) (Notification, error) {
	stored, err := s.Notifications.Create(ctx, n, usernames)
	if err != nil {
		return Notification{}, err
	}
	return stored, s.Cut(ctx, stored)
}

// Restart asks again for the batches of a notification that has none yet: the request that
// stored it may have died before it asked. Where it is only slow, the second walk makes the
// same batches. With an id it does nothing unless the notification has that id.
func (s Steps) Restart(ctx context.Context, jobID string, number int, id string) error {
	if number == 0 {
		return nil
	}

	n, err := s.Notifications.Get(ctx, jobID, number)
	if err != nil || n.Status != Preparing || id != "" && n.ID != id {
		return err
	}
	return s.Cut(ctx, n)
}

// Cut asks for a notification's batches.
func (s Steps) Cut(ctx context.Context, n Notification) error {
	return sendEach(ctx, s.Queues, n, func(shard int) work.CutShard {
		return work.CutShard{JobID: n.JobID, Number: n.Number, Shard: shard}
	})
}

// Resume asks to send the messages of unfinished batches again. at is when a paused
// notification was found to be due, 0 for a cancelled one.
func (s Steps) Resume(ctx context.Context, n Notification, at clock.Millis) error {
	return sendEach(ctx, s.Queues, n, func(shard int) work.ResumeShard {
		return work.ResumeShard{JobID: n.JobID, Number: n.Number, Shard: shard, At: at}
	})
}

// Count asks to count a notification's deliveries.
func (s Steps) Count(ctx context.Context, n Notification) error {
	return sendEach(ctx, s.Queues, n, func(shard int) work.CountShard {
		return work.CountShard{JobID: n.JobID, Number: n.Number, Shard: shard}
	})
}

// sendEach sends a step for each shard of the notification.
func sendEach[M work.Message](
	ctx context.Context, queues work.Queues, n Notification, step func(shard int) M,
) error {
	steps := make([]M, n.Parts())
	for shard := range steps {
		steps[shard] = step(shard)
	}
	return work.SendAll(ctx, queues, steps)
}
