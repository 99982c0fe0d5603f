package userfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"latchkey/shared/user"
)

const bom = "\ufeff"

// Reader reads the rows of a file, or of a part of it. It isn't safe for concurrent use.
type Reader struct {
	records    *records
	header     Header
	columns    []column
	operation  int // the index of the column, or -1
	user       int // the index of the column, or -1 while the header is read
	jobDevices []string
	warnings   []Issue
	rows       int
	maxRows    int
}

// NewReader reads a file up to and with its header. It returns a *FileError if the file
// must be rejected, or an error that wraps what reading failed with.
func NewReader(src io.Reader, schema Schema) (*Reader, error) {
	start := make([]byte, 4)
	n, err := io.ReadFull(src, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read file: %w", err)
	}

	start = start[:n]
	if err := checkFormat(start); err != nil {
		return nil, err
	}

	rest, hasBOM := bytes.CutPrefix(start, []byte(bom))
	whole := io.MultiReader(bytes.NewReader(rest), src)
	records := newRecords(whole, int64(len(start)-len(rest)), 0)

	first, err := records.next()
	if errors.Is(err, io.EOF) {
		return nil, reject(1, CodeEmptyFile, "The file is empty: its first row names the columns.")
	}
	if err != nil {
		return nil, err
	}
	if first.bareQuote {
		return nil, reject(first.row, CodeBareQuote,
			"The header (row %d) has a quotation mark where none may stand: "+
				"put the name in quotation marks as a whole.",
			first.row)
	}

	r := newReader(records, schema)
	if err := r.readHeader(first, schema.columns()); err != nil {
		return nil, err
	}
	r.header.Raw = string(first.raw)
	r.header.BOM = hasBOM
	return r, nil
}

// ErrColumn says that a file was validated with a column that was taken away since.
var ErrColumn = errors.New("the file has a column that the deployment no longer has")

// NewChunkReader reads a part of a file. The part starts at an offset, with the row of
// the given number, and ends at the end of a row or of the file. header is that of the
// file's own reader. It returns ErrColumn if the schema lacks one of the header's columns.
func NewChunkReader(
	src io.Reader, schema Schema, header Header, from int64, row int,
) (*Reader, error) {
	r := newReader(newRecords(src, from, row-1), schema)
	r.header = header

	known := schema.columns()
	for _, name := range header.Columns {
		c, ok := find(known, name)
		if !ok {
			return nil, ErrColumn
		}
		r.addColumn(c)
	}

	return r, nil
}

func newReader(records *records, schema Schema) *Reader {
	return &Reader{
		records:    records,
		jobDevices: schema.JobDevices,
		operation:  -1,
		user:       -1,
		maxRows:    MaxRows,
	}
}

func (r *Reader) addColumn(c column) {
	switch c.use {
	case operation:
		r.operation = len(r.columns)
	case username:
		r.user = len(r.columns)
	}
	r.columns = append(r.columns, c)
}

// Header returns the file's header.
func (r *Reader) Header() Header { return r.header }

// Warnings returns those about the header.
func (r *Reader) Warnings() []Issue { return r.warnings }

func checkFormat(start []byte) error {
	const (
		zip = "PK\x03\x04"       // .xlsx, .ods
		ole = "\xd0\xcf\x11\xe0" // .xls
	)

	if s := string(start); s == zip || s == ole {
		return reject(1, CodeSpreadsheetFile,
			"This is a spreadsheet program's own file: save it as CSV (UTF-8), and upload that.")
	}
	if bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff}) {
		return reject(1, CodeNotUTF8,
			"The file is UTF-16 (at byte 1, row 1): save it as CSV in UTF-8.")
	}
	return nil
}

func (r *Reader) readHeader(header record, known []column) error {
	seen := make(map[string]bool)
	for i, name := range header.fields {
		name = canonical(name)
		if name == "" {
			return reject(header.row, CodeUnnamedColumn,
				"Column %d has no name in the header (row %d): "+
					"name it, or take the column out of every row.",
				i+1, header.row)
		}

		c, ok := find(known, name)
		if !ok {
			return unknownColumn(header.row, i+1, name, known)
		}
		// A report on a report has these columns twice.
		if seen[c.name] && c.use != ignoredQuietly {
			return reject(header.row, CodeRepeatedColumn,
				"The column %q is twice in the header (row %d), again as column %d: "+
					"take one out of every row.",
				c.name, header.row, i+1)
		}

		seen[c.name] = true
		r.addColumn(c)
		r.header.Columns = append(r.header.Columns, c.name)
		if c.use == ignored {
			r.warnings = append(r.warnings, columnIgnored(header.row, c.name, name))
		}
	}

	if r.user < 0 {
		return reject(header.row, CodeNoUserColumn,
			"The header (row %d) has no column %q: add it, with each user's username.",
			header.row, User)
	}
	return nil
}

