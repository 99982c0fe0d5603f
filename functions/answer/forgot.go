package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/lease"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
	"latchkey/shared/work"
)

// forgotGap is the time after a forgot-password message in which none is sent again, so
// that the code just sent lives.
const forgotGap = time.Minute

// mostHolders is how many of the users of one address are sent to, so that a message to a
// mailbox that many have stays short. Each of them is a tag of it.
const mostHolders = 10

// forgot sends a link and a code to all devices of the user's latest job, if the username
// is somebody's and the limits allow it. Whoever asked doesn't learn which of that is so;
// the audit does, except for a username that nobody has.
func (h handler) forgot(ctx context.Context, request work.Forgot, owner string) error {
	p, ok, err := h.recipients.Get(ctx, request.Key)
	if err != nil {
		return err
	}
	if p.ID == "" {
		return h.forgotByAddress(ctx, request, owner)
	}
	if !ok {
		h.noteForgot(ctx, request, p, delivery.ReasonInactive)
		return nil
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil {
		return err
	}

	first, err := h.takeForgot(ctx, request, p, owner)
	var busy *lease.BusyError
	switch {
	case isLimit(err):
		h.noteForgot(ctx, request, p, delivery.ReasonLimit)
		return nil
	case errors.As(err, &busy):
		return h.queues.Send(ctx, request, busy.Until.Sub(h.Now()))
	case err != nil:
		return err
	case targets == nil:
		h.noteForgot(ctx, request, p, delivery.ReasonNoDevice)
		return nil
	}

	again := request
	again.Again = true
	e := errand{
		request: again,
		owner:   owner,
		to:      p,
		targets: targets,
		limited: true,
		claimed: first && !request.Again,
	}
	return h.once(ctx, e, func() (content, error) {
		h.noteForgot(ctx, request, p, audit.OK)
		return h.newReset(ctx, request, p, targets)
	})
}

// takeForgot takes one of the messages that the user may have, or returns a
// *limit.TooManyError. The use belongs to the message, and is its first claim: the same one,
// taken again, passes. While another request works at it, it gets a *lease.BusyError, unless
// that one has queued it again.
func (h handler) takeForgot(
	ctx context.Context, request work.Forgot, p user.Profile, owner string,
) (first bool, err error) {
	allowed := limit.Allowance{Most: h.reset.perHour, Window: time.Hour, Gap: forgotGap}
	name := limit.Name("forgot", p.ID)
	first, err = h.limits.Spaced(
		ctx, name, string(request.ID), allowed, h.lease(owner), h.Now(),
	)
	var busy *lease.BusyError
	if errors.As(err, &busy) && request.Again {
		return false, nil
	}
	return first, err
}

// noteForgot records in the audit what a request for the user has come to.
func (h handler) noteForgot(
	ctx context.Context, request work.Forgot, p user.Profile, result string,
) {
	h.audit.Note(ctx, audit.Entry{
		ID:       string(request.ID),
		At:       request.At,
		Action:   audit.ResetAsked,
		Target:   p.Username,
		SourceIP: request.SourceIP,
		Result:   result,
	})
}

// ownRequest is the part of a request that is one user's, of those who have the address.
func ownRequest(request work.Forgot, p user.Profile) work.Forgot {
	request.ID = request.ID.For(p.ID)
	request.Key = p.Key
	return request
}

// forgotByAddress sends one message to an address that was given as a username, which nobody
// has, if several active users may be sent to there. Who is alone, or may be sent to only
// elsewhere, has a message of their own, to their own devices: it is asked for before.
func (h handler) forgotByAddress(ctx context.Context, request work.Forgot, owner string) error {
	address, ok := userfile.Address(request.Typed, phone.Parse)
	if !ok {
		return nil
	}

	answered, err := h.wasAnswered(ctx, request)
	if err != nil || answered {
		return err
	}

	alone, together, err := h.holders(ctx, address)
	if err != nil {
		return err
	}
	if len(together) == 1 {
		alone = append(alone, together[0].profile)
		together = nil
	}

	for _, p := range alone {
		own := ownRequest(request, p)
		own.Again = false
		err := h.queues.Send(ctx, own, 0)
		if err != nil {
			return err
		}
	}
	return h.forgotTogether(ctx, request, owner, together)
}

// holders returns the active users who have the address: together those who may be sent an
// email there, and alone the others.
func (h handler) holders(
	ctx context.Context, address string,
) (alone []user.Profile, together []holder, err error) {
	found, err := h.recipients.Directory.Holders(ctx, address, mostHolders)
	if err != nil {
		return nil, nil, err
	}

	byKey := func(a, b user.Profile) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(found, byKey)
	for _, p := range found {
		isTheirs := func(d user.Device) bool {
			return strings.EqualFold(p.Address(d.Name), address)
		}
		if !p.Active() || !slices.ContainsFunc(h.Reach.Devices, isTheirs) {
			continue
		}

		to, ok, err := h.holderOf(ctx, p, address)
		switch {
		case err != nil:
			return nil, nil, err
		case ok:
			together = append(together, to)
		default:
			alone = append(alone, p)
		}
	}
	return alone, together, nil
}

// newReset stores a reset link with a code for the user, and returns the message that
// holds both. They are stored before the message leaves. A message that is tried again
// holds the same ones: what one of its devices has got still works.
func (h handler) newReset(
	ctx context.Context, request work.Forgot, p user.Profile, targets []token.Target,
) (content, error) {
	key, err := h.reset.codeKey.CodeKey(ctx)
	if err != nil {
		return content{}, err
	}

	link, err := h.PutLatest(ctx, dispatch.Terms{
		User:         p,
		Purpose:      token.Reset,
		Lifetime:     h.reset.linkLifetime,
		Targets:      targets,
		Delivery:     request.ID,
		CodeKey:      &key,
		CodeLifetime: h.reset.codeLifetime,
	})
	if err != nil {
		return content{}, err
	}
	return h.holding(link, h.builtIn(message.Reset, h.ValuesWithLink(p, link))), nil
}
