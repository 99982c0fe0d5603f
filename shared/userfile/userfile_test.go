package userfile_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/delimited"
	"latchkey/shared/userfile/mapping"
	"latchkey/shared/userfile/phone"
)

// usual is the default deployment's schema with a custom field.
var usual = userfile.Schema{
	Devices:      user.Devices([]string{"Work Email", "Home Email", "SMS Phone", "Work Phone"}),
	CustomFields: []string{"Cost Centre"},
	Phones:       phone.Parse,
}

// open reads a file's header, of which nobody has to decide anything.
func open(file io.Reader, schema userfile.Schema) (*userfile.Reader, error) {
	records, err := delimited.NewReader(file, delimited.Options{})
	if err != nil {
		return nil, err
	}
	first, whole, err := mapping.Peek(records)
	if err != nil {
		return nil, err
	}
	if len(first) == 0 || first[0].BareQuote {
		return userfile.NewReader(whole, schema, userfile.Mapping{})
	}

	header := mapping.Find(first, schema, nil, nil)
	if err := header.Fault(schema); err != nil {
		return nil, err
	}
	if header.Undecided() {
		return nil, userfile.Reject(header.Row, "undecided", "The columns have to be mapped.")
	}
	return userfile.NewReader(whole, schema, header.Mapping())
}

// readAll gives all rows of a file, with raw bytes of their own, and what ended them, nil
// at the end of the file.
func readAll(
	file io.Reader, schema userfile.Schema,
) (*userfile.Reader, []userfile.Row, error) {
	r, err := open(file, schema)
	if err != nil {
		return nil, nil, err
	}

	rows, err := rowsOf(r)
	return r, rows, err
}

func rowsOf(r *userfile.Reader) ([]userfile.Row, error) {
	var rows []userfile.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}

		row.Raw = bytes.Clone(row.Raw)
		rows = append(rows, row)
	}
}

// mustRead reads a file that isn't rejected.
func mustRead(t *testing.T, file string, schema userfile.Schema) []userfile.Row {
	t.Helper()

	_, rows, err := readAll(strings.NewReader(file), schema)
	if err != nil {
		t.Fatalf("read: %v (%s)", err, message(err))
	}

	return rows
}

func message(err error) string {
	var rejected *userfile.FileError
	if errors.As(err, &rejected) {
		return rejected.Message
	}
	return ""
}

// codes are those of a row's issues, each after its level's first letter: "e:bad_phone".
func codes(issues []userfile.Issue) string {
	var all []string
	for _, issue := range issues {
		all = append(all, string(issue.Level[0])+":"+issue.Code)
	}

	return strings.Join(all, " ")
}
