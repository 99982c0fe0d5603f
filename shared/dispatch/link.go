package dispatch

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/delivery"
	"latchkey/shared/message"
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
	// Notification is the delivery's name, or "" for a reset that the user asked for.
	Notification delivery.Name
	// Renewal is the lifetime of the link that renews this one. 0 stands for Lifetime.
	Renewal time.Duration
}

// Link is a link that is stored as its user's latest. Only its message holds the secret.
type Link struct {
	token.Link
	secret token.Secret
	before *token.Link // what it was stored in the place of; nil for none
}

func (d Dispatcher) newLink(t Terms, before *token.Link) Link {
	secret, hashed := token.New(t.User.ID)
	now := d.Now()

	renewal := t.Renewal
	if renewal == 0 {
		renewal = t.Lifetime
	}
	return Link{
		secret: secret,
		before: before,
		Link: token.Link{
			UserID:       t.User.ID,
			Kind:         t.Purpose,
			Username:     t.User.Key,
			Lifetime:     int64(renewal / time.Second),
			Job:          t.Job,
			Notification: t.Notification,
			Sent: token.Sent{
				Hash:      hashed,
				SentAt:    now.UnixMilli(),
				ExpiresAt: now.Add(t.Lifetime).UnixMilli(),
				SentTo:    t.Targets,
			},
		},
	}
}

// PutLink makes a link and stores it as the user's latest, in place of before (nil for
// none), or of whatever is the latest by now.
func (d Dispatcher) PutLink(ctx context.Context, t Terms, before *token.Link) (Link, error) {
	link := d.newLink(t, before)
	return link, d.Tokens.Replace(ctx, link.Link, before)
}

// PutLatest is PutLink in the place of the user's latest link, which it reads.
func (d Dispatcher) PutLatest(ctx context.Context, t Terms) (Link, error) {
	before, err := d.Tokens.Link(ctx, t.User.ID, t.Purpose)
	if errors.Is(err, store.ErrNotFound) {
		return d.PutLink(ctx, t, nil)
	}
	if err != nil {
		return Link{}, err
	}
	return d.PutLink(ctx, t, &before)
}

// PutSuccessor makes a link and stores it if the one before is still the user's latest.
// Otherwise it returns store.ErrCondition.
func (d Dispatcher) PutSuccessor(ctx context.Context, t Terms, before token.Link) (Link, error) {
	link := d.newLink(t, &before)
	return link, d.Tokens.Succeed(ctx, link.Link, &before)
}

// HandOverLink hands over a message with its link to the link's first target. It returns
// the carrier's id and answer, as HandOver does.
//
// If the carrier has surely not taken the message, the link is taken back. err is the
// failure to do so. Nothing was sent then, so there is no result to record.
func (d Dispatcher) HandOverLink(
	ctx context.Context,
	of delivery.Delivery,
	link Link,
	template *message.Template,
	values message.Values,
) (id string, answer, err error) {
	id, answer = d.HandOver(ctx, of, link.SentTo[0], template, values)
	if carrier.NotTaken(answer) {
		err = d.Tokens.Undo(ctx, link.Link, link.before)
	}
	return id, answer, err
}
