package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// know puts a user into the directory.
func (w *world) know(name string, fields map[string]string) {
	w.T.Helper()
	w.Must(w.directory.Write(
		w.T.Context(),
		user.Profile{ID: name, Key: user.Key(name), Username: name, Fields: fields},
		nil,
		"seed#"+name,
	))
}

// issues reads the whole list of errors and warnings of a job.
func (w *world) issues(j job.Job) (all []userfile.Issue) {
	w.T.Helper()

	for part := range j.Issues {
		content, err := w.bucket.Read(w.T.Context(), object.Issues(j.ID, part))
		w.Must(err)

		var some []userfile.Issue
		w.Must(json.Unmarshal(content, &some))
		all = append(all, some...)
	}

	return all
}

func TestValidationTellsWhatTheRowsWouldDo(t *testing.T) {
	w := newWorld(t)
	w.know("same", map[string]string{"Site": "A"})
	w.know("other", map[string]string{"Site": "B"})
	w.know("gone", nil)
	w.Must(w.invoke("r1", w.drop(
		"uploads/users.csv",
		"Operation,User,Site,Role\n"+
			",new,,\n"+
			",same,A,\n"+
			",OTHER,A,Administrator\n"+
			"remove,gone,,\n"+
			"remove,nobody,,\n"+
			"removed,bad,,\n"+
			",new,,\n"+
			",second,A,\n",
		nil,
	)))
	found := w.only()

	want := job.Planned{Add: 2, Update: 1, Unchanged: 2, Remove: 1}
	if found.Rows == nil || found.Rows.Valid != 6 || found.Rows.Planned == nil ||
		*found.Rows.Planned != want {
		t.Errorf("got %+v", found.Rows)
	}

	var told []string
	for _, issue := range w.issues(found) {
		if issue.Code != userfile.CodeNoDevice {
			told = append(told, fmt.Sprint(issue.Row, issue.Code))
		}
	}

	got := strings.Join(told, " ")
	if got != "4administrator_gained 6user_not_found 7unknown_operation 8duplicate_user" {
		t.Errorf("its issues are %s", got)
	}
}

