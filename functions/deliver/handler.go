package main

import (
	"context"
	"encoding/json"
	"errors"
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
	"latchkey/shared/urgent"
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
	bulk, urgent  queue.Queue
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

// margin is kept of an invocation's time to write down what was done.
const margin = 10 * time.Second

// handle takes the messages of either queue, each for itself: one that fails comes back alone.
func (h handler) handle(
	ctx context.Context,
	event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, h.take), nil
}

func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	owner := owner(ctx, record)
	if strings.HasSuffix(queueName(record.EventSourceARN), "bulk") {
		var asked notification.BulkMessage
		if err := json.Unmarshal([]byte(record.Body), &asked); err != nil {
			return errors.New("the message is no batch")
		}

		switch {
		case asked.Fallback != nil:
			return h.fallback(ctx, *asked.Fallback, owner)
		case asked.Reach != nil:
			return h.reachable(ctx, *asked.Reach)
		}

		return h.deliverBatch(ctx, asked.BatchMessage, owner)
	}

	var one urgent.Message
	if err := json.Unmarshal([]byte(record.Body), &one); err != nil {
		return errors.New("the message is no urgent one")
	}

	switch {
	case one.Forgot != nil:
		return h.forgot(ctx, one, owner)
	case one.Renew != nil:
		return h.renew(ctx, one, owner)
	case one.PasswordSet != nil:
		return h.passwordSet(ctx, one, owner)
	case one.NewAdministrator != nil:
		return h.newAdministrator(ctx, one, owner)
	case one.Resend != nil:
		return h.resend(ctx, one, owner)
	case one.Reach != nil:
		return h.reachable(ctx, *one.Reach)
	case one.Test != nil:
		return h.test(ctx, one, owner)
	case one.Report != nil:
		return h.report(ctx, one, owner)
	}

	return errors.New("the message asks for nothing that is known")
}

// owner names the request that works at a message.
func owner(ctx context.Context, record events.SQSMessage) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID + "/" + record.MessageId
	}
	return record.MessageId
}

func queueName(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// latest is until when something may be sent in this invocation.
func (h handler) latest(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return h.now().Add(time.Minute)
	}
	return deadline.Add(-margin)
}
