package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// valuesFor returns what the placeholders stand for in a message to the user. It leaves
// out the link.
func (h handler) valuesFor(p user.Profile) message.Values {
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

// valuesWithLink returns what the placeholders stand for in a message that holds the
// link.
func (h handler) valuesWithLink(
	p user.Profile, secret token.Secret, link token.Link,
) message.Values {
	values := h.valuesFor(p)
	values.Link = token.LinkURL(h.baseURL, secret.Reveal())
	values.ExpiresAt = time.UnixMilli(link.ExpiresAt)
	return values
}

// handOver hands a delivery's message to the carrier of its channel. It returns the
// carrier's id of the message. Errors are those of package carrier: unless
// carrier.NotTaken holds, a message may have been sent in spite of one.
func (h handler) handOver(
	ctx context.Context,
	d delivery.Delivery,
	target token.Target,
	template *message.Template,
	values message.Values,
) (id string, err error) {
	if target.Channel == user.SMS {
		return h.carrier.SendSMS(ctx, target.Address, template.SMS(values))
	}
	return h.carrier.SendEmail(ctx, target.Address, template.Email(values), messageTags(d))
}

// messageTags returns the tags that SES adds to its events about a delivery's message.
// Feedback finds the delivery by them.
func messageTags(d delivery.Delivery) map[string]string {
	return map[string]string{"delivery": delivery.Tag(d.Notification), "user": d.UserID}
}

// resultOf returns the delivery with the state that follows from the carrier's answer. A
// message that was surely not taken costs no attempt. After any other failure it may have
// been sent: it stays queued until it has cost delivery.MaxTries attempts.
func (h handler) resultOf(d delivery.Delivery, id string, err error) delivery.Delivery {
	d.At = h.now().UnixMilli()
	switch {
	case err == nil:
		d.State = delivery.Sent
		d.Reason = ""
		d.MessageID = id
		d.Attempts++
	case errors.Is(err, carrier.ErrRejected):
		d.State = delivery.Failed
		d.Reason = delivery.ReasonRejected
		d.Attempts++
	case carrier.NotTaken(err):
		d.State = delivery.Queued
	default:
		d.State = delivery.Queued
		d.Attempts++
		if d.Attempts >= delivery.MaxTries {
			d.State = delivery.Failed
			d.Reason = delivery.ReasonTries
		}
	}
	return d
}

// recordAll stores results and counts them in the metrics. It returns the deliveries as
// they are afterwards: a carrier's event may have come first and moved one further.
func (h handler) recordAll(
	ctx context.Context, results ...delivery.Delivery,
) ([]delivery.Delivery, error) {
	after, err := h.Deliveries.Record(ctx, results...)
	if err != nil {
		return nil, err
	}

	byState := map[delivery.State]int{}
	for _, d := range results {
		byState[d.State]++
	}

	h.countResults(byState)
	return after, nil
}

// recordOne is recordAll for one result.
func (h handler) recordOne(
	ctx context.Context, result delivery.Delivery,
) (delivery.Delivery, error) {
	after, err := h.recordAll(ctx, result)
	if err != nil {
		return result, err
	}
	return after[0], nil
}

// countResults adds to the metrics of messages that were sent and that failed.
func (h handler) countResults(byState map[delivery.State]int) {
	h.metrics.Count(metric.MessagesSent, byState[delivery.Sent])
	h.metrics.Count(metric.MessagesFailed, byState[delivery.Failed])
}
