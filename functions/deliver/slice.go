package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/limit"
	"latchkey/shared/notification"
	"latchkey/shared/parallel"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// sliceSize is the most messages of a slice, which are all under way at once. Their links
// and results are written together. Between two slices a batch can stop: for a
// cancellation, a pause, or its invocation's end. A death sends at most a slice's messages
// twice.
const sliceSize = 25

// userLinks are links by their purpose and their user's id.
type userLinks map[token.Purpose]map[string]token.Link

// Answers to whether the next slice may be sent.
var (
	errLater     = errors.New("the time or the send rate is used up")
	errCancelled = errors.New("the notification was cancelled")
)

// sendAll sends messages slice by slice, as the send rate allows. Who has no result at its
// end is open. It returns errPaused if the notification is paused or the carrier takes
// nothing more. If the notification was cancelled, it skips the rest.
func (h handler) sendAll(ctx context.Context, b *batch, messages []outgoing) error {
	deadline := h.SendDeadline(ctx)
	size := h.Rate.Slice(ctx, carrier.Bulk, sliceSize)

	for len(messages) > 0 {
		some := messages[:min(size, len(messages))]

		err := h.awaitTurn(ctx, b, some, deadline)
		if errors.Is(err, errCancelled) {
			for i := range messages {
				messages[i].delivery.Reason = delivery.ReasonCancelled
			}
			return h.skip(ctx, b, messages)
		}

		if err == nil {
			messages = messages[len(some):]
			err = h.sendSlice(ctx, b, some)
		}
		if err == nil && b.refusal != nil {
			err = errPaused
		}

		if err != nil {
			b.leaveOpen(messages)
			if errors.Is(err, errLater) {
				return nil
			}
			return err
		}
	}

	return nil
}

// leaveOpen says that messages have no result.
func (b *batch) leaveOpen(messages []outgoing) {
	for _, m := range messages {
		b.open = append(b.open, notification.Open{
			Key:      m.verdict.Member.Key,
			Attempts: m.delivery.Attempts,
		})
	}
}

// awaitTurn waits until the messages of a slice may be sent. It returns errLater,
// errCancelled or errPaused if they may not.
func (h handler) awaitTurn(
	ctx context.Context, b *batch, messages []outgoing, deadline time.Time,
) error {
	if h.Now().After(deadline) {
		return errLater
	}

	status, err := h.notifications.Status(ctx, b.JobID, b.Number)
	switch {
	case err != nil:
		return err
	case status == notification.Cancelled:
		return errCancelled
	case status == notification.Paused:
		return errPaused
	}

	var tooMany *limit.TooManyError
	err = h.waitForRate(ctx, messages, deadline)
	switch {
	case errors.As(err, &tooMany):
		b.retryAfter = tooMany.After
		return errLater
	case errors.Is(err, carrier.ErrQuota):
		b.refusal = err
		return errPaused
	case err != nil:
		return err
	}

	// The lease must be long enough for the slice before the first of it is sent:
	// otherwise another request could send the same messages.
	return h.extendLease(ctx, b)
}

// waitForRate waits until the messages may be handed over. It returns a
// *limit.TooManyError if that is after the deadline, or so late that the lease could end
// first.
func (h handler) waitForRate(ctx context.Context, messages []outgoing, deadline time.Time) error {
	if soon := h.Now().Add(batchLease / 2); soon.Before(deadline) {
		deadline = soon
	}

	var bySMS int
	for _, m := range messages {
		if m.target.Channel == user.SMS {
			bySMS++
		}
	}

	if n := len(messages) - bySMS; n > 0 {
		err := h.Rate.Wait(ctx, user.Email, carrier.Bulk, n, deadline)
		if err != nil {
			return err
		}
	}

	if bySMS > 0 {
		return h.Rate.Wait(ctx, user.SMS, carrier.Bulk, bySMS, deadline)
	}
	return nil
}

// extendLease prolongs the batch's lease if half of it is over. It returns lease.ErrBusy
// if another request has taken the batch.
func (h handler) extendLease(ctx context.Context, b *batch) error {
	if !h.Now().Add(batchLease / 2).After(b.held.Until) {
		return nil
	}

	b.held.Until = h.Now().Add(batchLease)
	return h.notifications.Extend(ctx, b.BatchRef, b.held)
}

