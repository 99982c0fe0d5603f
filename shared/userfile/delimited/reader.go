package delimited

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"latchkey/shared/userfile"
)

// Options are what is said of a file.
type Options struct {
	Encoding  string // the name or a label of an encoding; "" is UTF-8
	Separator rune   // 0 is found from the header
}

// Reader reads the records of a file. It isn't safe for concurrent use.
type Reader struct {
	form    form
	records *records
	read    int // records
	width   int // of the first record
	unsplit bool
	ahead   []userfile.Record // that were read before they were asked for
	after   error             // what ended the reading of them
}

var _ userfile.Records = (*Reader)(nil)

// firstLines is how many bytes are looked at to find the header's separator.
const firstLines = userfile.MaxRow

// NewReader returns a reader of a file. It returns a *userfile.FileError if the file must be
// rejected, or an error that wraps what reading failed with.
func NewReader(src io.Reader, options Options) (*Reader, error) {
	const longestMark = 4

	file := bufio.NewReader(src)
	start, err := file.Peek(longestMark)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}

	f, err := formOf(start, options.Encoding)
	if err != nil {
		return nil, userfile.Reject(1, userfile.CodeNotUTF8,
			"No encoding is called %q: give one of WHATWG's names, such as windows-1252.",
			options.Encoding)
	}
	if _, err := file.Discard(len(f.mark)); err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}

	text := bufio.NewReaderSize(f.decoder(file), firstLines)
	separator, err := separatorOf(text, options.Separator)
	if err != nil {
		return nil, err
	}
	return &Reader{form: f, records: newRecords(text, f, separator)}, nil
}

// separatorOf returns the separator of a text, of which it reads nothing. A line that
// announces one says more than what is found. What is given says the most.
func separatorOf(text *bufio.Reader, given rune) (byte, error) {
	start, err := text.Peek(firstLines)
	isShort := errors.Is(err, io.EOF) || errors.Is(err, errEncoding)
	if err != nil && !isShort {
		return 0, fmt.Errorf("read file: %w", err)
	}

	line := start
	if end, _ := lineEnd(start, true); end > 0 {
		line = start[:end]
	}

	for _, said := range []byte{byte(given), announced(line), foundIn(start)} {
		if said != 0 {
			return said, nil
		}
	}
	return separators[0], nil
}

// Separator returns what stands between the fields of a record.
func (r *Reader) Separator() rune { return rune(r.records.separator) }

// Encoder returns a writer that takes UTF-8, and writes the encoding of the file.
func (r *Reader) Encoder(w io.Writer) io.WriteCloser { return r.form.encoder(w) }

// Next returns the next record that isn't blank. See [userfile.Records].
func (r *Reader) Next() (userfile.Record, error) {
	if len(r.ahead) > 0 {
		next := r.ahead[0]
		r.ahead = r.ahead[1:]
		return next, nil
	}
	if r.after != nil {
		return userfile.Record{}, r.after
	}

	next, err := r.records.next()
	if err != nil {
		return userfile.Record{}, err
	}

	if r.read == 0 && next.Row == 1 && announced(next.Raw) != 0 {
		return r.Next() // a line that only says which separator there is
	}

	r.read++
	switch r.read {
	case 1:
		r.width = len(next.Fields)
		r.unsplit = unsplit(next.Raw, next.Fields)
	case 2:
		return r.checkSplit(next)
	}
	return next, nil
}

// firstRows is how many records behind the first one have to agree that the file wasn't split
// as it should be.
const firstRows = 10

// checkSplit returns the second record, or rejects the file if neither that nor those behind
// it were split as they should be: then it is said once, and not of each row.
func (r *Reader) checkSplit(second userfile.Record) (userfile.Record, error) {
	fault := r.splitFault(second)
	if fault == nil {
		return second, nil
	}

	second = second.Clone()
	for rows := 1; rows < firstRows; rows++ {
		next, err := r.records.next()
		if err != nil {
			r.after = err
			if errors.Is(err, io.EOF) {
				return userfile.Record{}, fault
			}
			return second, nil
		}

		r.ahead = append(r.ahead, next.Clone())
		if r.splitFault(next) == nil {
			return second, nil
		}
	}
	return userfile.Record{}, fault
}

// splitFault returns why a record has other fields than the first one, if the reason is how
// the file was saved.
func (r *Reader) splitFault(record userfile.Record) error {
	n := len(record.Fields)
	if n == r.width && !r.unsplit || record.BareQuote {
		return nil
	}

	other := splitsBy(record.Raw, r.records.separator, r.width)
	isRow := strings.Count(record.Fields[0], string(r.Separator())) == r.width-1
	switch {
	case unsplit(record.Raw, record.Fields) && (r.unsplit || r.width > 1 && isRow):
		return userfile.Reject(record.Row, userfile.CodeNotSplit,
			"Row %d is one value in quotation marks: "+
				"the columns weren't split when the file was saved. Export it again.",
			record.Row)
	case other != 0:
		return userfile.Reject(record.Row, userfile.CodeMixedSeparators,
			"The header is separated by %ss, row %d by %ss: save the file with one of them.",
			userfile.SeparatorName(r.Separator()),
			record.Row,
			userfile.SeparatorName(rune(other)))
	}
	return nil
}
