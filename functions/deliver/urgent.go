package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const (
	// forgotGap is how long after a forgot-password message nothing is sent again, so that the code just sent lives.
	forgotGap = time.Minute
	// recentJobs is among how many of a user's latest jobs one is looked for that says which devices to use.
	recentJobs = 10
	// urgentLease is how long an urgent message stays with a request: no longer than its invocation can last.
	urgentLease = time.Minute
)

// devices gives the devices of the user's latest job that is still there, or the deployment's default.
func (h handler) devices(ctx context.Context, p user.Profile) ([]string, error) {
	memberships, err := h.members.Jobs(ctx, p.Key, recentJobs)
	if err != nil {
		return nil, err
	}
	for _, m := range memberships {
		if m.UserID != p.ID {
			continue
		}
		found, err := h.jobs.Get(ctx, m.JobID)
		if err == nil && found.Finished() {
			return found.Devices, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return h.reach.Default, nil
}

// targets gives the addresses that a message outside a notification can go to.
func (h handler) targets(ctx context.Context, p user.Profile) ([]token.Target, error) {
	devices, err := h.devices(ctx, p)
	if err != nil {
		return nil, err
	}
	marked, err := h.reach.Marks(ctx, h.addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, err
	}
	return h.reach.Targets(p, devices, marked), nil
}

// holder reads a profile that may be sent something. ok is false for anybody else.
func (h handler) holder(ctx context.Context, usernameKey string) (p user.Profile, ok bool, err error) {
	p, err = h.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	return p, err == nil && p.Active(), err
}

// forgot sends a link and a code to all devices of a user that may be used, if there is one, and within the limits.
func (h handler) forgot(ctx context.Context, asked urgent.Message, owner string) error {
	p, ok, err := h.holder(ctx, asked.Forgot.Key)
	if err != nil || !ok {
		return err
	}
	var tooMany *limit.TooManyError
	err = h.limits.Gap(ctx, limit.Name("forgot-gap", p.ID), asked.ID, forgotGap, h.now())
	if errors.As(err, &tooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	targets, err := h.targets(ctx, p)
	if err != nil || targets == nil {
		return err
	}
	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		if d.Attempts == 1 {
			err := h.limits.Take(ctx, limit.Name("forgot-user", p.ID), h.forgotPerHour, time.Hour, h.now())
			if errors.As(err, &tooMany) {
				d.State, d.Reason = delivery.Skipped, delivery.ReasonLimit
				return d, nil
			}
			if err != nil {
				return d, err
			}
		}
		secret, made := h.newLink(p, token.Reset, h.resetLifetime, targets)
		if err := h.replace(ctx, made); err != nil {
			return d, err
		}
		typed, hashed := h.codeKey.NewCode(p.ID)
		codeUntil := h.now().Add(h.codeLifetime)
		code := token.Code{UserID: p.ID, Username: p.Key, Sent: token.Sent{
			Hash: hashed, SentAt: made.SentAt, ExpiresAt: codeUntil.UnixMilli(), SentTo: targets,
		}}
		if err := h.Tokens.PutCode(ctx, code); err != nil {
			return d, err
		}
		values := h.values(p)
		values.Link, values.ExpiresAt = link(h.baseURL, secret.Reveal()), time.UnixMilli(made.ExpiresAt)
		values.Code, values.CodeExpiresAt = typed.Reveal(), codeUntil
		return h.post(ctx, d, targets, message.Reset, values)
	})
}

// renew sends a fresh link in the place of an expired or replaced invitation, where that was sent, if the user is still
// pending and still has the address.
func (h handler) renew(ctx context.Context, asked urgent.Message, owner string) error {
	old, err := h.Tokens.Link(ctx, asked.Renew.UserID, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	sent, state := old.Find(asked.Renew.Hash, h.now())
	if state != token.Expired && state != token.Replaced {
		return nil
	}
	p, ok, err := h.holder(ctx, old.Username)
	if err != nil || !ok || p.ID != old.UserID {
		return err
	}
	if _, err := h.Credentials.Generation(ctx, p.ID); !errors.Is(err, store.ErrNotFound) {
		return err // nil for a user who is active
	}
	for _, target := range sent.SentTo {
		if p.Address(target.Device) != target.Address {
			return nil
		}
	}
	var tooMany *limit.TooManyError
	err = h.limits.Gap(ctx, limit.Name("renew-gap", p.ID), asked.ID, h.renewGap, h.now())
	if errors.As(err, &tooMany) {
		return nil
	}
	if err != nil {
		return err
	}
	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		secret, made := h.newLink(p, token.Invite, time.Duration(old.Lifetime)*time.Second, sent.SentTo)
		made.Job, made.Notification = old.Job, asked.ID
		if err := h.replace(ctx, made); err != nil {
			return d, err
		}
		values := h.values(p)
		values.Link, values.ExpiresAt = link(h.baseURL, secret.Reveal()), time.UnixMilli(made.ExpiresAt)
		return h.post(ctx, d, sent.SentTo, message.Renewal, values)
	})
}

