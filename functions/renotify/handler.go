package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/text/language"

	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/walk"
)

// linkRest is how long a link is after the base URL: the page's path, a user id and a secret.
const linkRest = len("/set-password#") + 26 + 1 + 43

var errLanguage = errors.New("LANGUAGE is no language")

type handler struct {
	audience.Judge
	jobs             job.Store
	notifications    notification.Store
	answers          idempotency.Store
	members          member.Store
	walk, bulk       queue.Queue
	bucket           object.Bucket
	message          message.Settings
	language         language.Tag
	minimum, maximum time.Duration // of a link's lifetime
	now              func() time.Time
	routes           api.Routes
}

// handle takes the three kinds of events that start the function: a request, messages of the walk queue, and the schedule's.
func (h handler) handle(ctx context.Context, event json.RawMessage) (any, error) {
	var kind struct {
		RouteKey   string            `json:"routeKey"`
		Records    []json.RawMessage `json:"Records"`
		DetailType string            `json:"detail-type"`
	}
	if err := json.Unmarshal(event, &kind); err != nil {
		return nil, errors.New("the event is no JSON object")
	}
	switch {
	case kind.RouteKey != "":
		var request api.Event
		if err := json.Unmarshal(event, &request); err != nil {
			return nil, errors.New("the event is no request")
		}
		return h.routes.Serve(ctx, request)
	case kind.Records != nil:
		var messages events.SQSEvent
		if err := json.Unmarshal(event, &messages); err != nil {
			return nil, errors.New("the event has no messages")
		}
		return h.steps(ctx, messages), nil
	case kind.DetailType != "":
		var tick events.EventBridgeEvent
		if err := json.Unmarshal(event, &tick); err != nil {
			return nil, errors.New("the event is not the schedule's")
		}
		return nil, h.tick(ctx, tick.Time)
	}
	return nil, errors.New("the event is of no kind that is known")
}

// steps takes the messages of the walk queue, each for itself.
func (h handler) steps(ctx context.Context, event events.SQSEvent) events.SQSEventResponse {
	var response events.SQSEventResponse
	for _, record := range event.Records {
		var step walk.Step
		err := json.Unmarshal([]byte(record.Body), &step)
		if err == nil {
			err = h.step(ctx, step)
		}
		if err != nil {
			slog.ErrorContext(ctx, "step failed", "message_id", record.MessageId, "kind", step.Kind, "job", step.JobID, "error", err.Error())
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
		}
	}
	return response
}

// tick does what is due at a time: a job whose file never came is rejected.
func (h handler) tick(ctx context.Context, at time.Time) error {
	due, err := h.jobs.Due(ctx, at)
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := h.jobs.Abandon(ctx, id, at); err != nil {
			return err
		}
	}
	return nil
}
