package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
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
)

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
}

// piece is one message of a batch that is still to be sent.
type piece struct {
	verdict  audience.Verdict
	target   token.Target
	delivery delivery.Delivery
}

// deliverBatch sends a batch's messages, under a lease. What can't be sent in this invocation goes back as a new message,
// which costs no try.
func (h handler) deliverBatch(ctx context.Context, asked notification.BatchMessage, owner string) error {
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
	b.until = h.now().Add(lease)
	names, done, err := h.notifications.Claim(ctx, asked.JobID, asked.Number, asked.Shard, asked.Seq, owner, h.now(), b.until)
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
	if err != nil {
		return err
	}
	if b.left > 0 {
		if err := h.notifications.Release(ctx, b.JobID, b.Number, b.Shard, b.Seq, owner, b.counts); err != nil {
			return err
		}
		return h.bulk.Send(ctx, asked, b.wait)
	}
	if err := h.notifications.FinishBatch(ctx, b.JobID, b.Number, b.Shard, b.Seq, owner, b.counts); err != nil {
		return err
	}
	return h.notifications.Settle(ctx, b.notification, asked.Shard, h.now())
}

// sort finds out, at this moment, who is to be sent what: it counts those that have a result, skips those that are out of the
// audience or have no device, and gives the rest.
func (h handler) sort(ctx context.Context, b *batch, names []string) ([]piece, error) {
	b.counts = notification.Counts{Audience: len(names)}
	byName, err := h.members.GetMany(ctx, b.JobID, names)
	if err != nil {
		return nil, err
	}
	var members []member.Member
	var ids []string
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
	marked, err := h.reach.Marks(ctx, h.addresses, profiles, b.notification.Devices)
	if err != nil {
		return nil, err
	}
	var pieces []piece
	var skipped []delivery.Delivery
	for _, v := range verdicts {
		d, known := before[v.Member.UserID]
		if known && d.Final() {
			b.counts.Add(d.State)
			continue
		}
		if !known {
			d = delivery.Delivery{
				UserID: v.Member.UserID, Notification: b.notification.Name(), Part: delivery.Part(b.JobID, b.Number, b.Shard),
				Key: v.Member.Key, Username: v.Member.Username,
			}
		}
		var targets []token.Target
		if v.In {
			if targets = h.reach.Targets(v.Profile, b.notification.Devices, marked); targets == nil {
				v.Reason = delivery.ReasonNoDevice
			}
		}
		if targets == nil {
			d.State, d.Reason, d.At = delivery.Skipped, v.Reason, h.now().UnixMilli()
			b.counts.Skipped++
			if d.UserID != "" {
				skipped = append(skipped, d)
			}
			continue
		}
		d.Device, d.Channel = targets[0].Device, targets[0].Channel
		pieces = append(pieces, piece{verdict: v, target: targets[0], delivery: d})
	}
	b.left = len(pieces)
	return pieces, h.Deliveries.PutMany(ctx, skipped)
}

// sendAll sends the pieces slice by slice, as the send rate allows, and writes down each slice's results before the next.
func (h handler) sendAll(ctx context.Context, b *batch, pieces []piece) error {
	latest := h.latest(ctx)
	size, err := h.rate.Slice(ctx, carrier.Bulk, slice)
	if err != nil {
		return err
	}
	for len(pieces) > 0 {
		if h.now().After(latest) {
			return nil
		}
		some := pieces[:min(size, len(pieces))]
		pieces = pieces[len(some):]
		var tooMany *limit.TooManyError
		if err := h.room(ctx, some, latest); errors.As(err, &tooMany) {
			b.wait = tooMany.After
			return nil
		} else if err != nil {
			return err
		}
		if h.now().Add(lease / 2).After(b.until) {
			b.until = h.now().Add(lease)
			if err := h.notifications.Extend(ctx, b.JobID, b.Number, b.Shard, b.Seq, b.owner, b.until); err != nil {
				return err
			}
		}
		if err := h.sendSlice(ctx, b, some); err != nil {
			return err
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

func (h handler) sendSlice(ctx context.Context, b *batch, some []piece) error {
	template, err := h.template(b.notification)
	if err != nil {
		return err
	}
	before, err := h.links(ctx, some)
	if err != nil {
		return err
	}
	group, sending := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range some {
		p := &some[i]
		group.Go(func() error {
			purpose := purposeFor(p.verdict)
			var old *token.Link
			if found, ok := before[purpose][p.verdict.Profile.ID]; ok {
				old = &found
			}
			lifetime := time.Duration(b.notification.LinkLifetime) * time.Second
			if purpose == token.Reset {
				lifetime = min(lifetime, maxActiveLifetime)
			}
			secret, made := h.newLink(p.verdict.Profile, purpose, lifetime, []token.Target{p.target})
			made.Job, made.Notification = b.JobID, b.notification.Name()
			made.Lifetime = b.job.LinkLifetime
			if err := h.Tokens.Replace(sending, made, old); err != nil {
				return err
			}
			values := h.values(p.verdict.Profile)
			values.Link, values.ExpiresAt = link(h.baseURL, secret.Reveal()), time.UnixMilli(made.ExpiresAt)
			id, err := h.hand(sending, p.target, template(values.Language), values, map[string]string{
				"job": b.JobID, "notification": fmt.Sprint(b.Number), "user": p.verdict.Profile.ID,
			})
			if err != nil {
				slog.WarnContext(ctx, "message not sent", "job", b.JobID, "notification", b.Number, "user", p.verdict.Profile.ID, "error", err.Error())
			}
			p.delivery = h.record(p.delivery, id, err)
			return nil
		})
	}
	failed := group.Wait()
	var results []delivery.Delivery
	for _, p := range some {
		if p.delivery.State == "" {
			continue // not tried: the slice broke off
		}
		results = append(results, p.delivery)
		if p.delivery.Final() {
			b.counts.Add(p.delivery.State)
			b.left--
		} else {
			b.wait = max(b.wait, retryDelay)
		}
	}
	if err := h.keep(ctx, results...); err != nil {
		return err
	}
	return failed
}

// purposeFor gives an active user a link that sets a new password, and a pending one the first.
func purposeFor(v audience.Verdict) token.Purpose {
	if v.Active {
		return token.Reset
	}
	return token.Invite
}

// links reads the links that the pieces' users have.
func (h handler) links(ctx context.Context, some []piece) (map[token.Purpose]map[string]token.Link, error) {
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
func (h handler) newLink(p user.Profile, purpose token.Purpose, lifetime time.Duration, targets []token.Target) (token.Secret, token.Link) {
	secret, hashed := token.New(p.ID)
	now := h.now()
	return secret, token.Link{
		UserID: p.ID, Kind: purpose, Username: p.Key, Lifetime: int64(lifetime / time.Second),
		Sent: token.Sent{Hash: hashed, SentAt: now.UnixMilli(), ExpiresAt: now.Add(lifetime).UnixMilli(), SentTo: targets},
	}
}

// template gives what a notification says: to each in a language of his own if it is the built-in text.
func (h handler) template(n notification.Notification) (func(language.Tag) *message.Template, error) {
	if n.BuiltIn {
		var compiled sync.Map // by language; a slice has few
		return func(tag language.Tag) *message.Template {
			if found, ok := compiled.Load(tag); ok {
				return found.(*message.Template)
			}
			template := h.message.BuiltIn(message.Invitation, tag)
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
