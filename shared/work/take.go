package work

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Received is a message that a function was given.
type Received struct {
	Message Message
	// Owner names the request that works at the message. It holds the leases of that
	// work.
	Owner string
	// Receives is how often the message was given out, this time included.
	Receives int
}

// Take has each message of an event taken for itself, and returns which have failed, so
// that they alone come back. Text that is no message fails each time, and ends in the
// dead-letter queue.
func Take(
	ctx context.Context, event events.SQSEvent, take func(context.Context, Received) error,
) events.SQSEventResponse {
	return Each(ctx, event, func(ctx context.Context, record events.SQSMessage) error {
		message, err := Decode(record.Body)
		if err != nil {
			return err
		}

		receives, _ := strconv.Atoi(record.Attributes["ApproximateReceiveCount"])
		err = take(ctx, Received{Message: message, Owner: owner(ctx, record), Receives: receives})
		if err != nil {
			return fmt.Errorf("%T: %w", message, err)
		}
		return nil
	})
}

// Each is Take for a queue that holds other texts than this package's messages.
func Each(
	ctx context.Context, event events.SQSEvent, take func(context.Context, events.SQSMessage) error,
) events.SQSEventResponse {
	// The list is never null: not every event source of SQS takes that for "none".
	failed := []events.SQSBatchItemFailure{}
	for _, record := range event.Records {
		err := take(ctx, record)
		if err == nil {
			continue
		}
		slog.ErrorContext(
			ctx, "message failed",
			"message_id", record.MessageId,
			"error", err.Error(),
		)
		failed = append(failed, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
	}
	return events.SQSEventResponse{BatchItemFailures: failed}
}

// owner names the request that works at a message.
func owner(ctx context.Context, record events.SQSMessage) string {
	invocation, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return record.MessageId
	}
	return invocation.AwsRequestID + "/" + record.MessageId
}
