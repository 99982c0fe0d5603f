package spreadsheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"latchkey/shared/userfile"
)

var _ userfile.Records = (*Reader)(nil)

// made returns a file that excelize writes.
func made(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()

	f := excelize.NewFile()
	defer f.Close()
	fill(f)

	content, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

// must fails the test at an error of making a file.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rewritten returns a file with one of its parts changed. A part that isn't there is
// added.
func rewritten(t testing.TB, file []byte, name string, change func(string) string) []byte {
	t.Helper()

	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)

	var out bytes.Buffer
	w := zip.NewWriter(&out)
	found := false
	for _, entry := range archive.File {
		src, err := entry.Open()
		must(t, err)
		content, err := io.ReadAll(src)
		must(t, err)

		text := string(content)
		if entry.Name == name {
			text = change(text)
			found = true
		}
		dst, err := w.Create(entry.Name)
		must(t, err)
		_, err = io.WriteString(dst, text)
		must(t, err)
	}

	if !found {
		dst, err := w.Create(name)
		must(t, err)
		_, err = io.WriteString(dst, change(""))
		must(t, err)
	}

	must(t, w.Close())
	return out.Bytes()
}

// sheetOf returns a file whose first sheet has the XML of some rows.
func sheetOf(t testing.TB, rows string) []byte {
	file := made(t, func(*excelize.File) {})
	return rewritten(t, file, "xl/worksheets/sheet1.xml", func(string) string {
		return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
			`<sheetData>` + rows + `</sheetData></worksheet>`
	})
}

// readAll returns a file's records, and the error that ended them unless that is io.EOF.
func readAll(file []byte) ([]userfile.Record, error) {
	reader, err := NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}

	var records []userfile.Record
	for {
		record, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return records, err
		}

		records = append(records, record.Clone())
	}
}

// lines returns records as their numbers and fields.
func lines(records []userfile.Record) (lines []string) {
	for _, record := range records {
		lines = append(lines, fmt.Sprintf("%d:%s", record.Row, strings.Join(record.Fields, "|")))
	}
	return lines
}

func setRows(t testing.TB, f *excelize.File, rows ...[]any) {
	t.Helper()
	for i, row := range rows {
		must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row))
	}
}

