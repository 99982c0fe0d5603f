// Package credential decides which passwords are accepted, and stores them as hashes.
// Who has no item is pending.
//
// A password is any text of Unicode characters. It is brought into NFC before it is
// measured, checked or hashed, so that the same keys make the same password on every
// device (NIST SP 800-63B-4 3.1.1.2). Nothing here logs or returns one.
package credential

import (
	"context"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Credential is a user's password.
type Credential struct {
	UserID string `dynamodbav:"user_id"`
	Hash   string `dynamodbav:"hash"`
	// Generation is new with each password. A session of another generation is over.
	Generation string       `dynamodbav:"generation"`
	SetAt      clock.Millis `dynamodbav:"set_at"`
	FirstSetAt clock.Millis `dynamodbav:"activated_at"` // of the first password
}

// Store stores credentials.
type Store struct{ Table store.Table }

func key(userID string) store.Key { return store.Key{"user_id": userID} }

// Get reads a credential with its hash. It returns store.ErrNotFound for a pending user.
func (s Store) Get(ctx context.Context, userID string) (Credential, error) {
	var found Credential
	err := s.Table.Get(ctx, key(userID), &found)
	return found, err
}

// WithoutHash reads a credential's generation and times, but not its hash. It returns
// store.ErrNotFound for a pending user.
func (s Store) WithoutHash(ctx context.Context, userID string) (Credential, error) {
	var found Credential
	err := s.Table.Get(ctx, key(userID), &found, "user_id", "generation", "set_at", "activated_at")
	return found, err
}

// Active returns which of the users have a password.
func (s Store) Active(ctx context.Context, userIDs []string) (map[string]bool, error) {
	active := func(c Credential) (string, bool) { return c.UserID, true }
	return store.GetMap(ctx, s.Table, keys(userIDs), active, "user_id")
}

// Activated returns when those not pending set their first password.
func (s Store) Activated(
	ctx context.Context, userIDs []string,
) (map[string]clock.Millis, error) {
	at := func(c Credential) (string, clock.Millis) { return c.UserID, c.FirstSetAt }
	return store.GetMap(ctx, s.Table, keys(userIDs), at, "user_id", "activated_at")
}

func keys(userIDs []string) []store.Key {
	all := make([]store.Key, len(userIDs))
	for i, id := range userIDs {
		all[i] = key(id)
	}
	return all
}

// Set puts a credential in place of before, nil for a user's first. It returns
// store.ErrCondition if another request has set one since before was read.
func (s Store) Set(ctx context.Context, c Credential, before *Credential) error {
	if before == nil {
		return s.Table.Put(ctx, c, "attribute_not_exists(user_id)", nil)
	}
	return s.Table.Put(
		ctx, c, "generation = :before", store.Values{":before": before.Generation},
	)
}

// Erase deletes the password of a user who was removed, if there is one.
func (s Store) Erase(ctx context.Context, userID string) error {
	return s.Table.Delete(ctx, key(userID), "", nil)
}

// Rehash stores a new hash of the same password, if that wasn't changed meanwhile.
func (s Store) Rehash(ctx context.Context, c Credential, hash string, now time.Time) error {
	_, err := s.Table.UpdateIf(ctx, key(c.UserID), store.Update{
		Set:       "#hash = :new, rehashed_at = :now",
		Condition: "#hash = :old",
		Values:    store.Values{":new": hash, ":old": c.Hash, ":now": clock.Of(now)},
	})
	if err != nil {
		return fmt.Errorf("rehash: %w", err)
	}
	return nil
}
