package reach

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Addresses stores which addresses are undeliverable. A mark belongs to the address, not
// to the user or the device: correct the address, and the mark is gone. Marks and
// clearings may come twice, late and in any order: the latest one counts.
type Addresses struct{ Table store.Table }

// Mark is why an address is undeliverable, and when that was last seen.
type Mark struct {
	Reason string // a delivery's reason
	At     clock.Millis
}

// AddressKey returns the key of an address in any letter case: a hash, which doesn't tell it.
func AddressKey(channel user.Channel, address string) string {
	sum := sha256.Sum256([]byte(string(channel) + "\x00" + strings.ToLower(address)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Mark marks an address as undeliverable, by what was seen at a time. It does nothing if
// a later mark or clearing is there.
func (a Addresses) Mark(ctx context.Context, key, reason string, at time.Time) error {
	_, err := a.Table.UpdateIf(ctx, store.Key{"address": key}, store.Update{
		Set: "reason = :reason, marked_at = :at",
		Condition: "(attribute_not_exists(cleared_at) OR cleared_at < :at)" +
			" AND (attribute_not_exists(marked_at) OR marked_at < :at)",
		Values: store.Values{":reason": reason, ":at": clock.Of(at)},
	})
	return err
}

// Clear takes away a mark that was seen at or before a time. A later clearing stays.
func (a Addresses) Clear(ctx context.Context, key string, at time.Time) error {
	_, err := a.Table.UpdateIf(ctx, store.Key{"address": key}, store.Update{
		Set:    "cleared_at = :at",
		Remove: "reason, marked_at",
		Condition: "(attribute_not_exists(cleared_at) OR cleared_at < :at)" +
			" AND (attribute_not_exists(marked_at) OR marked_at <= :at)",
		Values: store.Values{":at": clock.Of(at)},
	})
	return err
}

// Marks reads the marks of the keys, which may repeat. Keys without one are missing.
func (a Addresses) Marks(ctx context.Context, keys []string) (map[string]Mark, error) {
	var wanted []store.Key
	asked := map[string]bool{}
	for _, key := range keys {
		if !asked[key] {
			asked[key] = true
			wanted = append(wanted, store.Key{"address": key})
		}
	}

	type item struct {
		Key    string       `dynamodbav:"address"`
		Reason string       `dynamodbav:"reason"`
		At     clock.Millis `dynamodbav:"marked_at"`
	}

	found, err := store.GetMany[item](ctx, a.Table, wanted)
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

// Marked returns which of the keys are undeliverable.
func (a Addresses) Marked(ctx context.Context, keys []string) (map[string]bool, error) {
	marks, err := a.Marks(ctx, keys)
	if err != nil {
		return nil, err
	}

	marked := make(map[string]bool, len(marks))
	for key := range marks {
		marked[key] = true
	}

	return marked, nil
}
