package message

import (
	"strings"
	"unicode/utf16"
)

// MaxSegments is the most SMS that one message may be sent as.
const MaxSegments = 3

// Sizes of an SMS in septets of the GSM alphabet or in UTF-16 units: alone, and as a
// segment of a longer message (3GPP TS 23.038 and 23.040).
const (
	gsmAlone, gsmSegment   = 160, 153
	ucs2Alone, ucs2Segment = 70, 67
)

// The GSM 7-bit default alphabet, of one septet each, and its extension table, of two
// (3GPP TS 23.038, 6.2.1).
const (
	gsmAlphabet = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtension = "\f^{}\\[~]|€"
)

// Segments returns as how many SMS a text is sent. The GSM alphabet is used if it has all
// of the text's characters, else UCS-2. A character of two septets or units is never
// split between two SMS. An empty text takes none.
func Segments(text string) int {
	if text == "" {
		return 0
	}

	sizes := make([]int, 0, len(text))
	alone, segment := gsmAlone, gsmSegment
	for _, c := range text {
		switch {
		case strings.ContainsRune(gsmAlphabet, c):
			sizes = append(sizes, 1)
		case strings.ContainsRune(gsmExtension, c):
			sizes = append(sizes, 2)
		default:
			alone, segment = ucs2Alone, ucs2Segment
		}
	}

	if alone == ucs2Alone {
		sizes = sizes[:0]
		for _, c := range text {
			sizes = append(sizes, utf16.RuneLen(c))
		}
	}

	total := 0
	segments := 1
	used := 0
	for _, size := range sizes {
		total += size
		used += size
		if used > segment {
			segments++
			used = size
		}
	}

	if total <= alone {
		return 1
	}
	return segments
}
