package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Tries of a code: few from one source address, so that it can't be guessed (ASVS 6.5.4),
// and so many in all that nobody without the code can easily use them up.
const (
	triesPerSource = 5
	triesInAll     = 50
)

// ErrTries is returned if a code has no try left, in all or for the source address.
var ErrTries = errors.New("no try left")

// Code is the code that came with a reset link, in the same message. It is a part of the
// link's item, and ends with the link. Without tries left the link still works. answer
// makes it, and redeem counts its tries.
type Code struct {
	Hash      string         `dynamodbav:"hash"`
	ExpiresAt clock.Millis   `dynamodbav:"expires_at"`
	Tries     int            `dynamodbav:"tries"`
	BySource  map[string]int `dynamodbav:"by_source"`
}

// NewCode returns a code with all its tries.
func NewCode(hashed string, expiresAt clock.Millis) *Code {
	return &Code{Hash: hashed, ExpiresAt: expiresAt, BySource: map[string]int{}}
}

// Matches reports whether a typed code, hashed by CodeKey.Hash, is this one.
func (c Code) Matches(hashed string) bool { return same(c.Hash, hashed) }

// source returns the attribute of an address's tries: a hash, as an address is no name.
func source(address string) string {
	sum := sha256.Sum256([]byte(address))
	return "#code.by_source.#s" + hex.EncodeToString(sum[:8])
}

// Try takes a try of a user's code. It must be called before the code is compared, so
// that requests at once can't have more tries than there are. It returns ErrTries.
func (s Store) Try(ctx context.Context, userID string, code Code, address string) error {
	from := source(address)

	err := s.Table.Update(ctx, key(userID, string(Reset)), store.Update{
		Set: "#code.tries = #code.tries + :one, " +
			from + " = if_not_exists(" + from + ", :zero) + :one",
		Condition: "#code.#hash = :hash AND #code.tries < :all" +
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
func (s Store) GiveBack(ctx context.Context, userID string, code Code, address string) error {
	from := source(address)

	_, err := s.Table.UpdateIf(ctx, key(userID, string(Reset)), store.Update{
		Set:       "#code.tries = #code.tries - :one, " + from + " = " + from + " - :one",
		Condition: "#code.#hash = :hash AND " + from + " > :zero",
		Values:    store.Values{":one": 1, ":zero": 0, ":hash": code.Hash},
	})
	if err != nil {
		return fmt.Errorf("give try back: %w", err)
	}
	return nil
}
