package work

import (
	"context"
	"fmt"

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

// Take has each message of an event of a queue taken for itself, and returns which have
// failed, so that they alone come back. Text that is no message fails each time, and ends
// in the dead-letter queue.
func (q Queues) Take(
	ctx context.Context,
	from Queue,
	event events.SQSEvent,
	take func(context.Context, Received) error,
) events.SQSEventResponse {
	failures := q.Failures(from)
	for _, record := range event.Records {
		err := takeRecord(ctx, record, take)
		if err != nil {
			failures.Add(ctx, record, err)
		}
	}
	return failures.Response(ctx)
}

func takeRecord(
	ctx context.Context, record events.SQSMessage, take func(context.Context, Received) error,
) error {
	message, err := Decode(record.Body)
	if err != nil {
		return err
	}

	err = take(ctx, Received{
		Message:  message,
		Owner:    owner(ctx, record),
		Receives: receives(record),
	})
	if err != nil {
		return fmt.Errorf("%T: %w", message, err)
	}
	return nil
}

// owner names the request that works at a message.
func owner(ctx context.Context, record events.SQSMessage) string {
	invocation, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return record.MessageId
	}
	return invocation.AwsRequestID + "/" + record.MessageId
}
