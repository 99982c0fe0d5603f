package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/xuri/excelize/v2"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
)

// workbookOf returns a spreadsheet with some rows.
func workbookOf(t testing.TB, rows ...[]any) string {
	t.Helper()

	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}

	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return content.String()
}

// reportOf returns the error report of a job.
func (w *world) reportOf(j job.Job) string {
	w.T.Helper()

	key := object.ErrorReport(j.ID)
	got, err := w.S3.GetObject(w.T.Context(), &s3.GetObjectInput{
		Bucket: &w.bucketName, Key: &key,
	})
	w.Must(err)
	defer got.Body.Close()

	var content bytes.Buffer
	_, err = io.Copy(&content, got.Body)
	w.Must(err)
	return content.String()
}

func TestASpreadsheetIsReadAsItIs(t *testing.T) {
	content := workbookOf(t,
		[]any{"User", "First Name", "Work Email", "SMS Phone"},
		[]any{"ada", "Ada", "ada@example.com", "+14155552671"},
		[]any{},
		[]any{"bob", "Bob", "nonsense", nil},
		[]any{"cem", "Zoë", "cem@example.com"},
	)
	for _, key := range []string{"uploads/users.xlsx", "uploads/Users.XLSX", "uploads/users.csv"} {
		w := newWorld(t)
		w.Must(w.invoke("r1", w.drop(key, content, nil)))

		found := w.only()
		if found.Status != job.Processing || found.Rows.Valid != 2 || found.Rows.Invalid != 1 {
			t.Errorf("%s is %s: %s, %+v", key, found.Status, found.Reason, found.Rows)
			continue
		}

		report := w.reportOf(found)
		if !strings.HasPrefix(report, "\ufeffError Row,Error,User,First Name,") ||
			!strings.Contains(report, "\n4,") ||
			!strings.Contains(report, ",bob,Bob,nonsense,") ||
			strings.Contains(report, "Zo") {
			t.Errorf("the report of %s is %q", key, report)
		}
	}
}

func TestTheRowsOfASpreadsheetAreAsWideAsItsHeader(t *testing.T) {
	header := []any{"User", "First Name", "Work Email"}
	for name, above := range map[string][][]any{
		"nothing above":                 nil,
		"a title":                       {{"Our people"}},
		"a title of two cells":          {{"Our people", 2026}},
		"a title of two cells, twice":   {{"Our people", 2026}, {"Made by", "HR"}},
		"a title wider than the header": {{"Our", "people", "of", "May", 2026}},
		"a cell far to the right":       {{"Our people", nil, nil, nil, nil, nil, "page 1"}, {}},
	} {
		w := newWorld(t)
		content := workbookOf(t, append(slices.Clone(above),
			header,
			[]any{"ada", "Ada", "ada@example.com"},
			[]any{"bob", "Bob"},
			[]any{"cem"},
			[]any{"dee/", "Dee"},
			[]any{"eve", "Eve", "eve@example.com", nil, "a note"},
		)...)
		w.Must(w.invoke("r1", w.drop("uploads/users.xlsx", content, nil)))

		found := w.only()
		if found.Rows == nil || found.Rows.Valid != 3 || found.Rows.Invalid != 2 {
			t.Errorf("%s: it is %s (%s), %+v", name, found.Status, found.Reason, found.Rows)
			continue
		}
		for _, issue := range w.issues(found) {
			if strings.Contains(issue.Message, "comma") {
				t.Errorf("%s: a sheet has no commas: %s", name, issue.Message)
			}
		}

		// The report can be corrected and dropped as it is.
		report := w.reportOf(found)
		corrected := strings.NewReplacer("dee/", "dee", ",,a note", "").Replace(report)
		w.Must(w.invoke("r2", w.drop("uploads/corrected.csv", corrected, nil)))
		for _, again := range w.all() {
			if again.ID != found.ID && (again.Rows == nil || again.Rows.Valid != 2) {
				t.Errorf("%s: corrected, %q is %s", name, corrected, again.Reason)
			}
		}
	}
}

