package credential

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// DefaultMinLength is the shortest password of a policy that names none, in code points
	// after NFC (NIST SP 800-63B-4 3.1.1.2).
	DefaultMinLength = 15
	// MaxLength is the longest password that any policy accepts, in code points after NFC.
	MaxLength = 128

	// longWord is the length, in code points, from which a word is refused anywhere.
	longWord = 5
	// shortWord is the least length of a word that is looked for. Below longWord, a word
	// is refused only if the password is nothing much without it: passphrases may hold
	// it.
	shortWord = 2
	// enough is how many code points must remain without a short word, and be the least
	// period of a repetition.
	enough = 8
)

// Code names a reason to refuse a password.
type Code string

// The codes, as the API has them.
const (
	TooShort         Code = "too_short"
	TooLong          Code = "too_long"
	Common           Code = "common"
	ContainsUsername Code = "contains_username"
	ContainsName     Code = "contains_name"
	ContainsCompany  Code = "contains_company"
)

// Reason is why a password is refused.
type Reason struct {
	Code    Code
	Message string // a sentence for the user, in English
}

// Policy is what a password must be. Kinds of characters don't matter (NIST 3.1.1.2).
type Policy struct {
	Minimum int    // code points after NFC; 0 means DefaultMinLength
	Company string // a password must not be built on it; blank means none
}

// Person is the user whose password it is to be.
type Person struct {
	Username, FirstName, LastName string
}

// Check returns all reasons to refuse the password. None means that it is accepted. A
// text that isn't valid UTF-8 is too short, whatever its length: what it holds aren't
// characters. A password that is too long gets no other reason, which bounds the time.
func (p Policy) Check(password string, of Person) []Reason {
	minimum := p.Minimum
	if minimum == 0 {
		minimum = DefaultMinLength
	}

	short := Reason{TooShort, fmt.Sprintf("Use at least %d characters.", minimum)}
	if !utf8.ValidString(password) {
		return []Reason{short}
	}

	password = norm.NFC.String(password)
	length := utf8.RuneCountInString(password)
	if length > MaxLength {
		return []Reason{{TooLong, fmt.Sprintf("Use at most %d characters.", MaxLength)}}
	}

	var reasons []Reason
	if length < minimum {
		reasons = append(reasons, short)
	}
	if common(password) {
		reasons = append(reasons, tooCommon)
	}
	return append(reasons, p.personal(password, of)...)
}

var tooCommon = Reason{
	Common,
	"This password is too easy to guess. Avoid common passwords, repetitions and sequences.",
}

// personal returns the reasons to refuse a password in NFC that depend on whose it is.
func (p Policy) personal(password string, of Person) []Reason {
	username, _, _ := strings.Cut(of.Username, "@")
	rules := []struct {
		words  []string
		reason Reason
	}{
		{
			[]string{of.Username, username},
			Reason{ContainsUsername, "Don't build the password on your username."},
		},
		{
			[]string{of.FirstName, of.LastName, of.FirstName + of.LastName},
			Reason{ContainsName, "Don't build the password on your name."},
		},
		{
			[]string{p.Company},
			Reason{ContainsCompany, "Don't build the password on the company's name."},
		},
	}

	var reasons []Reason
	for _, rule := range rules {
		if builtOn(fold(password), rule.words) {
			reasons = append(reasons, rule.reason)
		}
	}

	return reasons
}

func fold(text string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(text)))
}

// builtOn reports whether a folded password is built on a word, with or without spaces.
func builtOn(password string, words []string) bool {
	for _, word := range words {
		folded := fold(strings.TrimSpace(word))
		joined := strings.Join(strings.Fields(folded), "")
		if builtOnWord(password, folded) || builtOnWord(password, joined) {
			return true
		}
	}
	return false
}

func builtOnWord(password, word string) bool {
	length := utf8.RuneCountInString(word)
	if length < shortWord || !strings.Contains(password, word) {
		return false
	}

	rest := strings.ReplaceAll(password, word, "")
	return length >= longWord || utf8.RuneCountInString(rest) < enough || common(rest)
}
