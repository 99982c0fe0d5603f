package delimited

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// records cuts a stream into records, and these into fields.
//
// What stands in a record is for encoding/csv to say. Where a record ends is found here,
// before that, for three reasons. encoding/csv reads a record of any size, as one with an
// open quote may be. It takes what follows a misplaced quote for the next record. And it
// refuses spaces around quotes.
type records struct {
	src       io.Reader // of text in UTF-8
	srcErr    error     // what reading failed with, except io.EOF
	form      form      // of the file
	separator byte
	scanner   *bufio.Scanner
	csv       *csv.Reader
	unread    []byte // the part of the current record that csv hasn't read yet

	maxFile int64
	row     int   // the number of the last record, or blank line
	offset  int64 // where it ends in the text

	cuts  []int  // from, to, …: the spaces around quotes in the measured record
	clean []byte // the current record without them
}

func newRecords(text io.Reader, f form, separator byte) *records {
	r := &records{
		src:       text,
		form:      f,
		separator: separator,
		maxFile:   userfile.MaxFile,
		offset:    int64(len(f.mark)),
	}

	r.scanner = bufio.NewScanner(sourceOf{r})
	// One byte more than a row may have, to see that it has too many.
	r.scanner.Buffer(make([]byte, userfile.MaxRow+1), userfile.MaxRow+1)
	r.scanner.Split(r.split)

	r.csv = csv.NewReader(recordOf{r})
	r.csv.Comma = rune(separator)
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
	return r
}

// next returns the next record that isn't blank. It returns io.EOF at the end, a
// *userfile.FileError if the file must be rejected, or the error that reading failed with.
func (r *records) next() (userfile.Record, error) {
	for r.scanner.Scan() {
		raw := r.scanner.Bytes()
		from := r.offset
		r.offset += int64(len(raw))
		r.row++

		if r.offset > r.maxFile {
			return userfile.Record{}, userfile.Reject(r.row, userfile.CodeFileTooLarge,
				"The file is larger than %d MB (row %d): split it into several.",
				r.maxFile>>20, r.row)
		}
		if err := r.checkText(raw, from, r.row); err != nil {
			return userfile.Record{}, err
		}
		if len(bytes.TrimFunc(raw, isBlank)) == 0 {
			continue
		}

		fields, bareQuote := r.fields(raw)
		if !bareQuote && allBlank(fields) {
			continue
		}
		return userfile.Record{Row: r.row, Fields: fields, Raw: raw, BareQuote: bareQuote}, nil
	}

	err := r.scanner.Err()
	switch {
	case errors.Is(err, errEncoding):
		return userfile.Record{}, r.notEncoded(r.row + 1)
	case err != nil:
		return userfile.Record{}, err
	}
	return userfile.Record{}, io.EOF
}

// endOfFile is what CP/M wrote behind a text, and some programs still do.
const endOfFile = "\x1a"

// isBlank reports whether a character may stand in a line that counts as blank.
func isBlank(c rune) bool {
	return unicode.IsSpace(c) || strings.ContainsRune(utf8Mark+endOfFile, c)
}

// allBlank reports whether a record has nothing but blank fields.
func allBlank(fields []string) bool {
	for _, field := range fields {
		if user.Trimmed(field) != "" {
			return false
		}
	}
	return true
}

func (r *records) split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	end, open := r.measure(data, atEOF && r.srcErr == nil)
	if 0 < end && end <= userfile.MaxRow {
		return end, data[:end], nil
	}

	// bufio.Scanner takes any error for the end: half a record would pass for a whole.
	if r.srcErr != nil {
		return 0, nil, fmt.Errorf("read file: %w", r.srcErr)
	}
	if len(data) > userfile.MaxRow || atEOF && open {
		return 0, nil, r.tooLong(data, atEOF, open)
	}
	return 0, nil, nil
}