func TestRecordsAreWhatASheetShows(t *testing.T) {
	for _, test := range []struct {
		name string
		fill func(f *excelize.File)
		want []string
	}{
		{
			name: "shared texts",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "First Name"}, []any{"zoe", "Zoë"}, []any{"li", "李"})
			},
			want: []string{"1:User|First Name", "2:zoe|Zoë", "3:li|李"},
		},
		{
			name: "a text with a format of its own in the middle",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "First Name"}, []any{"zoe"})
				must(t, f.SetCellRichText("Sheet1", "B2", []excelize.RichTextRun{
					{Text: "Zo"}, {Text: "ë ", Font: &excelize.Font{Bold: true}}, {Text: "Ann"},
				}))
			},
			want: []string{"1:User|First Name", "2:zoe|Zoë Ann"},
		},
		{
			name: "blank rows count, also those with blanks only",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User"}, []any{}, []any{"ann"}, []any{"  ", " "}, []any{"bob"})
			},
			want: []string{"1:User", "3:ann", "5:bob"},
		},
		{
			name: "blank cells at a row's end are left out",
			fill: func(f *excelize.File) {
				setRows(t, f,
					[]any{"User", "Site", "Role"},
					[]any{"ann"},
					[]any{"bob", nil, "X", nil, " ", "\u00a0\u200b"},
					[]any{"\u200b", nil, "\u3000"},
				)
			},
			want: []string{"1:User|Site|Role", "2:ann", "3:bob||X"},
		},
		{
			name: "a row that is wider than the header keeps its cells",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "Site"}, []any{"ann", "x", "y"}, []any{"bob"})
			},
			want: []string{"1:User|Site", "2:ann|x|y", "3:bob"},
		},
		{
			name: "a title above the header",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"Users of May"}, []any{}, []any{"User", "Site"}, []any{"ann"})
			},
			want: []string{"1:Users of May", "3:User|Site", "4:ann"},
		},
		{
			name: "hidden rows and columns",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "Site"}, []any{"ann", "x"}, []any{"bob", "y"})
				must(t, f.SetRowVisible("Sheet1", 2, false))
				must(t, f.SetColVisible("Sheet1", "B", false))
			},
			want: []string{"1:User|Site", "2:ann|x", "3:bob|y"},
		},
		{
			name: "merged cells have their value in the first",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "Site", "Role"}, []any{"ann", "x"}, []any{"bob"})
				must(t, f.MergeCell("Sheet1", "B2", "C3"))
			},
			want: []string{"1:User|Site|Role", "2:ann|x", "3:bob"},
		},
		{
			name: "booleans, and a date in its format",
			fill: func(f *excelize.File) {
				day := time.Date(2026, 5, 17, 0, 0, 0, 0, time.UTC)
				setRows(t, f, []any{"User", "A", "B", "C"}, []any{"ann", true, false, day})
				format := "yyyy-mm-dd"
				style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
				must(t, err)
				must(t, f.SetCellStyle("Sheet1", "D2", "D2", style))
			},
			want: []string{"1:User|A|B|C", "2:ann|TRUE|FALSE|2026-05-17"},
		},
		{
			name: "a text that a quote prefix guards is a text",
			fill: func(f *excelize.File) {
				setRows(t, f, []any{"User", "Site"}, []any{"007", "=1+1"})
				style, err := f.NewStyle(&excelize.Style{NumFmt: 49})
				must(t, err)
				must(t, f.SetCellStyle("Sheet1", "A2", "B2", style))
			},
			want: []string{"1:User|Site", "2:007|=1+1"},
		},
		{
			name: "the first sheet that isn't hidden",
			fill: func(f *excelize.File) {
				_, err := f.NewSheet("Users")
				must(t, err)
				must(t, f.SetSheetRow("Users", "A1", &[]any{"User"}))
				f.SetActiveSheet(1)
				must(t, f.SetSheetVisible("Sheet1", false))
			},
			want: []string{"1:User"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, err := readAll(made(t, test.fill))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(records); !slices.Equal(got, test.want) {
				t.Errorf("records are %q, want %q", got, test.want)
			}
		})
	}
}

func TestCellsOfOtherPrograms(t *testing.T) {
	for _, test := range []struct {
		name, rows string
		want       []string
	}{
		{
			name: "texts within the sheet",
			rows: `<row><c t="inlineStr"><is><t>User</t></is></c>` +
				`<c t="inlineStr"><is><r><t>Si</t></r><r><rPr><b/></rPr><t>te</t></r>` +
				`<rPh sb="0" eb="1"><t>no</t></rPh></is></c></row>`,
			want: []string{"1:User|Site"},
		},
		{
			name: "rows and cells without a name follow each other",
			rows: `<row><c t="str"><v>User</v></c></row><row r="4"><c r="B4" t="str"><v>x</v></c>` +
				`<c t="str"><v>y</v></c></row><row><c t="str"><v>z</v></c></row>`,
			want: []string{"1:User", "4:|x|y", "5:z"},
		},
		{
			name: "results of formulas",
			rows: `<row><c t="str"><f>A9&amp;"x"</f><v>User</v></c><c><f>1+1</f><v>2</v></c>` +
				`<c t="b"><f>TRUE()</f><v>1</v></c><c t="str"><f>""</f><v></v></c></row>`,
			want: []string{"1:User|2|TRUE"},
		},
		{
			name: "a line break and a character that XML can't hold",
			rows: `<row><c t="str"><v>a_x000D_b</v></c><c t="str"><v>a_x005F_x000D_b</v></c>` +
				`<c t="str"><v>a_xD800_b_x1</v></c></row>`,
			want: []string{"1:a\rb|a_x000D_b|a_xD800_b_x1"},
		},
		{
			name: "a date in ISO 8601, as the strict form of the format has it",
			rows: `<row><c t="d"><v>2026-05-17</v></c></row>`,
			want: []string{"1:2026-05-17"},
		},
		{
			name: "what others put into rows and cells",
			rows: `<x:ext xmlns:x="x"><x:row/></x:ext><row><c t="str"><v>User</v>` +
				`<extLst><v>no</v></extLst></c><extLst><c><v>1</v></c></extLst></row>`,
			want: []string{"1:User"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			records, err := readAll(sheetOf(t, test.rows))
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(records); !slices.Equal(got, test.want) {
				t.Errorf("records are %q, want %q", got, test.want)
			}
		})
	}
}

