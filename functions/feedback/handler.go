package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

type handler struct {
	deliveries delivery.Store
	addresses  address.Store
	bulk       queue.Queue
}

// handle takes events, each for itself: one that fails comes back alone. What is no event of ours is logged and done, since it wouldn't be one the next time
// either.
func (h handler) handle(
	ctx context.Context,
	messages events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, messages, func(ctx context.Context, message events.SQSMessage) error {
		err := h.take(ctx, message.Body)
		switch {
		case errors.Is(err, errNoEvent),
			errors.Is(err, errUnknown),
			errors.Is(err, errForeign),
			errors.Is(err, store.ErrNotFound):
			slog.WarnContext(
				ctx,
				"event passed over",
				"message_id",
				message.MessageId,
				"reason",
				err.Error(),
			)
			return nil
		}

		return err
	}), nil
}

// take brings one event to its delivery. What follows from it is done again when it comes again: the first time may have died half-way.
func (h handler) take(ctx context.Context, body string) error {
	e, err := parse(body)
	if err != nil {
		return err
	}

	news, err := e.news()
	if err != nil || news == nil {
		return err
	}

	userID, name, err := e.delivery()
	if err != nil {
		return err
	}

	d, err := h.deliveries.Advance(ctx, userID, name, *news)
	if err != nil {
		return err
	}

	dead := news.State == delivery.Complained ||
		news.State == delivery.Bounced && delivery.Dead(news.Reason)
	if dead {
		// An email of ours has one recipient, and the address as we wrote it is the one that a profile has.
		for _, to := range e.Mail.Destination {
			if err := h.addresses.Mark(
				ctx,
				address.Key(user.Email, to),
				news.Reason,
				news.At,
			); err != nil {
				return err
			}
		}
	}

	number := d.Number()
	switch {
	case number != nil && d.State == delivery.Bounced && news.State == delivery.Bounced && delivery.NotArrived(d.Reason):
		jobID, _, _ := strings.Cut(name, "#")
		return h.bulk.Send(ctx, notification.BulkMessage{Fallback: &notification.Fallback{
			JobID: jobID, Number: *number, UserID: d.UserID, Key: d.Key, Delivery: name,
		}}, 0)
	case dead:
		return h.bulk.Send(
			ctx,
			notification.BulkMessage{Reach: &urgent.Reach{Key: d.Key, UserID: d.UserID}},
			0,
		)
	}

	return nil
}
