package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
)

// handler holds what the function is wired to. It has no state of its own: what happened
// stands in the tables, so that any instance may go on where another one died.
type handler struct {
	audience.Judge // decides who is in an audience, and reads the stores that it needs
	jobs           job.Store
	notifications  notification.Store
	answers        idempotency.Store // of requests, by their Idempotency-Key
	members        member.Store
	addresses      address.Store
	walk           queue.Queue // steps, for this function
	bulk           queue.Queue // batches, for deliver
	urgent         queue.Queue // test messages and reports
	reports        report.Reports
	bucket         object.Bucket // takes exports
	ses            *sesv2.Client // asked for the account's quota and rate, never to send
	reach          reach.Rules   // which devices a message may go to
	baseURL        string
	message        message.Settings
	minimum        time.Duration // the shortest lifetime of a link
	maximum        time.Duration // the longest one
	now            func() time.Time
	routes         api.Routes
}

// handle takes the three kinds of events that start the function: a request, messages of
// the walk queue, and the schedule's tick. Each kind has a field that the others lack.
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
		var call api.Event
		if err := json.Unmarshal(event, &call); err != nil {
			return nil, errors.New("the event is no request")
		}
		return h.routes.Serve(ctx, call)

	case kind.Records != nil:
		var messages events.SQSEvent
		if err := json.Unmarshal(event, &messages); err != nil {
			return nil, errors.New("the event has no messages")
		}
		return h.takeSteps(ctx, messages), nil

	case kind.DetailType != "":
		var schedule events.EventBridgeEvent
		if err := json.Unmarshal(event, &schedule); err != nil {
			return nil, errors.New("the event is not the schedule's")
		}
		return nil, h.tick(ctx, schedule.Time)
	}

	return nil, errors.New("the event is of no kind that is known")
}
