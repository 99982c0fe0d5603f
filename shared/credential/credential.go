// Package credential stores the passwords of users, as hashes. A user without an item is
// pending.
package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/store"
)

// Credential is a user's password.
type Credential struct {
	UserID string `dynamodbav:"user_id"`
	Hash   string `dynamodbav:"hash"`
	// Generation is new with each password. A session of another generation is over.
	Generation string `dynamodbav:"generation"`
	SetAt      int64  `dynamodbav:"set_at"`       // milliseconds
	FirstSetAt int64  `dynamodbav:"activated_at"` // of the first password, milliseconds
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

// Generation reads a credential without its hash. It returns store.ErrNotFound for a
// pending user.
func (s Store) Generation(ctx context.Context, userID string) (Credential, error) {
	var found Credential
	err := s.Table.Get(ctx, key(userID), &found, "user_id", "generation", "activated_at")
	return found, err
}

// Active returns which of the users have a password.
func (s Store) Active(ctx context.Context, userIDs []string) (map[string]bool, error) {
	found, err := store.GetMany[Credential](ctx, s.Table, keys(userIDs), "user_id")
	if err != nil {
		return nil, err
	}

	active := make(map[string]bool, len(found))
	for _, c := range found {
		active[c.UserID] = true
	}

	return active, nil
}

// Activated returns when users set their first password (milliseconds), without the
// pending.
func (s Store) Activated(ctx context.Context, userIDs []string) (map[string]int64, error) {
	found, err := store.GetMany[Credential](ctx, s.Table, keys(userIDs), "user_id", "activated_at")
	if err != nil {
		return nil, err
	}

	at := make(map[string]int64, len(found))
	for _, c := range found {
		at[c.UserID] = c.FirstSetAt
	}

	return at, nil
}

func keys(userIDs []string) []store.Key {
	all := make([]store.Key, len(userIDs))
	for i, id := range userIDs {
		all[i] = key(id)
	}
	return all
}

// SetOp puts a credential in place of before, nil for a user's first. It fails if another
// request has set one since before was read.
func (s Store) SetOp(c Credential, before *Credential) (store.Op, error) {
	if before == nil {
		return s.Table.PutOp(c, "attribute_not_exists(user_id)", nil)
	}
	return s.Table.PutOp(c, "generation = :before", store.Values{":before": before.Generation})
}

// Rehash stores a new hash of the same password. It does nothing if the password was
// changed meanwhile.
func (s Store) Rehash(ctx context.Context, c Credential, hash string, now time.Time) error {
	err := s.Table.Update(ctx, key(c.UserID), store.Update{
		Set:       "#hash = :new, rehashed_at = :now",
		Condition: "#hash = :old",
		Values:    store.Values{":new": hash, ":old": c.Hash, ":now": now.UnixMilli()},
	}, nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return fmt.Errorf("rehash: %w", err)
	}
	return nil
}
