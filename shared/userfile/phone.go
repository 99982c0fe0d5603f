package userfile

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"latchkey/shared/user"
)

// PhoneNumber is a phone number that there may be.
type PhoneNumber struct {
	E164      string
	Country   string // its region (ISO 3166-1), "" if none is known
	Extension string // "" for none
	Doubtful  bool   // no such number is known to be in use
}

// ParsePhone reads a number of a plus and digits, with ;ext= before its extension if it has
// one. ok is false if there can't be such a number. Package phone has it.
type ParsePhone func(text string) (number PhoneNumber, ok bool)

// phoneForm is a number as people write it, with their spaces, brackets, dots, slashes, and
// dashes of any kind. No letters stand for digits.
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
func (parse ParsePhone) phone(value string) (number, []fault) {
	read, faults := parse.written(value)
	canonical := read.E164
	if read.Extension != "" {
		canonical += ";ext=" + read.Extension
	}
	return number{canonical, read.Country}, faults
}

// sms reads a number to which a text message can go. It drops an extension with a warning.
func (parse ParsePhone) sms(value string) (number, []fault) {
	read, faults := parse.written(value)
	if read.Extension != "" {
		faults = append(faults, extensionDropped)
	}
	return number{read.E164, read.Country}, faults
}

// written reads a number as people write it. A number that can't exist is an error. One that
// isn't known to be in use is a warning.
func (parse ParsePhone) written(value string) (read PhoneNumber, faults []fault) {
	// Address books put invisible marks of direction around numbers.
	text := strings.TrimFunc(value, func(c rune) bool { return unicode.Is(unicode.Cf, c) })
	if _, _, found := user.Invisible(text); found {
		return PhoneNumber{}, []fault{hidden(text, badPhone)}
	}

	text = norm.NFKC.String(text) // full-width forms become plain ones
	switch {
	case scientific.MatchString(text):
		return PhoneNumber{}, []fault{spreadsheet}
	case strings.HasPrefix(text, "00"):
		return PhoneNumber{}, []fault{prefixedPhone}
	}
	form := phoneForm.FindStringSubmatch(text)
	if form == nil {
		return PhoneNumber{}, []fault{badPhone}
	}

	digits := "+" + strings.Join(strings.FieldsFunc(form[1], notDigit), "")
	if form[2] != "" {
		digits += ";ext=" + form[2]
	}
	read, ok := parse(digits)
	switch {
	case !ok:
		faults = []fault{badPhone}
	case read.Doubtful:
		faults = []fault{doubtfulPhone}
	}
	return read, faults
}

func notDigit(c rune) bool { return !unicode.IsDigit(c) }
