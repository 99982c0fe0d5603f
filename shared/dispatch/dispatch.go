// Package dispatch sees a message on its way: it makes the link, says what the
// placeholders stand for, hands the message over, and records the result.
//
// A message to a user goes in this order:
//
//  1. Its link is stored. So the link works when the message arrives.
//  2. The message is handed to the carrier.
//  3. If the carrier has surely not taken it, the link is taken back, and the link that
//     the user has goes on working.
//  4. The result is recorded: a fact, beside those that the carrier's events tell.
//
// That it is to be sent is announced before (package work): by the batch, or by a claim.
// Whoever takes up the work of a request that died looks for the facts, and goes through
// all the steps for a message that has none. A death between 1 and 2 leaves the user with
// a link that nobody got, until then. Only a death between 2 and 4 sends a message twice,
// unless an event has told meanwhile that it was sent.
//
// The callers decide who is sent what, and when, and hold the lease meanwhile.
package dispatch

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/carrier/sms"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/lease"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/reach"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// Lease is how long a claimed delivery belongs to one request. It is as long as an
	// invocation may last, so that it doesn't end before its request.
	Lease = time.Minute
	// RetryDelay is the time until a message that wasn't taken is tried again.
	RetryDelay = 5 * time.Second
	// DeadlineMargin is kept of an invocation's time for sends under way and their results.
	DeadlineMargin = 10 * time.Second
	// SendTime is how long a send may take.
	SendTime = 8 * time.Second
)

// Dispatcher sends messages. Its fields don't change: it may be used concurrently.
type Dispatcher struct {
	Tokens     token.Store
	Deliveries delivery.Store
	Carrier    carrier.Carrier
	SMSCarrier sms.Carrier
	// Rate is one for all invocations, since SES may be asked for its quota but rarely.
	Rate    *carrier.Rate
	Reach   reach.Rules
	Message message.Settings
	BaseURL string // what links begin with
	Metrics metric.Log
	Now     func() time.Time
}

// SendDeadline returns the time after which this invocation must not send anything.
func (d Dispatcher) SendDeadline(ctx context.Context) time.Time {
	deadline, ok := ctx.Deadline()
	if !ok {
		return d.Now().Add(time.Minute)
	}
	return deadline.Add(-DeadlineMargin)
}

// Values returns what a user's placeholders stand for, without the link.
func (d Dispatcher) Values(p user.Profile) message.Values {
	tag, zone := d.Reach.Speech(p)
	return message.Values{
		FirstName: p.Fields[user.FirstName],
		LastName:  p.Fields[user.LastName],
		Username:  p.Username,
		Now:       d.Now(),
		Zone:      zone,
		Language:  tag,
	}
}

// ValuesWithLink returns what a user's placeholders stand for, with link and code.
func (d Dispatcher) ValuesWithLink(p user.Profile, link Link) message.Values {
	values := d.Values(p)
	values.Link = token.LinkURL(d.BaseURL, link.secret.Reveal())
	values.ExpiresAt = link.ExpiresAt.Time()
	if link.Code != nil {
		values.Code = link.code.Reveal()
		values.CodeExpiresAt = link.Code.ExpiresAt.Time()
	}
	return values
}

// HandOver hands a delivery's message to the carrier of its channel. It returns the
// carrier's id of the message. Errors are those of package carrier: unless
// carrier.NotTaken holds, a message may have been sent in spite of one.
func (d Dispatcher) HandOver(
	ctx context.Context,
	of delivery.Delivery,
	target token.Target,
	template *message.Template,
	values message.Values,
) (id string, err error) {
	ctx, stop := context.WithTimeout(ctx, SendTime)
	defer stop()

	if target.Channel == user.SMS {
		id, err = d.SMSCarrier.Send(ctx, target.Address, template.SMS(values))
	} else {
		id, err = d.Carrier.SendEmail(ctx, target.Address, template.Email(values), of.Tags())
	}

	if errors.Is(err, carrier.ErrMisconfigured) {
		d.Metrics.Count(metric.Misconfigured, 1)
	}
	return id, err
}

// ResultOf returns the delivery with the state that follows from the carrier's answer, an
// error of HandOver or nil. Its attempts count this one. A message that was surely not
// taken costs no attempt. After any other failure it may have been sent: it stays queued
// until it has cost delivery.MaxTries attempts.
func (d Dispatcher) ResultOf(of delivery.Delivery, id string, answer error) delivery.Delivery {
	of.At = clock.Of(d.Now())
	switch {
	case answer == nil:
		of.State = delivery.Sent
		of.Reason = ""
		of.MessageID = id
	case errors.Is(answer, carrier.ErrRejected):
		of.State = delivery.Failed
		of.Reason = delivery.ReasonRejected
	case carrier.NotTaken(answer):
		of.State = delivery.Queued
		of.Attempts--
	case of.Attempts >= delivery.MaxTries:
		of.State = delivery.Failed
		of.Reason = delivery.ReasonTries
	default:
		of.State = delivery.Queued
	}
	return of
}

// Record stores the result of a claimed delivery, and counts it in the metrics. The claim
// of one that is to be tried again ends. of are what a final one means to each of its users.
func (d Dispatcher) Record(
	ctx context.Context, result delivery.Delivery, of ...delivery.Delivery,
) error {
	if !result.Final() {
		return d.Deliveries.Release(ctx, result)
	}

	result.Holder = lease.Holder{}
	err := d.Deliveries.Put(ctx, append(of, result)...)
	if err == nil {
		d.Count(map[delivery.State]int{result.State: 1})
	}
	return err
}

// Count adds to the metrics of messages that were sent and that failed.
func (d Dispatcher) Count(byState map[delivery.State]int) {
	d.Metrics.Count(metric.MessagesSent, byState[delivery.Sent])
	d.Metrics.Count(metric.MessagesFailed, byState[delivery.Failed])
}
