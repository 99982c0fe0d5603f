package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"

	"latchkey/shared/audience"
	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// lease is how long a batch stays with a request that says nothing. It is renewed at half of it.
	lease = 20 * time.Second
	// slice is how many messages are sent, at most, before their results are written down.
	slice = 25
	// atOnce is how many messages of a slice are under way at once.
	atOnce = 8
	// retryDelay is when messages that the carrier did not take are tried again.
	retryDelay = 5 * time.Second
	// pauseFor is after how long a notification is tried again that the account may not send: its quota is over the last 24 hours, and some of it
	// may be free at any moment.
	pauseFor = 15 * time.Minute
)

// errPaused says that nothing more of the batch is to be sent for now: whoever resumes the notification has it sent again.
var errPaused = errors.New("the notification is paused")

// batch is one batch in hand.
type batch struct {
	notification.BatchMessage
	job          job.Job
	notification notification.Notification
	owner        string
	until        time.Time // the lease's end
	counts       notification.Counts
	left         int // users without a result
	wait         time.Duration
	refused      error // why the carrier takes nothing more: carrier.ErrQuota or carrier.ErrSuspended
}

// piece is one message of a batch that is still to be sent.
type piece struct {
	verdict  audience.Verdict
	target   token.Target
	delivery delivery.Delivery // as it is in the table, once it is known
	known    bool
	tried    bool
	result   delivery.State // what the carrier's answer made of it
}

// deliverBatch sends a batch's messages, under a lease. What can't be sent in this invocation goes back as a new message,
// which costs no try.
func (h handler) deliverBatch(
	ctx context.Context,
	asked notification.BatchMessage,
	owner string,
) error {
	b := &batch{BatchMessage: asked, owner: owner}

	var err error
	if b.job, err = h.jobs.Get(ctx, asked.JobID); errors.Is(err, store.ErrNotFound) {
		return nil // deleted: what is unsent stays so
	} else if err != nil {
		return err
	}

	if b.notification, err = h.notifications.Text(ctx, asked.JobID, asked.Number); err != nil {
		return err
	}

	if b.notification.Status == notification.Paused {
		// Its message is dropped. It may have been the last one, whose request died before it could settle.
		return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
	}

	b.until = h.now().Add(lease)

	names, done, err := h.notifications.Claim(
		ctx,
		asked.JobID,
		asked.Number,
		asked.Shard,
		asked.Seq,
		owner,
		h.now(),
		b.until,
	)
	if errors.Is(err, notification.ErrBusy) {
		return h.bulk.Send(ctx, asked, lease)
	}
	if err != nil {
		return err
	}
	if done {
		return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
	}

	pieces, err := h.sort(ctx, b, names)
	if err != nil {
		return err
	}

	err = h.sendAll(ctx, b, pieces)
	if errors.Is(err, notification.ErrBusy) {
		return nil // another request took the batch over
	}
	if errors.Is(err, errPaused) {
		return h.pause(ctx, b)
	}
	if err != nil {
		return err
	}

	if b.left > 0 {
		if err := h.notifications.Release(
			ctx,
			b.JobID,
			b.Number,
			b.Shard,
			b.Seq,
			owner,
			b.counts,
		); err != nil {
			return err
		}

		return h.bulk.Send(ctx, asked, b.wait)
	}

	if err := h.notifications.FinishBatch(
		ctx,
		b.JobID,
		b.Number,
		b.Shard,
		b.Seq,
		owner,
		b.counts,
	); err != nil {
		return err
	}

	return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
}