// tooLong returns the error for data that no record can start with. A file that isn't
// text is rejected as such, since it has no rows to be too long.
func (r *records) tooLong(data []byte, atEOF, open bool) error {
	row := r.row + 1
	if err := r.checkText(data, r.offset, row); err != nil {
		return err
	}

	switch {
	case atEOF && open && len(data) <= userfile.MaxRow:
		return userfile.Reject(row, userfile.CodeUnclosedQuote,
			"Row %d opens a quotation mark that is never closed: "+
				"close it, and write a quotation mark within a value twice.",
			row)
	case open:
		return userfile.Reject(row, userfile.CodeRowTooLong,
			"Row %d is longer than %d KiB, and within quotation marks: "+
				"look for one that isn't closed.",
			row, userfile.MaxRow>>10)
	}

	return userfile.Reject(row, userfile.CodeRowTooLong,
		"Row %d is longer than %d KiB: shorten it, and see that lines end with LF or CR LF.",
		row, userfile.MaxRow>>10)
}

// measure returns the end of the record that data starts with, after its line end, or 0
// if that isn't in data. whole says that nothing follows data. open is true if data then
// ends within quotes. It sets r.cuts. A quotation mark opens a quoted value only as the
// value's first character. After a misplaced one the record goes on as if it were a letter.
func (r *records) measure(data []byte, whole bool) (end int, open bool) {
	r.cuts = r.cuts[:0]

	end, found := lineEnd(data, whole)
	line := data
	if found {
		line = data[:end]
	}
	if bytes.IndexByte(line, '"') < 0 {
		return end, false
	}

	i := len(data) - len(trimMarks(data))
	for {
		n := r.spaces(data[i:])
		i += n
		if i < len(data) && data[i] == '"' {
			if n > 0 {
				r.cuts = append(r.cuts, i-n, i)
			}
			length := quoted(data[i:])
			if length == 0 {
				return 0, true
			}
			i += length
			r.cutSpaces(data, i)
		}

		n = r.untilMark(data[i:])
		if i+n < len(data) && data[i+n] == r.separator {
			i += n + 1
			continue
		}

		end, found := lineEnd(data[i+n:], whole)
		if !found && !whole {
			return 0, false
		}
		return i + n + end, false
	}
}

// untilMark returns how many bytes of data stand before a separator or the end of a line. It
// looks no further, so that a row of many values is read in the time of its bytes.
func (r *records) untilMark(data []byte) int {
	for i, c := range data {
		if c == r.separator || c == '\n' || c == '\r' {
			return i
		}
	}
	return len(data)
}

// lineEnd returns the end of the line that data starts with, after LF, CR LF or CR. found is
// false if there is none in data: end is then 0, or that of data if it is the whole rest.
func lineEnd(data []byte, whole bool) (end int, found bool) {
	const usual = 512 // lines are seldom longer

	for size := usual; ; size *= 16 {
		part := data[:min(size, len(data))]
		if lf := bytes.IndexByte(part, '\n'); lf >= 0 {
			part = part[:lf+1]
		}

		cr := bytes.IndexByte(part, '\r')
		switch {
		case cr >= 0 && cr+1 < len(data) && data[cr+1] == '\n':
			return cr + 2, true
		case cr >= 0 && (cr+1 < len(data) || whole):
			return cr + 1, true
		case cr >= 0: // it isn't known what follows
			return 0, false
		case len(part) > 0 && part[len(part)-1] == '\n':
			return len(part), true
		case len(part) == len(data) && whole:
			return len(data), false
		case len(part) == len(data):
			return 0, false
		}
	}
}

// trimMarks returns data without the byte order marks that it begins with, as where files
// were put together.
func trimMarks(data []byte) []byte {
	for bytes.HasPrefix(data, []byte(utf8Mark)) {
		data = data[len(utf8Mark):]
	}
	return data
}