func TestNumbersKeepTheirDigits(t *testing.T) {
	file := made(t, func(f *excelize.File) {})
	for _, test := range []struct {
		name, format, value string
		shown, digits       string
	}{
		{"a whole number", "", "15555550123", "15555550123", "15555550123"},
		{"one stored in powers of ten", "", "1.5555550123E+10", "15555550123", "15555550123"},
		{"one that is shown so", "0.00E+00", "15555550123", "1.56E+10", "15555550123"},
		{"one with separators", "#,##0", "100457000000", "100,457,000,000", "100457000000"},
		{"one that is shown as a phone", "000\\-0000", "5550123", "555-0123", "5550123"},
		{"zeros that the format puts in front", "00000", "123", "00123", "00123"},
		{"a fraction", "", "3.25", "3.25", ""},
		{"a fraction that is shown whole", "0", "3.25", "3", ""},
		{"a negative number", "", "-5", "-5", ""},
		{
			"more digits than there are", "",
			"1.23456789012346E+19", "1.23456789012346E+19", "1.23456789012346E+19",
		},
		{
			"more that a format fills up", "0",
			"1.23456789012346E+19", "12345678901234600000", "1.23456789012346E+19",
		},
		{"a power of ten", "", "100000000000000000000", "100000000000000000000", "1E+20"},
		{"as many as there are", "0", "999999999999999", "999999999999999", "999999999999999"},
		{"one more", "0", "1000000000000000", "1000000000000000", "1E+15"},
		{"a date", "yyyy\\-mm\\-dd", "45296", "2024-01-05", ""},
		{"a date of digits only", "yyyymmdd", "45296", "20240105", ""},
		{"a span", "[h]:mm", "1.5", "36:00", ""},
		{"a number as text", "@", "45296", "45296", "45296"},
		{"what is no number", "", "1,5", "1,5", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			styled := rewritten(t, file, "xl/styles.xml", func(string) string {
				return `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="` + test.format +
					`"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs>` +
					`</styleSheet>`
			})
			styled = rewritten(t, styled, "xl/worksheets/sheet1.xml", func(string) string {
				style := "1"
				if test.format == "" {
					style = "0"
				}
				return `<worksheet><sheetData><row><c s="` + style + `"><v>` + test.value +
					`</v></c><c t="str"><v>` + test.value + `</v></c></row></sheetData></worksheet>`
			})

			records, err := readAll(styled)
			if err != nil {
				t.Fatal(err)
			}
			got := records[0]
			if got.Fields[0] != test.shown || got.Numbers[0] != test.digits {
				t.Errorf("the cell is %q, %q, want %q, %q",
					got.Fields[0], got.Numbers[0], test.shown, test.digits)
			}
			if got.Fields[1] != test.value || got.Numbers[1] != "" {
				t.Errorf("the same as text is %q, %q", got.Fields[1], got.Numbers[1])
			}
		})
	}
}

