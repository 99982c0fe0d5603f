package token

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Purpose is what a link is for.
type Purpose string

// Purposes of a link, and the sort keys of its items: a user has one for each.
const (
	Invite Purpose = "invite" // to set the first password
	Reset  Purpose = "reset"  // to set a new one
)

// maxResetLifetime is the longest lifetime of a reset link (NIST SP 800-63B-4 4.2.1.2).
const maxResetLifetime = 24 * time.Hour

// State is what a link can be used for at a time.
type State string

// States of a link. Only a valid one sets a password.
const (
	Valid    State = "valid"    // the latest, unexpired, and no password was set since
	Expired  State = "expired"  // the latest, but too old
	Replaced State = "replaced" // one of a newer message was made
	Used     State = "used"     // a password was set, by this link or in another way
	Invalid  State = "invalid"  // not known: never made, or made too long ago
)

// maxPrevious is the number of replaced links that are still known as such.
const maxPrevious = 5

// afterlife is how long an item outlives its link, to tell old links from made-up ones.
const afterlife = 90 * 24 * time.Hour

// Target is where a link was sent.
type Target struct {
	Device  string       `dynamodbav:"device"`
	Channel user.Channel `dynamodbav:"channel"`
	Address string       `dynamodbav:"address"`
}

// In returns the target as a profile has it by now: in another letter case perhaps, or on
// another device of the channel. ok is false if the user doesn't have the address any more.
func (t Target) In(p user.Profile, devices []user.Device) (now Target, ok bool) {
	before := user.Device{Name: t.Device, Channel: t.Channel}
	for _, d := range append([]user.Device{before}, devices...) {
		address := p.Fields[d.Name]
		if d.Channel == t.Channel && strings.EqualFold(address, t.Address) {
			return Target{Device: d.Name, Channel: d.Channel, Address: address}, true
		}
	}
	return Target{}, false
}

// StillOf reports whether a profile has each address that was sent to.
func (s Sent) StillOf(p user.Profile, devices []user.Device) bool {
	for _, target := range s.SentTo {
		if _, ok := target.In(p, devices); !ok {
			return false
		}
	}
	return true
}

// Sent is one link: its hash, its times, and where it was sent.
type Sent struct {
	Hash      string       `dynamodbav:"hash"`
	SentAt    clock.Millis `dynamodbav:"sent_at"`
	ExpiresAt clock.Millis `dynamodbav:"expires_at"`
	SentTo    []Target     `dynamodbav:"sent_to"`
	// Beside is true for one of Previous that is of the same message as the latest, which
	// was sent again or to a further device: it works beside that.
	Beside bool `dynamodbav:"beside,omitempty"`
}

// Link is a user's latest link for a purpose, with the hashes of the five before it.
//
// It is valid until it expires, a newer message's link replaces it, or a password is set.
// The newer one takes its item, with its hash among Previous, and ends its Code. A use
// writes nothing: what a link is worth follows from the credential and from the latest
// link (Find). The sender, deliver or answer, writes the item before it sends.
type Link struct {
	UserID   string  `dynamodbav:"user_id"`
	Purpose  Purpose `dynamodbav:"kind"`
	Username string  `dynamodbav:"username"` // the directory's key
	Job      string  `dynamodbav:"job,omitempty"`
	// Delivery is the name of the delivery that the link was made for.
	Delivery delivery.Name `dynamodbav:"notification,omitempty"`
	// Renewal is the lifetime of the link that renews this one: the job's.
	Renewal clock.Span `dynamodbav:"lifetime"`
	Sent
	Code     *Code         `dynamodbav:"code,omitempty"` // of the same message, if it has one
	Previous []Sent        `dynamodbav:"previous,omitempty"`
	DeleteAt clock.Seconds `dynamodbav:"delete_at"`
}

// ForUser returns the purpose of a link to a user, and how long it works if lifetime is
// asked for: an active user's sets a new password, and works maxResetLifetime at most.
func ForUser(active bool, lifetime time.Duration) (Purpose, time.Duration) {
	if !active {
		return Invite, lifetime
	}
	return Reset, min(lifetime, maxResetLifetime)
}

// Find returns which of the item's links has the hash, and its state at the time now.
// passwordSetAt is when the user's password was set, 0 for a pending user.
func (l Link) Find(hashed string, passwordSetAt clock.Millis, now time.Time) (Sent, State) {
	if same(l.Hash, hashed) {
		return l.Sent, l.stateOf(l.Sent, true, passwordSetAt, now)
	}

	for _, old := range l.Previous {
		if same(old.Hash, hashed) {
			return old, l.stateOf(old, old.Beside, passwordSetAt, now)
		}
	}

	return Sent{}, Invalid
}

// stateOf returns the state of one of the item's links. counts is false for a link in whose
// place another message's came.
func (l Link) stateOf(
	one Sent, counts bool, passwordSetAt clock.Millis, now time.Time,
) State {
	switch {
	case l.Purpose.usedBy(passwordSetAt, one):
		return Used
	case !counts:
		return Replaced
	case clock.Of(now) >= one.ExpiresAt:
		return Expired
	}
	return Valid
}

// CodeState returns the state of the link's code, by the rules of Find.
func (l Link) CodeState(passwordSetAt clock.Millis, now time.Time) State {
	switch {
	case l.endedBy(passwordSetAt):
		return Used
	case clock.Of(now) >= l.Code.ExpiresAt:
		return Expired
	}
	return Valid
}

