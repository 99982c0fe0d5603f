package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/lease"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// errand is an urgent message on its way: who is to be sent it, and where.
type errand struct {
	request work.Named
	owner   string // the request that works at it
	to      user.Profile
	targets []token.Target // one message to each
	// madeUp is true where to is nobody, and there only since a delivery needs a user.
	madeUp bool
	// holders are whom its message is for, if that is several users of one target.
	holders []holder
	// notice is true for a message that nobody waits for. It has a place in the bulk's lane.
	notice bool
	// limited is true for a message whose limit stands for its first claim, and claimed
	// if this request has just made that.
	limited, claimed bool
}

// lane returns the lane of the send rate that the message has.
func (e errand) lane() carrier.Lane {
	if e.notice {
		return carrier.Bulk
	}
	return carrier.Urgent
}

// content is what an urgent message says.
type content struct {
	kind     message.BuiltInKind // for the log
	template *message.Template
	values   message.Values
	// takeBack takes back the link that it holds, with its code; nil if it holds none.
	takeBack func(context.Context) error
}

// builtIn returns a built-in text.
func (h handler) builtIn(kind message.BuiltInKind, values message.Values) content {
	template := h.Message.BuiltIn(kind, values.Language)
	return content{kind: kind, template: template, values: values}
}

// holding returns a text that holds a link.
func (h handler) holding(link dispatch.Link, what content) content {
	what.takeBack = func(ctx context.Context) error { return h.TakeBack(ctx, link) }
	return what
}

// skip is why nothing is sent: a delivery's reason.
type skip struct{ reason string }

func (s *skip) Error() string { return "skipped: " + s.reason }

// once sends an urgent message to each of its targets that has none yet. One request at a
// time does so, under a lease: announce, then act, with the claim for the announcement. If
// something is left to be sent, the message is queued again.
//
// say is called when there is something that may be sent now. It makes the message's link
// and says its text, or returns a *skip. It must bear to be called again for each attempt.
// If nothing was sent, what it has made is taken back.
func (h handler) once(ctx context.Context, e errand, say func() (content, error)) error {
	var busy *lease.BusyError
	claimed, known, err := h.claim(ctx, e)
	if errors.As(err, &busy) {
		return h.queues.Send(ctx, e.request, busy.Until.Sub(h.Now()))
	}
	if err != nil {
		return err
	}

	messages := outgoingOf(e, claimed, known)
	if len(messages) == 0 && len(known) > 0 {
		return nil // the request before has died after its last message
	}

	wait, err := h.awaitTurn(ctx, e, &claimed, messages)
	if err != nil {
		return err
	}
	if wait > 0 {
		claimed.Attempts-- // waiting is none
		return h.later(ctx, e, claimed, nil, wait)
	}

	if allRefused(messages) {
		return h.sendAll(ctx, e, claimed, messages, content{})
	}

	err = h.findShared(ctx, e, messages)
	if err != nil {
		return err
	}

	what, err := say()
	var skipped *skip
	if errors.As(err, &skipped) {
		claimed.State = delivery.Skipped
		claimed.Reason = skipped.reason
		claimed.At = clock.Of(h.Now())
		return h.Record(ctx, claimed)
	}
	if err != nil {
		return err
	}
	return h.sendAll(ctx, e, claimed, messages, what)
}

// later ends the claim and queues the message again. open are the deliveries that are to be
// tried beside the claimed one.
func (h handler) later(
	ctx context.Context,
	e errand,
	claimed delivery.Delivery,
	open []delivery.Delivery,
	delay time.Duration,
) error {
	err := h.Deliveries.Release(ctx, claimed, open...)
	if err != nil {
		return err
	}
	return h.queues.Send(ctx, e.request, delay)
}

// lease returns the lease of a request that begins to work now.
func (h handler) lease(owner string) lease.Lease {
	return lease.Lease{Owner: owner, Until: h.Now().Add(dispatch.Lease)}
}

// claim claims the message's first delivery, which stands for all of them. known are those
// that an earlier request has sent: only after a first claim there can't be any. A limit
// forgets its claims, and so it tells of no first one.
func (h handler) claim(
	ctx context.Context, e errand,
) (claimed delivery.Delivery, known []delivery.Delivery, err error) {
	d := delivery.Delivery{
		UserID:   e.to.ID,
		Name:     e.request.DeliveryName(),
		Key:      e.to.Key,
		Username: e.to.Username,
	}

	now := h.Now()
	if e.claimed {
		claimed = d
		claimed.State = delivery.Queued
		claimed.At = clock.Of(now)
		claimed.Attempts = 1
	} else {
		claimed, err = h.Deliveries.Claim(ctx, d, h.lease(e.owner), now)
		if err != nil || claimed.Attempts == 1 && !e.limited {
			return claimed, nil, err
		}
	}

	series, err := h.Deliveries.Series(ctx, d.UserID, d.Name)
	for _, one := range series {
		if one.Final() {
			known = append(known, one)
		}
	}
	return claimed, known, err
}

// leftOf returns the targets that have no delivery. A message that was skipped went nowhere,
// and nothing of it is left.
func leftOf(targets []token.Target, known []delivery.Delivery) []token.Target {
	var left []token.Target
	for _, target := range targets {
		has := func(d delivery.Delivery) bool {
			return d.Device == target.Device || d.State == delivery.Skipped
		}
		if !slices.ContainsFunc(known, has) {
			left = append(left, target)
		}
	}
	return left
}

// nextName returns the first name of a message's that no delivery has.
func nextName(base delivery.Name, known []delivery.Delivery) delivery.Name {
	for k := 1; ; k++ {
		name := base.Nth(k)
		has := func(d delivery.Delivery) bool { return d.Name == name }
		if !slices.ContainsFunc(known, has) {
			return name
		}
	}
}