func TestTheGoodRowsAreKeptAsTheyWereUnderstood(t *testing.T) {
	w := newWorld(t)
	const file = "\ufeff user , Work Email,OPERATION\r\n" + // row 1
		" Ada ,ada@example.com , \r\n" +
		"\r\n" +
		"bob,no address,\r\n" +
		"ADA,again@example.com,\r\n" +
		"cem,\"\",Remove\r\n" +
		"\"<dan>\"\"&\",,process" // row 7
	w.Must(w.invoke("r1", w.drop("uploads/users.csv", file, nil)))

	found := w.only()
	chunks, err := w.copyOf(found).Chunks(t.Context())
	w.Must(err)

	var got []roster.Row
	for _, chunk := range chunks {
		w.Must(w.copyOf(found).EachGroup(t.Context(), chunk, 2, func(rows []roster.Row) error {
			got = append(got, rows...)
			return nil
		}))
	}

	want := []roster.Row{
		{Number: 2, Change: user.Change{
			Operation: user.Process,
			Username:  "Ada",
			Fields:    map[string]string{"Work Email": "ada@example.com"},
		}},
		{Number: 6, Change: user.Change{Operation: user.Remove, Username: "cem"}},
		{Number: 7, Change: user.Change{
			Operation: user.Process,
			Username:  `<dan>"&`,
			Fields:    map[string]string{"Work Email": ""},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestAFileIsReadInItsOwnEncodingAndGivenBackInIt(t *testing.T) {
	const (
		good = "u1;Zoë;zoe@example.com\r\n"
		bad  = "u2;\"Łuk;asz\";nobody\r\n"
	)

	for name, form := range map[string]struct {
		mark  string
		write func(text string) string
	}{
		"UTF-8":                    {"", func(text string) string { return text }},
		"UTF-8 with a mark":        {"\ufeff", func(text string) string { return text }},
		"UTF-16, little end first": {"\xff\xfe", inUTF16(binary.LittleEndian)},
		"UTF-16, big end first":    {"\xfe\xff", inUTF16(binary.BigEndian)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			file := form.mark + form.write("User;First Name;Work Email\r\n"+good+bad)
			w.Must(w.invoke("r1", w.drop("uploads/users.csv", file, nil)))

			found := w.only()
			if found.Rows == nil || found.Rows.Valid != 1 || found.Rows.Invalid != 1 {
				t.Fatalf("the job is %s (%s), %+v", found.Status, found.Reason, found.Rows)
			}
			report, err := w.bucket.Read(t.Context(), object.ErrorReport(found.ID))
			w.Must(err)

			got := string(report)
			if !strings.HasPrefix(got, form.mark+form.write("Error Row;Error;User;First Name;")) ||
				!strings.HasSuffix(got, form.write(";"+bad)) {
				t.Errorf("the report is %q", got)
			}

			w.Must(w.invoke("r2", w.drop("uploads/again.csv", got, nil)))
			for _, again := range w.all() {
				if again.ID != found.ID && !strings.Contains(again.Reason, "no valid row") {
					t.Errorf("uploaded again, it is %s (%s)", again.Status, again.Reason)
				}
			}
		})
	}
}

// inUTF16 returns what writes a text in UTF-16.
func inUTF16(order binary.AppendByteOrder) func(text string) string {
	return func(text string) string {
		var out []byte
		for _, unit := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, unit)
		}
		return string(out)
	}
}

func TestEachChunkSaysWhatItsRowsWouldDo(t *testing.T) {
	w := newWorld(t)

	var file strings.Builder
	file.WriteString("Operation,User,Site\n")

	const rows = 2*chunkRows + chunkRows/2 // a tenth of which is in error
	for i := range rows {
		switch {
		case i%7 == 0:
			fmt.Fprintf(&file, "remove,user%d,\n", i) // who isn't there
		case i%11 == 0:
			fmt.Fprintf(&file, "nonsense,user%d,\n", i)
		default:
			fmt.Fprintf(&file, ",user%d,A\n", i)
		}

		if i%100 == 1 && i%7 != 0 && i < chunkRows {
			w.know(fmt.Sprint("user", i), map[string]string{"Site": "B"})
		}
	}

	w.Must(w.invoke("r1", w.drop("uploads/users.csv", file.String(), nil)))
	found := w.only()

	chunks, err := w.copyOf(found).Chunks(t.Context())
	if err != nil || len(chunks) != 3 {
		t.Fatalf("got %d chunks, %v", len(chunks), err)
	}

	var sum job.Planned
	for _, chunk := range chunks {
		p := chunk.Planned
		if p.Add+p.Update+p.Unchanged+p.Remove != chunk.Rows ||
			p.Update > 0 != (chunk.Number == 0) ||
			p.Remove != 0 {
			t.Errorf("chunk %d of %d rows: %+v", chunk.Number, chunk.Rows, p)
		}

		sum = sum.Plus(p)
	}

	if sum != *found.Rows.Planned {
		t.Errorf("the job says %+v, its chunks %+v", *found.Rows.Planned, sum)
	}

	last, missing, errors := 0, 0, 0
	for _, issue := range w.issues(found) {
		if issue.Row < last {
			t.Fatalf("row %d comes after row %d", issue.Row, last)
		}

		last = issue.Row
		if issue.Code == userfile.CodeUserNotFound {
			missing++
		}

		if issue.Level == userfile.LevelError {
			errors++
		}
	}

	if missing != (rows+6)/7 || errors != found.Rows.Invalid {
		t.Errorf(
			"%d users are told to be missing, of %d; %d errors, of %d",
			missing,
			(rows+6)/7,
			errors,
			found.Rows.Invalid,
		)
	}
}

func TestAFileIsValidatedAgainThatCouldNotBeLookedUp(t *testing.T) {
	w := newWorld(t)
	record := w.drop("uploads/users.csv", goodFile, nil)
	table := w.directory.Table.Name
	w.know("ada", nil)
	broken := *w

	broken.directory.Table.Name = table + "-gone"
	if err := broken.invoke("r1", record); err == nil {
		t.Fatal("it didn't fail")
	}

	w.Must(w.invoke("r1", record))

	if found := w.only(); found.Rows == nil || found.Rows.Planned == nil ||
		*found.Rows.Planned != (job.Planned{Add: 1, Update: 1}) {
		t.Errorf("got %+v", found.Rows)
	}
}
