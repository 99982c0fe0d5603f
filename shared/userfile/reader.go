package userfile

import (
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
	operation  int // the index of the column, or -1
	user       int // the index of the column, or -1 while the header is read
	jobDevices []string
	warnings   []Issue
	rows       int
	maxRows    int
}

// NewReader reads a file's header, and then judges its rows. It returns a *FileError if the
// file must be rejected, or an error that wraps what reading failed with.
func NewReader(records Records, schema Schema) (*Reader, error) {
	r := &Reader{
		records:    records,
		jobDevices: schema.JobDevices,
		operation:  -1,
		user:       -1,
		maxRows:    MaxRows,
	}

	first, err := records.Next()
	if errors.Is(err, io.EOF) {
		return nil, Reject(1, CodeEmptyFile, "The file is empty: its first row names the columns.")
	}
	if err != nil {
		return nil, err
	}
	if first.BareQuote {
		return nil, Reject(first.Row, CodeBareQuote,
			"The header (row %d) has a quotation mark where none may stand: "+
				"put the name in quotation marks as a whole.",
			first.Row)
	}

	r.header = string(first.Raw)
	if err := r.readHeader(first, schema.columns()); err != nil {
		return nil, err
	}
	return r, nil
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

// readHeader takes the columns from a header, or tells all that is wrong with it at once.
func (r *Reader) readHeader(header Record, known []column) error {
	var faults headerFaults
	seen := make(map[string]bool)
	for i, written := range header.Fields {
		name := keyword(written)
		c, ok := find(known, name)
		switch {
		case name == "":
			faults.add(CodeUnnamedColumn, "column %d has no name", i+1)
		case !ok:
			faults.add(CodeUnknownColumn, "column %d, %q, is unknown%s",
				i+1, clip(name), suggestion(known, name))
		// A report on a report has these columns twice.
		case seen[c.name] && c.use != ignoredQuietly:
			faults.add(CodeRepeatedColumn, "%q is there twice, again as column %d", c.name, i+1)
		}

		seen[c.name] = true
		r.addColumn(c)
		r.names = append(r.names, name)
		if c.use == ignored {
			r.warnings = append(r.warnings, columnIgnored(header.Row, c.name, written))
		}
	}

	if r.user < 0 && len(faults.messages) == 0 {
		return Reject(header.Row, CodeNoUserColumn,
			"The header (row %d) has no column %q: add it, with each user's username.",
			header.Row, User)
	}
	return faults.reject(header.Row)
}

// headerFaults are all the faults of a header.
type headerFaults struct {
	code     string // of the first
	messages []string
}

func (f *headerFaults) add(code, message string, args ...any) {
	if f.code == "" {
		f.code = code
	}
	f.messages = append(f.messages, fmt.Sprintf(message, args...))
}

// reject returns the error for the faults, nil if there is none. It tells so many of them as
// can be read.
func (f *headerFaults) reject(row int) error {
	const most = 20

	if len(f.messages) == 0 {
		return nil
	}
	told := f.messages[:min(most, len(f.messages))]
	more := ""
	if n := len(f.messages) - len(told); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return Reject(row, f.code,
		"The header (row %d) has columns that can't be taken: %s%s. "+
			"Correct their names, or take them out of every row.",
		row, strings.Join(told, "; "), more)
}

// suggestion returns what may be wrong with an unknown column's name.
func suggestion(known []column, name string) string {
	if what := hiddenCharacter(name); what != "" {
		return ": it has " + what
	}
	if near := nearest(known, clip(name)); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
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

	row := Row{Number: record.Row, Raw: record.Raw}
	switch n := len(record.Fields); {
	case record.BareQuote:
		row.add(r.columnAt(n), "", bareQuote)
	case n != len(r.columns):
		row.add("", "", r.wrongWidth(record.Fields))
	case r.isHeader(record.Fields):
		row.add("", "", secondHeader)
	default:
		r.read(&row, r.cells(&row, record))
	}
	return row, nil
}

// wrongWidth returns the fault of a row with more or fewer fields than there are columns.
func (r *Reader) wrongWidth(fields []string) fault {
	mark := separatorName(r.records.Separator())
	n, width := len(fields), len(r.columns)
	counts := fmt.Sprintf("The row has %d fields, the header has %d", n, width)

	code, advice := CodeTooManyFields, "put a value that has a %s in quotation marks."
	switch {
	case n < width:
		code, advice = CodeTooFewFields, "a %s may be missing."
	case n == width+1 && canonical(fields[width]) == "":
		advice = "there is a %s too many at the row's end. Take it out."
	}
	return fault{LevelError, code, counts + ": " + fmt.Sprintf(advice, mark)}
}

func separatorName(separator rune) string {
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
	if i < len(r.columns) {
		return r.columns[i].name
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
			row.add(c.name, cells[i], brokenCell)
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
	if r.unreachable(row) {
		row.add("", "", noDevice)
	}
}

func (r *Reader) readOperation(row *Row, fields []string) {
	row.Change.Operation = user.Process
	if r.operation < 0 {
		return
	}

	value := row.value(Operation, fields[r.operation])
	switch op := user.Operation(strings.ToLower(value)); op {
	case user.Process, "":
	case user.Remove:
		row.Change.Operation = op
	default:
		row.add(Operation, value, hidden(value, unknownOperation))
	}
}

func (r *Reader) readUser(row *Row, fields []string) {
	name := row.value(User, fields[r.user])
	if name == "" && !row.isBroken(User) {
		row.add(User, name, noUser)
	}
	if name == "" {
		return
	}

	parsed, faults := parseUser(name)
	for _, f := range faults {
		row.add(User, name, f)
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

		value := row.value(c.name, fields[i])
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
			row.add(c.name, value, f)
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
