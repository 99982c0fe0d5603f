package user

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unwanted are invisible characters that come into a text as it is copied: soft hyphens,
// zero-width spaces, marks of direction. Joiners aren't among them, which names need.
var unwanted = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
	{Lo: 0x061c, Hi: 0x061c, Stride: 1},
	{Lo: 0x200b, Hi: 0x200b, Stride: 1},
	{Lo: 0x200e, Hi: 0x200f, Stride: 1},
	{Lo: 0x202a, Hi: 0x202e, Stride: 1},
	{Lo: 0x2060, Hi: 0x2060, Stride: 1},
	{Lo: 0x2066, Hi: 0x2069, Stride: 1},
	{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
}}

// Trimmed returns a text without the spaces and the unwanted invisible characters at its
// ends. It returns "" for one that shows nothing.
func Trimmed(text string) string {
	if ascii(text) {
		return strings.TrimSpace(text)
	}
	if !strings.ContainsFunc(text, visible) {
		return ""
	}
	return strings.TrimFunc(text, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.Is(unwanted, c)
	})
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func visible(c rune) bool { return !unicode.IsSpace(c) && !invisible(c) }

func invisible(c rune) bool {
	return unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// Invisible returns the first invisible character of a text, joiners too, and how many
// characters stand before it. found is false if there is none.
func Invisible(text string) (c rune, before int, found bool) {
	if ascii(text) {
		return 0, 0, false
	}
	for _, c := range text {
		if invisible(c) {
			return c, before, true
		}
		before++
	}
	return 0, 0, false
}

// OneSpaced returns a text trimmed, and with one space for each run of spaces of any kind.
func OneSpaced(text string) string {
	space := func(c rune) bool { return unicode.Is(unicode.Zs, c) }
	text = Trimmed(text)
	if !strings.ContainsFunc(text, space) {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, space), " ")
}
