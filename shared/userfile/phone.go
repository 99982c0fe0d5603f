package userfile

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

var (
	// phoneForm is stricter than phonenumbers, which takes letters for digits.
	phoneForm = regexp.MustCompile(`(?i)^[+＋][\p{Nd}\p{Z}\p{Pd}().]+` +
		`(?:(?:;ext=|[ ,;]*(?:extension|extn?|x|#)[ .:=]*|,)\d+)?$`)
	// scientific is how spreadsheets show a number of more digits than they hold.
	scientific = regexp.MustCompile(`(?i)^[+-]?\d+([.,]\d+)?E\+?\d+$`)
)

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
	if scientific.MatchString(text) {
		return number{}, "", []fault{spreadsheet}
	}
	if !phoneForm.MatchString(text) {
		return number{}, "", []fault{badPhone}
	}

	parsed, err := phonenumbers.Parse(text, phonenumbers.UNKNOWN_REGION)
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
