package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Terms are what a link is made by.
type Terms struct {
	User     user.Profile
	Purpose  token.Purpose
	Lifetime time.Duration // in whole seconds
	Targets  []token.Target
	// Job is the id of the user's job, or "".
	Job string
	// Delivery is the name of the delivery that the link is made for.
	Delivery delivery.Name
	// Renewal is the lifetime of the link that renews this one. 0 stands for Lifetime.
	Renewal time.Duration
	// CodeKey makes the link, and a code beside it that works for CodeLifetime: the same
	// ones for each try of the delivery. Without it, the link is random.
	CodeKey      *token.CodeKey
	CodeLifetime time.Duration
}

// Link is a link for a message, and its code. Only that holds the secrets.
type Link struct {
	token.Link
	secret token.Secret
	code   token.Secret
	before *token.Link // what it takes the place of; nil for none
}

// ReplacesInvitation reports whether the link takes the place of another message's invitation.
func (l Link) ReplacesInvitation() bool {
	isOther := func(s token.Sent) bool { return !s.Beside }
	return l.Purpose == token.Invite && slices.ContainsFunc(l.Previous, isOther)
}

// NewLink makes a link in the place of before, nil for none. It must be stored before its
// message leaves.
func (d Dispatcher) NewLink(t Terms, before *token.Link) Link {
	now := d.Now()

	renewal := t.Renewal
	if renewal == 0 {
		renewal = t.Lifetime
	}

	link := Link{before: before, Link: token.Link{
		UserID:   t.User.ID,
		Purpose:  t.Purpose,
		Username: t.User.Key,
		Renewal:  clock.SpanOf(renewal),
		Job:      t.Job,
		Delivery: t.Delivery,
		Sent: token.Sent{
			SentAt:    clock.Of(now),
			ExpiresAt: clock.Of(now.Add(t.Lifetime)),
			SentTo:    t.Targets,
		},
	}}

	if t.CodeKey == nil {
		link.secret, link.Hash = token.New(t.User.ID)
	} else {
		link.Code = token.NewCode("", clock.Of(now.Add(t.CodeLifetime)))
		link.derive(*t.CodeKey)
	}
	link.Link = link.InPlaceOf(before)
	return link
}

// derive makes the secrets, and their hashes, of the delivery's name and the link's time.
func (l *Link) derive(key token.CodeKey) {
	message := fmt.Sprintf("%s %d", l.Delivery, l.SentAt)
	l.secret, l.Hash = key.LinkOf(l.UserID, message)
	l.code, l.Code.Hash = key.CodeOf(l.UserID, message)
}

// madeBefore returns the link that an earlier try of the terms' delivery has made, if
// that and its code still work where this try goes. It is stored already, and whatever
// becomes of this try it stays: a device may have got it.
func (d Dispatcher) madeBefore(t Terms, latest *token.Link) (link Link, ok bool) {
	now := clock.Of(d.Now())
	if t.CodeKey == nil || latest == nil || latest.Code == nil ||
		latest.Delivery != t.Delivery || !slices.Equal(latest.SentTo, t.Targets) ||
		now >= min(latest.ExpiresAt, latest.Code.ExpiresAt) {
		return Link{}, false
	}

	code := *latest.Code
	link.Link = *latest
	link.Code = &code
	link.derive(*t.CodeKey)
	return link, link.Hash == latest.Hash
}

// PutLinks stores new links as their users' latest, whatever came in between.
func (d Dispatcher) PutLinks(ctx context.Context, links []Link) error {
	items := make([]token.Link, len(links))
	for i, link := range links {
		items[i] = link.Link
	}
	return d.Tokens.PutMany(ctx, items)
}

// PutLatest puts a link in the place of the user's latest, if no earlier try has done so.
func (d Dispatcher) PutLatest(ctx context.Context, t Terms) (Link, error) {
	var before *token.Link
	found, err := d.Tokens.Link(ctx, t.User.ID, t.Purpose)
	switch {
	case err == nil:
		before = &found
	case !errors.Is(err, store.ErrNotFound):
		return Link{}, err
	}

	if made, ok := d.madeBefore(t, before); ok {
		return made, nil
	}

	link := d.NewLink(t, before)
	return link, d.Tokens.Replace(ctx, link.Link, before)
}

// PutSuccessor makes a link and stores it if the one before is still the user's latest.
// Otherwise it returns store.ErrCondition.
func (d Dispatcher) PutSuccessor(ctx context.Context, t Terms, before token.Link) (Link, error) {
	link := d.NewLink(t, &before)
	return link, d.Tokens.Succeed(ctx, link.Link, &before)
}

// TakeBack takes back a link whose message surely wasn't sent: the one before works on.
func (d Dispatcher) TakeBack(ctx context.Context, link Link) error {
	return d.Tokens.Undo(ctx, link.Link, link.before)
}
