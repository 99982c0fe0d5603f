package userfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/shared/user"
)

// Reader reads the rows of a file. It isn't safe for concurrent use.
type Reader struct {
	records    Records
	header     string   // as it stands in the file, with its line end
	names      []string // of the columns, as the file has them
	columns    []column
	operation  int    // the index of the column, or -1
	user       int    // the index of the column
	also       column // what usernames are besides; nothing without a check
	example    Example
	jobDevices []string
	warnings   []Issue
	rows       int
	trailing   int // rows whose only fault is that separators follow their last field
	maxRows    int
}

// NewReader reads a file up to and with its header, of which a mapping says where it is and
// what its columns are, and then judges its rows. One column must be User. NewReader returns
// a *FileError if the file must be rejected, or an error that wraps what reading failed with.
func NewReader(records Records, schema Schema, mapping Mapping) (*Reader, error) {
	r := &Reader{
		records:    records,
		example:    mapping.Example,
		jobDevices: schema.JobDevices,
		operation:  -1,
		maxRows:    MaxRows,
	}

	first, err := header(records, mapping.Row)
	if err != nil {
		return nil, err
	}

	r.header = string(first.Raw)
	known := schema.columns()
	for i, m := range mapping.Columns {
		c, ok := find(known, m.Field)
		if !ok {
			c = column{use: ignored}
		}
		if c.use == ignored && !m.Quiet {
			r.warnings = append(r.warnings, columnIgnored(first.Row, m.Name, first.Fields[i]))
		}

		c.values = m.Values
		r.addColumn(c)
		r.names = append(r.names, m.Name)
		if m.Also != "" {
			r.also, _ = find(known, m.Also)
		}
	}
	return r, nil
}

