package token

import "errors"

// CodeKey is the key of the codes' hashes, and of the links and codes that are made of
// it. Without it, the few bits of a code can't be tried out on a stolen table.
type CodeKey struct{ key *string }

// minCodeKey is the least length of the key, in bytes: that of its hash (RFC 2104, 3).
const minCodeKey = 32

// ParseCodeKey returns a text as the key. It must have at least 32 bytes.
func ParseCodeKey(text string) (CodeKey, error) {
	if len(text) < minCodeKey {
		return CodeKey{}, errors.New("the key of codes is shorter than 32 bytes")
	}
	return CodeKey{&text}, nil
}