func TestDatesCountFromTheYearOfTheWorkbook(t *testing.T) {
	file := made(t, func(f *excelize.File) {
		since1904 := true
		must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &since1904}))
		must(t, f.SetCellValue("Sheet1", "A1", 40_000))
		style, err := f.NewStyle(&excelize.Style{NumFmt: 15})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "A1", "A1", style))
	})

	records, err := readAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := records[0].Fields[0]; got != "7-Jul-13" {
		t.Errorf("day 40,000 from 1904 is shown as %q", got)
	}
}

func TestErrorValuesAreBroken(t *testing.T) {
	records, err := readAll(sheetOf(t,
		`<row><c t="str"><v>#N/A</v></c><c t="e"><v>#N/A</v></c>`+
			`<c t="e"><f>1/0</f><v>#DIV/0!</v></c><c><f>A1+1</f></c><c t="str"><v>x</v></c></row>`))
	if err != nil {
		t.Fatal(err)
	}

	want := []string{"1:#N/A|#N/A|#DIV/0!|=A1+1|x"}
	if got := lines(records); !slices.Equal(got, want) {
		t.Errorf("records are %q, want %q", got, want)
	}
	broken := []bool{false, true, true, true, false}
	if got := records[0].Broken; !slices.Equal(got, broken) {
		t.Errorf("broken are %v, want %v", got, broken)
	}
}

func TestRawIsTheRowAsCSV(t *testing.T) {
	records, err := readAll(made(t, func(f *excelize.File) {
		setRows(t, f,
			[]any{"User", "Site, place", "SMS Phone", "Note"},
			[]any{`a "b"`, "two\nlines", 15555550123, "=1+1"},
		)
		style, err := f.NewStyle(&excelize.Style{NumFmt: 11})
		must(t, err)
		must(t, f.SetCellStyle("Sheet1", "C2", "C2", style))
	}))
	if err != nil {
		t.Fatal(err)
	}

	want := []string{
		"User,\"Site, place\",SMS Phone,Note\n",
		"\"a \"\"b\"\"\",\"two\nlines\",15555550123,'=1+1\n",
	}
	for i, record := range records {
		if string(record.Raw) != want[i] {
			t.Errorf("row %d is %q, want %q", record.Row, record.Raw, want[i])
		}
	}
}

func TestEncoderMarksItsUTF8(t *testing.T) {
	for _, writes := range [][]string{nil, {"a"}, {"ä", "b"}} {
		var out bytes.Buffer
		w := (&Reader{}).Encoder(&out)
		for _, text := range writes {
			_, err := io.WriteString(w, text)
			must(t, err)
		}
		must(t, w.Close())

		if want := "\ufeff" + strings.Join(writes, ""); out.String() != want {
			t.Errorf("written is %q, want %q", out.String(), want)
		}
	}
}

