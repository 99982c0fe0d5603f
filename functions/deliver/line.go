package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/notification"
	"latchkey/shared/parallel"
	"latchkey/shared/user"
)

// line is the part of a batch that goes by one channel, at the channel's own rate. Its
// fields change while its messages are sent.
type line struct {
	channel    user.Channel
	left       []outgoing // still to be sent
	counts     notification.Counts
	open       []notification.Open // users without a result
	again      bool                // some of them are to be tried again
	retryAfter time.Duration       // until then
	refusal    error               // the carrier's, once it takes nothing more
	err        error
}

// Answers to whether the next slice may be sent.
var (
	errLater     = errors.New("the invocation's time is used up")
	errCancelled = errors.New("the notification was cancelled")
	errHeld      = errors.New("the notification is paused for the channel")
)

// sendAll sends a batch's messages, those of both channels at once: neither waits for the
// other's rate, and neither's failure ends the sends of the other. Who has no result at its
// end is open.
func (h handler) sendAll(ctx context.Context, b *batch, messages []outgoing) error {
	if b.notification.Status == notification.Cancelled {
		return h.skipCancelled(ctx, &b.counts, messages)
	}

	lines := []*line{{channel: user.Email}, {channel: user.SMS}}
	for _, m := range messages {
		l := lines[0]
		if m.target.Channel == user.SMS {
			l = lines[1]
		}
		l.left = append(l.left, m)
	}

	_ = parallel.Each(ctx, len(lines), len(lines), func(ctx context.Context, i int) error {
		lines[i].err = h.sendLine(ctx, b, lines[i])
		return nil
	})

	var failed error
	for _, l := range lines {
		b.add(l)
		failed = errors.Join(failed, l.err)
	}
	return failed
}

// add adds what became of a line. The batch is tried again when the first of its lines is.
func (b *batch) add(l *line) {
	b.counts = b.counts.Plus(l.counts)
	b.open = append(b.open, l.open...)
	if l.refusal != nil {
		b.refusal = l.refusal
		b.refused = l.channel
	}

	if l.again && (!b.again || l.retryAfter < b.retryAfter) {
		b.again = true
		b.retryAfter = l.retryAfter
	}
}

// sendLine sends a line's messages slice by slice, as the send rate allows. If the
// notification was cancelled, it skips the rest.
func (h handler) sendLine(ctx context.Context, b *batch, l *line) error {
	if b.notification.Holds(l.channel) {
		l.leaveOpen(l.left)
		return nil
	}

	deadline := h.SendDeadline(ctx)
	size := h.Rate.Slice(ctx, l.channel, carrier.Bulk, sliceSize)
	for len(l.left) > 0 {
		some := l.left[:min(size, len(l.left))]

		var tooMany *limit.TooManyError
		err := h.awaitTurn(ctx, b, l.channel, len(some), deadline)
		switch {
		case errors.Is(err, errCancelled):
			return h.skipCancelled(ctx, &l.counts, l.left)
		case errors.Is(err, errLater):
			l.putOff(l.left, 0)
			return nil
		case errors.As(err, &tooMany):
			l.putOff(l.left, tooMany.After)
			return nil
		case errors.Is(err, errHeld):
			l.leaveOpen(l.left)
			return nil
		case carrier.Stops(err):
			l.refusal = err
			l.leaveOpen(l.left)
			return nil
		case err != nil:
			return err
		}

		l.left = l.left[len(some):]
		err = h.sendSlice(ctx, b, l, some)
		if err != nil {
			return err
		}
		if l.refusal != nil {
			l.leaveOpen(l.left)
			return nil
		}
	}

	return nil
}

// putOff leaves messages open, which are to be tried again after a delay.
func (l *line) putOff(messages []outgoing, delay time.Duration) {
	l.again = true
	l.retryAfter = max(l.retryAfter, delay)
	l.leaveOpen(messages)
}

// leaveOpen says that messages have no result. Unless others are tried again, they wait
// until the notification is resumed.
func (l *line) leaveOpen(messages []outgoing) {
	for _, m := range messages {
		l.open = append(l.open, notification.Open{
			Key:      m.verdict.Member.Key,
			Attempts: m.delivery.Attempts,
			Channel:  l.channel,
		})
	}
}

// awaitTurn waits until the n messages of a slice may be sent. It returns errLater or a
// *limit.TooManyError if that isn't before the deadline, errCancelled or errHeld if the
// notification doesn't go on, and carrier.ErrQuota.
//
// The batch's lease lasts as long as the invocation. So a batch waits for its turn here
// rather than going round by its queue, as long as the wait is within the invocation.
func (h handler) awaitTurn(
	ctx context.Context, b *batch, channel user.Channel, n int, deadline time.Time,
) error {
	if h.Now().After(deadline) {
		return errLater
	}

	err := h.Rate.Wait(ctx, channel, carrier.Bulk, n, deadline)
	if err != nil {
		return err
	}

	present, err := h.notifications.Status(ctx, b.JobID, b.Number)
	switch {
	case err != nil:
		return err
	case present.Status == notification.Cancelled:
		return errCancelled
	case present.Holds(channel):
		return errHeld
	}
	return nil
}

// skipCancelled skips the messages of a cancelled notification.
func (h handler) skipCancelled(
	ctx context.Context, counts *notification.Counts, messages []outgoing,
) error {
	for i := range messages {
		messages[i].delivery.Reason = delivery.ReasonCancelled
	}
	return h.skip(ctx, counts, messages)
}
