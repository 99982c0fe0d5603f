package userfile

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
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

		var rejected *FileError
		if err != nil && (!errors.As(err, &rejected) || rejected.Message == "") {
			t.Fatalf("err = %v", err)
		}

		last := Row{}
		for _, row := range rows {
			if row.Number <= last.Number || row.From < last.To || row.To <= row.From ||
				row.To > int64(len(file)) {
				t.Fatalf(
					"row %d at %d-%d comes after row %d at %d-%d",
					row.Number,
					row.From,
					row.To,
					last.Number,
					last.From,
					last.To,
				)
			}

			if file[row.From:row.To] != string(row.Raw) {
				t.Fatalf(
					"row %d: raw %q, the file has %q",
					row.Number,
					row.Raw,
					file[row.From:row.To],
				)
			}

			if between := file[last.To:row.From]; last.To > 0 && strings.TrimSpace(between) != "" {
				t.Fatalf("no row has %q", between)
			}

			if row.Valid() && (row.Change.Username == "" || row.Change.Operation == "") {
				t.Fatalf("row %d is valid, with %+v", row.Number, row.Change)
			}

			alone := chunk(t, file, r.Header(), row, row)
			if !reflect.DeepEqual(alone, []Row{row}) {
				t.Fatalf("read alone: %+v, with the others: %+v", alone, row)
			}

			last = row
		}

		if err != nil {
			return
		}

		if rest := file[last.To:]; len(rows) > 0 && strings.TrimSpace(rest) != "" {
			t.Fatalf("no row has %q", rest)
		}

		if len(rows) > 0 {
			if again := chunk(t, file, r.Header(), rows[0], last); !reflect.DeepEqual(again, rows) {
				t.Fatalf("read as a chunk: %+v, as a whole: %+v", again, rows)
			}
		}

		checkReport(t, r.Header(), rows)
	})
}

// checkReport checks that a report on all rows is a file of the same rows.
func checkReport(t *testing.T, header Header, rows []Row) {
	var report strings.Builder

	e, err := NewErrorReport(&report, header)
	if err != nil {
		t.Fatal(err)
	}

	for _, row := range rows {
		if err := e.Add(row); err != nil {
			t.Fatal(err)
		}
	}

	r, err := NewReader(strings.NewReader(report.String()), usual)
	if err != nil {
		t.Fatalf("the report is rejected: %v (%s)", err, message(err))
	}

	for _, row := range rows {
		again, err := r.Next()
		if errors.As(err, new(*FileError)) && len(row.Raw) > MaxRow-2000 {
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
