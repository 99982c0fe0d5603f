package password

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// DefaultMinimum is the shortest password of a policy that names none, in code points after NFC (NIST SP 800-63B-4 3.1.1.2).
	DefaultMinimum = 15
	// Maximum is the longest password that any policy takes, in code points after NFC.
	Maximum = 128

	// A username, name or company of longWord code points or more is refused anywhere in a password. A shorter one, down
	// to shortWord, may be part of a passphrase ("Test" in "a-long-test-passphrase"): it is refused only if the password
	// is nothing much without it.
	longWord  = 5
	shortWord = 2
	// enough is how many code points must be left without a short word, and how many a repetition must repeat.
	enough = 8
)

// Code names a reason for refusing a password.
type Code string

// The codes, as the API gives them.
const (
	TooShort         Code = "too_short"
	TooLong          Code = "too_long"
	Common           Code = "common"
	ContainsUsername Code = "contains_username"
	ContainsName     Code = "contains_name"
	ContainsCompany  Code = "contains_company"
)

// Reason says why a password is refused.
type Reason struct {
	Code    Code
	Message string // a sentence for the user, in English
}

// Policy says what a password must be. It has no rule on kinds of characters (NIST SP 800-63B-4 3.1.1.2).
type Policy struct {
	Minimum int    // code points after NFC; 0 means DefaultMinimum
	Company string // a password must not be built on it; blank means none
}

// Person is whose password it is to be.
type Person struct {
	Username, FirstName, LastName string
}

// Check lists all reasons to refuse the password; none means that it is taken. A text that isn't valid UTF-8 is too
// short, whatever its length: what it holds aren't characters. Its time is bounded: of a password that is too long,
// nothing but that is said.
func (p Policy) Check(password string, of Person) []Reason {
	minimum := p.Minimum
	if minimum == 0 {
		minimum = DefaultMinimum
	}

	short := Reason{TooShort, fmt.Sprintf("Use at least %d characters.", minimum)}
	if !utf8.ValidString(password) {
		return []Reason{short}
	}

	password = norm.NFC.String(password)
	length := utf8.RuneCountInString(password)
	if length > Maximum {
		return []Reason{{TooLong, fmt.Sprintf("Use at most %d characters.", Maximum)}}
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

// fold gives the form in which texts are compared regardless of case.
func fold(text string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(text)))
}

// builtOn says whether a folded password is built on one of the words, as written or without its spaces.
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
