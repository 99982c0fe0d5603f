package userfile_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"latchkey/shared/userfile"
)

func report(t *testing.T, file string) string {
	t.Helper()

	r, rows, err := readAll(strings.NewReader(file), usual)
	if err != nil {
		t.Fatalf("read: %v (%s)", err, message(err))
	}

	var out bytes.Buffer

	e, err := userfile.NewErrorReport(&out, r)
	if err != nil {
		t.Fatal(err)
	}

	for _, row := range rows {
		if row.Valid() {
			continue
		}

		if err := e.Add(row); err != nil {
			t.Fatal(err)
		}
	}

	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestErrorReport(t *testing.T) {
	const (
		header = "\ufeff User,\"First Name\", Site, Work Phone \r\n"
		good   = "u1,A,a,+1 650 253 0001\r\n"
	)

	bad := []string{
		"u2, \"B, \"\"C\"\"\r\nD\" ,b,110\n",
		"u/3,x\"y,c,\r\n",
		"u4\r\n",
		"u5," + strings.Repeat("é", 101) + ",,1.5E+10", // no line end
	}
	got := report(t, header+good+bad[0]+"\r\n"+good[:1]+"9"+good[2:]+bad[1]+bad[2]+bad[3])

	t.Run(
		"its rows are byte for byte those of the file, each with its number and errors",
		func(t *testing.T) {
			want := "\ufeffError Row,Error, User,\"First Name\", Site, Work Phone \r\n" +
				`3,"Work Phone: ` + userfile.Texts[userfile.CodeBadPhone] + `",` + bad[0] +
				`6,"First Name: ` + userfile.Texts[userfile.CodeBareQuote] + `",` + bad[1]
			if !strings.HasPrefix(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}

			for _, row := range bad {
				if !strings.Contains(got, ","+row) {
					t.Errorf("%q is not in %q", row, got)
				}
			}

			both := userfile.Texts[userfile.CodeTooLong] + "; Work Phone: " +
				userfile.Texts[userfile.CodeSpreadsheetNumber]
			if !strings.Contains(got, both) {
				t.Errorf("the last row's two errors are not joined: %q", got)
			}
		},
	)
	t.Run("uploaded as it is, it has the same errors", func(t *testing.T) {
		rows := mustRead(t, got, usual)

		var all []string
		for _, row := range rows {
			all = append(all, codes(row.Issues))
		}

		want := "e:bad_phone e:bare_quote e:too_few_fields e:too_long e:spreadsheet_number"
		if strings.Join(all, " ") != want {
			t.Errorf("got %q, want %q", all, want)
		}
	})
	t.Run("a report on the report can be uploaded too", func(t *testing.T) {
		if rows := mustRead(t, report(t, got), usual); len(rows) != len(bad) {
			t.Errorf("%d rows", len(rows))
		}
	})
	t.Run("corrected, it is valid", func(t *testing.T) {
		corrected := strings.NewReplacer(
			",110\n", ",+1 650 253 0002\n",
			"u/3,x\"y", "u3,xy",
			"u4\r\n", "u4,,,\r\n",
			strings.Repeat("é", 101), "E",
			"1.5E+10", "+1 650 253 0005",
		).Replace(got)

		rows := mustRead(t, corrected, usual)
		for i, username := range []string{"u2", "u3", "u4", "u5"} {
			if row := rows[i]; !row.Valid() || row.Change.Username != username {
				t.Errorf("row %d: %q, %v", row.Number, row.Change.Username, row.Issues)
			}
		}

		if got := rows[0].Change.Fields["First Name"]; got != "B, \"C\"\nD" {
			t.Errorf("the name became %q", got)
		}
	})
	t.Run("a file without a mark has a report without", func(t *testing.T) {
		got := report(t, "User,Site\n,a\n")
		want := "Error Row,Error,User,Site\n2,User: The row names no user.,,a\n"
		if !strings.HasPrefix(got, want) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("warnings are no errors", func(t *testing.T) {
		got := report(t, "User,Work Phone,Site\nu1,+1 1115500000,"+strings.Repeat("x", 101)+"\n")
		if strings.Contains(got, userfile.Texts[userfile.CodeDoubtfulPhone]) {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a failed write is told", func(t *testing.T) {
		full := errors.New("disk full")
		r, err := open(strings.NewReader("User\n"), usual)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := userfile.NewErrorReport(failing{full}, r); !errors.Is(err, full) {
			t.Errorf("header: %v", err)
		}
	})
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestTemplate(t *testing.T) {
	t.Run("it names the deployment's columns", func(t *testing.T) {
		want := "\ufeffOperation,User,First Name,Last Name,Site,Status,Externally Owned," +
			"External Key,Language,Time Zone,User Supervisor,Role,License Type," +
			"Work Email,Home Email,SMS Phone,Work Phone,Cost Centre\r\n"
		if got := string(userfile.Template(usual)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("it is a file without rows, whatever a custom field is called", func(t *testing.T) {
		schema := userfile.Schema{CustomFields: []string{`Size, "EU"`}}

		r, rows, err := readAll(bytes.NewReader(userfile.Template(schema)), schema)
		if err != nil || len(rows) > 0 || len(r.Warnings()) > 0 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}
