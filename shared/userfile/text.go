package userfile

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"latchkey/shared/guard"
	"latchkey/shared/user"
)

func canonical(value string) string {
	return norm.NFC.String(user.Trimmed(value))
}

// keyword returns the canonical form of a value of which there are a few: spaces within
// are plain ones.
func keyword(value string) string {
	return norm.NFC.String(user.OneSpaced(value))
}

// value returns the canonical form of a cell, and warns of a guard that it takes off.
func (r *Row) value(column, written string) string {
	value, guarded := guard.Remove(canonical(written))
	if guarded {
		r.add(column, written, guardRemoved)
		value = user.Trimmed(value)
	}
	return value
}

// hidden returns f with a message that names the invisible character in a value and its
// place, or f itself if the value has none.
func hidden(value string, f fault) fault {
	if what := HiddenCharacter(value); what != "" {
		f.message = "The value has " + what + ": take it out."
	}
	return f
}

// HiddenCharacter names the first invisible character of a text, and its place. It returns
// "" for a text without.
func HiddenCharacter(text string) string {
	c, before, found := user.Invisible(text)
	switch {
	case !found:
		return ""
	case before == 0:
		return fmt.Sprintf("an invisible character, %U, before the 1st letter", c)
	}
	return fmt.Sprintf("an invisible character, %U, after the %s letter", c, ordinal(before))
}

func ordinal(n int) string {
	suffix := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprint(n, suffix)
}

// spreadsheetErrors is what a cell shows whose formula failed, in any language ("#WERT!",
// "#¡VALOR!", "#NOM?"), or that is too narrow for its number.
var spreadsheetErrors = regexp.MustCompile(
	`^(?i:#[¡¿]?[\p{L}/0]{2,}[!?]|#N/[ABD]|#NV|Err:5\d\d|#{3,})$`,
)

// suspicions are warnings of a text that was probably lost before the file was written.
func suspicions(value string) []fault {
	var faults []fault
	if isSpreadsheetError(value) {
		faults = append(faults, spreadsheetError)
	}
	if strings.Contains(value, "\ufffd") {
		faults = append(faults, lostCharacter)
	}
	return faults
}

func isSpreadsheetError(value string) bool {
	begins := strings.HasPrefix(value, "#") || strings.HasPrefix(value, "Err:")
	return begins && spreadsheetErrors.MatchString(value)
}

// scientific is how spreadsheets show a number of more digits than they hold.
// scientificKey is stricter, since 4E12 may be a user's key.
var (
	scientific    = regexp.MustCompile(`(?i)^[+-]?\d+([.,]\d+)?E\+?\d+$`)
	scientificKey = regexp.MustCompile(`(?i)^[+-]?\d([.,]\d+)?E\+\d{2,3}$`)
)

func isScientificKey(value string) bool {
	return strings.Contains(value, "+") && scientificKey.MatchString(value)
}