// cutSpaces notes the spaces between a closing quote, which ends at i, and a separator.
func (r *records) cutSpaces(data []byte, i int) {
	n := r.spaces(data[i:])
	if n == 0 {
		return
	}
	if i+n == len(data) || slices.Contains([]byte{r.separator, '\n', '\r'}, data[i+n]) {
		r.cuts = append(r.cuts, i, i+n)
	}
}

func quoted(data []byte) int {
	for i := 1; ; i++ {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return 0
		}

		i += n + 1
		if i == len(data) || data[i] != '"' {
			return i
		}
	}
}

// spaces returns how many bytes of spaces data starts with. A separator is none.
func (r *records) spaces(data []byte) int {
	rest := bytes.TrimLeftFunc(data, func(c rune) bool {
		return c != '\n' && c != '\r' && c != rune(r.separator) && unicode.IsSpace(c)
	})
	return len(data) - len(rest)
}

// fields returns the fields of the record last measured. The next call overwrites them.
func (r *records) fields(raw []byte) (fields []string, bareQuote bool) {
	r.unread = raw
	if len(r.cuts) > 0 {
		r.clean = r.clean[:0]
		from := 0
		for i := 0; i < len(r.cuts); i += 2 {
			r.clean = append(r.clean, raw[from:r.cuts[i]]...)
			from = r.cuts[i+1]
		}
		r.clean = append(r.clean, raw[from:]...)
		r.unread = r.clean
	}

	// Only the file's last record ends without a line end. encoding/csv knows none but LF,
	// alone or after CR, and no marks.
	r.unread = bytes.TrimRight(trimMarks(r.unread), endOfFile)
	r.unread = bytes.TrimRight(r.unread, "\r\n")
	if len(r.unread) == 0 {
		return nil, false
	}

	fields, err := r.csv.Read()
	if err == nil {
		return fields, false
	}

	// What the record has after the fault must not be read as the next one.
	for !errors.Is(err, io.EOF) {
		_, err = r.csv.Read()
	}

	return fields, true
}

// sourceOf reads the file for the scanner, and remembers the error.
type sourceOf struct{ *records }

func (r sourceOf) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && err != io.EOF {
		r.srcErr = err
	}
	return n, err
}

// recordOf reads the current record, and no more, for encoding/csv.
type recordOf struct{ *records }

// Read reads what is left of the record. It returns io.EOF at the record's end.
func (r recordOf) Read(p []byte) (int, error) {
	if len(r.unread) == 0 {
		return 0, io.EOF
	}

	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

// checkText rejects a file that isn't text in its encoding. The data stands at an offset of
// the text, in a row. If it is longer than a row may be, its last character may be cut.
func (r *records) checkText(data []byte, offset int64, row int) error {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return userfile.Reject(row, userfile.CodeNUL,
			"The file has a NUL character at byte %d (row %d): it isn't a text file, or is "+
				"UTF-16 without a byte order mark. Save it as CSV in UTF-8.",
			offset+int64(i)+1, row)
	}

	switch {
	case r.form.is == nil:
		return checkUTF8(data, offset, row)
	case !r.form.isUTF16() && bytes.Contains(data, []byte("\ufffd")):
		return r.notEncoded(row)
	}
	return nil
}

// notEncoded rejects a file that has bytes in a row that aren't of its encoding.
func (r *records) notEncoded(row int) error {
	return userfile.Reject(row, userfile.CodeNotEncoded,
		"The file isn't %s in row %d: save it as CSV in UTF-8, or name its encoding.",
		r.form.name, row)
}

func checkUTF8(data []byte, offset int64, row int) error {
	if utf8.Valid(data) {
		return nil
	}

	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c != utf8.RuneError || n != 1 {
			i += n
			continue
		}

		if !utf8.FullRune(data[i:]) && len(data) > userfile.MaxRow {
			return nil
		}
		return userfile.Reject(row, userfile.CodeNotUTF8,
			"The file isn't UTF-8 at byte %d (row %d): "+
				"save it as CSV in UTF-8, or name its encoding.",
			offset+int64(i)+1, row)
	}
	return nil
}
