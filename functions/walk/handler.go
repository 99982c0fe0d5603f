package main

import (
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/setting"
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
	steps          notification.Steps   // asks for further steps
	settler        report.Settler       // ends notifications
	deliveries     notification.Counter // counts what became of messages
	users          tally.Counter        // counts users by their states
	members        member.Store
	queues         work.Queues
	bucket         object.Bucket // takes exports
	language       language.Tag  // of the built-in texts that a notification stores
	now            func() time.Time
}

func newHandler(w *wire.Wire) handler {
	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: w.Table("directory")},
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      token.Store{Table: w.Table("tokens")},
			Deliveries:  delivery.Store{Table: w.Table("deliveries")},
		},
		jobs:     job.Store{Table: w.Table("jobs")},
		members:  member.Store{Table: w.Table("members")},
		queues:   w.Queues(work.Walk, work.Bulk, work.Urgent),
		bucket:   object.New(w.AWS("s3"), w.Required("BUCKET")),
		language: setting.Parse(w.Reader, "LANGUAGE", reach.ParseLanguage),
		now:      w.Now,
	}

	h.notifications = notification.Store{Table: w.Table("jobs")}
	h.settler = report.Settler{
		Reports:       report.Reports{Queues: h.queues, Now: w.Now},
		Jobs:          h.jobs,
		Notifications: h.notifications,
	}
	h.steps = notification.Steps{Notifications: h.notifications, Queues: h.queues}
	h.deliveries = notification.Counter{
		Notifications: h.notifications,
		Deliveries:    h.Deliveries,
		Ask:           h.steps.Count,
		Now:           w.Now,
	}
	h.users = tally.Counter{
		Jobs:    h.jobs,
		Members: h.members,
		Tokens:  h.Tokens,
		Queues:  h.queues,
		Now:     w.Now,
	}
	return h
}
