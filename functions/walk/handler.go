package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/text/language"

	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/setting"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/wire"
)

// handler holds what the function is wired to. It has no state of its own: what happened
// stands in the tables, so that any instance may go on where another one died.
type handler struct {
	audience.Judge // decides who is in an audience, and reads the stores that it needs
	jobs           job.Store
	notifications  notification.Store
	steps          notification.Steps   // asks for further steps
	deliveries     notification.Counter // counts what became of messages
	users          tally.Counter        // counts users by their states
	members        member.Store
	walk           queue.Queue   // steps, for this function
	bulk           queue.Queue   // batches, for deliver
	bucket         object.Bucket // takes exports
	language       language.Tag  // of the built-in texts that a notification stores
	now            func() time.Time
}

func newHandler(w *wire.Wire) handler {
	queues := sqs.NewFromConfig(w.AWS("sqs"))
	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: w.Table("directory")},
			Credentials: credential.Store{Table: w.Table("credentials")},
			Tokens:      token.Store{Table: w.Table("tokens")},
			Deliveries:  delivery.Store{Table: w.Table("deliveries")},
		},
		jobs:     job.Store{Table: w.Table("jobs")},
		members:  member.Store{Table: w.Table("members")},
		walk:     queue.Queue{Client: queues, URL: w.Required("QUEUE_WALK")},
		bulk:     queue.Queue{Client: queues, URL: w.Required("QUEUE_BULK")},
		bucket:   object.New(w.AWS("s3"), w.Required("BUCKET")),
		language: setting.Parse(w.Reader, "LANGUAGE", reach.ParseLanguage),
		now:      w.Now,
	}

	reports := report.Reports{
		Urgent: queue.Queue{Client: queues, URL: w.Required("QUEUE_URGENT")},
		Now:    w.Now,
	}
	h.notifications = notification.Store{Table: w.Table("jobs"), Ends: reports.Ends(h.jobs)}
	h.steps = notification.Steps{Notifications: h.notifications, Walk: h.walk}
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
		Walk:    h.walk,
		Now:     w.Now,
	}
	return h
}
