package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
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
	bulk          queue.Queue
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	sender := dispatch.New(w, rules)
	recipients := dispatch.NewRecipients(w, rules)
	queues := w.Queues(work.Bulk, work.Urgent)
	reports := report.Reports{
		Urgent: queue.Queue{Client: queues.Client, URL: queues.URLs[work.Urgent]},
		Now:    w.Now,
	}
	return handler{
		Dispatcher: sender,
		recipients: recipients,
		judge: audience.Judge{
			Directory:   recipients.Directory,
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      sender.Tokens,
			Deliveries:  sender.Deliveries,
		},
		jobs:    recipients.Jobs,
		members: recipients.Members,
		notifications: notification.Store{
			Table: recipients.Jobs.Table,
			Ends:  reports.Ends(recipients.Jobs),
		},
		bulk: queue.Queue{Client: queues.Client, URL: queues.URLs[work.Bulk]},
	}
}

// handle takes messages. It returns those that failed, so that only they come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, h.take), nil
}

// take handles one message: a batch of a notification, a fallback to a user's next
// device, or a look at which jobs can reach a user.
func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	var request notification.BulkMessage
	if err := json.Unmarshal([]byte(record.Body), &request); err != nil {
		return errors.New("the message is no batch")
	}

	owner := leaseOwner(ctx, record)
	switch {
	case request.Fallback != nil:
		return h.fallBack(ctx, *request.Fallback, owner)
	case request.Reach != nil:
		return h.recipients.UpdateReach(ctx, request.Reach.Key, request.Reach.UserID)
	}
	return h.deliverBatch(ctx, request.BatchMessage, owner)
}

// leaseOwner names the request that handles a message, as the owner of its leases. A
// message that comes again is another request's.
func leaseOwner(ctx context.Context, record events.SQSMessage) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID + "/" + record.MessageId
	}
	return record.MessageId
}
