package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	sliceSize   = 25
	concurrency = 8
)

type userLinks map[token.Purpose]map[string]token.Link

// sendAll sends the pieces slice by slice, as the send rate allows. Before each it looks
// whether the notification was cancelled, so that the rest is skipped, or paused: it
// answers errPaused then, and when the carrier takes nothing more.
func (h handler) sendAll(ctx context.Context, b *batch, messages []outgoing) error {
	deadline := h.sendDeadline(ctx)
	size := h.rate.Slice(ctx, carrier.Bulk, sliceSize)

	for len(messages) > 0 {
		if h.now().After(deadline) {
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

// waitForRate waits until the slice may be handed over. The lease must not end while it
// waits.
func (h handler) waitForRate(ctx context.Context, messages []outgoing, deadline time.Time) error {
	if soon := h.now().Add(batchLease / 2); soon.Before(deadline) {
		deadline = soon
	}

	var bySMS int
	for _, m := range messages {
		if m.target.Channel == user.SMS {
			bySMS++
		}
	}

	if n := len(messages) - bySMS; n > 0 {
		err := h.rate.Wait(ctx, user.Email, carrier.Bulk, n, deadline)
		if err != nil {
			return err
		}
	}

	if bySMS > 0 {
		return h.rate.Wait(ctx, user.SMS, carrier.Bulk, bySMS, deadline)
	}
	return nil
}

func (h handler) extendLease(ctx context.Context, b *batch) error {
	if !h.now().Add(batchLease / 2).After(b.leaseUntil) {
		return nil
	}

	b.leaseUntil = h.now().Add(batchLease)
	return h.notifications.Extend(
		ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.leaseUntil,
	)
}

// sendSlice sends some pieces at once. Each has a delivery before, so that its events
// find one, and its result right after: what a death in between leaves is what was under
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

	h.countSlice(b, messages)
	return err
}

// currentLinks reads the links that the pieces' users have.
func (h handler) currentLinks(ctx context.Context, messages []outgoing) (userLinks, error) {
	ids := map[token.Purpose][]string{}
	for _, m := range messages {
		purpose := purposeFor(m.verdict)
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

// purposeFor gives an active user a link that sets a new password, and a pending one the
// first.
func purposeFor(v audience.Verdict) token.Purpose {
	if v.Active {
		return token.Reset
	}
	return token.Invite
}

func (h handler) storeQueued(ctx context.Context, messages []outgoing) error {
	var queued []delivery.Delivery
	for i := range messages {
		m := &messages[i]
		if m.begun {
			continue
		}

		m.delivery.State = delivery.Queued
		m.delivery.At = h.now().UnixMilli()
		queued = append(queued, m.delivery)
	}

	return h.Deliveries.PutMany(ctx, queued)
}

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

			id, err := h.sendOne(sending, b, m, before, templates)

			var broken *linkError
			if errors.As(err, &broken) {
				return broken.error
			}

			if errors.Is(err, carrier.ErrQuota) || errors.Is(err, carrier.ErrSuspended) {
				refused.Store(&err)
			}

			return h.recordSent(ctx, b, m, id, err)
		})
	}

	err = group.Wait()
	if stopped := refused.Load(); stopped != nil {
		refusal = *stopped
	}

	return refusal, err
}

// linkError is a failure before anything was handed to a carrier.
type linkError struct{ error }

// sendOne makes a user's link and sends it. The link of a message that was surely not
// sent is taken back: the one that the user has works on.
func (h handler) sendOne(
	ctx context.Context,
	b *batch,
	m *outgoing,
	before userLinks,
	templates templateFor,
) (id string, err error) {
	profile := m.verdict.Profile
	purpose := purposeFor(m.verdict)

	var old *token.Link
	if found, ok := before[purpose][profile.ID]; ok {
		old = &found
	}

	lifetime := time.Duration(b.notification.LinkLifetime) * time.Second
	if purpose == token.Reset {
		lifetime = min(lifetime, token.MaxResetLifetime)
	}

	secret, link := h.newLink(profile, purpose, lifetime, []token.Target{m.target})
	link.Job = b.JobID
	link.Notification = b.notification.Name()
	link.Lifetime = b.job.LinkLifetime // a renewal's; this message may have one of its own

	err = h.Tokens.Replace(ctx, link, old)
	if err != nil {
		return "", &linkError{err}
	}

	values := h.valuesWithLink(profile, secret, link)
	id, err = h.handOver(ctx, m.delivery, m.target, templates(values.Language), values)
	if carrier.NotTaken(err) {
		if err := h.Tokens.Undo(ctx, link, old); err != nil {
			return "", &linkError{err}
		}
	}

	return id, err
}

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

	result := h.resultOf(m.delivery, id, answer)
	after, err := h.Deliveries.Record(ctx, result)
	if err != nil {
		return err
	}

	m.delivery = after[0]
	m.attempted = true
	m.result = result.State
	return nil
}

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
			b.retryAfter = max(b.retryAfter, retryDelay)
		}
	}

	h.countResults(byResult)
}
