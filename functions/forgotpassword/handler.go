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

// One source address may make perSource requests in each window. It is far more than
// people behind one address need, and few enough to slow down whoever tries a list of
// usernames.
const (
	perSource = 300
	window    = 5 * time.Minute
)

// handler answers requests. Its fields don't change: it may be used concurrently.
type handler struct {
	limits limit.Store
	urgent queue.Queue
	now    func() time.Time
}

// forgot queues a message for the username and accepts the request. It does so for every
// username, known or not, even for one that can't be anybody's: neither the answer nor
// its time tells which users there are. It reads no user, so it can't differ. The limits
// of one user are kept where the message is taken.
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

	source := event.RequestContext.HTTP.SourceIP
	err := h.limits.Take(ctx, limit.Name("forgot", source), perSource, window, h.now())

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
			Key:      user.Key(name),
			SourceIP: source,
			At:       h.now().UnixMilli(),
		},
	}

	err = h.urgent.Send(ctx, message, 0)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Accepted(api.Empty{}), nil
}
