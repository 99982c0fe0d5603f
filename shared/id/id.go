// Package id makes the ids of what Latchkey stores.
package id

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// New returns a ULID in lower case: the time, and 80 bits of what the id is made from.
// The same time and seed make the same id: doing a thing again makes the same thing.
func New(at time.Time, seed string) string {
	var made ulid.ULID
	if err := made.SetTime(ulid.Timestamp(at)); err != nil { // only after the year 10889
		panic(err)
	}

	sum := sha256.Sum256([]byte(seed))
	if err := made.SetEntropy(sum[:10]); err != nil { // 10 bytes are what it takes
		panic(err)
	}
	return strings.ToLower(made.String())
}