// passwordSet follows a password that may have been set: it marks the user's memberships and tells the user. If the password isn't there and may still come, the
// message is taken again later; if another request won, there is nothing to do.
func (h handler) passwordSet(ctx context.Context, asked urgent.Message, owner string) error {
	set := asked.PasswordSet
	kept, err := h.Credentials.Generation(ctx, set.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if kept.Generation != set.Generation {
		if until := time.UnixMilli(set.Until); h.now().Before(until) {
			return h.urgent.Send(ctx, asked, until.Sub(h.now())+time.Second)
		}
		return nil
	}
	if err := h.members.Mark(ctx, set.Key, set.UserID, member.StateActive, member.StatePending); err != nil {
		return err
	}
	p, ok, err := h.holder(ctx, set.Key)
	if err != nil || !ok || p.ID != set.UserID {
		return err
	}
	targets, err := h.targets(ctx, p)
	if err != nil || targets == nil {
		return err
	}
	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.post(ctx, d, targets[:1], message.PasswordSet, h.values(p))
	})
}

// replace makes a link the user's latest for its purpose.
func (h handler) replace(ctx context.Context, made token.Link) error {
	found, err := h.Tokens.Link(ctx, made.UserID, made.Kind)
	if errors.Is(err, store.ErrNotFound) {
		return h.Tokens.Replace(ctx, made, nil)
	}
	if err != nil {
		return err
	}
	return h.Tokens.Replace(ctx, made, &found)
}

// once has the message's delivery done by one request at a time, and not again after it is done.
func (h handler) once(ctx context.Context, asked urgent.Message, p user.Profile, owner string, do func(delivery.Delivery) (delivery.Delivery, error)) error {
	d := delivery.Delivery{UserID: p.ID, Notification: asked.ID, Key: p.Key, Username: p.Username}
	d, done, err := h.Deliveries.Claim(ctx, d, owner, h.now(), h.now().Add(urgentLease))
	if errors.Is(err, delivery.ErrBusy) {
		return h.urgent.Send(ctx, asked, urgentLease)
	}
	if err != nil || done {
		return err
	}
	d, err = do(d)
	if err != nil {
		return err
	}
	d.LeaseOwner, d.LeaseUntil = "", 0
	if err := h.keep(ctx, d); err != nil {
		return err
	}
	if !d.Final() {
		return h.urgent.Send(ctx, asked, retryDelay)
	}
	return nil
}

// post sends one message to each target. The delivery is sent if one of them was; its device is the first that took it.
func (h handler) post(ctx context.Context, d delivery.Delivery, targets []token.Target, kind message.Kind, values message.Values) (delivery.Delivery, error) {
	template := h.message.BuiltIn(kind, values.Language)
	attempts := d.Attempts - 1 // the claim has counted this one, and so does record
	result := d
	for _, target := range targets {
		err := h.rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.latest(ctx))
		var tooMany *limit.TooManyError
		if errors.As(err, &tooMany) {
			break // what is unsent goes back as a new message
		}
		if err != nil {
			return d, err
		}
		one := d
		one.Device, one.Channel, one.Attempts = target.Device, target.Channel, attempts
		id, err := h.hand(ctx, target, template, values, map[string]string{"delivery": tag(d.Notification), "user": d.UserID})
		if err != nil {
			slog.WarnContext(ctx, "message not sent", "kind", kind, "user", d.UserID, "error", err.Error())
		}
		one = h.record(one, id, err)
		one.Attempts = max(one.Attempts, d.Attempts) // the claim counts, also where the carrier was too fast: what is done at the first stays done
		if result.State != delivery.Sent {
			result = one
		}
	}
	return result, nil
}