func TestFilesAreRejected(t *testing.T) {
	plain := made(t, func(f *excelize.File) { setRows(t, f, []any{"User"}, []any{"ann"}) })
	encrypted, err := excelize.Encrypt(plain, &excelize.Options{Password: "p"})
	must(t, err)
	old := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1024)...)

	chart := made(t, func(f *excelize.File) {
		must(t, f.AddChartSheet("Chart", &excelize.Chart{
			Type:   excelize.Col,
			Series: []excelize.ChartSeries{{Name: "Sheet1!$A$1", Values: "Sheet1!$A$1:$A$2"}},
		}))
	})
	chart = rewritten(t, chart, "xl/workbook.xml", func(book string) string {
		sheets := regexp.MustCompile(`(<sheet [^>]*>(?:</sheet>)?)(<sheet [^>]*>(?:</sheet>)?)`)
		return sheets.ReplaceAllString(book, "$2$1")
	})
	long := made(t, func(f *excelize.File) {
		text := strings.Repeat("x", 32_767)
		setRows(t, f, []any{"User"}, []any{text, text, text})
	})

	for _, test := range []struct {
		name string
		file []byte
		code string
		says string
	}{
		{"nothing", nil, userfile.CodeEmptyFile, "is empty"},
		{"no row", made(t, func(*excelize.File) {}), userfile.CodeEmptyFile,
			"first sheet is empty"},
		{"blank rows only", sheetOf(t, `<row><c t="str"><v> </v></c></row>`),
			userfile.CodeEmptyFile, "first sheet is empty"},
		{"a chart as the first sheet", chart, userfile.CodeSpreadsheetFile, "is a chart"},
		{"a password", encrypted, userfile.CodeSpreadsheetFile, "protected by a password"},
		{"an .xls", append(bytes.Clone(old), wide("Workbook")...), userfile.CodeSpreadsheetFile,
			"is an .xls"},
		{"an .xls of 1995", append(bytes.Clone(old), wide("Book")...), userfile.CodeSpreadsheetFile,
			"is an .xls"},
		{"a .doc", append(bytes.Clone(old), wide("WordDocument")...), userfile.CodeSpreadsheetFile,
			"no spreadsheet"},
		{"text", []byte("User\nann\n"), userfile.CodeSpreadsheetFile, "isn't a spreadsheet"},
		{"another archive", archiveOf(t, "content.xml", "<x/>"), userfile.CodeSpreadsheetFile,
			"no .xlsx"},
		{"half of a file", plain[:len(plain)/2], userfile.CodeSpreadsheetFile, "is damaged"},
		{"a sheet that ends in the middle", rewritten(t, plain, "xl/worksheets/sheet1.xml",
			func(sheet string) string { return sheet[:strings.Index(sheet, "</sheetData>")] }),
			userfile.CodeSpreadsheetFile, "is damaged behind row 2"},
		{"a text that isn't there", sheetOf(t, `<row><c t="s"><v>7</v></c></row>`),
			userfile.CodeSpreadsheetFile, "is damaged"},
		{"rows that go back", sheetOf(t, `<row r="2"/><row r="2"/>`),
			userfile.CodeSpreadsheetFile, "is damaged behind row 2"},
		{"cells that go back",
			sheetOf(t, `<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`),
			userfile.CodeSpreadsheetFile, "is damaged"},
		{"a row that is too long", long, userfile.CodeRowTooLong, "Row 2 is longer than 64 KiB"},
		{"a text that is too long", sheetOf(t,
			`<row><c t="str"><v>`+strings.Repeat("x", userfile.MaxRow+1)+`</v></c></row>`),
			userfile.CodeRowTooLong, "Row 1 is longer"},
		{"an element that never ends", sheetOf(t, `<row x="`+strings.Repeat(" ", 2*maxToken)+`"/>`),
			userfile.CodeFileTooLarge, "unpacks to"},
		{"elements that never end", sheetOf(t, strings.Repeat("<row>", maxDepth)),
			userfile.CodeFileTooLarge, "unpacks to"},
		{"styles that never end", rewritten(t, plain, "xl/styles.xml",
			func(string) string { return strings.Repeat("<x>", maxDepth+1) }),
			userfile.CodeFileTooLarge, "unpacks to"},
		{"a part that unpacks to too much", rewritten(t, plain, "xl/styles.xml",
			func(string) string { return strings.Repeat(" ", maxPart+1) }),
			userfile.CodeFileTooLarge, "unpacks to"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAll(test.file)
			var rejected *userfile.FileError
			if !errors.As(err, &rejected) {
				t.Fatalf("the error is %v", err)
			}
			if rejected.Code != test.code || !strings.Contains(rejected.Message, test.says) {
				t.Errorf("rejected as %s: %s", rejected.Code, rejected.Message)
			}
		})
	}
}

// archiveOf returns an archive with one entry.
func archiveOf(t testing.TB, name, content string) []byte {
	t.Helper()

	var out bytes.Buffer
	w := zip.NewWriter(&out)
	entry, err := w.Create(name)
	must(t, err)
	_, err = io.WriteString(entry, content)
	must(t, err)
	must(t, w.Close())
	return out.Bytes()
}

