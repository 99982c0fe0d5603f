// Package token makes and stores the secrets that links, codes and sessions carry. Only
// hashes of them are stored.
//
// The token of a link or a session is "<user id>.<secret>". The secret is 256 random bits
// in base64url (ASVS 11.5.1). A code is eight characters that can be typed. Secrets have
// a type that can't be printed or logged.
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
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const redacted = "[secret]"

// Secret is a token or a code in clear text. It leaves the process by Reveal alone. The
// text is behind a pointer in a hidden field, since package fmt can't call methods of
// such fields, but prints a pointer as an address.
type Secret struct{ text *string }

// Reveal returns the secret's text, for the message or the response that carries it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns a fixed text.
func (s Secret) String() string { return redacted }

// GoString returns a fixed text.
func (s Secret) GoString() string { return redacted }

// MarshalJSON returns a fixed text.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns a fixed text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a fixed text for every verb.
func (s Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// ErrMalformed is returned for a text that can't be a token.
var ErrMalformed = errors.New("not a token")

const secretBytes = 32

// New returns a new token for a user, and the hash to store.
func New(userID string) (Secret, string) {
	b := make([]byte, secretBytes)
	rand.Read(b)
	return newSecret(userID, b)
}

func newSecret(userID string, b []byte) (Secret, string) {
	return Secret{new(userID + "." + base64.RawURLEncoding.EncodeToString(b))}, hash(b)
}

// Parse splits a token into the user id and the hash to compare. It returns ErrMalformed.
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

// SampleToken takes the place of a token in a sample link, which works for nobody.
const SampleToken = "sample"

// linkPath comes before the token, in the fragment: no server and no log sees that.
const linkPath = "/set-password#"

// LinkURL returns the link that carries a token.
func LinkURL(baseURL, token string) string { return baseURL + linkPath + token }

// LinkLength returns the length of every link. A user id has 26 characters.
func LinkLength(baseURL string) int {
	return len(LinkURL(baseURL, "")) + 26 + len(".") + base64.RawURLEncoding.EncodedLen(secretBytes)
}

// hash returns the hash of a secret: SHA-256, which is enough for 256 random bits.
func hash(secret []byte) string {
	sum := sha256.Sum256(secret)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Codes are written in Crockford's base 32, which has no I, L, O and U.
const (
	alphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength = 8
)

// String returns a fixed text.
func (CodeKey) String() string { return redacted }

// Format writes a fixed text for every verb.
func (CodeKey) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// LinkOf returns the token of a message to a user, and the hash to store. It is the same
// for each try of the message, and nobody without the key can tell it.
func (k CodeKey) LinkOf(userID, message string) (Secret, string) {
	return newSecret(userID, k.mac("link", userID, message))
}

// CodeOf is LinkOf for the message's code, in the form XXXX-XXXX.
func (k CodeKey) CodeOf(userID, message string) (Secret, string) {
	b := k.mac("code", userID, message)[:codeLength]
	for i := range b {
		b[i] = alphabet[b[i]%32] // 256 is a multiple of 32, so no character is likelier
	}
	return Secret{new(string(b[:4]) + "-" + string(b[4:]))}, k.hash(userID, string(b))
}

var plain = strings.NewReplacer("O", "0", "I", "1", "L", "1")

// IsCode reports whether a typed text has the form of a code, whosever it is.
func IsCode(typed string) bool { return plainCode(typed) != "" }

// plainCode returns a code as it was made of what was typed, "" for what can't be one.
// Case, width, spaces, dashes, invisible characters and a dot behind don't matter.
// O is 0, I and L are 1.
func plainCode(typed string) string {
	if len(typed) > 256 { // so that nobody has long texts read
		return ""
	}

	shown := strings.Map(func(c rune) rune {
		isDash := unicode.Is(unicode.Pd, c) || strings.ContainsRune("\u2212\u30fc", c)
		if isDash || unicode.IsSpace(c) || unicode.Is(unicode.Cf, c) {
			return -1
		}
		return unicode.ToUpper(c)
	}, norm.NFKC.String(typed))

	code := plain.Replace(strings.TrimRight(shown, ".\u3002"))
	if len(code) != codeLength || strings.Trim(code, alphabet) != "" {
		return ""
	}
	return code
}

// Hash returns the hash of a typed code. What can't be a code has a hash that no code has.
func (k CodeKey) Hash(userID, typed string) string { return k.hash(userID, plainCode(typed)) }

// hash returns the HMAC of a user's code: equal codes of two users have different ones.
func (k CodeKey) hash(userID, code string) string {
	return base64.RawURLEncoding.EncodeToString(k.mac(userID, code))
}

// mac returns the HMAC-SHA-256 of parts. None holds a NUL: what a secret is made of,
// three parts, is never what a hash is made of, two.
func (k CodeKey) mac(parts ...string) []byte {
	mac := hmac.New(sha256.New, []byte(*k.key))
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return mac.Sum(nil)
}
