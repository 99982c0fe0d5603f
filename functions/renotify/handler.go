package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/walk"
)

type handler struct {
	audience.Judge
	jobs             job.Store
	notifications    notification.Store
	answers          idempotency.Store
	members          member.Store
	addresses        address.Store
	walk, bulk       queue.Queue
	urgent           queue.Queue
	reports          report.Reports
	bucket           object.Bucket
	ses              *sesv2.Client
	reach            reach.Rules
	baseURL          string
	message          message.Settings
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
		return h.takeSteps(ctx, messages), nil
	case kind.DetailType != "":
		var tick events.EventBridgeEvent
		if err := json.Unmarshal(event, &tick); err != nil {
			return nil, errors.New("the event is not the schedule's")
		}
		return nil, h.tick(ctx, tick.Time)
	}

	return nil, errors.New("the event is of no kind that is known")
}

// tick does what is due at a time, each for itself: a job whose file never came is rejected, a reminder is sent, a paused notification goes on.
func (h handler) tick(ctx context.Context, at time.Time) error {
	due, err := h.jobs.Due(ctx, at)
	if err != nil {
		return err
	}

	refused := sync.OnceValue(
		func() bool { return h.refused(ctx) },
	) // SES answers this once a second

	var failed error
	for _, item := range due {
		if err := h.due(ctx, item, at, refused); err != nil {
			failed = errors.Join(failed, fmt.Errorf("job %s: %w", item.JobID, err))
		}
	}

	return failed
}

// due takes one item that is due. What is more than a write is left to steps, which are tried again if they fail; until one of them has
// changed when the item is due, the next tick finds it again.
func (h handler) due(
	ctx context.Context,
	item job.DueItem,
	at time.Time,
	refused func() bool,
) error {
	number, paused := notification.NumberOf(item.Item)

	j, err := h.jobs.Get(ctx, item.JobID)
	switch {
	case errors.Is(err, store.ErrNotFound) && paused:
		_, err := h.notifications.Resume(
			ctx,
			item.JobID,
			number,
		) // of a deleted job: it sends nothing, and is due no more
		return err
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case paused:
		n, err := h.notifications.Text(ctx, j.ID, number)
		if err != nil || n.Due != "" && refused() {
			return err
		}
		return h.sendSteps(ctx, n, walk.Step{Kind: walk.Resume, At: at.UnixMilli()})
	case j.Status == job.AwaitingFile:
		if err := h.reports.Send(ctx, j, urgent.JobRejected, 0); err != nil {
			return err
		}
		return h.jobs.Abandon(ctx, j.ID, at)
	}

	return h.walk.Send(
		ctx,
		walk.Step{Kind: walk.Remind, JobID: j.ID, Number: j.Reminded + 1, At: at.UnixMilli()},
		0,
	)
}

// refused says whether SES tells that it would take no email now. A paused notification stays due then: asking once costs less than a message for each of its
// batches, which may be thousands.
func (h handler) refused(ctx context.Context) bool {
	account, err := carrier.ReadAccount(ctx, h.ses)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())
		return false
	}

	left, limited := account.Left()
	return !account.Enabled || limited && left == 0
}
