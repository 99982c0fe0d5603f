package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"latchkey/shared/audit"
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
	// urgentLease is how long an urgent message stays with a request: no longer than its invocation can last.
	urgentLease = time.Minute
)

// devices gives the devices of the user's latest job that is still there, or the deployment's default.
func (h handler) devices(ctx context.Context, p user.Profile) ([]string, error) {
	latest, ok, err := h.members.LatestJob(ctx, h.jobs, p)
	if err != nil {
		return nil, err
	}
	if !ok {
		return h.reach.Default, nil
	}
	return latest.Devices, nil
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
func (h handler) holder(
	ctx context.Context,
	usernameKey string,
) (p user.Profile, ok bool, err error) {
	p, err = h.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	return p, err == nil && p.Active(), err
}

// forgot sends a link and a code to all devices of a user that may be used, if there is one, and within the limits.
func (h handler) forgot(ctx context.Context, asked urgent.Message, owner string) error {
	p, ok, err := h.holder(ctx, asked.Forgot.Key)
	if err != nil || p.ID == "" {
		return err
	}

	asks := audit.Entry{
		ID:       asked.ID,
		At:       asked.Forgot.At,
		Action:   audit.ResetAsked,
		Target:   p.Username,
		SourceIP: asked.Forgot.SourceIP,
		Result:   audit.OK,
	}

	refuse := func(reason string) {
		asks.Result = reason
		h.audit.Note(ctx, asks)
	}
	if !ok {
		refuse(delivery.ReasonInactive)
		return nil
	}

	var tooMany *limit.TooManyError

	err = h.limits.Gap(ctx, limit.Name("forgot-gap", p.ID), asked.ID, forgotGap, h.now())
	if errors.As(err, &tooMany) {
		refuse(delivery.ReasonLimit)
		return nil
	}

	if err != nil {
		return err
	}

	targets, err := h.targets(ctx, p)
	if err != nil {
		return err
	}

	if targets == nil {
		refuse(delivery.ReasonNoDevice)
		return nil
	}

	return h.once(ctx, asked, p, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		if d.Notification == asked.ID && d.Attempts == 1 {
			err := h.limits.Take(
				ctx,
				limit.Name("forgot-user", p.ID),
				h.forgotPerHour,
				time.Hour,
				h.now(),
			)
			if errors.As(err, &tooMany) {
				d.State, d.Reason = delivery.Skipped, delivery.ReasonLimit
				refuse(delivery.ReasonLimit)
				return d, nil
			}

			if err != nil {
				return d, err
			}
		}

		h.audit.Note(ctx, asks)

		secret, made := h.newLink(p, token.Reset, h.resetLifetime, targets)
		if err := h.replace(ctx, made); err != nil {
			return d, err
		}

		key, err := h.codeKey.CodeKey(ctx)
		if err != nil {
			return d, err
		}

		typed, hashed := key.NewCode(p.ID)
		codeUntil := h.now().Add(h.codeLifetime)

		code := token.Code{UserID: p.ID, Username: p.Key, Sent: token.Sent{
			Hash: hashed, SentAt: made.SentAt, ExpiresAt: codeUntil.UnixMilli(), SentTo: targets,
		}}
		if err := h.Tokens.PutCode(ctx, code); err != nil {
			return d, err
		}

		values := h.values(p)
		values.Link, values.ExpiresAt = token.LinkURL(
			h.baseURL,
			secret.Reveal(),
		), time.UnixMilli(
			made.ExpiresAt,
		)
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
		secret, made := h.newLink(
			p,
			token.Invite,
			time.Duration(old.Lifetime)*time.Second,
			sent.SentTo,
		)

		made.Job, made.Notification = old.Job, asked.ID
		if err := h.replace(ctx, made); err != nil {
			return d, err
		}

		h.audit.Note(ctx, audit.Entry{
			ID:       asked.ID,
			At:       asked.Renew.At,
			Action:   audit.LinkRenewed,
			Target:   p.Username,
			Job:      old.Job,
			SourceIP: asked.Renew.SourceIP,
			Result:   audit.OK,
		})
		values := h.values(p)
		values.Link, values.ExpiresAt = token.LinkURL(
			h.baseURL,
			secret.Reveal(),
		), time.UnixMilli(
			made.ExpiresAt,
		)

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

	if err := h.members.Mark(
		ctx,
		set.Key,
		set.UserID,
		member.StateActive,
		member.StatePending,
	); err != nil {
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

// once has the message's deliveries done by one request at a time, and none of them again after it is done. do is given the first that isn't, which is in hand.
func (h handler) once(
	ctx context.Context,
	asked urgent.Message,
	p user.Profile,
	owner string,
	do func(delivery.Delivery) (delivery.Delivery, error),
) error {
	series, err := h.Deliveries.Series(ctx, p.ID, asked.ID, len(h.reach.Devices))
	if err != nil {
		return err
	}

	name := asked.ID
	if first := slices.IndexFunc(
		series,
		func(d delivery.Delivery) bool { return !d.Final() },
	); first >= 0 {
		name = series[first].Notification
	}

	d := delivery.Delivery{UserID: p.ID, Notification: name, Key: p.Key, Username: p.Username}

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

	if d.LeaseOwner != "" { // else post has kept it
		if _, err := h.keep(ctx, d); err != nil {
			return err
		}
	}

	if !d.Final() {
		return h.urgent.Send(ctx, asked, retryDelay)
	}
	return nil
}

// post sends one message to each target that has none yet, and keeps what became of each in a delivery of its own: d, which is in hand, is the first or, where
// some are done already, the first that is left. Which device is which is decided the first time. The answer is final if all are.
func (h handler) post(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
	kind message.Kind,
	values message.Values,
) (delivery.Delivery, error) {
	return h.postText(ctx, d, targets, kind, h.message.BuiltIn(kind, values.Language), values)
}

// postText is post with a text of its own.
func (h handler) postText(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
	kind message.Kind,
	template *message.Template,
	values message.Values,
) (delivery.Delivery, error) {
	series, err := h.assign(ctx, d, targets)
	if err != nil {
		return d, err
	}
	// d is sent last: as long as it isn't, its lease keeps other requests away from all of them.
	if i := slices.IndexFunc(
		series,
		func(one delivery.Delivery) bool { return one.Notification == d.Notification },
	); i >= 0 {
		series = append(slices.Concat(series[:i], series[i+1:]), series[i])
	}

	var result delivery.Delivery
	for _, one := range series {
		if !one.Final() {
			if one, err = h.postOne(
				ctx,
				one,
				one.Notification == d.Notification,
				targets,
				kind,
				template,
				values,
			); err != nil {
				return d, err
			}
		}

		if result.State == "" ||
			result.Final() && (!one.Final() || !result.Through() && one.Through()) {
			result = one
		}
	}

	result.LeaseOwner = ""
	return result, nil
}

// assign gives the message's deliveries. Before the first is sent there is one for each target: d gets its device last, which says that the others are there.
func (h handler) assign(
	ctx context.Context,
	d delivery.Delivery,
	targets []token.Target,
) ([]delivery.Delivery, error) {
	if d.Device != "" {
		base, _ := delivery.Base(d.Notification)
		return h.Deliveries.Series(ctx, d.UserID, base, len(h.reach.Devices))
	}

	series := make([]delivery.Delivery, len(targets))
	for i, target := range targets {
		one := d
		if i > 0 {
			one.Notification, one.Attempts, one.LeaseOwner, one.LeaseUntil = delivery.Nth(
				d.Notification,
				i+1,
			), 0, "", 0
		}

		one.Device, one.Channel = target.Device, target.Channel
		series[i] = one
	}

	if err := h.Deliveries.PutMany(ctx, series[1:]); err != nil {
		return nil, err
	}
	return series, h.Deliveries.PutMany(ctx, series[:1])
}

// postOne sends the message of one delivery, to its device if that is still a target. counted says that the attempt is counted already.
func (h handler) postOne(
	ctx context.Context,
	d delivery.Delivery,
	counted bool,
	targets []token.Target,
	kind message.Kind,
	template *message.Template,
	values message.Values,
) (delivery.Delivery, error) {
	i := slices.IndexFunc(targets, func(t token.Target) bool { return t.Device == d.Device })
	if i < 0 {
		d.State, d.Reason, d.At = delivery.Skipped, delivery.ReasonNoDevice, h.now().UnixMilli()
		return h.keepOne(ctx, d)
	}

	target, attempts := targets[i], d.Attempts
	err := h.rate.Wait(ctx, target.Channel, carrier.Urgent, 1, h.latest(ctx))

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		return h.keepOne(ctx, d) // what is unsent goes back as a new message
	}
	if err != nil && !errors.Is(err, carrier.ErrQuota) {
		return d, err
	}

	var id string
	if err == nil {
		id, err = h.hand(ctx, target, template, values, tags(d))
	}

	if err != nil {
		slog.WarnContext(
			ctx,
			"message not sent",
			"kind",
			kind,
			"user",
			d.UserID,
			"error",
			err.Error(),
		)
	}

	if counted {
		d.Attempts--
	}

	d = h.record(d, id, err)
	if counted { // also where the carrier was too fast: what was done at the first attempt stays done
		d.Attempts = max(d.Attempts, attempts)
	}

	switch {
	case errors.Is(err, carrier.ErrQuota):
		d.State, d.Reason = delivery.Failed, delivery.ReasonQuota
	case errors.Is(err, carrier.ErrSuspended):
		d.State, d.Reason = delivery.Failed, delivery.ReasonSuspended
	}

	return h.keepOne(ctx, d)
}

func (h handler) keepOne(ctx context.Context, d delivery.Delivery) (delivery.Delivery, error) {
	after, err := h.keep(ctx, d)
	if err != nil {
		return d, err
	}
	return after[0], nil
}
