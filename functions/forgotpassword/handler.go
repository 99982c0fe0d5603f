package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/queue"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// What one source address may ask for.
const (
	perSource = 300
	window    = 5 * time.Minute
)

type handler struct {
	limits limit.Store
	urgent queue.Queue
	now    func() time.Time
}

// forgot always puts a message on the queue, so that known and unknown usernames take the same time.
func (h handler) forgot(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct {
		Username string `json:"username"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if body.Username == "" {
		return api.Answer{}, api.Invalid("username", "required", "Say whose password it is.")
	}

	err := h.limits.Take(
		ctx,
		limit.Name("forgot", event.RequestContext.HTTP.SourceIP),
		perSource,
		window,
		h.now(),
	)

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		return api.Answer{}, api.TooMany(
			"too_many_requests",
			"There were too many requests from this address.",
			tooMany.After,
		)
	}

	if err != nil {
		return api.Answer{}, err
	}

	name, err := user.ParseUsername(body.Username)
	if err != nil {
		name = "" // nobody's, and short enough for a message
	}

	message := urgent.Message{
		ID: delivery.KindForgot + "#" + job.NewID(h.now(), rand.Text()),
		Forgot: &urgent.Forgot{
			Key: user.Key(
				name,
			),
			SourceIP: event.RequestContext.HTTP.SourceIP,
			At:       h.now().UnixMilli(),
		},
	}
	if err := h.urgent.Send(ctx, message, 0); err != nil {
		return api.Answer{}, err
	}
	return api.Accepted(api.Empty{}), nil
}
