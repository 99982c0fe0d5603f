package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/limit"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// sliceSize is the most messages of a slice. Between two slices a batch can stop: for
	// a cancellation, a pause, or its invocation's end.
	sliceSize = 25
	// concurrency is how many messages of a slice are under way at once.
	concurrency = 8
)

// userLinks are links by their purpose and their user's id.
type userLinks map[token.Purpose]map[string]token.Link

// sendAll sends messages slice by slice, as the send rate allows. It returns nil with
// messages unsent if the time is up or the rate is used up. It returns errPaused if the
// notification is paused or the carrier takes nothing more. If the notification was
// cancelled, it skips the rest.
func (h handler) sendAll(ctx context.Context, b *batch, messages []outgoing) error {
	deadline := h.SendDeadline(ctx)
	size := h.Rate.Slice(ctx, carrier.Bulk, sliceSize)

	for len(messages) > 0 {
		if h.Now().After(deadline) {
			return nil
		}

		n, err := h.notifications.Text(ctx, b.JobID, b.Number)
		if err != nil {
			return err
		}

		switch n.Status {
		case notification.Cancelled:
			for i := range messages {
				messages[i].delivery.Reason = delivery.ReasonCancelled
			}
			return h.skip(ctx, b, messages)
		case notification.Paused:
			return errPaused
		}

		some := messages[:min(size, len(messages))]
		messages = messages[len(some):]

		var tooMany *limit.TooManyError
		err = h.waitForRate(ctx, some, deadline)
		switch {
		case errors.As(err, &tooMany):
			b.retryAfter = tooMany.After
			return nil
		case errors.Is(err, carrier.ErrQuota):
			b.refusal = err
			return errPaused
		case err != nil:
			return err
		}

		// The lease must be long enough for the slice before the first of it is sent:
		// otherwise another request could send the same messages.
		err = h.extendLease(ctx, b)
		if err != nil {
			return err
		}

		err = h.sendSlice(ctx, b, some)
		if err != nil {
			return err
		}
		if b.refusal != nil {
			return errPaused
		}
	}

	return nil
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

// sendSlice sends messages, several at once. Announce, then act: each delivery is stored
// as queued before its message leaves, so that the carrier's events find it, and gets its
// result right after. A death in between repeats at most the messages that were under
// way.
func (h handler) sendSlice(ctx context.Context, b *batch, messages []outgoing) error {
	templates, err := h.templates(b.notification)
	if err != nil {
		return err
	}

	before, err := h.currentLinks(ctx, messages)
	if err != nil {
		return err
	}

	err = h.storeQueued(ctx, messages)
	if err != nil {
		return err
	}

	refusal, err := h.sendConcurrently(ctx, b, messages, before, templates)
	if refusal != nil {
		b.refusal = refusal
	}

	// What was recorded before an error counts, too.
	h.countSlice(b, messages)
	return err
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

// storeQueued stores the deliveries that no earlier request has begun.
func (h handler) storeQueued(ctx context.Context, messages []outgoing) error {
	var queued []delivery.Delivery
	for i := range messages {
		m := &messages[i]
		if m.begun {
			continue
		}

		m.delivery.State = delivery.Queued
		m.delivery.At = h.Now().UnixMilli()
		queued = append(queued, m.delivery)
	}
	return h.Deliveries.PutMany(ctx, queued)
}

// sendConcurrently sends messages and records the result of each at once. It stops at the
// first error of a store, which it returns. It also stops when the carrier takes nothing
// more: refusal is carrier.ErrQuota or carrier.ErrSuspended then.
func (h handler) sendConcurrently(
	ctx context.Context,
	b *batch,
	messages []outgoing,
	before userLinks,
	templates templateFor,
) (refusal, err error) {
	var refused atomic.Pointer[error]
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)

	for i := range messages {
		m := &messages[i]
		group.Go(func() error {
			if sending.Err() != nil || refused.Load() != nil {
				return nil
			}

			id, answer, err := h.sendOne(sending, b, m, before, templates)
			if err != nil {
				return err
			}

			if errors.Is(answer, carrier.ErrQuota) || errors.Is(answer, carrier.ErrSuspended) {
				refused.Store(&answer)
			}

			// The result is recorded under the batch's context: a message that has left
			// is recorded even if another one's store has failed meanwhile.
			return h.recordSent(ctx, b, m, id, answer)
		})
	}

	err = group.Wait()
	if stopped := refused.Load(); stopped != nil {
		refusal = *stopped
	}
	return refusal, err
}

// sendOne makes a user's link and hands the message over. It returns the carrier's id and
// answer. err is a failure to store the link or to take it back: nothing was sent then,
// so there is no result to record.
func (h handler) sendOne(
	ctx context.Context,
	b *batch,
	m *outgoing,
	before userLinks,
	templates templateFor,
) (id string, answer, err error) {
	profile := m.verdict.Profile
	asked := time.Duration(b.notification.LinkLifetime) * time.Second
	purpose, lifetime := token.ForUser(m.verdict.Active, asked)

	var old *token.Link
	if found, ok := before[purpose][profile.ID]; ok {
		old = &found
	}

	terms := dispatch.Terms{
		User:         profile,
		Purpose:      purpose,
		Lifetime:     lifetime,
		Targets:      []token.Target{m.target},
		Job:          b.JobID,
		Notification: b.notification.Name(),
		Renewal:      time.Duration(b.job.LinkLifetime) * time.Second,
	}

	link, err := h.PutLink(ctx, terms, old)
	if err != nil {
		return "", nil, err
	}

	values := h.ValuesWithLink(profile, link)
	return h.HandOverLink(ctx, m.delivery, link, templates(values.Language), values)
}

// recordSent stores what follows from the carrier's answer to one message. The delivery
// is as stored afterwards; its state differs from the result if an event was there first.
func (h handler) recordSent(
	ctx context.Context, b *batch, m *outgoing, id string, answer error,
) error {
	if answer != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"job", b.JobID,
			"notification", b.Number,
			"user", m.verdict.Profile.ID,
			"error", answer.Error(),
		)
	}

	result := h.ResultOf(m.delivery, id, answer)
	after, err := h.Deliveries.Record(ctx, result)
	if err != nil {
		return err
	}

	m.delivery = after[0]
	m.attempted = true
	m.result = result.State
	return nil
}

// countSlice adds the slice's results to the batch and to the metrics. Messages that
// weren't attempted, since the slice was broken off, stay unsent.
func (h handler) countSlice(b *batch, messages []outgoing) {
	byResult := map[delivery.State]int{}
	for _, m := range messages {
		if !m.attempted {
			continue
		}

		byResult[m.result]++
		if m.delivery.Final() {
			b.counts.Add(m.delivery.State)
			b.unsent--
		} else {
			b.retryAfter = max(b.retryAfter, dispatch.RetryDelay)
		}
	}

	h.Count(byResult)
}
