package main

import (
	"context"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/limit"
	"latchkey/shared/throttle"
	"latchkey/shared/user"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// maxTyped is longer than a username or an address can be, in bytes.
const maxTyped = 1000

// handler answers requests. Its fields don't change: it may be used concurrently.
type handler struct {
	limits limit.Store
	queues work.Queues
	now    func() time.Time
}

func newHandler(w *wire.Wire) handler {
	return handler{
		limits: limit.Store{Table: w.Table("limits")},
		queues: work.NewQueues(w.AWS("sqs"), w.Reader, work.Urgent),
		now:    w.Now,
	}
}

// routes returns the function's route. It is public.
func (h handler) routes() api.Routes {
	return api.Routes{"POST /api/forgot-password": h.forgot}
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

	err := throttle.Take(ctx, h.limits, "forgot", event, h.now())
	if err != nil {
		return api.Answer{}, err
	}

	typed := body.Username
	if len(typed) > maxTyped {
		typed = "" // nobody's, and short enough for a message
	}
	name, err := user.ParseUsername(typed)
	if err != nil {
		name = "" // it may be an address
	}

	source := event.RequestContext.HTTP.SourceIP
	err = h.queues.Send(ctx, work.NewForgot(h.now(), user.Key(name), typed, source), 0)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Accepted(api.Empty{}), nil
}
