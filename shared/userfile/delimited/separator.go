package delimited

import (
	"bytes"
	"strings"
)

// separators are those that a file may have. The comma comes first: where several are as
// many, it is the likeliest.
var separators = []byte(",;\t")

// announced returns the separator that a first line such as "sep=;" names, 0 if it is none.
func announced(line []byte) byte {
	text := strings.Trim(string(line), " \"\r\n"+utf8Mark)
	if len(text) == 5 && strings.EqualFold(text[:4], "sep=") &&
		bytes.IndexByte(separators, text[4]) >= 0 {
		return text[4]
	}
	return 0
}

// foundIn returns the separator of the header in the first lines of a file: the one that is
// the most often in the first line that has any, and more. Quoted ones don't count. It returns
// 0 if no line has one.
func foundIn(start []byte) byte {
	counts := make([]int, len(separators))
	quoted, blank := false, true
	for _, c := range start {
		separator := bytes.IndexByte(separators, c)
		switch {
		case c == '"':
			quoted = !quoted
			blank = false
		case quoted:
		case separator >= 0:
			counts[separator]++
		case c == '\n' || c == '\r':
			if best := most(counts); best != 0 && !blank {
				return best
			}
			clear(counts)
			blank = true
		case c != ' ':
			blank = false
		}
	}
	return most(counts)
}

// most returns the separator with the highest count, 0 if all are 0.
func most(counts []int) (best byte) {
	highest := 0
	for i, n := range counts {
		if n > highest {
			highest = n
			best = separators[i]
		}
	}
	return best
}

// unsplit reports whether a record of one field looks like a row that a program saved as one
// quoted value.
func unsplit(raw []byte, fields []string) bool {
	if len(fields) != 1 || !bytes.HasPrefix(bytes.TrimLeft(raw, " "+utf8Mark), []byte{'"'}) {
		return false
	}
	return strings.ContainsAny(fields[0], string(separators))
}

// splitsBy returns the separator other than its own by which a record splits into as many
// fields as the header has, 0 if none does.
func splitsBy(raw []byte, own byte, width int) byte {
	for _, other := range separators {
		if other != own && width > 1 && bytes.Count(raw, []byte{other}) == width-1 {
			return other
		}
	}
	return 0
}
