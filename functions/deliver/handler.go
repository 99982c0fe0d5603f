package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler takes the messages of the bulk queue. Its fields don't change: it may be used
// concurrently.
type handler struct {
	dispatch.Dispatcher
	recipients    dispatch.Recipients
	judge         audience.Judge
	jobs          job.Store
	members       member.Store
	notifications notification.Store
	settler       report.Settler
	queues        work.Queues
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	sender := dispatch.New(w, rules)
	recipients := dispatch.NewRecipients(w, rules)
	queues := work.NewQueues(w.AWS("sqs"), w.Reader, work.Bulk, work.Urgent)
	notifications := notification.Store{Table: recipients.Jobs.Table}
	return handler{
		Dispatcher: sender,
		recipients: recipients,
		judge: audience.Judge{
			Directory:   recipients.Directory,
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      sender.Tokens,
			Deliveries:  sender.Deliveries,
		},
		jobs:          recipients.Jobs,
		members:       recipients.Members,
		notifications: notifications,
		settler: report.Settler{
			Reports:       report.Reports{Queues: queues, Now: w.Now},
			Jobs:          recipients.Jobs,
			Notifications: notifications,
		},
		queues: queues,
	}
}

// handle takes messages. It returns those that failed, so that only they come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return h.queues.Take(ctx, work.Bulk, event, h.take), nil
}

// take handles one message: a batch of a notification, a fallback to a user's next
// device, or a look at which jobs can reach a user.
func (h handler) take(ctx context.Context, received work.Received) error {
	switch m := received.Message.(type) {
	case work.DeliverBatch:
		return h.deliverBatch(ctx, m, received.Owner)
	case work.Fallback:
		return h.fallBack(ctx, m, received.Owner)
	case work.CheckReach:
		return h.checkReach(ctx, m)
	}
	return work.ErrUnknown
}
