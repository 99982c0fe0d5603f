package main

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"latchkey/shared/address"
	"latchkey/shared/audience"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/token"
)

const (
	// deadlineMargin is the part of an invocation's time that is left for recording
	// results.
	deadlineMargin = 10 * time.Second
	// deliveryLease is how long a claimed delivery belongs to one request. It is as long
	// as an invocation may last, so that it doesn't end before its request.
	deliveryLease = time.Minute
	// retryDelay is the time until a message that the carrier did not take is tried
	// again.
	retryDelay = 5 * time.Second
)

// handler takes the messages of both queues. Its fields don't change: it may be used
// concurrently.
type handler struct {
	audience.Judge
	jobs          job.Store
	notifications notification.Store
	members       member.Store
	addresses     address.Store
	limits        limit.Store
	carrier       carrier.Carrier
	rate          *carrier.Rate
	bulk          queue.Queue
	urgent        queue.Queue
	reach         reach.Rules
	message       message.Settings
	baseURL       string
	codeKey       *token.KeptCodeKey
	resetLifetime time.Duration
	codeLifetime  time.Duration
	forgotPerHour int
	renewGap      time.Duration
	metrics       metric.Log
	audit         audit.Log
	now           func() time.Time
}

// handle takes messages of either queue. It returns those that failed, so that only they
// come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, h.take), nil
}

// take handles one message by the queue that it comes from.
func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	owner := leaseOwner(ctx, record)
	if strings.HasSuffix(queueName(record.EventSourceARN), "bulk") {
		return h.takeBulk(ctx, record.Body, owner)
	}
	return h.takeUrgent(ctx, record.Body, owner)
}

// leaseOwner names the request that handles a message, as the owner of its leases. A
// message that comes again is another request's.
func leaseOwner(ctx context.Context, record events.SQSMessage) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID + "/" + record.MessageId
	}
	return record.MessageId
}

// queueName returns the last part of a queue's ARN,
// arn:aws:sqs:<region>:<account>:<name>.
func queueName(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// sendDeadline returns the time after which this invocation must not send anything.
func (h handler) sendDeadline(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return h.now().Add(time.Minute)
	}
	return deadline.Add(-deadlineMargin)
}
