package queue

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"
)

// Take calls take for each message of an event and returns those that failed, so that
// only they come back. The list is never null: not every event source reads that as
// "none".
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
