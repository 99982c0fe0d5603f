package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
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
	urgent        queue.Queue
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
	codeKey      *token.KeptCodeKey
	perHour      int // messages to one user, at most
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	recipients := dispatch.NewRecipients(w, rules)
	queues := w.Queues(work.Urgent)
	return handler{
		Dispatcher:    dispatch.New(w, rules),
		recipients:    recipients,
		credentials:   credential.Store{Table: w.Table("credentials")},
		jobs:          recipients.Jobs,
		members:       recipients.Members,
		notifications: notification.Store{Table: recipients.Jobs.Table},
		limits:        limit.Store{Table: w.Table("limits")},
		urgent:        queue.Queue{Client: queues.Client, URL: queues.URLs[work.Urgent]},
		reset: resetRules{
			linkLifetime: w.Duration("RESET_LIFETIME"),
			codeLifetime: w.Duration("CODE_LIFETIME"),
			codeKey: &token.KeptCodeKey{
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
	return queue.Take(ctx, event, h.take), nil
}

// take handles one message.
func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	var request urgent.Message
	if err := json.Unmarshal([]byte(record.Body), &request); err != nil {
		return errors.New("the message is no urgent one")
	}

	owner := leaseOwner(ctx, record)
	switch {
	case request.Forgot != nil:
		return h.forgot(ctx, request, owner)
	case request.Renew != nil:
		return h.renew(ctx, request, owner)
	case request.PasswordSet != nil:
		return h.passwordSet(ctx, request, owner)
	case request.NewAdministrator != nil:
		return h.newAdministrator(ctx, request, owner)
	case request.Resend != nil:
		return h.resend(ctx, request, owner)
	case request.Reach != nil:
		return h.recipients.UpdateReach(ctx, request.Reach.Key, request.Reach.UserID)
	case request.Test != nil:
		return h.testMessage(ctx, request, owner)
	case request.Report != nil:
		return h.sendReport(ctx, request, owner)
	}
	return errors.New("the message asks for nothing that is known")
}

// leaseOwner names the request that handles a message, as the owner of its leases. A
// message that comes again is another request's.
func leaseOwner(ctx context.Context, record events.SQSMessage) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID + "/" + record.MessageId
	}
	return record.MessageId
}
