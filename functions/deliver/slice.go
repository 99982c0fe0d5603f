package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// sliceSize is how many messages are sent, at most, before their results are written down.
	sliceSize = 25
	// concurrency is how many messages of a slice are under way at once.
	concurrency = 8
)

// sendAll sends the pieces slice by slice, as the send rate allows. Before each it looks whether the notification was cancelled, so that the rest is skipped, or
// paused: it answers errPaused then, and when the carrier takes nothing more.
func (h handler) sendAll(ctx context.Context, b *batch, pieces []piece) error {
	latest := h.sendDeadline(ctx)

	size := h.rate.Slice(ctx, carrier.Bulk, sliceSize)
	for len(pieces) > 0 {
		if h.now().After(latest) {
			return nil
		}

		n, err := h.notifications.Text(ctx, b.JobID, b.Number)
		if err != nil {
			return err
		}

		switch n.Status {
		case notification.Cancelled:
			for i := range pieces {
				pieces[i].delivery.Reason = delivery.ReasonCancelled
			}

			return h.skip(ctx, b, pieces)
		case notification.Paused:
			return errPaused
		}

		some := pieces[:min(size, len(pieces))]
		pieces = pieces[len(some):]

		var tooMany *limit.TooManyError
		if err := h.room(ctx, some, latest); errors.As(err, &tooMany) {
			b.retryAfter = tooMany.After
			return nil
		} else if errors.Is(err, carrier.ErrQuota) {
			b.refusal = err
			return errPaused
		} else if err != nil {
			return err
		}

		if h.now().Add(batchLease / 2).After(b.leaseUntil) {
			b.leaseUntil = h.now().Add(batchLease)
			if err := h.notifications.Extend(
				ctx,
				b.JobID,
				b.Number,
				b.Shard,
				b.Seq,
				b.owner,
				b.leaseUntil,
			); err != nil {
				return err
			}
		}

		if err := h.sendSlice(ctx, b, some); err != nil {
			return err
		}
		if b.refusal != nil {
			return errPaused
		}
	}

	return nil
}

// room waits until the slice may be handed over. The lease must not end while it waits.
func (h handler) room(ctx context.Context, some []piece, latest time.Time) error {
	if soon := h.now().Add(batchLease / 2); soon.Before(latest) {
		latest = soon
	}

	var bySMS int
	for _, p := range some {
		if p.target.Channel == user.SMS {
			bySMS++
		}
	}

	if n := len(some) - bySMS; n > 0 {
		if err := h.rate.Wait(ctx, user.Email, carrier.Bulk, n, latest); err != nil {
			return err
		}
	}

	if bySMS > 0 {
		return h.rate.Wait(ctx, user.SMS, carrier.Bulk, bySMS, latest)
	}
	return nil
}

// sendSlice sends some pieces at once. Each has a delivery before, so that its events find one, and its result right after: what a death in between leaves
// is what was under way.
func (h handler) sendSlice(ctx context.Context, b *batch, some []piece) error {
	template, err := h.templates(b.notification)
	if err != nil {
		return err
	}

	before, err := h.links(ctx, some)
	if err != nil {
		return err
	}

	var unknown []delivery.Delivery
	for i := range some {
		d := &some[i].delivery
		if !some[i].known {
			d.State, d.At = delivery.Queued, h.now().UnixMilli()
			unknown = append(unknown, *d)
		}
	}

	if err := h.Deliveries.PutMany(ctx, unknown); err != nil {
		return err
	}

	var refused atomic.Pointer[error]

	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)

	for i := range some {
		p := &some[i]
		group.Go(func() error {
			if sending.Err() != nil || refused.Load() != nil {
				return nil
			}

			purpose := purposeFor(p.verdict)

			var old *token.Link
			if found, ok := before[purpose][p.verdict.Profile.ID]; ok {
				old = &found
			}

			id, err := h.sendOne(sending, b, p, old, purpose, template)

			var unmade *unmadeError
			if errors.As(err, &unmade) {
				return unmade.error
			}

			if err != nil {
				slog.WarnContext(
					ctx,
					"message not sent",
					"job",
					b.JobID,
					"notification",
					b.Number,
					"user",
					p.verdict.Profile.ID,
					"error",
					err.Error(),
				)
			}

			if errors.Is(err, carrier.ErrQuota) || errors.Is(err, carrier.ErrSuspended) {
				refused.Store(new(err))
			}

			result := h.resultOf(p.delivery, id, err)

			after, failed := h.Deliveries.Record(ctx, result)
			if failed != nil {
				return failed
			}

			p.delivery, p.tried, p.result = after[0], true, result.State
			return nil
		})
	}

	failed := group.Wait()

	byState := map[delivery.State]int{}
	for _, p := range some {
		if !p.tried {
			continue // the slice broke off
		}

		byState[p.result]++
		if p.delivery.Final() {
			b.counts.Add(p.delivery.State)
			b.unsent--
		} else {
			b.retryAfter = max(b.retryAfter, retryDelay)
		}
	}

	h.countResults(byState)

	if err := refused.Load(); err != nil {
		b.refusal = *err
	}

	return failed
}

// unmadeError is a failure before anything was handed to a carrier.
type unmadeError struct{ error }

// sendOne makes a user's link and sends it. The link of a message that was surely not sent is taken back: the one that the user has works on.
func (h handler) sendOne(
	ctx context.Context,
	b *batch,
	p *piece,
	old *token.Link,
	purpose token.Purpose,
	template func(language.Tag) *message.Template,
) (id string, err error) {
	lifetime := time.Duration(b.notification.LinkLifetime) * time.Second
	if purpose == token.Reset {
		lifetime = min(lifetime, token.MaxResetLifetime)
	}

	secret, made := h.newLink(p.verdict.Profile, purpose, lifetime, []token.Target{p.target})
	made.Job, made.Notification = b.JobID, b.notification.Name()

	made.Lifetime = b.job.LinkLifetime
	if err := h.Tokens.Replace(ctx, made, old); err != nil {
		return "", &unmadeError{err}
	}

	values := h.valuesFor(p.verdict.Profile)
	values.Link, values.ExpiresAt = token.LinkURL(
		h.baseURL,
		secret.Reveal(),
	), time.UnixMilli(
		made.ExpiresAt,
	)

	id, err = h.handOver(ctx, p.delivery, p.target, template(values.Language), values)
	if carrier.NotTaken(err) {
		if err := h.Tokens.Undo(ctx, made, old); err != nil {
			return "", &unmadeError{err}
		}
	}

	return id, err
}

// purposeFor gives an active user a link that sets a new password, and a pending one the first.
func purposeFor(v audience.Verdict) token.Purpose {
	if v.Active {
		return token.Reset
	}
	return token.Invite
}

// links reads the links that the pieces' users have.
func (h handler) links(
	ctx context.Context,
	some []piece,
) (map[token.Purpose]map[string]token.Link, error) {
	ids := map[token.Purpose][]string{}
	for _, p := range some {
		purpose := purposeFor(p.verdict)
		ids[purpose] = append(ids[purpose], p.verdict.Profile.ID)
	}

	found := map[token.Purpose]map[string]token.Link{}
	for purpose, of := range ids {
		links, err := h.Tokens.Links(ctx, of, purpose)
		if err != nil {
			return nil, err
		}

		found[purpose] = links
	}

	return found, nil
}
