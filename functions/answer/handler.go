package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/token/codekey"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler takes the messages of the urgent queue. Its fields don't change: it may be used
// concurrently.
type handler struct {
	dispatch.Dispatcher
	recipients    dispatch.Recipients
	credentials   credential.Store
	jobs          job.Store
	members       member.Store
	notifications notification.Store
	limits        limit.Store
	queues        work.Queues
	reset         resetRules
	// renewGap is the time after a renewal in which the same user gets no other one.
	renewGap time.Duration
	audit    audit.Log
}

// resetRules are what a deployment says of forgot-password messages.
type resetRules struct {
	// linkLifetime and codeLifetime are how long a link and a code of a reset work (NIST
	// SP 800-63B-4 4.2.1.2: a day by email, ten minutes by SMS at most).
	linkLifetime time.Duration
	codeLifetime time.Duration
	codeKey      *codekey.Kept
	perHour      int // messages to one user, at most
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	recipients := dispatch.NewRecipients(w, rules)
	return handler{
		Dispatcher:    dispatch.New(w, rules),
		recipients:    recipients,
		credentials:   credential.Store{Table: w.Table("credentials")},
		jobs:          recipients.Jobs,
		members:       recipients.Members,
		notifications: notification.Store{Table: recipients.Jobs.Table},
		limits:        limit.Store{Table: w.Table("limits")},
		queues:        work.NewQueues(w.AWS("sqs"), w.Reader, work.Urgent),
		reset: resetRules{
			linkLifetime: w.Duration("RESET_LIFETIME"),
			codeLifetime: w.Duration("CODE_LIFETIME"),
			codeKey: &codekey.Kept{
				Client: secretsmanager.NewFromConfig(w.AWS("secretsmanager")),
				Secret: w.Required("CODE_KEY_SECRET"),
			},
			perHour: w.Number("FORGOT_PER_HOUR"),
		},
		renewGap: w.Duration("RENEW_GAP"),
		audit:    w.Audit(),
	}
}

// handle takes messages. It returns those that failed, so that only they come back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return h.queues.Take(ctx, work.Urgent, event, h.take), nil
}

// take handles one message.
func (h handler) take(ctx context.Context, received work.Received) error {
	owner := received.Owner
	switch m := received.Message.(type) {
	case work.Forgot:
		return h.forgot(ctx, m, owner)
	case work.Renew:
		return h.renew(ctx, m, owner)
	case work.PasswordSet:
		return h.passwordSet(ctx, m, owner)
	case work.NewAdministrator:
		return h.newAdministrator(ctx, m, owner)
	case work.Resend:
		return h.resend(ctx, m, owner)
	case work.CheckReach:
		return h.recipients.UpdateReach(ctx, m.Key, m.UserID)
	case work.Test:
		return h.testMessage(ctx, m, owner)
	case work.Report:
		return h.sendReport(ctx, m, owner)
	}
	return work.ErrUnknown
}
