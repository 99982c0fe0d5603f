package userfile

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"latchkey/shared/user"
)

// phoneForm is stricter than phonenumbers, which takes letters for digits. The number is
// as people write it, with their spaces, brackets, dots, slashes, and dashes of any kind.
var phoneForm = regexp.MustCompile(`(?i)^(?:tel: *)?\(?\+` +
	`([\p{Nd}\p{Z}\p{Pd}\x{2212}\x{30FC}()\[\]./~·]+?)` +
	`(?:(?:;ext=|[ ,;]*(?:extension|extn?|x|#)[ .:=]*|,)(\d{1,20}))?$`)

// number is a phone number that was read.
type number struct {
	canonical string // E.164, with ;ext= before an extension
	country   string // its region (ISO 3166-1), "" if none is known
}

// phone reads a number, and returns what is wrong with it. The number is meaningful if no
// fault is an error.
func phone(value string) (number, []fault) {
	read, extension, faults := parsePhone(value)
	if extension != "" {
		read.canonical += ";ext=" + extension
	}
	return read, faults
}

// smsPhone reads a number to which a text message can go. It drops an extension with a
// warning.
func smsPhone(value string) (number, []fault) {
	read, extension, faults := parsePhone(value)
	if extension != "" {
		faults = append(faults, extensionDropped)
	}
	return read, faults
}

// parsePhone returns a number without its extension, and that, or "". A number that can't
// exist is an error. One that isn't known to be in use is a warning.
func parsePhone(value string) (read number, extension string, faults []fault) {
	// Address books put invisible marks of direction around numbers.
	text := strings.TrimFunc(value, func(c rune) bool { return unicode.Is(unicode.Cf, c) })
	if _, _, found := user.Invisible(text); found {
		return number{}, "", []fault{hidden(text, badPhone)}
	}

	text = norm.NFKC.String(text) // full-width forms become plain ones
	switch {
	case scientific.MatchString(text):
		return number{}, "", []fault{spreadsheet}
	case strings.HasPrefix(text, "00"):
		return number{}, "", []fault{prefixedPhone}
	}
	written := phoneForm.FindStringSubmatch(text)
	if written == nil {
		return number{}, "", []fault{badPhone}
	}

	digits := "+" + strings.Join(strings.FieldsFunc(written[1], notDigit), "")
	if written[2] != "" {
		digits += ";ext=" + written[2]
	}
	parsed, err := phonenumbers.Parse(digits, phonenumbers.UNKNOWN_REGION)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return number{}, "", []fault{badPhone}
	}

	country := phonenumbers.GetRegionCodeForNumber(parsed)
	if !phonenumbers.IsValidNumberForRegion(parsed, country) {
		faults = []fault{doubtfulPhone}
	}
	canonical := phonenumbers.Format(parsed, phonenumbers.E164)
	return number{canonical, country}, parsed.GetExtension(), faults
}

func notDigit(c rune) bool { return !unicode.IsDigit(c) }
