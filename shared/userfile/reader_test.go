package userfile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		it, file string
		rows     []int
		// names are the User and First Name of each row.
		names []string
	}{
		{"LF ends lines", "User,First Name\nu1,A\nu2,B\n", []int{2, 3}, []string{"u1/A", "u2/B"}},
		{
			it:    "CR LF ends lines",
			file:  "User,First Name\r\nu1,A\r\nu2,B\r\n",
			rows:  []int{2, 3},
			names: []string{"u1/A", "u2/B"},
		},
		{"the last line needs no end", "User,First Name\r\nu1,A", []int{2}, []string{"u1/A"}},
		{
			it:    "a byte order mark is no part of the first name",
			file:  "\ufeffUser,First Name\nu1,A\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{
			it:    "a byte order mark may stand before a quoted name",
			file:  "\ufeff\"User\",First Name\nu1,A\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{"a header alone has no rows", "User,First Name\n", nil, nil},
		{"columns come in any order", "First Name,User\nA,u1\n", []int{2}, []string{"u1/A"}},
		{"header names compare in any case", "uSER,FIRST NAME\nu1,A\n", []int{2}, []string{"u1/A"}},
		{
			it:    "spaces around header names go",
			file:  " User , First Name \nu1,A\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{"spaces around values go", "User,First Name\n u1 ,\t A \n", []int{2}, []string{"u1/A"}},
		{
			it:    "spaces before an opening quote go",
			file:  "User, \"First Name\"\nu1, \"A\"\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{
			it:    "spaces after a closing quote go",
			file:  "\"User\" ,First Name\n\"u1\" , \"A\" \r\n\"u2\" ,\"B\" ",
			rows:  []int{2, 3},
			names: []string{"u1/A", "u2/B"},
		},
		{"spaces within quotes go", "User,First Name\nu1,\" A \"\n", []int{2}, []string{"u1/A"}},
		{
			it:    "invisible characters around values go",
			file:  "User,First Name\n\u200bu1\ufeff,\u200fA\u00ad\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{
			it:    "a name that is only invisible is blank",
			file:  "User,First Name\nu1,\u200b\u00a0\ufeff\n",
			rows:  []int{2},
			names: []string{"u1/"},
		},
		{
			it:    "other scripts' spaces go",
			file:  "User,First Name\nu1,\u3000\"A\"\u00a0\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{
			it:    "a comma within quotes is part of the value",
			file:  "User,First Name\nu1,\"A, B\"\n",
			rows:  []int{2},
			names: []string{"u1/A, B"},
		},
		{
			it:    "a quote written twice is one",
			file:  "User,First Name\nu1,\"A \"\"B\"\"\"\n",
			rows:  []int{2},
			names: []string{"u1/A \"B\""},
		},
		{"an empty quoted value is blank", "User,First Name\nu1,\"\"\n", []int{2}, []string{"u1/"}},
		{
			it:    "a line break within quotes is kept, and makes no row",
			file:  "User,First Name\nu1,\"A\nB\"\nu2,C\n",
			rows:  []int{2, 3},
			names: []string{"u1/A\nB", "u2/C"},
		},
		{
			it:    "a CR LF within quotes is a line break",
			file:  "User,First Name\r\nu1,\"A\r\n\r\nB\"\r\nu2,C\r\n",
			rows:  []int{2, 3},
			names: []string{"u1/A\n\nB", "u2/C"},
		},
		{
			it:    "a line break in a quoted header name makes no row",
			file:  "User,\"First Name\n\"\nu1,A\n",
			rows:  []int{2},
			names: []string{"u1/A"},
		},
		{
			it:    "blank lines are skipped but counted",
			file:  "\r\nUser,First Name\n\n \t \nu1,A\n\nu2,B\n\n",
			rows:  []int{5, 7},
			names: []string{"u1/A", "u2/B"},
		},
		{
			it:    "values are in NFC",
			file:  "User,First Name\nzoe\u0308,Zoe\u0308\n",
			rows:  []int{2},
			names: []string{"zo\u00eb/Zo\u00eb"},
		},
	} {
		for by, file := range map[string]io.Reader{
			"":             strings.NewReader(c.file),
			" (in pieces)": iotest.OneByteReader(strings.NewReader(c.file)),
		} {
			t.Run(c.it+by, func(t *testing.T) {
				_, rows, err := readAll(file, usual)
				if err != nil {
					t.Fatalf("read: %v (%s)", err, message(err))
				}

				var (
					numbers []int
					names   []string
				)
				for _, row := range rows {
					numbers = append(numbers, row.Number)

					names = append(names, row.Change.Username+"/"+row.Change.Fields[user.FirstName])
					if len(row.Issues) > 0 {
						t.Errorf("row %d has issues: %v", row.Number, row.Issues)
					}
				}

				if !reflect.DeepEqual(numbers, c.rows) || !reflect.DeepEqual(names, c.names) {
					t.Errorf("rows %v %q, want %v %q", numbers, names, c.rows, c.names)
				}
			})
		}
	}
}

func TestRejectedFile(t *testing.T) {
	long := strings.Repeat("x", userfile.MaxRow)
	for _, c := range []struct {
		it, file, code string
		row            int
		says           []string
	}{
		{"an empty file", "", userfile.CodeEmptyFile, 1, []string{"empty"}},
		{"nothing but blank lines", "\ufeff\r\n \n", userfile.CodeEmptyFile, 1, []string{"empty"}},
		{"UTF-16 without a mark", "U\x00s\x00e\x00r\x00", userfile.CodeNUL, 1, []string{"byte 2"}},
		{
			it:   "a value that isn't UTF-8",
			file: "User,Site\nu1,Caf\xe9\n",
			code: userfile.CodeNotUTF8,
			row:  2,
			says: []string{"byte 17", "row 2"},
		},
		{
			it:   "a header that isn't UTF-8",
			file: "\ufeffUser,Caf\xe9\n",
			code: userfile.CodeNotUTF8,
			row:  1,
			says: []string{"byte 12", "row 1"},
		},
		{
			it:   "a character cut at the end of the file",
			file: "User,Site\nu1,Caf\xc3",
			code: userfile.CodeNotUTF8,
			row:  2,
			says: []string{"byte 17"},
		},
		{"a NUL", "User,Site\nu1,a\nu2,\x00\n", userfile.CodeNUL, 3, []string{"byte 19", "row 3"}},
		{
			it:   "a quote that is never closed",
			file: "User,Site\nu1,a\n\nu2,\"b\nu3,c\n",
			code: userfile.CodeUnclosedQuote,
			row:  4,
			says: []string{"Row 4", "close it"},
		},
		{
			it:   "a header whose quote is never closed",
			file: "User,\"Site\nu1,a\n",
			code: userfile.CodeUnclosedQuote,
			row:  1,
			says: []string{"Row 1"},
		},
		{
			it:   "a row over 64 KiB",
			file: "User,Site\nu1," + long + "\n",
			code: userfile.CodeRowTooLong,
			row:  2,
			says: []string{"Row 2", "64 KiB"},
		},
		{
			it:   "a row over 64 KiB within quotes",
			file: "User,Site\nu1,\"" + long + "\"\n",
			code: userfile.CodeRowTooLong,
			row:  2,
			says: []string{"Row 2", "64 KiB", "quotation marks"},
		},
		{
			it:   "a row over 64 KiB that isn't UTF-8",
			file: "User,Site\n\xe9" + long + "\n",
			code: userfile.CodeNotUTF8,
			row:  2,
			says: []string{"byte 11"},
		},
		{
			it:   "all that is wrong with a header, at once",
			file: "User,,Pager,first_name,User\n",
			code: userfile.CodeUnnamedColumn,
			row:  1,
			says: []string{
				"column 2 has no name",
				`column 3, "Pager"`,
				`did you mean "First Name"?`,
				`"User" is there twice, again as column 5`,
			},
		},
		{
			it:   "an endless header name",
			file: "User,User," + strings.Repeat("y", 5000) + "\n",
			code: userfile.CodeRepeatedColumn,
			row:  1,
			says: []string{"y…"},
		},
		{
			it:   "a header that is there twice",
			file: "User,Site, SITE\n",
			code: userfile.CodeRepeatedColumn,
			row:  1,
			says: []string{`"Site"`, "column 3"},
		},
		{
			it:   "a header without a name",
			file: "User,,Site\n",
			code: userfile.CodeUnnamedColumn,
			row:  1,
			says: []string{"column 2"},
		},
		{
			it:   "a comma after the last header",
			file: "User,Site,\n",
			code: userfile.CodeUnnamedColumn,
			row:  1,
			says: []string{"column 3"},
		},
		{"no User column", "Operation,Site\n", userfile.CodeNoUserColumn, 1, []string{`"User"`}},
		{
			it:   "a header with a bare quote",
			file: "User,Si\"te\n",
			code: userfile.CodeBareQuote,
			row:  1,
			says: []string{"row 1"},
		},
	} {
		t.Run(c.it, func(t *testing.T) {
			_, _, err := readAll(strings.NewReader(c.file), usual)

			var rejected *userfile.FileError
			if !errors.As(err, &rejected) {
				t.Fatalf("err = %v, want a *FileError", err)
			}

			if rejected.Code != c.code || rejected.Row != c.row {
				t.Errorf(
					"rejected with %s at row %d, want %s at row %d",
					rejected.Code,
					rejected.Row,
					c.code,
					c.row,
				)
			}

			for _, part := range c.says {
				if !strings.Contains(rejected.Message, part) {
					t.Errorf("message %q lacks %q", rejected.Message, part)
				}
			}

			if len(rejected.Message) > 400 {
				t.Errorf("the message has %d bytes", len(rejected.Message))
			}

			want := fmt.Sprintf("reject file: %s at row %d", c.code, c.row)
			if err.Error() != want {
				t.Errorf("the error says %q, want %q", err, want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Run("a row of 64 KiB with its line end is read", func(t *testing.T) {
		for _, quote := range []string{"", `"`} {
			value := quote + strings.Repeat("x", userfile.MaxRow-len("u1,\n")-2*len(quote)) + quote

			rows := mustRead(t, "User,Site\nu1,"+value+"\nu2,a\n", usual)
			if len(rows) != 2 || len(rows[0].Raw) != userfile.MaxRow ||
				codes(rows[0].Issues) != "e:too_long" ||
				!rows[1].Valid() {
				t.Errorf(
					"got %d rows, the first of %d bytes: %s",
					len(rows),
					len(rows[0].Raw),
					codes(rows[0].Issues),
				)
			}

			if rows := mustRead(t, "User,Site\nu1,"+value+"x", usual); len(rows) != 1 {
				t.Errorf("without a line end: %d rows", len(rows))
			}
		}
	})
	t.Run("one byte more rejects the file", func(t *testing.T) {
		_, _, err := readAll(
			strings.NewReader(
				"User,Site\nu1,"+strings.Repeat("x", userfile.MaxRow-len("u1,"))+"\n",
			),
			usual,
		)
		if want := "reject file: row_too_long at row 2"; err == nil || err.Error() != want {
			t.Errorf("err = %v, want %s", err, want)
		}
	})
	t.Run("a character that is cut at the limit isn't taken for bad UTF-8", func(t *testing.T) {
		for shift := range 3 {
			site := strings.Repeat("x", shift) + strings.Repeat("€", userfile.MaxRow)
			_, _, err := readAll(strings.NewReader("User,Site\n"+site), usual)
			if want := "reject file: row_too_long at row 2"; err == nil || err.Error() != want {
				t.Errorf("shifted by %d: err = %v, want %s", shift, err, want)
			}
		}
	})
	t.Run("a gigabyte after an open quote is given up after a row's worth", func(t *testing.T) {
		endless := &counting{src: io.MultiReader(strings.NewReader("User\n\""), forever("x\n"))}

		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)

		_, _, err := readAll(endless, usual)

		runtime.ReadMemStats(&after)

		if want := "reject file: row_too_long at row 2"; err == nil || err.Error() != want {
			t.Errorf("err = %v, want %s", err, want)
		}

		if endless.n > 2*userfile.MaxRow {
			t.Errorf("read %d bytes", endless.n)
		}

		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 1<<20 {
			t.Errorf("allocated %d bytes", allocated)
		}
	})
	t.Run("the limits are those of the contract", func(t *testing.T) {
		if userfile.MaxRows != 5_000_000 || userfile.MaxFile != 1<<30 {
			t.Errorf("%d rows, %d bytes", userfile.MaxRows, userfile.MaxFile)
		}
	})

	const file = "User\n\nu1\nu2\n"
	for maxRows, want := range map[int]string{
		2: "<nil>", // without header and blank lines
		1: "reject file: too_many_rows at row 4",
	} {
		r, err := open(strings.NewReader(file), usual)
		if err != nil {
			t.Fatal(err)
		}

		r.SetMaxRows(maxRows)
		if _, err = rowsOf(r); fmt.Sprint(err) != want {
			t.Errorf("of %d rows at most: err = %v, want %q", maxRows, err, want)
		}
	}
}

// counting counts what is read.
type counting struct {
	src io.Reader
	n   int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.n += n
	return n, err
}

// forever repeats itself without end.
type forever string

func (f forever) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = f[i%len(f)]
	}

	return len(p), nil
}

func TestAFailedReadIsNoRow(t *testing.T) {
	broken := errors.New("connection reset")
	for _, file := range []string{"", "Us", "User,Site", "User,Site\nu1,a\nu2,Ber"} {
		_, rows, err := readAll(
			io.MultiReader(strings.NewReader(file), iotest.ErrReader(broken)),
			usual,
		)
		if !errors.Is(err, broken) {
			t.Errorf("after %q: err = %v", file, err)
		}

		for _, row := range rows {
			if row.Number == 3 {
				t.Errorf("after %q: the cut row was given: %v", file, row.Change)
			}
		}
	}
}

func TestRowErrors(t *testing.T) {
	const header = "Operation,User,First Name,Status,Role,Work Email,Work Phone\n"
	for _, c := range []struct{ it, row, codes, column string }{
		{"too few fields", "process,u1,A", "e:too_few_fields", ""},
		{"too many fields", "process,u1,A,,,,,x", "e:too_many_fields", ""},
		{"a comma too many", "process,u1,A,,,,, ", "e:too_many_fields", ""},
		{
			it:    "the header again, in any case",
			row:   "operation,User ,first name,Status,Role,Work Email,Work Phone",
			codes: "e:second_header",
		},
		{"a bare quote", `process,u1,A"B,,,,`, "e:bare_quote", "First Name"},
		{
			it:     "a value that goes on after its closing quote",
			row:    `process,u1,"A"B,,,,`,
			codes:  "e:bare_quote",
			column: "First Name",
		},
		{"a bare quote in the last column", `process,u1,A,,,,"1" 2`, "e:bare_quote", "Work Phone"},
		{"a bare quote beyond the last column", `process,u1,A,,,,,x"`, "e:bare_quote", ""},
		{"no User", "process, ,A,,,,", "e:no_user", "User"},
		{"a bad User", "process,a/b,A,,,,", "e:bad_user", "User"},
		{"an unknown Operation", "delete,u1,A,,,,", "e:unknown_operation", "Operation"},
		{"an unknown Status", "process,u1,A,AKTIV,,,", "e:unknown_status", "Status"},
		{
			it:  "all faults of a row are listed",
			row: "delete,,A,AKTIV," + strings.Repeat("r", 101) + ",@,110",
			codes: "e:unknown_operation e:no_user e:unknown_status e:too_long " +
				"e:bad_address e:bad_phone",
			column: "Operation",
		},
	} {
		t.Run(c.it, func(t *testing.T) {
			rows := mustRead(t, header+"process,u0,,,,,\n"+c.row+"\nprocess,u2,,,,,\n", usual)
			if len(rows) != 3 || !rows[0].Valid() || !rows[2].Valid() || rows[2].Number != 4 {
				t.Fatalf("the rows around it: %v", rows)
			}

			row := rows[1]
			if row.Valid() || codes(row.Issues) != c.codes || row.Issues[0].Column != c.column ||
				row.Issues[0].Row != 3 {
				t.Errorf("issues %v, want %s in %q", row.Issues, c.codes, c.column)
			}
		})
	}
}

func TestASeparatorTooManyIsSaidAsSuch(t *testing.T) {
	for file, want := range map[string]string{
		"User,Site\nu1,a,\n":        "there is a comma too many at the row's end",
		"User;Site\nu1;a; \n":       "there is a semicolon too many at the row's end",
		"User\tSite\nu1\ta\t\n":     "there is a tab too many at the row's end",
		"User;Site\nu1;a;b\n":       "put a value that has a semicolon in quotation marks",
		"User,Site,Role\nu1,a\n":    "a comma may be missing",
		"User,Site\nu1,a,,\nu2,b\n": "there are 2 commas too many at the row's end",
		"User\nu1\t\t \t\u00a0\n":   "there are 3 tabs too many at the row's end",
		"User,Site\nu1,a,,b\n":      "put a value that has a comma in quotation marks",
	} {
		row := mustRead(t, file, usual)[0]
		if len(row.Issues) != 1 || !strings.Contains(row.Issues[0].Message, want) {
			t.Errorf("%q: %v, want %q", file, row.Issues, want)
		}
	}
}

func TestABadRowLeavesTheNextInStep(t *testing.T) {
	for _, c := range []struct{ it, row string }{
		{"a bare quote", `u1,5" pipe`},
		{"a value that goes on after its quote", `u1,"a"b`},
		{"a good quoted line break after a bare quote", "u\"1,\"a\nb\""},
		{"a good quoted line break after a value that goes on", "\"u\"1,\"a\r\n\r\nb\""},
		{"a good quoted line break in a row with too many fields", "u1,a,\"a\nb\",\"c\nd\""},
		{"quotes within quotes", `u1,"she said "hi, there" to him"`},
	} {
		t.Run(c.it, func(t *testing.T) {
			rows := mustRead(t, "User,Site\n"+c.row+"\nu2,\"x\ny\"\n\nu3,z\n", usual)
			if len(rows) != 3 || rows[0].Valid() {
				t.Fatalf("got %d rows, the first with %v", len(rows), rows[0].Issues)
			}

			if rows[1].Number != 3 || rows[1].Change.Fields["Site"] != "x\ny" ||
				rows[2].Number != 5 ||
				rows[2].Change.Username != "u3" {
				t.Errorf("then came %v", rows[1:])
			}
		})
	}
}

func TestOperations(t *testing.T) {
	for _, c := range []struct {
		it, file string
		want     user.Change
	}{
		{
			it:   "process",
			file: "Operation,User,Site\nprocess,u1,a\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields:    map[string]string{"Site": "a"},
			},
		},
		{
			it:   "blank is process",
			file: "Operation,User,Site\n,u1,a\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields:    map[string]string{"Site": "a"},
			},
		},
		{
			it:   "no column is process",
			file: "User,Site\nu1,a\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields:    map[string]string{"Site": "a"},
			},
		},
		{
			it:   "in any case",
			file: "Operation,User\nPROCESS,u1\n",
			want: user.Change{Operation: user.Process, Username: "u1", Fields: map[string]string{}},
		},
		{
			it:   "a phone number's country is known",
			file: "User,SMS Phone,Work Phone\nu1,+49 30 901820,\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields:    map[string]string{"SMS Phone": "+4930901820", "Work Phone": ""},
				Countries: map[string]string{"SMS Phone": "DE"},
			},
		},
		{
			it:   "a blank value is there, an absent column isn't",
			file: "User,Site\nu1,\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields:    map[string]string{"Site": ""},
			},
		},
		{
			it:   "a removal needs no more than the user",
			file: "Operation,User,Site,Role,Work Email\nremove,u1,,,\n",
			want: user.Change{Operation: user.Remove, Username: "u1"},
		},
		{
			it:   "a removal's other values are not looked at",
			file: "Operation,User,Status,Work Phone\nRemove,u1,GONE,110\n",
			want: user.Change{Operation: user.Remove, Username: "u1"},
		},
		{
			it:   "ignored columns change nothing",
			file: "Error Row,Error,User,UUID,Last Login,Password Status\n7,bad,u1,x,y,z\n",
			want: user.Change{Operation: user.Process, Username: "u1", Fields: map[string]string{}},
		},
		{
			it:   "custom fields and devices' states",
			file: "User,cost centre,work email status\nu1,4711,inactive\n",
			want: user.Change{
				Operation: user.Process,
				Username:  "u1",
				Fields: map[string]string{
					"Cost Centre":       "4711",
					"Work Email Status": "INACTIVE",
				},
			},
		},
	} {
		t.Run(c.it, func(t *testing.T) {
			rows := mustRead(t, c.file, usual)
			if len(rows) != 1 || len(rows[0].Issues) > 0 ||
				!reflect.DeepEqual(rows[0].Change, c.want) {
				t.Errorf("got %+v, want %+v", rows, c.want)
			}
		})
	}

	t.Run("a removal without a user is an error", func(t *testing.T) {
		rows := mustRead(t, "Operation,User\nremove,\n", usual)
		if codes(rows[0].Issues) != "e:no_user" {
			t.Errorf("issues %v", rows[0].Issues)
		}
	})
}