func columnIgnored(row int, name, written string) Issue {
	return Issue{
		Row:     row,
		Column:  name,
		Level:   LevelWarning,
		Code:    CodeIgnoredColumn,
		Message: "The column is ignored: it changes nothing.",
		Value:   clip(written),
	}
}

// unknownColumn returns the error for a column that no schema has. A name that looks like
// a whole header means that the separator or the line ends are wrong.
func unknownColumn(row, number int, name string, known []column) error {
	for _, separator := range []struct{ mark, name string }{{";", "semicolons"}, {"\t", "tabs"}} {
		if strings.Contains(name, separator.mark) {
			return reject(row, CodeNotComma,
				"The header (row %d) is separated by %s: "+
					"save the file as CSV that is separated by commas.",
				row, separator.name)
		}
	}
	if strings.Contains(name, "\r") {
		return reject(row, CodeBadLineEnd,
			"Lines end with CR alone (row %d): save the file with LF or CR LF.", row)
	}

	advice := "correct its name, or take the column out of every row."
	if near := nearest(known, clip(name)); near != "" {
		advice = fmt.Sprintf("did you mean %q?", near)
	}
	return reject(row, CodeUnknownColumn,
		"Column %d of the header (row %d), %q, is unknown: %s",
		number, row, clip(name), advice)
}

// Next returns the next row, with all its faults. It returns io.EOF at the end, a
// *FileError if the file must be rejected, or an error that wraps what reading failed
// with. After any of them there is no further row.
func (r *Reader) Next() (Row, error) {
	rec, err := r.records.next()
	if err != nil {
		return Row{}, err
	}

	r.rows++
	if r.rows > r.maxRows {
		return Row{}, reject(rec.row, CodeTooManyRows,
			"The file has more than %d rows (row %d): split it into several.",
			r.maxRows, rec.row)
	}

	row := Row{Number: rec.row, From: rec.from, To: rec.to, Raw: rec.raw}
	switch n := len(rec.fields); {
	case rec.bareQuote:
		row.add(r.columnAt(n), "", bareQuote)
	case n < len(r.columns):
		message := fmt.Sprintf(
			"The row has %d fields, the header has %d: a comma may be missing.",
			n, len(r.columns),
		)
		row.add("", "", fault{LevelError, CodeTooFewFields, message})
	case n > len(r.columns):
		message := fmt.Sprintf(
			"The row has %d fields, the header has %d: "+
				"put a value that has a comma in quotation marks.",
			n, len(r.columns),
		)
		row.add("", "", fault{LevelError, CodeTooManyFields, message})
	default:
		r.read(&row, rec.fields)
	}

	return row, nil
}

func (r *Reader) columnAt(i int) string {
	if i < len(r.columns) {
		return r.columns[i].name
	}
	return ""
}

// read takes the change from a row's fields, of which there are as many as columns.
func (r *Reader) read(row *Row, fields []string) {
	r.readOperation(row, fields)
	r.readUser(row, fields)
	if row.Change.Operation == user.Remove {
		return
	}

	r.readProfile(row, fields)
	if r.unreachable(row) {
		row.add("", "", noDevice)
	}
}

func (r *Reader) readOperation(row *Row, fields []string) {
	row.Change.Operation = user.Process
	if r.operation < 0 {
		return
	}

	value := canonical(fields[r.operation])
	switch op := user.Operation(strings.ToLower(value)); op {
	case user.Process, "":
	case user.Remove:
		row.Change.Operation = op
	default:
		row.add(Operation, value, unknownOperation)
	}
}

func (r *Reader) readUser(row *Row, fields []string) {
	name := canonical(fields[r.user])
	parsed, err := user.ParseUsername(name)
	switch {
	case name == "":
		row.add(User, name, noUser)
	case err != nil:
		row.add(User, name, badUser)
	default:
		row.Change.Username = parsed
	}
}

func (r *Reader) readProfile(row *Row, fields []string) {
	row.Change.Fields = make(map[string]string, len(r.columns))
	for i, c := range r.columns {
		if c.use != field {
			continue
		}

		value := canonical(fields[i])
		if value != "" {
			form, faults := c.check(value)
			for _, f := range faults {
				row.add(c.name, value, f)
			}
			value = form
		}
		row.Change.Fields[c.name] = value
		if c.phone && value != "" {
			row.Change.SetCountry(c.name, country(value))
		}
	}
}

// unreachable reports whether a valid row has none of the devices that the job may use.
func (r *Reader) unreachable(row *Row) bool {
	for _, device := range r.jobDevices {
		if (user.Profile{Fields: row.Change.Fields}).Address(device) != "" {
			return false
		}
	}
	return r.jobDevices != nil && row.Valid()
}

func canonical(value string) string {
	return norm.NFC.String(user.Trimmed(value))
}
