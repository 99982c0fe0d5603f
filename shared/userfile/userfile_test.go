package userfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"latchkey/shared/user"
)

// usual is the default deployment's schema with a custom field.
var usual = Schema{
	Devices:      user.Devices([]string{"Work Email", "Home Email", "SMS Phone", "Work Phone"}),
	CustomFields: []string{"Cost Centre"},
}

// readAll gives all rows of a file, with raw bytes of their own, and what ended them, nil
// at the end of the file.
func readAll(file io.Reader, schema Schema) (*Reader, []Row, error) {
	r, err := NewReader(file, schema)
	if err != nil {
		return nil, nil, err
	}

	rows, err := rowsOf(r)
	return r, rows, err
}

func rowsOf(r *Reader) ([]Row, error) {
	var rows []Row
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
func mustRead(t *testing.T, file string, schema Schema) []Row {
	t.Helper()

	_, rows, err := readAll(strings.NewReader(file), schema)
	if err != nil {
		t.Fatalf("read: %v (%s)", err, message(err))
	}

	return rows
}

func message(err error) string {
	var rejected *FileError
	if errors.As(err, &rejected) {
		return rejected.Message
	}
	return ""
}

// codes are those of a row's issues, each after its level's first letter: "e:bad_phone".
func codes(issues []Issue) string {
	var all []string
	for _, issue := range issues {
		all = append(all, string(issue.Level[0])+":"+issue.Code)
	}

	return strings.Join(all, " ")
}
