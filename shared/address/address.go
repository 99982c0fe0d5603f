// Package address keeps which addresses can't be delivered to. A mark belongs to the address, not to the user or the device:
// correct the address, and the mark is gone.
package address

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Store keeps marks.
type Store struct{ Table store.Table }

// Mark says why an address can't be delivered to, and when that was last seen.
type Mark struct {
	Reason string // a delivery's reason
	At     int64  // milliseconds
}

// Key names an address in the table: a hash, since the table has no need to know it.
func Key(channel user.Channel, address string) string {
	sum := sha256.Sum256([]byte(string(channel) + "\x00" + address))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Mark marks an address, for what was seen at a time. What was seen before it was cleared, or before another mark, changes nothing: marks and clearings may
// be told in any order, and twice.
func (s Store) Mark(ctx context.Context, key, reason string, at time.Time) error {
	return unlessLate(s.Table.Update(ctx, store.Key{"address": key}, store.Update{
		Set: "reason = :reason, marked_at = :at",
		Condition: "(attribute_not_exists(cleared_at) OR cleared_at < :at)" +
			" AND (attribute_not_exists(marked_at) OR marked_at < :at)",
		Values: store.Values{":reason": reason, ":at": at.UnixMilli()},
	}, nil))
}

// Clear takes an address's mark away, whatever was seen of it up to a time.
func (s Store) Clear(ctx context.Context, key string, at time.Time) error {
	return unlessLate(s.Table.Update(ctx, store.Key{"address": key}, store.Update{
		Set:    "cleared_at = :at",
		Remove: "reason, marked_at",
		Condition: "(attribute_not_exists(cleared_at) OR cleared_at < :at)" +
			" AND (attribute_not_exists(marked_at) OR marked_at <= :at)",
		Values: store.Values{":at": at.UnixMilli()},
	}, nil))
}

func unlessLate(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Marks reads the marks of those of the keys that are marked as undeliverable.
func (s Store) Marks(ctx context.Context, keys []string) (map[string]Mark, error) {
	var wanted []store.Key
	asked := map[string]bool{}
	for _, key := range keys {
		if !asked[key] {
			asked[key] = true
			wanted = append(wanted, store.Key{"address": key})
		}
	}

	type item struct {
		Key    string `dynamodbav:"address"`
		Reason string `dynamodbav:"reason"`
		At     int64  `dynamodbav:"marked_at"`
	}

	found, err := store.GetMany[item](ctx, s.Table, wanted)
	if err != nil {
		return nil, err
	}

	marks := make(map[string]Mark, len(found))
	for _, m := range found {
		if m.At != 0 {
			marks[m.Key] = Mark{Reason: m.Reason, At: m.At}
		}
	}

	return marks, nil
}

// Marked tells which of the keys are marked as undeliverable.
func (s Store) Marked(ctx context.Context, keys []string) (map[string]bool, error) {
	marks, err := s.Marks(ctx, keys)
	if err != nil {
		return nil, err
	}

	marked := make(map[string]bool, len(marks))
	for key := range marks {
		marked[key] = true
	}

	return marked, nil
}
