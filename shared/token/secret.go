// Package token holds what a link, a code and a session are known by: secrets of which only hashes are kept.
//
// A link's and a session's token is "<user id>.<secret>", the secret 256 random bits in base64url (ASVS 11.5.1); a code is
// eight characters that can be typed. Secrets have types that can't be printed or logged.
package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

const redacted = "[secret]"

// Secret is a token or a code in clear. It leaves the process by Reveal alone: package fmt can't call the methods of a struct's hidden
// fields, and prints a pointer's address.
type Secret struct{ text *string }

// Reveal gives the secret's text, for the message or the answer that carries it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String redacts.
func (s Secret) String() string { return redacted }

// GoString redacts.
func (s Secret) GoString() string { return redacted }

// MarshalJSON redacts.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue redacts.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format redacts for every verb.
func (s Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// ErrMalformed says that a text can't be a token.
var ErrMalformed = errors.New("not a token")

const secretBytes = 32

// New makes a token for a user, and the hash to keep of it.
func New(userID string) (Secret, string) {
	b := make([]byte, secretBytes)
	rand.Read(b)
	return Secret{new(userID + "." + base64.RawURLEncoding.EncodeToString(b))}, hash(b)
}

// Parse takes a token apart into the user id and the hash to compare. It answers ErrMalformed.
func Parse(text string) (userID, hashed string, err error) {
	userID, secret, ok := strings.Cut(text, ".")
	if !ok || userID == "" || len(userID) > 64 {
		return "", "", ErrMalformed
	}

	b, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(b) != secretBytes {
		return "", "", ErrMalformed
	}
	return userID, hash(b), nil
}

// SampleToken stands in the place of a token, in a link that works for nobody.
const SampleToken = "sample"

// linkPath is what a link has before its token: in the fragment, where no server and no log sees it.
const linkPath = "/set-password#"

// LinkURL gives the link that carries a token.
func LinkURL(baseURL, token string) string { return baseURL + linkPath + token }

// LinkLength is how long a link is: a user id has 26 characters.
func LinkLength(baseURL string) int {
	return len(LinkURL(baseURL, "")) + 26 + len(".") + base64.RawURLEncoding.EncodedLen(secretBytes)
}

func hash(secret []byte) string {
	sum := sha256.Sum256(secret)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Codes are written in Crockford's base 32: no I, L, O, U.
const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength = 8
)

// String redacts.
func (CodeKey) String() string { return redacted }

// Format redacts for every verb.
func (CodeKey) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// NewCode makes a code, shown as XXXX-XXXX, and the hash to keep of it.
func (k CodeKey) NewCode(userID string) (Secret, string) {
	b := make([]byte, codeLength)
	rand.Read(b)
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	return Secret{new(string(b[:4]) + "-" + string(b[4:]))}, k.hash(userID, string(b))
}

// plain writes a code, typed in upper case, as it was made.
var plain = strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1")

// Hash gives the hash of a code as it was typed: case, spaces and hyphens don't matter, O is 0, I and L are 1. What can't be a
// code hashes to something that no code does.
func (k CodeKey) Hash(userID, typed string) string {
	if len(typed) > 64 {
		typed = ""
	}
	return k.hash(userID, plain.Replace(strings.ToUpper(typed)))
}

func (k CodeKey) hash(userID, code string) string {
	mac := hmac.New(sha256.New, []byte(*k.key))
	mac.Write([]byte(userID + "\x00" + code))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
