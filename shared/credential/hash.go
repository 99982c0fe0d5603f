package credential

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

type parameters struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// today are the parameters of new hashes (OWASP Password Storage Cheat Sheet, argon2id).
var today = parameters{memory: 19 * 1024, passes: 2, threads: 1}

// A stored hash outside these bounds is refused. To compute it would cost more than a
// request may, or protect nothing.
const (
	minMemory  = 8 * 1024  // KiB
	maxMemory  = 64 * 1024 // KiB
	maxPasses  = 10
	maxThreads = 4
	minSalt    = 16 // bytes
	maxSalt    = 64 // bytes
	minKey     = 16 // bytes
	maxKey     = 64 // bytes
)

const (
	saltLength = 16                                    // bytes
	keyLength  = 32                                    // bytes
	format     = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s" // the PHC string format
)

// ErrHash is returned for a stored hash that this package would never write.
var ErrHash = errors.New("malformed password hash")

var encoding = base64.RawStdEncoding.Strict()

// Hash returns the argon2id hash of a password as a PHC string with a salt of its own:
// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>". It takes 19 MiB and about 20 ms. The
// caller must limit how many run at once.
func Hash(password string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	return encode(today, salt, derive(password, today, salt, keyLength))
}

// Verify reports whether a hash is that of the password, and whether it is outdated: made
// with other parameters than [Hash] uses today. It compares in constant time. It returns
// ErrHash for a hash that can't be read.
func Verify(hash, password string) (ok, outdated bool, err error) {
	p, salt, want, err := decode(hash)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}

	got := derive(password, p, salt, len(want))
	ok = subtle.ConstantTimeCompare(got, want) == 1
	outdated = p != today || len(salt) != saltLength || len(want) != keyLength
	return ok, outdated, nil
}

// Dummy costs as much as to verify a hash of today. It is called for a user who is
// unknown or has no password: the time of an answer must not tell which usernames exist.
func Dummy(password string) {
	derive(password, today, make([]byte, saltLength), keyLength)
}

// derive computes the key of a password, of a length in bytes.
func derive(password string, p parameters, salt []byte, length int) []byte {
	normal := norm.NFC.Bytes([]byte(password))
	return argon2.IDKey(normal, salt, p.passes, p.memory, p.threads, uint32(length))
}

func encode(p parameters, salt, key []byte) string {
	return fmt.Sprintf(
		format,
		argon2.Version,
		p.memory,
		p.passes,
		p.threads,
		encoding.EncodeToString(salt),
		encoding.EncodeToString(key),
	)
}

// decode reads a hash within the bounds. It accepts only what [encode] would write, byte
// for byte: no other algorithm or version, and no second spelling such as m=019456.
func decode(hash string) (p parameters, salt, key []byte, err error) {
	fields := strings.Split(hash, "$")
	if len(fields) != 6 {
		return p, nil, nil, ErrHash
	}

	_, err = fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads)
	if err != nil {
		return p, nil, nil, ErrHash
	}

	salt, saltErr := encoding.DecodeString(fields[4])
	key, keyErr := encoding.DecodeString(fields[5])
	switch {
	case saltErr != nil, keyErr != nil,
		p.memory < minMemory, p.memory > maxMemory,
		p.passes < 1, p.passes > maxPasses,
		p.threads < 1, p.threads > maxThreads,
		len(salt) < minSalt, len(salt) > maxSalt,
		len(key) < minKey, len(key) > maxKey,
		encode(p, salt, key) != hash:
		return p, nil, nil, ErrHash
	}

	return p, salt, key, nil
}
