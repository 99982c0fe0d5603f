package userfile_test

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
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

	f.Add("User,Work Email,Work Phone,Language,Time Zone,Role\n" +
		"\u200b'-ada\u00a0L.,Ada@Bücher.example,tel:+81（3）1234－5678;ext=24," +
		"Chinese (Simplified),w. europe standard time,Admin istrator|'=B\n" +
		"1.00457E+11,a@xn--0.example,0049 30/901820,English UK,etc/gmt-2,#N/A\n" +
		"a\u200bb,a\u00ad@example.com,+1 650\u2212253\u20110002,Ger\u202eman,utc,\ufffd\n")

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

			if row.Valid() {
				checkCanonical(t, row)
			}
			last = row
		}

		if err == nil {
			checkReport(t, r, rows)
		}
	})
}

// checkCanonical checks that a valid row's username and addresses stay as they are if they
// are read once more.
func checkCanonical(t *testing.T, row userfile.Row) {
	again, err := user.ParseUsername(row.Change.Username)
	if err != nil || again != row.Change.Username {
		t.Fatalf("the username %q becomes %q, %v", row.Change.Username, again, err)
	}

	for _, device := range usual.Devices {
		address := row.Change.Fields[device.Name]
		again, ok := userfile.Address(address, phone.Parse)
		if address != "" && (!ok || again != address) {
			t.Fatalf("the %s %q becomes %q", device.Name, address, again)
		}
	}
	for _, name := range []string{user.Language, user.TimeZone, user.Role} {
		value := row.Change.Fields[name]
		if again := userfile.Checked(name, value); value != "" && again != value {
			t.Fatalf("the %s %q becomes %q", name, value, again)
		}
	}
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
