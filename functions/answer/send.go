package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/limit"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// patience is the longest that a request waits for a message's turn: others' messages
	// are in its hand.
	patience = time.Second
	// aheadAtMost is how far ahead a turn may be.
	aheadAtMost = time.Minute
	// misconfiguredDelay is the time until a message is tried again that the deployment
	// can't send as it is set up, and quotaDelay until a notice is for which no quota is left.
	misconfiguredDelay = 5 * time.Minute
	quotaDelay         = 15 * time.Minute
)

// outgoing is an errand's message to one target.
type outgoing struct {
	target   token.Target
	delivery delivery.Delivery
	shared   bool  // another user has the target's address
	answer   error // of the carrier
	refused  bool  // the answer is known before the message is made
}

// outgoingOf returns the messages to the errand's targets that are left.
func outgoingOf(
	e errand, claimed delivery.Delivery, known []delivery.Delivery,
) []outgoing {
	for _, to := range e.holders {
		claimed.Users = append(claimed.Users, to.profile.ID)
	}

	left := leftOf(e.targets, known)
	messages := make([]outgoing, len(left))
	for i, target := range left {
		d := claimed
		d.Name = nextName(claimed.Name, known)
		d.Device = target.Device
		d.Channel = target.Channel
		d.Turn = 0

		known = append(known, d)
		messages[i] = outgoing{target: target, delivery: d}
	}
	return messages
}

// findShared finds out which messages go to an address that another user has, too. Those
// that aren't one user's need nothing to be told apart by.
func (h handler) findShared(ctx context.Context, e errand, messages []outgoing) error {
	if e.madeUp {
		return nil
	}

	to := make([]dispatch.Addressee, len(messages))
	for i, m := range messages {
		to[i] = dispatch.Addressee{User: e.to, Target: m.target}
	}

	shared, err := h.recipients.Shared(ctx, to)
	if err != nil {
		return err
	}
	for i := range messages {
		messages[i].shared = shared[i]
	}
	return nil
}

// awaitTurn waits until an errand's messages may be sent, if that is soon. Otherwise it
// returns after which delay they may be. They keep their turn then: it is stored with the
// delivery, so that the message comes back once, however many wait.
func (h handler) awaitTurn(
	ctx context.Context, e errand, claimed *delivery.Delivery, messages []outgoing,
) (delay time.Duration, err error) {
	turn := claimed.Turn.Time()
	if h.Now().After(turn.Add(aheadAtMost)) {
		var tooMany *limit.TooManyError
		turn, err = h.reserve(ctx, e.lane(), messages)
		switch {
		case errors.As(err, &tooMany):
			return tooMany.After, nil
		case err != nil:
			return 0, err
		case e.notice && allRefused(messages):
			return quotaDelay, nil
		}
	}

	wait := turn.Sub(h.Now())
	if wait > patience {
		claimed.Turn = clock.Of(turn)
		return wait, nil
	}

	claimed.Turn = 0
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(wait):
		return 0, nil
	}
}

// reserve reserves the time for messages, and returns from when they may be sent: a
// *limit.TooManyError if that is too far ahead. Messages that the day's quota has no room
// for are refused.
func (h handler) reserve(
	ctx context.Context, lane carrier.Lane, messages []outgoing,
) (turn time.Time, err error) {
	latest := h.Now().Add(aheadAtMost)
	for _, channel := range []user.Channel{user.Email, user.SMS} {
		of := by(channel, messages)
		if len(of) == 0 {
			continue
		}

		from, err := h.Rate.Reserve(ctx, channel, lane, len(of), latest)
		if errors.Is(err, carrier.ErrQuota) {
			for _, m := range of {
				m.answer = err
				m.refused = true
			}
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if from.After(turn) {
			turn = from
		}
	}
	return turn, nil
}

// by returns the messages that go by a channel.
func by(channel user.Channel, messages []outgoing) []*outgoing {
	var of []*outgoing
	for i := range messages {
		if messages[i].target.Channel == channel {
			of = append(of, &messages[i])
		}
	}
	return of
}

// allRefused reports whether there are messages, and none of them may be sent.
func allRefused(messages []outgoing) bool {
	allowed := func(m outgoing) bool { return !m.refused }
	return len(messages) > 0 && !slices.ContainsFunc(messages, allowed)
}

// sendAll sends an errand's messages, one after the other, and records the results of those
// that are done. If something is left to be sent, the errand is queued again. If nothing was
// sent, the link and the code are taken back: those that the user has work on.
func (h handler) sendAll(
	ctx context.Context,
	e errand,
	claimed delivery.Delivery,
	messages []outgoing,
	what content,
) error {
	var failed error
	var open []delivery.Delivery
	unsent := true
	attempts := claimed.Attempts - 1 // the claim counts for all, unless none was tried
	delay := dispatch.RetryDelay

	for _, m := range messages {
		result := h.send(ctx, e, m, what)
		unsent = unsent && carrier.NotSent(result.answer)
		attempts = max(attempts, result.delivery.Attempts)
		delay = max(delay, delayAfter(result.answer))

		if result.delivery.Final() {
			of := e.ofHolders(result.delivery)
			failed = errors.Join(failed, h.Record(ctx, result.delivery, of...))
		} else {
			open = append(open, result.delivery)
		}
	}

	if unsent && what.takeBack != nil {
		failed = errors.Join(failed, what.takeBack(ctx))
	}
	if failed != nil || len(open) == 0 {
		return failed
	}

	claimed.Attempts = attempts
	for i := range open {
		open[i].Attempts = attempts
	}
	return h.later(ctx, e, claimed, open, delay)
}

// send sends one message, unless it is refused, and returns it with its result.
func (h handler) send(ctx context.Context, e errand, m outgoing, what content) outgoing {
	var id string
	if !m.refused {
		values := what.values
		values.AddressShared = m.shared
		id, m.answer = h.HandOver(ctx, m.delivery, m.target, what.template, values)
	}

	if m.answer != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"kind", what.kind,
			"user", m.delivery.UserID,
			"error", m.answer.Error(),
		)
	}
	m.delivery = h.resultOf(e, m, id)
	return m
}

// resultOf is Dispatcher's ResultOf for an urgent message. A message that somebody waits for
// can't wait for the day's quota, nor any for the account's release: it has failed then.
func (h handler) resultOf(e errand, m outgoing, id string) delivery.Delivery {
	d := h.ResultOf(m.delivery, id, m.answer)
	switch {
	case errors.Is(m.answer, carrier.ErrQuota) && !e.notice:
		d.State = delivery.Failed
		d.Reason = delivery.ReasonQuota
	case errors.Is(m.answer, carrier.ErrSuspended):
		d.State = delivery.Failed
		d.Reason = delivery.ReasonSuspended
	}
	return d
}

// delayAfter returns after which delay at least a message is tried again that a carrier
// didn't take.
func delayAfter(answer error) time.Duration {
	switch {
	case errors.Is(answer, carrier.ErrMisconfigured):
		return misconfiguredDelay
	case errors.Is(answer, carrier.ErrQuota):
		return quotaDelay
	}
	return 0
}
