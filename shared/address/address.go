// Package address keeps which addresses can't be delivered to. A mark belongs to the address, not to the user or the device:
// correct the address, and the mark is gone.
package address

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Store keeps marks.
type Store struct{ Table store.Table }

// Key names an address in the table: a hash, since the table has no need to know it.
func Key(channel user.Channel, address string) string {
	sum := sha256.Sum256([]byte(string(channel) + "\x00" + address))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Marked tells which of the keys are marked as undeliverable.
func (s Store) Marked(ctx context.Context, keys []string) (map[string]bool, error) {
	var wanted []store.Key
	asked := map[string]bool{}
	for _, key := range keys {
		if !asked[key] {
			asked[key] = true
			wanted = append(wanted, store.Key{"address": key})
		}
	}
	type mark struct {
		Key string `dynamodbav:"address"`
	}
	found, err := store.GetMany[mark](ctx, s.Table, wanted, "address")
	if err != nil {
		return nil, err
	}
	marked := make(map[string]bool, len(found))
	for _, m := range found {
		marked[m.Key] = true
	}
	return marked, nil
}