// sendSlice sends messages, several at once: it stores their links, hands them over, and
// records the results. The batch has announced them (package work): after a death in
// between, the next request looks which of them have a fact.
func (h handler) sendSlice(ctx context.Context, b *batch, messages []outgoing) error {
	err := h.makeLinks(ctx, b, messages)
	if err != nil {
		return err
	}

	h.handOverAll(ctx, messages, b.templates)
	return h.recordSlice(ctx, b, messages)
}

// makeLinks makes the links of messages, and stores them in the place of those that their
// users have.
func (h handler) makeLinks(ctx context.Context, b *batch, messages []outgoing) error {
	before, err := h.currentLinks(ctx, messages)
	if err != nil {
		return err
	}

	links := make([]dispatch.Link, len(messages))
	for i := range messages {
		m := &messages[i]
		asked := b.notification.LinkLifetime.Duration()
		purpose, lifetime := token.ForUser(m.verdict.Active, asked)

		var old *token.Link
		if found, ok := before[purpose][m.verdict.Profile.ID]; ok {
			old = &found
		}

		m.link = h.NewLink(dispatch.Terms{
			User:     m.verdict.Profile,
			Purpose:  purpose,
			Lifetime: lifetime,
			Targets:  []token.Target{m.target},
			Job:      b.JobID,
			Delivery: b.notification.Name(),
			Renewal:  b.job.LinkLifetime.Duration(),
		}, old)
		links[i] = m.link
	}
	return h.PutLinks(ctx, links)
}

// currentLinks reads the links that the messages' users have, each for the purpose of its
// message.
func (h handler) currentLinks(ctx context.Context, messages []outgoing) (userLinks, error) {
	ids := map[token.Purpose][]string{}
	for _, m := range messages {
		purpose, _ := token.ForUser(m.verdict.Active, 0)
		ids[purpose] = append(ids[purpose], m.verdict.Profile.ID)
	}

	links := userLinks{}
	for purpose, ofUsers := range ids {
		found, err := h.Tokens.Links(ctx, ofUsers, purpose)
		if err != nil {
			return nil, err
		}

		links[purpose] = found
	}
	return links, nil
}

// handOverAll hands messages to their carriers. Each that it has tried has the carrier's
// answer and its result then. When the carrier takes nothing more, the rest isn't tried.
func (h handler) handOverAll(ctx context.Context, messages []outgoing, templates templateFor) {
	var refused atomic.Bool
	_ = parallel.Each(ctx, len(messages), sliceSize, func(ctx context.Context, i int) error {
		if refused.Load() {
			return nil
		}

		m := &messages[i]
		values := h.ValuesWithLink(m.verdict.Profile, m.link)
		id, answer := h.HandOver(ctx, m.delivery, m.target, templates(values.Language), values)
		if carrier.Stops(answer) {
			refused.Store(true)
		}

		m.tried = true
		m.answer = answer
		m.delivery.Attempts++
		m.delivery = h.ResultOf(m.delivery, id, answer)
		return nil // what one message comes to is no other's business
	})
}

// recordSlice stores the results of a slice's messages and counts them. Those without one
// stay open, and their links are taken back unless a message may have left with them. The
// facts come first: what was sent and isn't recorded is sent again.
func (h handler) recordSlice(ctx context.Context, b *batch, messages []outgoing) error {
	var results []delivery.Delivery
	var unsent []dispatch.Link
	byState := map[delivery.State]int{}

	for _, m := range messages {
		if m.answer != nil {
			h.warnNotSent(ctx, b, m.delivery, m.answer)
		}
		if carrier.Stops(m.answer) {
			b.refusal = m.answer
		}
		if !m.tried || carrier.NotTaken(m.answer) {
			unsent = append(unsent, m.link)
		}

		if !m.tried || !m.delivery.Final() {
			b.leaveOpen([]outgoing{m})
			b.retryAfter = max(b.retryAfter, dispatch.RetryDelay)
			continue
		}

		results = append(results, m.delivery)
		byState[m.delivery.State]++
	}

	err := h.Deliveries.Put(ctx, results...)
	if err != nil {
		return err
	}

	h.Count(byState)
	for state, n := range byState {
		b.counts.AddMany(state, n)
	}

	return parallel.Each(ctx, len(unsent), sliceSize, func(ctx context.Context, i int) error {
		return h.TakeBack(ctx, unsent[i])
	})
}

// warnNotSent logs that a message wasn't sent.
func (h handler) warnNotSent(ctx context.Context, b *batch, d delivery.Delivery, answer error) {
	slog.WarnContext(
		ctx,
		"message not sent",
		"job", b.JobID,
		"notification", b.Number,
		"user", d.UserID,
		"error", answer.Error(),
	)
}
