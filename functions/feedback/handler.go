package main

import (
	"context"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/delivery"
	"latchkey/shared/reach"
	"latchkey/shared/user"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler takes SES's events. Its fields don't change: it may be used concurrently.
type handler struct {
	deliveries delivery.Store
	addresses  reach.Addresses
	queues     work.Queues
}

func newHandler(w *wire.Wire) handler {
	return handler{
		deliveries: delivery.Store{Table: w.Table("deliveries")},
		addresses:  reach.Addresses{Table: w.Table("addresses")},
		queues:     work.NewQueues(w.AWS("sqs"), w.Reader, work.Bulk, work.Feedback),
	}
}

// news is an event of ours, as a message of the queue has told it.
type news struct {
	record events.SQSMessage
	facts  []delivery.Delivery // one for each user, and alike
	to     []string            // the email's addresses
}

// handle takes events. It returns those that failed, so that only they come back.
//
// All facts of a batch are stored together. What follows from them comes after that, and is
// done again when an event comes again: the first time may have died half-way.
func (h handler) handle(
	ctx context.Context, messages events.SQSEvent,
) (events.SQSEventResponse, error) {
	all := read(ctx, messages)

	var facts []delivery.Delivery
	for _, one := range all {
		facts = append(facts, one.facts...)
	}

	failures := h.queues.Failures(work.Feedback)
	stored := h.deliveries.Put(ctx, facts...)
	for _, one := range all {
		err := stored
		if err == nil {
			err = h.follow(ctx, one)
		}
		if err != nil {
			failures.Add(ctx, one.record, err)
		}
	}
	return failures.Response(ctx), nil
}

// read returns the events that say something. A message that is no event of ours is logged
// and done: it wouldn't be one the next time either.
func read(ctx context.Context, messages events.SQSEvent) []news {
	var all []news
	for _, message := range messages.Records {
		e, err := parse(message.Body)

		var facts []delivery.Delivery
		if err == nil {
			facts, err = e.facts()
		}
		if err != nil {
			slog.WarnContext(
				ctx,
				"event passed over",
				"message_id", message.MessageId,
				"reason", err.Error(),
			)
		}

		if facts != nil {
			all = append(all, news{message, facts, e.Mail.Destination})
		}
	}
	return all
}

// follow does what follows from an event that says that a message did not arrive, or that
// its address must not be sent to any more. The marks come before the requests to deliver,
// which reads them.
func (h handler) follow(ctx context.Context, one news) error {
	dead := isDead(one.facts[0])
	if dead {
		err := h.mark(ctx, one.to, one.facts[0])
		if err != nil {
			return err
		}
	}

	for _, fact := range one.facts {
		var err error
		switch {
		case mayFallBack(fact):
			err = h.askFallback(ctx, fact)
		case dead:
			err = h.queues.Send(ctx, work.CheckReach{UserID: fact.UserID}, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isDead reports whether a fact means that the address must not be sent to any more.
func isDead(fact delivery.Delivery) bool {
	return fact.State == delivery.Complained ||
		fact.State == delivery.Bounced && delivery.Undeliverable(fact.Reason)
}

// mark marks addresses as undeliverable. An email of ours has one recipient, and SES
// repeats the address as we wrote it, which is as the profile has it.
func (h handler) mark(ctx context.Context, addresses []string, fact delivery.Delivery) error {
	for _, to := range addresses {
		err := h.addresses.Mark(
			ctx,
			reach.AddressKey(user.Email, to),
			fact.Reason,
			fact.At.Time(),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// mayFallBack reports whether a message of a job's notification surely did not arrive, by
// what the event says. Another event may have told that it arrived after all: deliver looks
// at all of them.
func mayFallBack(fact delivery.Delivery) bool {
	return fact.Name.Number() != nil &&
		fact.State == delivery.Bounced &&
		delivery.NotArrived(fact.Reason)
}

// askFallback asks deliver to go on to the user's next device. Whether there is one, and
// whether the user still needs the message, deliver decides.
func (h handler) askFallback(ctx context.Context, fact delivery.Delivery) error {
	request := work.Fallback{
		JobID:    fact.Name.JobID(),
		Number:   *fact.Name.Number(),
		UserID:   fact.UserID,
		Delivery: fact.Name,
	}
	return h.queues.Send(ctx, request, 0)
}
