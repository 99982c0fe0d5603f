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
	var failures Failures
	for _, record := range event.Records {
		err := takeRecord(ctx, record, take)
		if err != nil {
			failures.Add(ctx, record.MessageId, err)
		}
	}
	return failures.Response()
}

func takeRecord(
	ctx context.Context, record events.SQSMessage, take func(context.Context, Received) error,
) error {
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
}

// Failures are the messages of an event that are to come back.
type Failures struct{ ids []string }

// Add adds a message that failed, and logs why.
func (f *Failures) Add(ctx context.Context, messageID string, err error) {
	slog.ErrorContext(ctx, "message failed", "message_id", messageID, "error", err.Error())
	f.ids = append(f.ids, messageID)
}

// Response returns what tells Lambda of them. Its list is never null: not every event
// source of SQS takes that for "none".
func (f *Failures) Response() events.SQSEventResponse {
	failed := make([]events.SQSBatchItemFailure, len(f.ids))
	for i, id := range f.ids {
		failed[i].ItemIdentifier = id
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
