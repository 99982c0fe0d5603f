package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler takes SES's events. Its fields don't change: it may be used concurrently.
type handler struct {
	deliveries delivery.Store
	addresses  address.Store
	queues     work.Queues
}

func newHandler(w *wire.Wire) handler {
	return handler{
		deliveries: delivery.Store{Table: w.Table("deliveries")},
		addresses:  address.Store{Table: w.Table("addresses")},
		queues:     w.Queues(work.Bulk),
	}
}

// handle takes events. It returns those that failed, so that only they come back. A
// message that is no event of ours is logged and done: it wouldn't be one the next time
// either.
func (h handler) handle(
	ctx context.Context, messages events.SQSEvent,
) (events.SQSEventResponse, error) {
	return work.Each(ctx, messages, func(ctx context.Context, message events.SQSMessage) error {
		err := h.take(ctx, message.Body)
		if !isForeign(err) {
			return err
		}

		slog.WarnContext(
			ctx,
			"event passed over",
			"message_id", message.MessageId,
			"reason", err.Error(),
		)
		return nil
	}), nil
}

// isForeign reports whether an error says that a message is no event of ours. An event
// whose delivery isn't there is none: the sender, deliver or answer, stores a delivery
// before it sends the message.
func isForeign(err error) bool {
	return errors.Is(err, errNoEvent) ||
		errors.Is(err, errUnknown) ||
		errors.Is(err, errForeign) ||
		errors.Is(err, store.ErrNotFound)
}

// take moves one event's delivery forward, and does what follows from it. What follows is
// done again when the event comes again, even if the delivery doesn't move: the first
// time may have died half-way.
func (h handler) take(ctx context.Context, body string) error {
	e, err := parse(body)
	if err != nil {
		return err
	}

	news, err := e.news()
	if err != nil || news == nil {
		return err
	}

	userID, name, err := e.deliveryKey()
	if err != nil {
		return err
	}

	d, err := h.deliveries.Advance(ctx, userID, name, *news)
	if err != nil {
		return err
	}

	// The marks come before the requests to deliver, which reads them.
	dead := isDead(*news)
	if dead {
		err := h.mark(ctx, e.Mail.Destination, *news)
		if err != nil {
			return err
		}
	}

	switch {
	case mayFallBack(d, *news):
		return h.askFallback(ctx, d)
	case dead:
		return h.queues.Send(ctx, work.CheckReach{Key: d.Key, UserID: d.UserID}, 0)
	}
	return nil
}

// isDead reports whether the news means that the address must not be sent to any more.
func isDead(news delivery.News) bool {
	return news.State == delivery.Complained ||
		news.State == delivery.Bounced && delivery.Dead(news.Reason)
}

// mark marks addresses as undeliverable. An email of ours has one recipient, and SES
// repeats the address as we wrote it, which is as the profile has it.
func (h handler) mark(ctx context.Context, addresses []string, news delivery.News) error {
	for _, to := range addresses {
		err := h.addresses.Mark(ctx, address.Key(user.Email, to), news.Reason, news.At)
		if err != nil {
			return err
		}
	}
	return nil
}

// mayFallBack reports whether a message of a job's notification surely did not arrive.
// The delivery decides with the news, since a later event may have told that it arrived
// after all.
func mayFallBack(d delivery.Delivery, news delivery.News) bool {
	return d.Notification.Number() != nil &&
		news.State == delivery.Bounced &&
		d.State == delivery.Bounced &&
		delivery.NotArrived(d.Reason)
}

// askFallback asks deliver to go on to the user's next device. Whether there is one, and
// whether the user still needs the message, deliver decides.
func (h handler) askFallback(ctx context.Context, d delivery.Delivery) error {
	request := work.Fallback{
		JobID:    d.Notification.JobID(),
		Number:   *d.Notification.Number(),
		UserID:   d.UserID,
		Key:      d.Key,
		Delivery: d.Notification,
	}
	return h.queues.Send(ctx, request, 0)
}
