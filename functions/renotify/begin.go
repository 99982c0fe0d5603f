package main

import (
	"context"

	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/tally"
	"latchkey/shared/walk"
)

// begin stores a notification and asks for its walk. Announce, then act: the stored
// notification is the announcement, in the status preparing. A death before the steps are
// sent leaves it there, and the request or step that asks again sends them (see
// restartLast and restartReminder).
func (h handler) begin(
	ctx context.Context, n notification.Notification, usernames []string,
) (notification.Notification, error) {
	stored, err := h.notifications.Create(ctx, n, usernames)
	if err != nil {
		return notification.Notification{}, err
	}
	return stored, h.sendWalk(ctx, stored)
}

// sendWalk asks for a notification's batches. Asking twice makes the same batches.
func (h handler) sendWalk(ctx context.Context, n notification.Notification) error {
	return h.sendSteps(ctx, n, walk.Step{Kind: walk.Batch})
}

// sendSteps asks for a step in each shard of the notification.
func (h handler) sendSteps(ctx context.Context, n notification.Notification, step walk.Step) error {
	step.JobID = n.JobID
	step.Number = n.Number

	steps := make([]walk.Step, n.Parts())
	for shard := range steps {
		step.Shard = shard
		steps[shard] = step
	}

	return queue.SendAll(ctx, h.walk, steps)
}

// deliveryCounter counts what became of a notification's messages. Of a large audience it
// returns the last count and asks for a new one, by steps.
func (h handler) deliveryCounter() notification.Counter {
	return notification.Counter{
		Notifications: h.notifications,
		Deliveries:    h.Deliveries,
		Now:           h.now,
		Ask: func(ctx context.Context, n notification.Notification) error {
			return h.sendSteps(ctx, n, walk.Step{Kind: walk.Count})
		},
	}
}

// userCounter counts a job's users by their state. Of a large job it returns the last tally
// and asks for a new one, by steps.
func (h handler) userCounter() tally.Counter {
	return tally.Counter{
		Jobs:    h.jobs,
		Members: h.members,
		Tokens:  h.Tokens,
		Walk:    h.walk,
		Now:     h.now,
	}
}
