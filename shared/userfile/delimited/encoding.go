package delimited

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const utf8Mark = "\ufeff"

// form is how a file's text is written.
type form struct {
	name string            // of the encoding, as WHATWG has it
	is   encoding.Encoding // nil for UTF-8
	mark string            // the byte order mark that the file begins with
}

var (
	plain        = form{name: "utf-8"}
	littleEndian = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	bigEndian    = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
)

// marked are the forms that a byte order mark tells.
var marked = []form{
	{"utf-8", nil, utf8Mark},
	{"utf-16le", littleEndian, "\xff\xfe"},
	{"utf-16be", bigEndian, "\xfe\xff"},
}

// formNamed returns the form that a name or a label means, UTF-8 for ""
// (https://encoding.spec.whatwg.org/#names-and-labels).
func formNamed(label string) (form, error) {
	if label == "" {
		return plain, nil
	}

	is, err := htmlindex.Get(label)
	if err != nil {
		return form{}, err
	}
	name, err := htmlindex.Name(is)
	if err != nil || is == encoding.Replacement {
		return form{}, errors.New("no text is written in this encoding")
	}

	switch name {
	case "utf-8":
		return plain, nil
	case "utf-16le":
		is = littleEndian
	case "utf-16be":
		is = bigEndian
	}
	return form{name: name, is: is}, nil
}

// formOf returns the form of a file that begins with some bytes. A byte order mark says
// more than a label (https://encoding.spec.whatwg.org/#decode).
func formOf(start []byte, label string) (form, error) {
	for _, f := range marked {
		if bytes.HasPrefix(start, []byte(f.mark)) {
			return f, nil
		}
	}
	return formNamed(label)
}

// errEncoding says that bytes aren't of the file's encoding.
var errEncoding = errors.New("bytes that aren't of the encoding")

// decoder returns a reader of the text in UTF-8. Reading returns errEncoding at bytes that
// aren't of UTF-16. For those that aren't of another encoding it returns U+FFFD, which no text
// in one of them has (GB 18030 could write it).
func (f form) decoder(src io.Reader) io.Reader {
	if f.is == nil {
		return src
	}
	if f.isUTF16() {
		check := &surrogates{order: binary.LittleEndian}
		if f.is == bigEndian {
			check.order = binary.BigEndian
		}
		src = transform.NewReader(src, check)
	}
	return transform.NewReader(src, f.is.NewDecoder())
}

func (f form) isUTF16() bool { return f.is == littleEndian || f.is == bigEndian }

// encoder returns a writer that takes UTF-8. What the encoding has no place for, as in the
// text of an error, it replaces.
func (f form) encoder(w io.Writer) io.WriteCloser {
	out := &marking{w: w, mark: f.mark}
	if f.is == nil {
		return out
	}
	return transform.NewWriter(out, encoding.ReplaceUnsupported(f.is.NewEncoder()))
}

// marking writes a mark before all else.
type marking struct {
	w    io.Writer
	mark string
}

func (m *marking) Write(p []byte) (int, error) {
	if m.mark != "" {
		if _, err := io.WriteString(m.w, m.mark); err != nil {
			return 0, err
		}
		m.mark = ""
	}
	return m.w.Write(p)
}

// Close does nothing: what it writes to is another's.
func (m *marking) Close() error { return nil }

// surrogates passes UTF-16 on, up to half a character: the decoder would take it for U+FFFD,
// which may stand in a file.
type surrogates struct {
	order binary.ByteOrder
	inner bool // the first half of a pair came last
}

// Reset begins another text.
func (s *surrogates) Reset() { s.inner = false }

// Transform copies whole units, and returns errEncoding at one that is half a character.
func (s *surrogates) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	const (
		first     = 0xd800 // of the first halves
		second    = 0xdc00 // of the second halves
		afterward = 0xe000
	)

	for ; nSrc+2 <= len(src); nSrc += 2 {
		if nSrc+2 > len(dst) {
			return nSrc, nSrc, transform.ErrShortDst
		}

		unit := s.order.Uint16(src[nSrc:])
		if isSecond := second <= unit && unit < afterward; isSecond != s.inner {
			return nSrc, nSrc, errEncoding
		}
		s.inner = first <= unit && unit < second
		copy(dst[nSrc:], src[nSrc:nSrc+2])
	}

	switch {
	case atEOF && (s.inner || nSrc < len(src)):
		return nSrc, nSrc, errEncoding
	case nSrc < len(src):
		return nSrc, nSrc, transform.ErrShortSrc
	}
	return nSrc, nSrc, nil
}