// header reads records up to and with the one of a row.
func header(records Records, row int) (Record, error) {
	for {
		record, err := records.Next()
		switch {
		case errors.Is(err, io.EOF):
			return Record{}, Reject(1, CodeEmptyFile,
				"The file is empty: its first row names the columns.")
		case err != nil:
			return Record{}, err
		case record.Row < row:
			continue
		case record.BareQuote:
			return Record{}, Reject(record.Row, CodeBareQuote,
				"The header (row %d) has a quotation mark where none may stand: "+
					"put the name in quotation marks as a whole.",
				record.Row)
		}
		return record, nil
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

// Warnings returns those about the header.
func (r *Reader) Warnings() []Issue { return r.warnings }

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

// Next returns the next row, with all its faults. It returns io.EOF at the end, a
// *FileError if the file must be rejected, or an error that wraps what reading failed
// with. After any of them there is no further row.
func (r *Reader) Next() (Row, error) {
	record, err := r.records.Next()
	if err != nil {
		return Row{}, err
	}

	r.rows++
	if r.rows > r.maxRows {
		return Row{}, Reject(record.Row, CodeTooManyRows,
			"The file has more than %d rows (row %d): split it into several.",
			r.maxRows, record.Row)
	}

	if record.Sheet {
		record = r.widened(record)
	}
	row := Row{Number: record.Row, Raw: record.Raw}
	switch n := len(record.Fields); {
	case record.BareQuote:
		row.add(r.columnAt(n), "", bareQuote)
	case r.example.In(record):
		row.add("", "", exampleRow)
	case n != len(r.columns):
		row.add("", "", r.wrongWidth(record))
	case r.isHeader(record.Fields):
		row.add("", "", secondHeader)
	default:
		r.read(&row, r.cells(&row, record))
	}
	return row, nil
}

// widened returns a sheet's record with the blank cells that it leaves out.
func (r *Reader) widened(record Record) Record {
	missing := len(r.columns) - len(record.Fields)
	if missing <= 0 {
		return record
	}

	separators := strings.Repeat(string(r.records.Separator()), missing)
	line := bytes.TrimSuffix(record.Raw, []byte("\n"))
	record.Raw = slices.Concat(line, []byte(separators+"\n"))
	record.Fields = slices.Concat(record.Fields, make([]string, missing))
	return record
}

// wrongWidth returns the fault of a row with more or fewer fields than there are columns.
func (r *Reader) wrongWidth(record Record) fault {
	mark := SeparatorName(r.records.Separator())
	n := len(record.Fields)
	width := len(r.columns)
	code := CodeTooManyFields
	advice := "put a value that has a " + mark + " in quotation marks."

	switch {
	case n < width:
		code = CodeTooFewFields
		advice = "a " + mark + " may be missing."
	case record.Sheet:
		advice = "name the columns that have values, too, or clear their cells."
	case !slices.ContainsFunc(record.Fields[width:], isWritten):
		r.trailing++
		advice = "there is a " + mark + " too many at the row's end. Take it out."
		if n > width+1 {
			advice = fmt.Sprintf(
				"there are %d %ss too many at the row's end. Take them out.", n-width, mark,
			)
		}
	}

	counts := fmt.Sprintf("The row has %d fields, the header has %d", n, width)
	return fault{LevelError, code, counts + ": " + advice}
}

func isWritten(field string) bool { return user.Trimmed(field) != "" }

// NoValidRow returns the error for a file of which no row could be taken. Next can't return
// it: its caller may refuse rows too, and knows at the end of the file.
func (r *Reader) NoValidRow() *FileError {
	message := "The file has no valid row. Correct the rows in error, and upload it again."
	switch r.rows {
	case 0:
		message = "The file has no valid row: there is none below the header."
	case r.trailing:
		message = fmt.Sprintf(
			"The file has no valid row: each ends with %ss that the header doesn't have. "+
				"Take them out, and upload it again.",
			SeparatorName(r.records.Separator()),
		)
	}
	return &FileError{Code: CodeNoValidRow, Message: message}
}

// SeparatorName returns what a separator of a text file is called.
func SeparatorName(separator rune) string {
	switch separator {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	}
	return "comma"
}

// isHeader reports whether a row names the columns again, as where files were put together.
func (r *Reader) isHeader(fields []string) bool {
	if len(fields) == 1 {
		return false // somebody may be called so
	}
	for i := range fields {
		at := (r.user + i) % len(fields) // the username is the first to differ
		if !strings.EqualFold(keyword(fields[at]), r.names[at]) {
			return false
		}
	}
	return true
}

func (r *Reader) columnAt(i int) string {
	if i < len(r.names) {
		return r.names[i]
	}
	return ""
}

// cells returns the fields of a record as they are to be judged. Of a spreadsheet's number it
// takes the digits where it is a key or a phone number, and of a cell that holds an error,
// nothing.
func (r *Reader) cells(row *Row, record Record) []string {
	if record.Numbers == nil && record.Broken == nil {
		return record.Fields
	}

	cells := slices.Clone(record.Fields)
	for i, c := range r.columns {
		switch {
		case i < len(record.Broken) && record.Broken[i] && c.use != ignored:
			row.add(r.names[i], cells[i], brokenCell)
			cells[i] = ""
		case i < len(record.Numbers) && record.Numbers[i] != "" && c.identifies():
			cells[i] = digits(cells[i], record.Numbers[i])
		}
	}
	return cells
}

// digits returns the digits of a number that is shown otherwise, behind the + that its format
// shows. Without one nobody knows the country of a phone number.
func digits(shown, number string) string {
	if strings.HasPrefix(strings.TrimSpace(shown), "+") {
		return "+" + number
	}
	return number
}

// identifies reports whether a column's numbers are no quantities: each digit counts.
func (c column) identifies() bool {
	return c.use == username || c.number != nil || c.name == user.ExternalKey
}

// read takes the change from a row's fields, of which there are as many as columns.
func (r *Reader) read(row *Row, fields []string) {
	r.readOperation(row, fields)
	r.readUser(row, fields)
	if row.Change.Operation == user.Remove {
		return
	}

	r.readProfile(row, fields)
	r.readAlso(row)
	if r.unreachable(row) {
		row.add("", "", noDevice)
	}
}

func (r *Reader) readOperation(row *Row, fields []string) {
	row.Change.Operation = user.Process
	if r.operation < 0 {
		return
	}

	value := r.value(row, fields, r.operation)
	switch op := user.Operation(strings.ToLower(value)); op {
	case user.Process, "":
	case user.Remove:
		row.Change.Operation = op
	default:
		row.add(r.names[r.operation], value, hidden(value, unknownOperation))
	}
}

func (r *Reader) readUser(row *Row, fields []string) {
	name := r.value(row, fields, r.user)
	if name == "" && !row.isBroken(r.names[r.user]) {
		row.add(r.names[r.user], name, noUser)
	}
	if name == "" {
		return
	}

	parsed, faults := parseUser(name)
	for _, f := range faults {
		row.add(r.names[r.user], name, f)
	}
	row.Change.Username = parsed
}

// isBroken reports whether the row's cell of a column holds an error.
func (r *Row) isBroken(column string) bool {
	return slices.ContainsFunc(r.Issues, func(i Issue) bool {
		return i.Column == column && i.Code == CodeBrokenCell
	})
}

func (r *Reader) readProfile(row *Row, fields []string) {
	row.Change.Fields = make(map[string]string, len(r.columns))
	for i, c := range r.columns {
		if c.use != field {
			continue
		}

		value := r.value(row, fields, i)
		var faults []fault
		form := value
		switch {
		case value == "":
		case c.number != nil:
			var read number
			read, faults = c.number(value)
			form = read.canonical
			row.Change.SetCountry(c.name, read.country)
		default:
			form, faults = c.check(value)
		}

		row.Change.Fields[c.name] = form
		for _, f := range faults {
			row.add(r.names[i], value, f)
		}
	}
}

// value returns a row's value of a column, in the words that this package knows.
func (r *Reader) value(row *Row, fields []string, i int) string {
	value := row.value(r.names[i], fields[i])
	values := r.columns[i].values
	if values == nil {
		return value
	}
	if meant, ok := values[strings.ToLower(value)]; ok {
		return meant
	}
	return value
}

// readAlso takes a username that is an address for a device's as well.
func (r *Reader) readAlso(row *Row) {
	if r.also.check == nil || row.Change.Username == "" {
		return
	}
	if address, faults := r.also.check(row.Change.Username); faults == nil {
		row.Change.Fields[r.also.name] = address
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
