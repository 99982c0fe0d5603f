package main

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/text/language"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/lease"
	"latchkey/shared/message"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// sharedDevice stands for the device in the delivery of a message to several users.
const sharedDevice = "Shared"

// holder is a user of an address that several have, and it among their devices.
type holder struct {
	profile user.Profile
	target  token.Target
}

// nobody returns whom the delivery of a message for several users is recorded for, besides
// each of them. Its claim keeps a second request from sending the message. Nobody has the
// id, since ids of users have no such prefix.
func nobody(request work.Forgot) user.Profile {
	return user.Profile{ID: "shared-" + string(request.ID), Key: "shared", Username: "shared"}
}

// wasAnswered reports whether the one message to an address was sent or given up on.
func (h handler) wasAnswered(ctx context.Context, request work.Forgot) (bool, error) {
	series, err := h.Deliveries.Series(ctx, nobody(request).ID, request.ID)
	return len(series) > 0 && series[0].Final(), err
}

// holderOf returns the user with the email address among the devices that a message of
// theirs may go to. ok is false if it isn't there.
func (h handler) holderOf(
	ctx context.Context, p user.Profile, address string,
) (of holder, ok bool, err error) {
	targets, err := h.targetsOf(ctx, p)
	for _, target := range targets {
		if target.Channel == user.Email && strings.EqualFold(target.Address, address) {
			return holder{profile: p, target: target}, true, nil
		}
	}
	return holder{}, false, err
}

// forgotTogether sends one message to an address that several users have, with a link and a
// code for each whose limits allow it.
func (h handler) forgotTogether(
	ctx context.Context, request work.Forgot, owner string, holders []holder,
) error {
	told, err := h.allowed(ctx, request, owner, holders)
	var busy *lease.BusyError
	switch {
	case errors.As(err, &busy):
		return h.queues.Send(ctx, request, busy.Until.Sub(h.Now()))
	case err != nil || told == nil:
		return err
	}

	target := told[0].target
	target.Device = sharedDevice
	request.Again = true
	e := errand{
		request: request,
		owner:   owner,
		to:      nobody(request),
		targets: []token.Target{target},
		madeUp:  true,
		holders: told,
	}
	return h.once(ctx, e, func() (content, error) { return h.newResets(ctx, request, told) })
}

// allowed returns the users who may be sent the message. Taken again after a death, it leaves
// out those of whom it is known that they were sent it. It returns a *lease.BusyError while
// another request works at the message.
func (h handler) allowed(
	ctx context.Context, request work.Forgot, owner string, holders []holder,
) (told []holder, err error) {
	for _, to := range holders {
		own := ownRequest(request, to.profile)
		series, err := h.Deliveries.Series(ctx, to.profile.ID, own.ID)
		if err != nil {
			return nil, err
		}
		if len(series) > 0 && series[0].Final() {
			continue
		}

		_, err = h.takeForgot(ctx, own, to.profile, owner)
		switch {
		case isLimit(err):
			h.noteForgot(ctx, own, to.profile, delivery.ReasonLimit)
		case err != nil:
			return nil, err
		default:
			told = append(told, to)
		}
	}
	return told, nil
}

// newResets stores a reset link and a code for each of the users, and returns the message
// that holds all of them.
func (h handler) newResets(
	ctx context.Context, request work.Forgot, told []holder,
) (content, error) {
	values := message.Values{Now: h.Now(), Language: h.commonLanguage(told)}
	var undo []func(context.Context) error
	for _, to := range told {
		own := ownRequest(request, to.profile)
		one, err := h.newReset(ctx, own, to.profile, []token.Target{to.target})
		if err != nil {
			return content{}, err
		}

		h.noteForgot(ctx, own, to.profile, audit.OK)
		values.Accounts = append(values.Accounts, one.values)
		values.ExpiresAt = one.values.ExpiresAt
		values.CodeExpiresAt = one.values.CodeExpiresAt
		undo = append(undo, one.takeBack)
	}

	what := h.builtIn(message.ResetShared, values)
	what.takeBack = func(ctx context.Context) error {
		var failed error
		for _, takeBack := range undo {
			failed = errors.Join(failed, takeBack(ctx))
		}
		return failed
	}
	return what, nil
}

// commonLanguage returns the language of all the users, as the first of them speaks it, or the
// deployment's if they don't have the same.
func (h handler) commonLanguage(holders []holder) language.Tag {
	first, _ := h.Reach.Speech(holders[0].profile)
	spoken, _ := first.Base()
	for _, to := range holders[1:] {
		tag, _ := h.Reach.Speech(to.profile)
		if base, _ := tag.Base(); base != spoken {
			return h.Reach.Language
		}
	}
	return first
}

// ofHolders returns what the result of the errand's message means to each of its holders.
func (e errand) ofHolders(result delivery.Delivery) []delivery.Delivery {
	var all []delivery.Delivery
	for _, to := range e.holders {
		d := result
		d.UserID = to.profile.ID
		d.Name = e.request.DeliveryName().For(to.profile.ID)
		d.Key = to.profile.Key
		d.Username = to.profile.Username
		d.Device = to.target.Device
		d.Holder = lease.Holder{}
		all = append(all, d)
	}
	return all
}
