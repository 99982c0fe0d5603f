package main

import (
	"context"
	"errors"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// values are what the placeholders stand for in a message to the user.
func (h handler) values(p user.Profile) message.Values {
	tag, zone := h.reach.Speech(p)
	return message.Values{
		FirstName: p.Fields[user.FirstName],
		LastName:  p.Fields[user.LastName],
		Username:  p.Username,
		Now:       h.now(),
		Zone:      zone,
		Language:  tag,
	}
}

// hand gives one message to its carrier.
func (h handler) hand(
	ctx context.Context,
	target token.Target,
	template *message.Template,
	values message.Values,
	tags map[string]string,
) (id string, err error) {
	if target.Channel == user.SMS {
		return h.carrier.SendSMS(ctx, target.Address, template.SMS(values))
	}
	return h.carrier.SendEmail(ctx, target.Address, template.Email(values), tags)
}

// record turns a carrier's answer into what became of a delivery. What was surely not taken costs no attempt; whatever else went wrong may have been sent, and
// is tried again a few times.
func (h handler) record(d delivery.Delivery, id string, err error) delivery.Delivery {
	d.At = h.now().UnixMilli()
	switch {
	case err == nil:
		d.State, d.Reason, d.MessageID = delivery.Sent, "", id
		d.Attempts++
	case errors.Is(err, carrier.ErrRejected):
		d.State, d.Reason = delivery.Failed, delivery.ReasonRejected
		d.Attempts++
	case carrier.NotTaken(err):
		d.State = delivery.Queued
	default:
		d.State = delivery.Queued

		d.Attempts++
		if d.Attempts >= delivery.MaxTries {
			d.State, d.Reason = delivery.Failed, delivery.ReasonTries
		}
	}

	return d
}

// keep writes results down, counts them, and gives the deliveries as they are then.
func (h handler) keep(
	ctx context.Context,
	results ...delivery.Delivery,
) ([]delivery.Delivery, error) {
	after, err := h.Deliveries.Record(ctx, results...)
	if err != nil {
		return nil, err
	}

	byState := map[delivery.State]int{}
	for _, d := range results {
		byState[d.State]++
	}

	h.count(byState)

	return after, nil
}

func (h handler) count(byState map[delivery.State]int) {
	h.metrics.Count(metric.MessagesSent, byState[delivery.Sent])
	h.metrics.Count(metric.MessagesFailed, byState[delivery.Failed])
}

// tags are what comes back with the events about a delivery's message.
func tags(d delivery.Delivery) map[string]string {
	return map[string]string{"delivery": delivery.Tag(d.Notification), "user": d.UserID}
}

func (h handler) keepOne(ctx context.Context, d delivery.Delivery) (delivery.Delivery, error) {
	after, err := h.keep(ctx, d)
	if err != nil {
		return d, err
	}
	return after[0], nil
}
