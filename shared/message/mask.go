package message

import (
	"strings"
	"unicode"
)

const (
	hidden = "••••"
	// shownDigits are the last digits of a phone number, by which its owner knows it. One
	// shorter than shortNumber shows fewer, as they would be most of it.
	shownDigits  = 4
	shortNumber  = 8
	shownOfShort = 2
)

// Mask hides an address so that only its owner recognizes it, and not how much is hidden:
// "j••••@e••••.com" for an email address, "•••• 0123" for a phone number.
func Mask(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		local, domain := address[:at], address[at+1:]
		top := ""
		if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
			domain, top = domain[:dot], domain[dot:]
		}
		return first(local) + hidden + "@" + first(domain) + hidden + top
	}

	number, _, _ := strings.Cut(address, ";")
	digits := strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return c
		}
		return -1
	}, number)

	shown := shownDigits
	if len(digits) < shortNumber {
		shown = min(shownOfShort, len(digits)/2)
	}

	return strings.TrimSpace(hidden + " " + digits[len(digits)-shown:])
}

func first(text string) string {
	for _, c := range text {
		return string(c)
	}
	return ""
}