// usedBy reports whether a password that was set has ended a link of the purpose: any
// password an invitation, and one that was set since a reset.
func (p Purpose) usedBy(passwordSetAt clock.Millis, link Sent) bool {
	if p == Invite {
		return passwordSetAt != 0
	}
	return link.endedBy(passwordSetAt)
}

// endedBy reports whether a password was set since the link was made, or in the same
// millisecond: a link that ends too early does less harm than one used twice.
func (s Sent) endedBy(passwordSetAt clock.Millis) bool {
	return passwordSetAt != 0 && passwordSetAt >= s.SentAt
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Store stores the hashes of links, codes and sessions.
type Store struct{ Table store.Table }

func key(userID, kind string) store.Key { return store.Key{"user_id": userID, "kind": kind} }

// Link reads a user's link for a purpose. It returns store.ErrNotFound if there is none.
func (s Store) Link(ctx context.Context, userID string, purpose Purpose) (Link, error) {
	var link Link
	err := s.Table.Get(ctx, key(userID, string(purpose)), &link)
	return link, err
}

// Links reads users' links for one purpose, by user id. Users without one are missing.
func (s Store) Links(
	ctx context.Context, userIDs []string, purpose Purpose,
) (map[string]Link, error) {
	byUser := func(link Link) (string, Link) { return link.UserID, link }
	return store.GetMap(ctx, s.Table, keys(userIDs, purpose), byUser)
}

func keys(userIDs []string, purpose Purpose) []store.Key {
	all := make([]store.Key, len(userIDs))
	for i, id := range userIDs {
		all[i] = key(id, string(purpose))
	}
	return all
}

// Expiry is when a user's latest invitation expires, and its delivery.
type Expiry struct {
	At       clock.Millis
	Delivery delivery.Name
}

// Expiry reads when users' latest invitations expire, by user id, for those who have one.
func (s Store) Expiry(ctx context.Context, userIDs []string) (map[string]Expiry, error) {
	expiry := func(link Link) (string, Expiry) {
		return link.UserID, Expiry{At: link.ExpiresAt, Delivery: link.Delivery}
	}
	return store.GetMap(
		ctx, s.Table, keys(userIDs, Invite), expiry,
		"user_id", "expires_at", "notification",
	)
}

// InPlaceOf returns the link as it follows before, nil for none: with its hash and those of
// the ones before it.
func (l Link) InPlaceOf(before *Link) Link {
	l.DeleteAt = clock.SecondAfter(l.ExpiresAt.Time().Add(afterlife))
	l.Previous = nil
	if before == nil {
		return l
	}

	again := l.Delivery != "" && l.Delivery == before.Delivery
	latest := before.Sent
	latest.Beside = true

	for _, old := range append([]Sent{latest}, before.Previous...) {
		old.Beside = old.Beside && again
		l.Previous = append(l.Previous, old)
	}
	l.Previous = l.Previous[:min(len(l.Previous), maxPrevious)]
	return l
}

// PutMany makes links their users' latest, each as InPlaceOf has returned it, without a
// condition. If another came in between, the one that is written last counts, and the other
// isn't known any more.
func (s Store) PutMany(ctx context.Context, links []Link) error {
	return store.PutMany(ctx, s.Table, links)
}

// Replace makes a link the user's latest. before is the latest as it was read, nil for
// none. If another link came in between, Replace reads and replaces that: none is lost.
func (s Store) Replace(ctx context.Context, link Link, before *Link) error {
	for {
		err := s.Succeed(ctx, link, before)
		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return err
		}

		found, err := s.Link(ctx, link.UserID, link.Purpose)
		switch {
		case errors.Is(err, store.ErrNotFound):
			before = nil
		case err != nil:
			return fmt.Errorf("replace link: %w", err)
		default:
			before = &found
		}
	}
}

// Succeed makes a link the user's latest in place of before, nil for none. It returns
// store.ErrCondition if before isn't the latest any more.
func (s Store) Succeed(ctx context.Context, link Link, before *Link) error {
	item := link.InPlaceOf(before)
	if before == nil {
		return s.Table.Put(ctx, item, "attribute_not_exists(user_id)", nil)
	}
	return s.Table.Put(ctx, item, "#hash = :hash", store.Values{":hash": before.Hash})
}

// End lets a link expire at once. It does nothing if it isn't the user's latest any more.
func (s Store) End(ctx context.Context, link Link, now time.Time) error {
	hash := link.Hash
	link.ExpiresAt = clock.Of(now)
	err := s.Table.Put(ctx, link, "#hash = :hash", store.Values{":hash": hash})
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Undo takes back a link that was never sent, and makes before the latest again. It does
// nothing if another link came in between, or if before is nil: a link that nobody has
// does no harm.
func (s Store) Undo(ctx context.Context, unsent Link, before *Link) error {
	if before == nil {
		return nil
	}

	condition := "#hash = :unsent AND #previous[0].#hash = :before"
	values := store.Values{":unsent": unsent.Hash, ":before": before.Hash}

	err := s.Table.Put(ctx, before, condition, values)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// OfUser reads a user's links for both purposes, by the purpose, those that there are. They
// stand side by side in the table, so that both cost what one does.
func (s Store) OfUser(ctx context.Context, userID string) (map[Purpose]Link, error) {
	both, err := store.SelectAll[Link](ctx, s.Table, store.Query{
		Where:  "user_id = :user AND kind BETWEEN :first AND :last",
		Values: store.Values{":user": userID, ":first": Invite, ":last": Reset},
	})
	if err != nil {
		return nil, err
	}

	links := map[Purpose]Link{}
	for _, link := range both {
		links[link.Purpose] = link
	}
	return links, nil
}
