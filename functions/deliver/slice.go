package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/parallel"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

// sliceSize is the most messages of a slice, which are all under way at once. Their links
// and results are written together. Between two slices a batch can stop: for a
// cancellation, a pause, or its invocation's end. A death sends at most a slice's messages
// twice.
const sliceSize = 25

// userLinks are links by their purpose and their user's id.
type userLinks map[token.Purpose]map[string]token.Link

// sendSlice sends messages, several at once: it stores their links, hands them over, and
// records the results. The batch has announced them (package work): after a death in
// between, the next request looks which of them have a fact.
func (h handler) sendSlice(
	ctx context.Context, b *batch, l *line, messages []outgoing,
) error {
	err := h.findShared(ctx, messages)
	if err != nil {
		return err
	}

	err = h.makeLinks(ctx, b, messages)
	if err != nil {
		return err
	}

	h.handOverAll(ctx, messages, b.templates)
	return h.recordSlice(ctx, b, l, messages)
}

// findShared finds out which messages go to an address that another user has, too.
func (h handler) findShared(ctx context.Context, messages []outgoing) error {
	to := make([]dispatch.Addressee, len(messages))
	for i, m := range messages {
		to[i] = dispatch.Addressee{User: m.verdict.Profile, Target: m.target}
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
		values.AddressShared = m.shared
		template := templates(values.Language, m.link)
		id, answer := h.HandOver(ctx, m.delivery, m.target, template, values)
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
// stay open. The links of all that surely weren't sent are taken back.
//
// A message that was refused for good goes on to the user's next device: that is announced
// before its result is recorded, so that a death in between doesn't lose it. The facts come
// before the links: what was sent and isn't recorded is sent again.
func (h handler) recordSlice(
	ctx context.Context, b *batch, l *line, messages []outgoing,
) error {
	var results []delivery.Delivery
	var unsent []dispatch.Link
	byState := map[delivery.State]int{}

	for _, m := range messages {
		if m.answer != nil {
			h.warnNotSent(ctx, b, m.delivery, m.answer)
		}
		if carrier.Stops(m.answer) {
			l.refusal = m.answer
		}
		if !m.tried || carrier.NotSent(m.answer) {
			unsent = append(unsent, m.link)
		}

		switch {
		case !m.tried || carrier.Stops(m.answer):
			l.leaveOpen([]outgoing{m})
			continue
		case !m.delivery.Final():
			l.putOff([]outgoing{m}, dispatch.RetryDelay)
			continue
		case m.more && errors.Is(m.answer, carrier.ErrRejected):
			err := h.announceFallback(ctx, b, m)
			if err != nil {
				return err
			}
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
		l.counts.AddMany(state, n)
	}
	return h.takeBackAll(ctx, unsent)
}

// announceFallback asks for the message to the user's next device. It is looked at when the
// result of this one is recorded, or the batch is tried again.
func (h handler) announceFallback(ctx context.Context, b *batch, m outgoing) error {
	request := work.Fallback{
		JobID:    b.JobID,
		Number:   b.Number,
		UserID:   m.delivery.UserID,
		Delivery: m.delivery.Name,
	}
	return h.queues.Send(ctx, request, dispatch.RetryDelay)
}

// takeBackAll takes back links whose messages surely weren't sent.
func (h handler) takeBackAll(ctx context.Context, unsent []dispatch.Link) error {
	failed := make([]error, len(unsent))
	_ = parallel.Each(ctx, len(unsent), sliceSize, func(ctx context.Context, i int) error {
		failed[i] = h.TakeBack(ctx, unsent[i])
		return nil // the others' links are taken back all the same
	})
	return errors.Join(failed...)
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
