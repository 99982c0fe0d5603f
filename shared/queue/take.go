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
		if err := take(ctx, message); err != nil {
			slog.ErrorContext(
				ctx,
				"message failed",
				"message_id",
				message.MessageId,
				"error",
				err.Error(),
			)
			response.BatchItemFailures = append(
				response.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: message.MessageId},
			)
		}
	}

	return response
}