// pause gives the batch back to whoever resumes the notification. If somebody has done so already, or has cancelled it, it goes back to the queue.
func (h handler) pause(ctx context.Context, b *batch) error {
	if b.refused != nil {
		reason := notification.ReasonQuota
		if errors.Is(b.refused, carrier.ErrSuspended) {
			reason = notification.ReasonSuspended
		}

		if err := h.notifications.Pause(
			ctx,
			b.notification,
			reason,
			h.now().Add(pauseFor),
		); err != nil {
			return err
		}
	}

	err := h.notifications.Release(ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.counts)
	if errors.Is(err, notification.ErrBusy) {
		return nil
	}
	if err != nil {
		return err
	}

	n, err := h.notifications.Text(ctx, b.JobID, b.Number)
	if err != nil || n.Status == notification.Paused {
		return err
	}
	return h.bulk.Send(ctx, b.BatchMessage, retryDelay)
}

// sort finds out, at this moment, who is to be sent what: it counts those that have a result, skips those that are out of the
// audience or have no device, and gives the rest.
func (h handler) sort(ctx context.Context, b *batch, names []string) ([]piece, error) {
	b.counts = notification.Counts{Audience: len(names)}

	byName, err := h.members.GetMany(ctx, b.JobID, names)
	if err != nil {
		return nil, err
	}

	var (
		members []member.Member
		ids     []string
	)
	for _, name := range names {
		if m, ok := byName[name]; ok {
			members = append(members, m)
			if m.UserID != "" { // else its row has failed since the batch was made
				ids = append(ids, m.UserID)
			}
		}
	}

	b.counts.Skipped = len(names) - len(members)

	before, err := h.Deliveries.GetMany(ctx, b.notification.Name(), ids)
	if err != nil {
		return nil, err
	}

	verdicts, err := h.Decide(ctx, b.notification.Audience, members, b.notification.Name(), h.now())
	if err != nil {
		return nil, err
	}

	var profiles []user.Profile
	for _, v := range verdicts {
		if v.In {
			profiles = append(profiles, v.Profile)
		}
	}

	marked, err := h.reach.Marks(ctx, h.addresses, profiles, b.job.Devices)
	if err != nil {
		return nil, err
	}

	var pieces, skipped []piece
	for _, v := range verdicts {
		d, known := before[v.Member.UserID]
		if known && d.Final() {
			b.counts.Add(d.State)
			continue
		}

		if !known {
			d = delivery.Delivery{
				UserID:       v.Member.UserID,
				Notification: b.notification.Name(),
				Part:         delivery.Part(b.JobID, b.Number, b.Shard),
				Key:          v.Member.Key,
				Username:     v.Member.Username,
			}
		}

		var targets []token.Target
		if v.In {
			if targets = h.reach.Targets(
				v.Profile,
				b.notification.Devices,
				marked,
			); targets == nil {
				v.Reason = h.unreachable(v.Profile, b.notification.Devices)
			}

			reached := h.reach.Targets(v.Profile, b.job.Devices, marked) != nil
			if v.Member.Undeliverable == reached {
				if err := h.members.MarkUndeliverable(ctx, v.Member, !reached); err != nil {
					return nil, err
				}
			}
		}

		p := piece{verdict: v, delivery: d, known: known}
		switch {
		case targets != nil:
			p.target, p.delivery.Device, p.delivery.Channel = targets[0], targets[0].Device, targets[0].Channel
			pieces = append(pieces, p)
		case d.UserID == "":
			b.counts.Skipped++
		default:
			p.delivery.Reason = v.Reason
			skipped = append(skipped, p)
		}
	}

	b.left = len(pieces) + len(skipped)
	return pieces, h.skip(ctx, b, skipped)
}

// unreachable says why a user has no device to send to.
func (h handler) unreachable(p user.Profile, devices []string) string {
	if h.reach.Targets(p, devices, nil) != nil {
		return delivery.ReasonUndeliverable
	}
	return delivery.ReasonNoDevice
}

