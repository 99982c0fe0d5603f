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
	"latchkey/shared/work"
)

// forgotGap is the time after a forgot-password message in which none is sent again, so
// that the code just sent lives.
const forgotGap = time.Minute

// mostHolders is how many of the users of one address are sent to, so that nobody can fill a
// mailbox that many have.
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
		return h.forgotByAddress(ctx, request)
	}

	entry := audit.Entry{
		ID:       string(request.ID),
		At:       request.At,
		Action:   audit.ResetAsked,
		Target:   p.Username,
		SourceIP: request.SourceIP,
		Result:   audit.OK,
	}

	if !ok {
		entry.Result = delivery.ReasonInactive
		h.audit.Note(ctx, entry)
		return nil
	}

	targets, err := h.targetsOf(ctx, p)
	if err != nil {
		return err
	}

	// The use belongs to the message, and is its first claim: the same one, taken again,
	// passes, but not while another request works at it.
	allowed := limit.Allowance{Most: h.reset.perHour, Window: time.Hour, Gap: forgotGap}
	name := limit.Name("forgot", p.ID)
	first, err := h.limits.Spaced(
		ctx, name, string(request.ID), allowed, h.lease(owner), h.Now(),
	)
	var busy *lease.BusyError
	switch {
	case isLimit(err):
		entry.Result = delivery.ReasonLimit
		h.audit.Note(ctx, entry)
		return nil
	case errors.As(err, &busy) && !request.Again:
		return h.queues.Send(ctx, request, busy.Until.Sub(h.Now()))
	case err != nil && busy == nil:
		return err
	case targets == nil:
		entry.Result = delivery.ReasonNoDevice
		h.audit.Note(ctx, entry)
		return nil
	}

	e := errand{
		request: request,
		owner:   owner,
		to:      p,
		targets: targets,
		limited: true,
		claimed: first && !request.Again,
	}
	request.Again = true
	e.request = request
	return h.once(ctx, e, func() (content, error) {
		h.audit.Note(ctx, entry)
		return h.newReset(ctx, request, p, targets)
	})
}

// forgotByAddress asks for a message to each active user who has the address that was given
// as a username, which nobody has. Each message names its user, and goes to their own
// devices. Taken again, it asks for the same messages.
func (h handler) forgotByAddress(ctx context.Context, request work.Forgot) error {
	address, ok := userfile.Address(request.Key)
	if !ok {
		return nil
	}

	holders, err := h.recipients.Directory.Holders(ctx, address, mostHolders)
	if err != nil {
		return err
	}

	for _, p := range holders {
		isTheirs := func(d user.Device) bool {
			return strings.EqualFold(p.Address(d.Name), address)
		}
		if !p.Active() || !slices.ContainsFunc(h.Reach.Devices, isTheirs) {
			continue
		}

		own := request
		own.ID = request.ID + delivery.Name("-"+p.ID)
		own.Key = p.Key
		if err := h.queues.Send(ctx, own, 0); err != nil {
			return err
		}
	}
	return nil
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