func TestHeaderWarnings(t *testing.T) {
	r, rows, err := readAll(
		strings.NewReader("Error Row,Error,uuid,User,Last Login,Password Status\n2,x,a,u1,b,c\n"),
		usual,
	)
	if err != nil {
		t.Fatal(err)
	}

	var columns []string
	for _, issue := range r.Warnings() {
		if issue.Row != 1 || issue.Level != userfile.LevelWarning ||
			issue.Code != userfile.CodeIgnoredColumn {
			t.Errorf("warning %v", issue)
		}

		columns = append(columns, issue.Column)
	}

	want := []string{"UUID", "Last Login", "Password Status"}
	if !reflect.DeepEqual(columns, want) {
		t.Errorf("warned of %v, want %v", columns, want)
	}

	if len(rows) != 1 || len(rows[0].Issues) > 0 {
		t.Errorf("rows %v", rows)
	}
}

func TestNoDeviceWarning(t *testing.T) {
	schema := usual

	schema.JobDevices = []string{"Work Email", "SMS Phone"}
	for _, c := range []struct{ it, row, codes string }{
		{"the first device is enough", "process,u1,a@example.com,,,,", ""},
		{"the second device is enough", "process,u1,,,+1 650 253 0000,,", ""},
		{"a device that the job doesn't use is not", "process,u1,,a@example.com,,,", "w:no_device"},
		{"an inactive device is not", "process,u1,a@example.com,,,INACTIVE,", "w:no_device"},
		{"nothing is not", "process,u1,,,,,", "w:no_device"},
		{"a row in error has enough to say", "process,u1,a@,,,,", "e:bad_address"},
		{"a removal needs none", "remove,u1,,,,,", ""},
	} {
		t.Run(c.it, func(t *testing.T) {
			rows := mustRead(
				t,
				"Operation,User,Work Email,Home Email,SMS Phone,Work Email Status,Site\n"+
					c.row+"\n",
				schema,
			)
			if got := codes(rows[0].Issues); got != c.codes {
				t.Errorf("got %q, want %q", got, c.codes)
			}
		})
	}

	t.Run("a file without device columns warns too", func(t *testing.T) {
		if rows := mustRead(t, "User\nu1\n", schema); codes(rows[0].Issues) != "w:no_device" {
			t.Errorf("issues %v", rows[0].Issues)
		}
	})
}

