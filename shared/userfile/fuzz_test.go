package userfile_test

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"latchkey/shared/userfile"
)

// FuzzReader holds the reader to what it promises of any file. More seeds are in
// testdata/fuzz/FuzzReader.
func FuzzReader(f *testing.F) {
	for _, name := range []string{"testdata/export.csv", "../../events/users.csv"} {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}

		f.Add(string(file))
	}

	f.Fuzz(func(t *testing.T, file string) {
		r, rows, err := readAll(strings.NewReader(file), usual)

		var rejected *userfile.FileError
		if err != nil && (!errors.As(err, &rejected) || rejected.Message == "") {
			t.Fatalf("err = %v", err)
		}

		last := userfile.Row{}
		for _, row := range rows {
			if row.Number <= last.Number {
				t.Fatalf("row %d comes after row %d", row.Number, last.Number)
			}

			if row.Valid() && (row.Change.Username == "" || row.Change.Operation == "") {
				t.Fatalf("row %d is valid, with %+v", row.Number, row.Change)
			}

			last = row
		}

		if err == nil {
			checkReport(t, r, rows)
		}
	})
}

// checkReport checks that a report on all rows is a file of the same rows.
func checkReport(t *testing.T, of *userfile.Reader, rows []userfile.Row) {
	var report strings.Builder

	e, err := userfile.NewErrorReport(&report, of)
	if err != nil {
		t.Fatal(err)
	}

	for _, row := range rows {
		if err := e.Add(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}

	r, err := open(strings.NewReader(report.String()), usual)
	if err != nil {
		t.Fatalf("the report is rejected: %v (%s)", err, message(err))
	}

	for _, row := range rows {
		again, err := r.Next()
		if errors.As(err, new(*userfile.FileError)) && len(row.Raw) > userfile.MaxRow-2000 {
			return // number and errors made it longer than a row may be
		}

		if err != nil || codes(again.Issues) != codes(row.Issues) ||
			!reflect.DeepEqual(again.Change, row.Change) {
			t.Fatalf("the report gives %+v, %v; the file %+v", again, err, row)
		}
	}

	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("the report goes on: %v", err)
	}
}
