package userfile

import "strings"

// Address gives an email address or a phone number as a profile has it: a number as E.164, with ;ext= before an extension. ok is false for a text that
// is neither.
func Address(text string) (canonical string, ok bool) {
	text = strings.TrimSpace(text)
	if _, faults := emailAddress(text); faults == nil {
		return text, true
	}

	number, faults := phone(text)
	for _, f := range faults {
		if f != doubtfulPhone {
			return "", false
		}
	}

	return number, true
}