func TestDigitsOfNumbersStayWhole(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	plus, scientific := `"+"0`, "0.00E+00"
	for cell, value := range map[string]any{
		"A1": "User", "B1": "External Key", "C1": "SMS Phone", "D1": "First Name",
		"A5": 1.5e17, "C5": 1.5e17, "B5": 1.5e17, "D5": 1.5e17,
		"A2": 100457000001, "B2": 219000000000001, "C2": 4930901820, "D2": 12345678901234,
		"A3": 7, "C3": 491512345678, "A4": "ada", "C4": nil,
	} {
		if err := f.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	for cell, format := range map[string]string{
		"A2": scientific, "B2": scientific, "C2": plus, "D2": scientific, "C3": scientific,
	} {
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.SetCellFormula("Sheet1", "B4", "1/0"); err != nil {
		t.Fatal(err)
	}
	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}

	w := newWorld(t)
	w.Must(w.invoke("r1", w.drop("uploads/users.xlsx", content.String(), nil)))
	found := w.only()
	if found.Rows == nil || found.Rows.Valid != 1 {
		t.Fatalf("it is %s (%s), %+v", found.Status, found.Reason, found.Rows)
	}

	var codes []string
	for _, issue := range w.issues(found) {
		codes = append(codes, fmt.Sprint(issue.Row, " ", issue.Column, " ", issue.Code))
	}
	want := []string{
		"3 SMS Phone bad_phone",
		"4 External Key broken_cell",
		"5 User spreadsheet_number",
		"5 External Key spreadsheet_number",
		"5 SMS Phone spreadsheet_number",
	}
	if !slices.Equal(codes, want) {
		t.Errorf("the issues are %q, want %q", codes, want)
	}

	var rows []roster.Row
	chunks, err := w.copyOf(found).Chunks(t.Context())
	w.Must(err)
	w.Must(w.copyOf(found).EachGroup(t.Context(), chunks[0], 10, func(group []roster.Row) error {
		rows = group
		return nil
	}))
	fields := map[string]string{
		"External Key": "219000000000001",
		"SMS Phone":    "+4930901820",
		"First Name":   "1.23E+13",
	}
	if rows[0].Change.Username != "100457000001" || !maps.Equal(rows[0].Change.Fields, fields) {
		t.Errorf("got %+v", rows[0])
	}
}

func TestSpreadsheetsThatAreRejected(t *testing.T) {
	for _, test := range []struct{ name, key, content, reason string }{
		{"no spreadsheet inside", "uploads/users.xlsx", goodFile, "isn't a spreadsheet"},
		{"a damaged one", "uploads/users.xlsx", "PK\x03\x04", "damaged"},
		{"one of before 2007", "uploads/users.xls", "\xd0\xcf\x11\xe0", ".xls"},
		{"one of before 2007 by another name", "uploads/users.csv",
			"\xd0\xcf\x11\xe0" + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00", ".xls"},
		{"one of another program", "uploads/users.ods", "PK\x03\x04", "spreadsheet"},
		{"one without a row", "uploads/users.xlsx", workbookOf(t), "empty"},
		{
			name:    "one with a header alone",
			key:     "uploads/users.xlsx",
			content: workbookOf(t, []any{"User"}),
			reason:  "valid row",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Must(w.invoke("r1", w.drop(test.key, test.content, nil)))

			found := w.only()
			if found.Status != job.Rejected || !strings.Contains(found.Reason, test.reason) {
				t.Errorf("it is %s: %s", found.Status, found.Reason)
			}
		})
	}
}

func TestALargeSpreadsheetIsRefusedUnread(t *testing.T) {
	w := newWorld(t)
	record := w.drop("uploads/users.xlsx", "PK\x03\x04", nil)
	record.S3.Object.Size = 50<<20 + 1
	w.Must(w.invoke("r1", record))

	if found := w.only(); found.Status != job.Rejected ||
		!strings.Contains(found.Reason, "50 MB") {
		t.Errorf("it is %s: %s", found.Status, found.Reason)
	}
}
