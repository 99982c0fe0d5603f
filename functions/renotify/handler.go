package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/session"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler holds what the function is wired to. It has no state of its own: what happened
// stands in the tables, so that any instance may go on where another one died.
type handler struct {
	audience.Judge // decides who is in an audience, and reads the stores that it needs
	jobs           job.Store
	notifications  notification.Store
	steps          notification.Steps  // asks walk for steps
	counter        tally.Notifications // counts what became of messages
	users          tally.Jobs          // counts users by their states
	answers        idempotency.Store   // of requests, by their Idempotency-Key
	members        member.Store
	addresses      reach.Addresses
	queues         work.Queues
	reports        report.Reports
	ses            *sesv2.Client // asked for the account's quota and rate, never to send
	reach          reach.Rules   // which devices a message may go to
	baseURL        string
	message        message.Settings
	minimum        time.Duration // the shortest lifetime of a link
	maximum        time.Duration // the longest one
	now            func() time.Time
	routes         api.Routes
}

func newHandler(w *wire.Wire) handler {
	baseURL := w.Required("BASE_URL")
	rules := reach.Read(w.Reader)
	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: w.Table("directory")},
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      token.Store{Table: w.Table("tokens")},
			Deliveries:  delivery.Store{Table: w.Table("deliveries")},
		},
		jobs:          job.Store{Table: w.Table("jobs")},
		notifications: notification.Store{Table: w.Table("jobs")},
		answers:       idempotency.Store{Table: w.Table("jobs")},
		members:       member.Store{Table: w.Table("members")},
		addresses:     reach.Addresses{Table: w.Table("addresses")},
		queues: work.NewQueues(
			w.AWS("sqs"),
			w.Reader,
			work.Walk,
			work.Background,
			work.Urgent,
		),
		message: message.Settings{
			Company:    w.Required("COMPANY"),
			Support:    w.Text("SUPPORT_CONTACT"),
			Language:   rules.Language,
			LinkLength: token.LinkLength(baseURL),
		},
		ses:     carrier.NewSES(w.AWS("sesv2")),
		reach:   rules,
		baseURL: baseURL,
		minimum: w.Duration("LINK_LIFETIME_MINIMUM"),
		maximum: w.Duration("LINK_LIFETIME_MAXIMUM"),
		now:     w.Now,
	}

	h.reports = report.Reports{Queues: h.queues, Now: w.Now}
	h.steps = notification.Steps{Notifications: h.notifications, Queues: h.queues}
	h.counter = tally.Notifications{
		Table:      w.Table("jobs"),
		Deliveries: h.Deliveries,
		Ask:        h.steps.Count,
		Now:        w.Now,
	}
	h.users = tally.Jobs{
		Jobs:        h.jobs,
		Members:     h.members,
		Tokens:      h.Tokens,
		Credentials: h.Credentials,
		Queues:      h.queues,
		Now:         w.Now,
	}

	// Every route is an administrator's.
	guard := session.NewGuard(w.Table, baseURL, w.Audit(), w.Now)
	h.routes = guard.Administrator(h.handlers())
	return h
}

// invocation is what starts the function: a request or, if it has a detail type, the
// schedule's tick. The two have no field in common.
type invocation struct {
	api.Event
	DetailType string    `json:"detail-type"`
	Time       time.Time `json:"time"`
}

// handle serves a request, or does what is due at the time of a tick.
func (h handler) handle(ctx context.Context, in invocation) (any, error) {
	switch {
	case in.DetailType != "":
		return nil, h.tick(ctx, in.Time)
	case in.RouteKey != "":
		return h.routes.Serve(ctx, in.Event)
	}
	return nil, errors.New("the event is neither a request nor the schedule's")
}