// skip ends pieces without a message, for the reason that their delivery has. One that was begun before may have been sent: what an event told of it stays.
func (h handler) skip(ctx context.Context, b *batch, pieces []piece) error {
	var begun, others []delivery.Delivery
	for _, p := range pieces {
		d := p.delivery

		d.State, d.At = delivery.Skipped, h.now().UnixMilli()
		if p.known {
			begun = append(begun, d)
		} else {
			others = append(others, d)
		}
	}

	begun, err := h.keep(ctx, begun...)
	if err != nil {
		return err
	}
	if err := h.Deliveries.PutMany(ctx, others); err != nil {
		return err
	}

	for _, d := range begun {
		b.counts.Add(d.State)
	}

	b.counts.Skipped += len(others)
	b.left -= len(pieces)
	return nil
}

// sendAll sends the pieces slice by slice, as the send rate allows. Before each it looks whether the notification was cancelled, so that the rest is skipped, or
// paused: it answers errPaused then, and when the carrier takes nothing more.
func (h handler) sendAll(ctx context.Context, b *batch, pieces []piece) error {
	latest := h.latest(ctx)

	size := h.rate.Slice(ctx, carrier.Bulk, slice)
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
			b.wait = tooMany.After
			return nil
		} else if errors.Is(err, carrier.ErrQuota) {
			b.refused = err
			return errPaused
		} else if err != nil {
			return err
		}

		if h.now().Add(lease / 2).After(b.until) {
			b.until = h.now().Add(lease)
			if err := h.notifications.Extend(
				ctx,
				b.JobID,
				b.Number,
				b.Shard,
				b.Seq,
				b.owner,
				b.until,
			); err != nil {
				return err
			}
		}

		if err := h.sendSlice(ctx, b, some); err != nil {
			return err
		}
		if b.refused != nil {
			return errPaused
		}
	}

	return nil
}

// room waits until the slice may be handed over. The lease must not end while it waits.
func (h handler) room(ctx context.Context, some []piece, latest time.Time) error {
	if soon := h.now().Add(lease / 2); soon.Before(latest) {
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
	template, err := h.template(b.notification)
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
	group.SetLimit(atOnce)

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

			result := h.record(p.delivery, id, err)

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
			b.left--
		} else {
			b.wait = max(b.wait, retryDelay)
		}
	}

	h.count(byState)

	if err := refused.Load(); err != nil {
		b.refused = *err
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

	values := h.values(p.verdict.Profile)
	values.Link, values.ExpiresAt = token.LinkURL(
		h.baseURL,
		secret.Reveal(),
	), time.UnixMilli(
		made.ExpiresAt,
	)

	id, err = h.hand(ctx, p.target, template(values.Language), values, tags(p.delivery))
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

// newLink makes a link for a user.
func (h handler) newLink(
	p user.Profile,
	purpose token.Purpose,
	lifetime time.Duration,
	targets []token.Target,
) (token.Secret, token.Link) {
	secret, hashed := token.New(p.ID)
	now := h.now()
	return secret, token.Link{
		UserID:   p.ID,
		Kind:     purpose,
		Username: p.Key,
		Lifetime: int64(lifetime / time.Second),
		Sent: token.Sent{
			Hash:      hashed,
			SentAt:    now.UnixMilli(),
			ExpiresAt: now.Add(lifetime).UnixMilli(),
			SentTo:    targets,
		},
	}
}

// template gives what a notification says: to each in a language of his own if it is the built-in text.
func (h handler) template(
	n notification.Notification,
) (func(language.Tag) *message.Template, error) {
	if n.BuiltIn {
		var compiled sync.Map // by language; a slice has few

		return func(tag language.Tag) *message.Template {
			if found, ok := compiled.Load(tag); ok {
				return found.(*message.Template)
			}

			template := h.message.BuiltIn(n.BuiltInKind(), tag)
			compiled.Store(tag, template)

			return template
		}, nil
	}

	compiled, err := h.message.Compile(message.Text{Subject: n.Subject, Body: n.Body, SMS: n.SMS})
	if err != nil {
		return nil, fmt.Errorf("compile notification: %w", err)
	}
	return func(language.Tag) *message.Template { return compiled }, nil
}
