package user

import (
	"strings"
	"unicode"
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
	if !strings.ContainsFunc(text, visible) {
		return ""
	}
	return strings.TrimFunc(text, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.Is(unwanted, c)
	})
}

func visible(c rune) bool {
	return !unicode.IsSpace(c) &&
		!unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// oneSpaced returns a text trimmed, and with one space for each run of spaces of any kind.
func oneSpaced(text string) string {
	space := func(c rune) bool { return unicode.Is(unicode.Zs, c) }
	text = Trimmed(text)
	if !strings.ContainsFunc(text, space) {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, space), " ")
}
