package message

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ofTheFile are the values that a file brings. Mail programs make a link of what looks like
// an address, and the first link of a message has to be ours.
var ofTheFile = []placeholder{firstName, lastName, username, administrator, actor}

var (
	// written is the start of an address that the text has, with its host: it stays whole.
	written = regexp.MustCompile(`://[^\s<>/?#]+[/?#][^\s<>]*$`)
	ipv4    = regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}`)
)

// unlinkedHTML escapes a value, and puts markup into what looks like an address.
func unlinkedHTML(value string) string {
	pieces := apart(value)
	last := len(pieces) - 1
	for i, piece := range pieces[:last] {
		_, size := utf8.DecodeLastRuneInString(piece)
		joint := len(piece) - size
		pieces[i] = html.EscapeString(piece[:joint]) + "<span>" + piece[joint:] + "</span>"
	}
	pieces[last] = html.EscapeString(pieces[last])
	return strings.Join(pieces, "")
}

// unlinkedText puts a word joiner, which shows nothing, into what looks like an address.
func unlinkedText(value string) string { return strings.Join(apart(value), "\u2060") }

// unlinkedNames are values for a text part. A username stays as it has to be typed, also
// where it stands for a name.
func unlinkedNames(values [placeholders]string) [placeholders]string {
	for _, p := range []placeholder{firstName, lastName} {
		if values[p] != values[username] {
			values[p] = unlinkedText(values[p])
		}
	}
	return values
}

// apart cuts a value behind each dot, colon and @ that joins the parts of an address.
func apart(value string) []string {
	var pieces []string
	from := 0
	hasIP := ipv4.MatchString(value)
	for i, c := range value {
		after := i + utf8.RuneLen(c)
		if joins(value[:i], c, value[after:], hasIP) {
			pieces = append(pieces, value[from:after])
			from = after
		}
	}
	return append(pieces, value[from:])
}

func joins(before string, c rune, after string, hasIP bool) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	next, _ := utf8.DecodeRuneInString(after)
	if before == "" || after == "" || unicode.IsSpace(last) || unicode.IsSpace(next) {
		return false
	}

	switch c {
	case '@', '\uFF20':
		return true
	case ':', '\uFF1A': // of a scheme, which ends in a letter, or in a digit before //
		return unicode.IsLetter(last) || speaks(last) && strings.HasPrefix(after, "//")
	case '.', '\u3002', '\uFF0E', '\uFF61': // those that a domain is read with
		isDigits := unicode.IsDigit(last) && unicode.IsDigit(next)
		return beginsLabel(after) || endsInWWW(before) || hasIP && isDigits
	}
	return false
}

// beginsLabel reports whether a text begins as a label that is long enough to end a domain.
func beginsLabel(text string) bool {
	first, size := utf8.DecodeRuneInString(text)
	next, _ := utf8.DecodeRuneInString(text[size:])
	return unicode.IsLetter(first) &&
		(next == '-' || unicode.In(next, unicode.Letter, unicode.Mark, unicode.Number))
}

// endsInWWW reports whether the last word of a text is "www", in any letter case.
func endsInWWW(text string) bool {
	const www = "www"
	at := len(text) - len(www)
	if at < 0 || !strings.EqualFold(text[at:], www) {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(text[:at])
	return !unicode.In(last, unicode.Letter, unicode.Number)
}
