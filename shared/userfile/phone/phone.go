// Package phone reads phone numbers by the grammar that libphonenumber has of each country's.
//
// The grammar is two megabytes of a function's package and ten milliseconds of its start, so
// that package userfile doesn't have it itself: only a function that reads numbers does.
package phone

import (
	"github.com/nyaruka/phonenumbers"

	"latchkey/shared/userfile"
)

// Parse reads a number of a plus and digits, with ;ext= before its extension if it has one.
// ok is false if there can't be such a number. See [userfile.ParsePhone].
func Parse(text string) (number userfile.PhoneNumber, ok bool) {
	parsed, err := phonenumbers.Parse(text, phonenumbers.UNKNOWN_REGION)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return userfile.PhoneNumber{}, false
	}

	country := phonenumbers.GetRegionCodeForNumber(parsed)
	return userfile.PhoneNumber{
		E164:      phonenumbers.Format(parsed, phonenumbers.E164),
		Country:   country,
		Extension: parsed.GetExtension(),
		Doubtful:  !phonenumbers.IsValidNumberForRegion(parsed, country),
	}, true
}
