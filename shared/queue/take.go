package queue

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
)

// Take has each of an event's messages taken for itself, and answers which have failed, so that they alone come back. The list is
// never null: not every SQS event source takes that for "none".
func Take(
	ctx context.Context,
	event events.SQSEvent,
	take func(context.Context, events.SQSMessage) error,
) events.SQSEventResponse {
	response := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, message := range event.Records {
		err := take(ctx, message)
		if err == nil {
			continue
		}

		slog.ErrorContext(ctx, "message failed",
			"message_id", message.MessageId,
			"error", err.Error(),
		)
		failure := events.SQSBatchItemFailure{ItemIdentifier: message.MessageId}
		response.BatchItemFailures = append(response.BatchItemFailures, failure)
	}

	return response
}
