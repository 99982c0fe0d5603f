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
	deadlineMargin = 10 * time.Second
	deliveryLease  = time.Minute
	retryDelay     = 5 * time.Second
)

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

// handle takes the messages of either queue, each for itself: one that fails comes back
// alone.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, h.take), nil
}

func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	owner := leaseOwner(ctx, record)
	if strings.HasSuffix(queueName(record.EventSourceARN), "bulk") {
		return h.takeBulk(ctx, record.Body, owner)
	}
	return h.takeUrgent(ctx, record.Body, owner)
}

// leaseOwner names the request that works at a message.
func leaseOwner(ctx context.Context, record events.SQSMessage) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID + "/" + record.MessageId
	}
	return record.MessageId
}

func queueName(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// sendDeadline is until when something may be sent in this invocation.
func (h handler) sendDeadline(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return h.now().Add(time.Minute)
	}
	return deadline.Add(-deadlineMargin)
}
