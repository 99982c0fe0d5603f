package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

const codeKind = "code"

// Tries of a code: few from one source address, so that it can't be guessed (ASVS 6.5.4),
// and so many in all that nobody without the code can easily use them up.
const (
	triesPerSource = 5
	triesInAll     = 50
)

// ErrTries is returned if a code has no try left, in all or for the source address.
var ErrTries = errors.New("no try left")

// Code is a user's latest code. answer writes it. redeem counts its tries and removes it.
type Code struct {
	UserID   string `dynamodbav:"user_id"`
	Kind     string `dynamodbav:"kind"`
	Username string `dynamodbav:"username"`
	Sent
	Tries    int            `dynamodbav:"tries"`
	BySource map[string]int `dynamodbav:"by_source"`
	DeleteAt clock.Seconds  `dynamodbav:"delete_at"`
}

// Matches reports whether a typed code, hashed by CodeKey.Hash, is this one.
func (c Code) Matches(hashed string) bool { return same(c.Hash, hashed) }

// UsedBy reports whether a password that was set at a time (0 for none) ends the code.
func (c Code) UsedBy(passwordSetAt clock.Millis) bool { return c.endedBy(passwordSetAt) }

// Code reads a user's code. It returns store.ErrNotFound if there is none.
func (s Store) Code(ctx context.Context, userID string) (Code, error) {
	var code Code
	err := s.Table.Get(ctx, key(userID, codeKind), &code)
	return code, err
}

// PutCode makes a code the user's latest, with all its tries.
func (s Store) PutCode(ctx context.Context, code Code) error {
	code.Kind = codeKind
	code.Tries = 0
	code.BySource = map[string]int{}
	code.DeleteAt = clock.SecondAfter(code.ExpiresAt.Time().Add(24 * time.Hour))
	return s.Table.Put(ctx, code, "", nil)
}

// UndoCode takes back a code that was never sent, and makes before the user's again. It does
// nothing if another code came in between.
func (s Store) UndoCode(ctx context.Context, unsent, before Code) error {
	err := s.Table.Put(ctx, before, "#hash = :unsent", store.Values{":unsent": unsent.Hash})
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// source returns the attribute of an address's tries: a hash, as an address is no name.
func source(address string) string {
	sum := sha256.Sum256([]byte(address))
	return "by_source.#s" + hex.EncodeToString(sum[:8])
}

// Try takes a try of a code. It must be called before the code is compared, so that
// requests at once can't have more tries than there are. It returns ErrTries.
func (s Store) Try(ctx context.Context, code Code, address string) error {
	from := source(address)

	err := s.Table.Update(ctx, key(code.UserID, codeKind), store.Update{
		Set: "tries = tries + :one, " + from + " = if_not_exists(" + from + ", :zero) + :one",
		Condition: "#hash = :hash AND tries < :all" +
			" AND (attribute_not_exists(" + from + ") OR " + from + " < :each)",
		Values: store.Values{
			":one":  1,
			":zero": 0,
			":hash": code.Hash,
			":all":  triesInAll,
			":each": triesPerSource,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return ErrTries
	}
	return err
}

// GiveBack gives back the try of a code that was right, unless the code was replaced.
func (s Store) GiveBack(ctx context.Context, code Code, address string) error {
	from := source(address)

	_, err := s.Table.UpdateIf(ctx, key(code.UserID, codeKind), store.Update{
		Set:       "tries = tries - :one, " + from + " = " + from + " - :one",
		Condition: "#hash = :hash AND " + from + " > :zero",
		Values:    store.Values{":one": 1, ":zero": 0, ":hash": code.Hash},
	})
	if err != nil {
		return fmt.Errorf("give try back: %w", err)
	}
	return nil
}

// UseCodeOp removes a code. It fails unless the code is the latest and unexpired.
func (s Store) UseCodeOp(code Code, now time.Time) (store.Op, error) {
	condition := "#hash = :hash AND expires_at > :now"
	values := store.Values{":hash": code.Hash, ":now": clock.Of(now)}
	return s.Table.DeleteOp(key(code.UserID, codeKind), condition, values)
}