func TestRowsKnowTheirBytes(t *testing.T) {
	const file = "\ufeffUser,Site\r\n\r\nu1,\"a\r\nb\" \r\n\n u2 ,x\"y\nu3,c"

	var got []string
	for _, row := range mustRead(t, file, usual) {
		got = append(got, string(row.Raw))
	}
	want := []string{"u1,\"a\r\nb\" \r\n", " u2 ,x\"y\n", "u3,c"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestSeen(t *testing.T) {
	rows := mustRead(t, "Operation,User,Status\n"+
		"process,ada,\n"+ // row 2
		"process,ADA,\n"+ // repeats row 2
		"process,bob,AKTIV\n"+ // in error: not remembered
		"process,Bob,\n"+ // row 5
		"remove,bob,\n"+ // repeats row 5
		"process,ada,AKTIV\n"+ // in error, and repeats row 2
		"process,,\n"+
		"process,,\n", usual)

	var (
		seen userfile.Seen
		got  []string
	)
	for i := range rows {
		seen.Check(&rows[i])
		got = append(got, codes(rows[i].Issues))
	}

	want := []string{
		"",
		"e:duplicate_user",
		"e:unknown_status",
		"",
		"e:duplicate_user",
		"e:unknown_status e:duplicate_user",
		"e:no_user",
		"e:no_user",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	if issue := rows[1].Issues[0]; issue.Column != userfile.User || issue.Value != "ADA" ||
		!strings.Contains(issue.Message, "row 2") {
		t.Errorf("the error says %v", issue)
	}
}

func TestIssueJSON(t *testing.T) {
	for _, c := range []struct {
		it    string
		issue userfile.Issue
		want  string
	}{
		{
			it: "an issue of a value",
			issue: userfile.Issue{
				7,
				"Site",
				userfile.LevelError,
				userfile.CodeTooLong,
				"Too long.",
				"x",
			},
			want: `{"row":7,"column":"Site","level":"error","code":"too_long",` +
				`"message":"Too long.","value":"x"}`,
		},
		{
			it:    "an issue of a blank value",
			issue: userfile.Issue{7, "User", userfile.LevelError, userfile.CodeNoUser, "None.", ""},
			want: `{"row":7,"column":"User","level":"error","code":"no_user",` +
				`"message":"None.","value":""}`,
		},
		{
			it: "an issue of a row has no column and no value",
			issue: userfile.Issue{
				7,
				"",
				userfile.LevelWarning,
				userfile.CodeNoDevice,
				"None.",
				"",
			},
			want: `{"row":7,"level":"warning","code":"no_device","message":"None.",` +
				`"column":null,"value":null}`,
		},
	} {
		t.Run(c.it, func(t *testing.T) {
			got, err := json.Marshal(c.issue)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}

			var again userfile.Issue
			if err := json.Unmarshal(got, &again); err != nil || again != c.issue {
				t.Errorf("read again: %v, %v", again, err)
			}
		})
	}
}

func TestIssuesOfTheDirectory(t *testing.T) {
	for _, c := range []struct {
		issue userfile.Issue
		codes string
	}{
		{userfile.AdministratorGained(3), "w:administrator_gained"},
		{userfile.UserNotFound(3, "u1"), "w:user_not_found"},
		{userfile.LastAdministrator(3, "u1"), "e:last_administrator"},
	} {
		if codes([]userfile.Issue{c.issue}) != c.codes || c.issue.Row != 3 {
			t.Errorf("got %v, want %s", c.issue, c.codes)
		}
	}

}

func TestWhyAFileHasNoValidRow(t *testing.T) {
	for file, want := range map[string]string{
		"User,Site\n":                   "none below the header",
		"User,Site\n,a\nu/2,b\n":        "Correct the rows in error",
		"User,Site\nu1,a,\nu2,b,,\n":    "each ends with commas that the header doesn't have",
		"User;Site\nu1;a;\nu2;b; ;\n":   "each ends with semicolons that the header doesn't have",
		"User,Site\nu1,a,\nu2,b,,c\n":   "Correct the rows in error",
		"User,Site\nu1,a,\nUser,Site\n": "Correct the rows in error",
	} {
		r, _, err := readAll(strings.NewReader(file), usual)
		if err != nil {
			t.Fatal(err)
		}
		rejected := r.NoValidRow()
		if rejected.Code != userfile.CodeNoValidRow || !strings.Contains(rejected.Message, want) {
			t.Errorf("%q: %s, want %q", file, rejected.Message, want)
		}
	}
}

func TestIssuesQuoteAtMostAHundredCharacters(t *testing.T) {
	rows := mustRead(t, "User,Site\nu1,"+strings.Repeat("é", 5000)+"\n", usual)

	issue := rows[0].Issues[0]
	if want := strings.Repeat("é", 100) + "…"; issue.Value != want {
		t.Errorf("quoted %d bytes", len(issue.Value))
	}

	if strings.Contains(issue.Message, "é") {
		t.Errorf("the message repeats the value: %s", issue.Message)
	}
}

func TestFieldsHaveAnEntryForEachColumn(t *testing.T) {
	template := string(userfile.Template(usual))

	rows := mustRead(
		t,
		template+",u1"+strings.Repeat(",", strings.Count(template, ",")-1)+"\n",
		usual,
	)
	if len(rows) != 1 || len(rows[0].Issues) > 0 {
		t.Fatalf("rows %+v", rows)
	}

	for _, name := range []string{
		"First Name",
		"Last Name",
		"Site",
		"Status",
		"Externally Owned",
		"External Key",
		"Language",
		"Time Zone",
		"User Supervisor",
		"Role",
		"License Type",
		"Work Email",
		"Home Email",
		"SMS Phone",
		"Work Phone",
		"Cost Centre",
	} {
		if value, ok := rows[0].Change.Fields[name]; !ok || value != "" {
			t.Errorf("%s: %q, %v", name, value, ok)
		}

		maps.DeleteFunc(rows[0].Change.Fields, func(n, _ string) bool { return n == name })
	}

	if len(rows[0].Change.Fields) > 0 {
		t.Errorf("and further %v", rows[0].Change.Fields)
	}
}
