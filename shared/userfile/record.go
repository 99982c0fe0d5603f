package userfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// records cuts a stream into records, and these into fields.
//
// What stands in a record is for encoding/csv to say. Where a record ends is found here,
// before that, for three reasons. encoding/csv reads a record of any size, as one with an
// open quote may be. It takes what follows a misplaced quote for the next record. And it
// refuses spaces between a closing quote and a comma.
type records struct {
	src     io.Reader
	srcErr  error // what reading failed with, except io.EOF
	scanner *bufio.Scanner
	csv     *csv.Reader
	unread  []byte // the part of the current record that csv hasn't read yet

	maxFile int64
	row     int   // the number of the last record, or blank line
	offset  int64 // where it ends

	cuts  []int  // from, to, …: the spaces after closing quotes in the measured record
	clean []byte // the current record without them
}

type record struct {
	row       int
	from, to  int64
	raw       []byte
	fields    []string // before a misplaced quote, if there is one
	bareQuote bool
}

func newRecords(src io.Reader, offset int64, row int) *records {
	r := &records{src: src, offset: offset, row: row, maxFile: MaxFile}

	r.scanner = bufio.NewScanner(sourceOf{r})
	// One byte more than a row may have, to see that it has too many.
	r.scanner.Buffer(make([]byte, MaxRow+1), MaxRow+1)
	r.scanner.Split(r.split)

	r.csv = csv.NewReader(recordOf{r})
	r.csv.TrimLeadingSpace = true
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
	return r
}

// next returns the next record that isn't blank. It returns io.EOF at the end, a
// *FileError if the file must be rejected, or the error that reading failed with.
func (r *records) next() (record, error) {
	for r.scanner.Scan() {
		raw := r.scanner.Bytes()
		from := r.offset
		r.offset += int64(len(raw))
		r.row++

		if r.offset > r.maxFile {
			return record{}, reject(r.row, CodeFileTooLarge,
				"The file is larger than %d MB (row %d): split it into several.",
				r.maxFile>>20, r.row)
		}
		if err := checkText(raw, from, r.row); err != nil {
			return record{}, err
		}
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}

		fields, bareQuote := r.fields(raw)
		return record{
			row:       r.row,
			from:      from,
			to:        r.offset,
			raw:       raw,
			fields:    fields,
			bareQuote: bareQuote,
		}, nil
	}

	if err := r.scanner.Err(); err != nil {
		return record{}, err
	}
	return record{}, io.EOF
}

func (r *records) split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	// bufio.Scanner takes any error for the end: half a record would pass for a whole.
	if r.srcErr != nil {
		return 0, nil, fmt.Errorf("read file: %w", r.srcErr)
	}

	end, open := r.measure(data)
	if atEOF && end == 0 && !open {
		end = len(data)
	}

	switch {
	case 0 < end && end <= MaxRow:
		return end, data[:end], nil
	case len(data) > MaxRow, atEOF && open:
		return 0, nil, r.tooLong(data, atEOF, open)
	}

	return 0, nil, nil
}

// tooLong returns the error for data that no record can start with. A file that isn't
// text is rejected as such, since it has no rows to be too long.
func (r *records) tooLong(data []byte, atEOF, open bool) error {
	row := r.row + 1
	if err := checkText(data, r.offset, row); err != nil {
		return err
	}

	switch {
	case atEOF && open && len(data) <= MaxRow:
		return reject(row, CodeUnclosedQuote,
			"Row %d opens a quotation mark that is never closed: "+
				"close it, and write a quotation mark within a value twice.",
			row)
	case open:
		return reject(row, CodeRowTooLong,
			"Row %d is longer than %d KiB, and within quotation marks: "+
				"look for one that isn't closed.",
			row, MaxRow>>10)
	}

	return reject(row, CodeRowTooLong,
		"Row %d is longer than %d KiB: shorten it, and see that lines end with LF or CR LF.",
		row, MaxRow>>10)
}

// measure returns the end of the record that data starts with, after its line end, or 0
// if that isn't in data. open is true if data then ends within quotes. It sets r.cuts. A
// quotation mark opens a quoted value only as the value's first character. After a
// misplaced one the record goes on as if it were a letter.
func (r *records) measure(data []byte) (end int, open bool) {
	r.cuts = r.cuts[:0]

	end = bytes.IndexByte(data, '\n') + 1
	line := data
	if end > 0 {
		line = data[:end]
	}
	if bytes.IndexByte(line, '"') < 0 {
		return end, false
	}

	for i := 0; ; {
		i += spaces(data[i:])
		if i < len(data) && data[i] == '"' {
			length := quoted(data[i:])
			if length == 0 {
				return 0, true
			}
			i += length
			r.cutSpaces(data, i)
		}

		separator := bytes.IndexAny(data[i:], ",\n")
		if separator < 0 {
			return 0, false
		}
		i += separator + 1
		if data[i-1] == '\n' {
			return i, false
		}
	}
}

// cutSpaces notes the spaces between a closing quote, which ends at i, and a comma.
func (r *records) cutSpaces(data []byte, i int) {
	n := spaces(data[i:])
	if n > 0 && (i+n == len(data) || data[i+n] == ',' || data[i+n] == '\n') {
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

func spaces(data []byte) int {
	rest := bytes.TrimLeftFunc(data, func(c rune) bool { return c != '\n' && unicode.IsSpace(c) })
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

// checkText rejects a file that isn't text in UTF-8. The data stands at an offset of the
// file, in a row. If it is longer than a row may be, its last character may be cut.
func checkText(data []byte, offset int64, row int) error {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return reject(row, CodeNUL,
			"The file has a NUL character at byte %d (row %d): "+
				"it isn't a text file. Save it as CSV in UTF-8.",
			offset+int64(i)+1, row)
	}
	if utf8.Valid(data) {
		return nil
	}

	for i := 0; i < len(data); {
		c, n := utf8.DecodeRune(data[i:])
		if c != utf8.RuneError || n != 1 {
			i += n
			continue
		}

		if !utf8.FullRune(data[i:]) && len(data) > MaxRow {
			return nil
		}
		return reject(row, CodeNotUTF8,
			"The file isn't UTF-8 at byte %d (row %d). Save it as CSV in UTF-8.",
			offset+int64(i)+1, row)
	}

	return nil
}