// TestABombIsRefused is about archives whose directory tells less than they unpack to.
func TestABombIsRefused(t *testing.T) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	bomb := sheetOf(t, `<row><c t="str"><v>User</v></c></row>`+strings.Repeat(" ", 8<<20))
	archive, err := zip.NewReader(bytes.NewReader(bomb), int64(len(bomb)))
	must(t, err)

	for _, entry := range archive.File {
		header := entry.FileHeader
		if entry.Name == "xl/worksheets/sheet1.xml" {
			header.UncompressedSize64 = 1000
		}
		src, err := entry.OpenRaw()
		must(t, err)
		dst, err := w.CreateRaw(&header)
		must(t, err)
		_, err = io.Copy(dst, src)
		must(t, err)
	}
	must(t, w.Close())

	_, err = readAll(out.Bytes())
	var rejected *userfile.FileError
	if !errors.As(err, &rejected) {
		t.Errorf("the error is %v", err)
	}
}

func TestTheLimitOfRowsIsWithoutHeaderAndBlankRows(t *testing.T) {
	file := made(t, func(f *excelize.File) {
		setRows(t, f, []any{"User"}, []any{"a"}, []any{}, []any{"b"}, []any{"c"})
	})
	for _, test := range []struct {
		most  int
		valid bool
	}{{3, true}, {2, false}} {
		reader, err := NewReader(bytes.NewReader(file))
		must(t, err)
		reader.maxRows = test.most

		for err == nil {
			_, err = reader.Next()
		}
		var rejected *userfile.FileError
		if errors.As(err, &rejected) == test.valid {
			t.Errorf("with %d rows at most the error is %v", test.most, err)
		}
		if rejected != nil && (rejected.Code != userfile.CodeTooManyRows || rejected.Row != 5) {
			t.Errorf("rejected as %s at row %d", rejected.Code, rejected.Row)
		}
	}
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	large := io.MultiReader(
		strings.NewReader(zipMark),
		io.LimitReader(zeros{}, MaxFile),
	)
	_, err := NewReader(large)
	var rejected *userfile.FileError
	if !errors.As(err, &rejected) || rejected.Code != userfile.CodeFileTooLarge {
		t.Errorf("the error is %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestAReadThatFailsIsNoFaultOfTheFile(t *testing.T) {
	broken := errors.New("broken")
	_, err := NewReader(io.MultiReader(strings.NewReader(zipMark), failing{broken}))
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzReader(f *testing.F) {
	f.Add(`<row><c t="str"><v>User</v></c></row><row><c t="e"><v>#N/A</v></c></row>`, "0")
	f.Add(`<row r="3"><c r="B3" s="1"><v>45296.5</v></c></row>`, "yyyy-mm-dd")
	f.Add(`<row><c s="1"><v>-1.5E+10</v></c><c t="inlineStr"><is><t>_x000D_</t></is></c></row>`,
		"#,##0;[Red]-0.0%")
	f.Add(`<row><c s="1"><f>1</f><v>0.3</v></c>`, "# ?/?")

	f.Fuzz(func(t *testing.T, rows, format string) {
		file := sheetOf(t, rows)
		file = rewritten(t, file, "xl/styles.xml", func(string) string {
			format := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(format)
			return `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="` + format +
				`"/></numFmts><cellXfs><xf/><xf numFmtId="170"/></cellXfs></styleSheet>`
		})

		records, err := readAll(file)
		var rejected *userfile.FileError
		if err != nil && !errors.As(err, &rejected) {
			t.Fatalf("the error is none of a file: %v", err)
		}

		last := 0
		for _, record := range records {
			cells := len(record.Fields)
			if len(record.Numbers) != cells || len(record.Broken) != cells || cells == 0 {
				t.Errorf("row %d has %d fields, %d numbers, %d broken",
					record.Row, cells, len(record.Numbers), len(record.Broken))
			}
			if record.Row <= last || len(record.Raw) > userfile.MaxRow {
				t.Errorf("row %d follows row %d with %d bytes", record.Row, last, len(record.Raw))
			}
			last = record.Row
		}
	})
}
