package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"latchkey/shared/userfile"
)

// encoded returns a text in an encoding, by its label.
func encoded(t testing.TB, label, text string) string {
	t.Helper()
	is, err := htmlindex.Get(label)
	if err != nil {
		t.Fatal(err)
	}
	got, err := is.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// read returns a file's records as "row field|field", and what ended them.
func read(file io.Reader, options Options) (records []string, r *Reader, err error) {
	r, err = NewReader(file, options)
	if err != nil {
		return nil, nil, err
	}

	for {
		record, err := r.Next()
		if errors.Is(err, io.EOF) {
			return records, r, nil
		}
		if err != nil {
			return records, r, err
		}
		fields := strings.Join(record.Fields, "|")
		records = append(records, fmt.Sprintf("%d %s", record.Row, fields))
	}
}

func TestSeparators(t *testing.T) {
	for _, test := range []struct {
		name, file string
		options    Options
		want       []string
	}{
		{
			name: "commas",
			file: "User,Work Email\nu1,a@b\n",
			want: []string{"1 User|Work Email", "2 u1|a@b"},
		},
		{
			name: "semicolons",
			file: "User;Name\nu1;a,b,c,d\n",
			want: []string{"1 User|Name", "2 u1|a,b,c,d"},
		},
		{
			name: "tabs",
			file: "User\tName\tSite\nu1\t\ta;b\n",
			want: []string{"1 User|Name|Site", "2 u1||a;b"},
		},
		{
			name: "a quoted header",
			file: "\"User\";\"Name, first\"\n\"u;1\";\"a\"\n",
			want: []string{"1 User|Name, first", "2 u;1|a"},
		},
		{
			name: "spaces around quotes, between tabs",
			file: "\"User\" \t \"Name\"\nu1\t\"a\"\t\n",
			want: []string{"1 User|Name", "2 u1|a|"},
		},
		{
			name: "a header after a title and blank lines",
			file: "Our people\n\t\n\nUser;Name\nu1;A\n",
			want: []string{"1 Our people", "4 User|Name", "5 u1|A"},
		},
		{"one column", "User\nu1\n", Options{}, []string{"1 User", "2 u1"}},
		{
			name: "one that is announced",
			file: "sep=;\r\nUser;Name,first\r\nu1;A\r\n",
			want: []string{"2 User|Name,first", "3 u1|A"},
		},
		{"one announced in quotes", "\"sep=\t\"\nUser\tName\n", Options{}, []string{"2 User|Name"}},
		{
			name: "one announced behind a mark, in capitals",
			file: "\ufeffSEP=,\nUser,Name\n",
			want: []string{"2 User|Name"},
		},
		{
			name:    "one that is given",
			file:    "User,Name;Site\nu1,A;b\n",
			options: Options{Separator: ';'},
			want:    []string{"1 User,Name|Site", "2 u1,A|b"},
		},
		{
			name: "a user called sep",
			file: "User,Name\nsep=;,A\n",
			want: []string{"1 User|Name", "2 sep=;|A"},
		},
	} {
		t.Run(test.name, func(t *testing.T) { readsAs(t, test.file, test.options, test.want) })
	}
}

// readsAs checks what records a file has, however it arrives.
func readsAs(t *testing.T, file string, options Options, want []string) {
	t.Helper()
	for by, src := range map[string]io.Reader{
		"at once":   strings.NewReader(file),
		"in pieces": iotest.OneByteReader(strings.NewReader(file)),
	} {
		got, _, err := read(src, options)
		if err != nil || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: got %q, %v, want %q", by, got, err, want)
		}
	}
}

func TestAFirstRowUnlikeTheOthersIsNoFaultOfTheFile(t *testing.T) {
	nine := strings.Repeat("u;A;x\n", 9)
	const header = "1 User|Name|Site"
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{
			name: "one quoted value",
			file: "User,Name,Site\n\"smith, john\"\nu2,B,x\n",
			want: []string{header, "2 smith, john", "3 u2|B|x"},
		},
		{
			name: "one quoted row",
			file: "User,Name,Site\n\"u1,A,x\"\nu2,B,x\n\"u3,C,x\"\n",
			want: []string{header, "2 u1,A,x", "3 u2|B|x", "4 u3,C,x"},
		},
		{
			name: "another separator in the first row alone",
			file: "User,Name,Site\nu1;A;x\n\nu2,B,x\nu3,C,x\n",
			want: []string{header, "2 u1;A;x", "4 u2|B|x", "5 u3|C|x"},
		},
		{
			name: "another separator in two rows, the last of which is the file's",
			file: "User,Name,Site\nu1;A;x\nu2,B,x\nu3;C;x",
			want: []string{header, "2 u1;A;x", "3 u2|B|x", "4 u3;C;x"},
		},
		{
			name: "another separator in nine rows of ten",
			file: "User,Name,Site\n" + nine + "u,B,x\n",
			want: []string{
				header, "2 u;A;x", "3 u;A;x", "4 u;A;x", "5 u;A;x", "6 u;A;x", "7 u;A;x",
				"8 u;A;x", "9 u;A;x", "10 u;A;x", "11 u|B|x",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) { readsAs(t, test.file, Options{}, test.want) })
	}
}

func TestRowsThatAreReadAheadLoseNoFault(t *testing.T) {
	failed := errors.New("the network is down")
	long := strings.Repeat("u;"+strings.Repeat("A", firstLines/2)+"\n", 2)
	for name, test := range map[string]struct {
		src  io.Reader
		want string
	}{
		"a fault of the file": {
			strings.NewReader("User,Name\n" + long + "\x00\n"), "nul_character at row 4",
		},
		"a read that fails": {
			io.MultiReader(strings.NewReader("User,Name\n"+long), iotest.ErrReader(failed)),
			failed.Error(),
		},
	} {
		records, _, err := read(test.src, Options{})
		if len(records) != 3 || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %q, %v", name, records, err)
		}
	}
}

func TestLinesAndBlanks(t *testing.T) {
	want := []string{"1 User|Name", "2 u1|A", "3 u2|B"}
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{"CR ends lines", "User,Name\ru1,A\ru2,B\r", want},
		{"CR ends lines, but the last has none", "User,Name\ru1,A\ru2,B", want},
		{"CR, LF and CR LF", "User,Name\r\nu1,A\ru2,B\n", want},
		{"CR after quotes", "User,\"Name\"\ru1,\"A\" \ru2,\"B\"\r", want},
		{
			name: "a CR within quotes",
			file: "User,Name\ru1,\"A\rB\"\ru2,C\r",
			want: []string{"1 User|Name", "2 u1|A\rB", "3 u2|C"},
		},
		{
			name: "CR CR LF has a blank line",
			file: "User,Name\r\r\nu1,A\r\n",
			want: []string{"1 User|Name", "3 u1|A"},
		},
		{
			name: "rows of blanks only are blank lines",
			file: "User,Name\n,\n , \t\n\"\",\" \"\nu1,A\n\u00a0,\u200b\n",
			want: []string{"1 User|Name", "5 u1|A"},
		},
		{"an end of file in a line of its own", "User,Name\r\nu1,A\r\nu2,B\r\n\x1a", want},
		{"an end of file behind the last line", "User,Name\nu1,A\nu2,B\x1a", want},
		{"an end of file behind a quote", "User,Name\nu1,A\nu2,\"B\"\x1a", want},
		{"ends of files that fill a block", "User,Name\nu1,A\nu2,B\r\n\x1a\x1a\x1a", want},
		{
			name: "an end of file at the end of a row",
			file: "User,Name\nu1,A\x1a\nu2,\"B\x1a\"\r\nu3,\x1a\r",
			want: []string{"1 User|Name", "2 u1|A\x1a", "3 u2|B\x1a", "4 u3|\x1a"},
		},
		{"a mark", "\ufeffUser,Name\nu1,A\nu2,B\n", want},
		{"two marks", "\ufeff\ufeffUser,Name\nu1,A\nu2,B\n", want},
		{"a mark before a record", "User,Name\nu1,A\n\ufeffu2,B\n", want},
		{"a mark before a quote", "\ufeff\ufeff\"User\",Name\nu1,A\n\ufeff\"u2\" ,B\n", want},
		{"a mark alone", "User,Name\nu1,A\nu2,B\n\ufeff\n", want},
	} {
		t.Run(test.name, func(t *testing.T) { readsAs(t, test.file, Options{}, test.want) })
	}
}

func TestEncodings(t *testing.T) {
	const text = "User;Name\r\nu1;Zoë\r\nu2;\"Łukasz\r\nK.\"\r\n"
	want := []string{"1 User|Name", "2 u1|Zoë", "3 u2|Łukasz\nK."}
	western := strings.ReplaceAll(text, "Ł", "L")
	for _, test := range []struct {
		name, file string
		options    Options
		want       []string
	}{
		{
			name: "UTF-16, little end first",
			file: "\xff\xfe" + encoded(t, "utf-16le", text),
			want: want,
		},
		{
			name: "UTF-16, big end first",
			file: "\xfe\xff" + encoded(t, "utf-16be", text),
			want: want,
		},
		{
			name:    "UTF-16 that is named, without a mark",
			file:    encoded(t, "utf-16le", text),
			options: Options{Encoding: "utf-16"},
			want:    want,
		},
		{
			name:    "a mark says more than a name",
			file:    "\ufeffUser\nZoë\n",
			options: Options{Encoding: "windows-1252"},
			want:    []string{"1 User", "2 Zoë"},
		},
		{
			name:    "windows-1252",
			file:    encoded(t, "windows-1252", western),
			options: Options{Encoding: "Windows-1252"},
			want:    []string{"1 User|Name", "2 u1|Zoë", "3 u2|Lukasz\nK."},
		},
		{
			name:    "macintosh",
			file:    encoded(t, "macintosh", western),
			options: Options{Encoding: "macintosh"},
			want:    []string{"1 User|Name", "2 u1|Zoë", "3 u2|Lukasz\nK."},
		},
		{
			name:    "windows-1250",
			file:    encoded(t, "windows-1250", "User;Name\ru1;Łukasz\r"),
			options: Options{Encoding: "cp1250"},
			want:    []string{"1 User|Name", "2 u1|Łukasz"},
		},
		{
			name:    "Shift_JIS, whose second bytes may be letters",
			file:    encoded(t, "shift_jis", "User,Name\nu1,ソース\nu2,\"表, 十\"\n"),
			options: Options{Encoding: "shift_jis"},
			want:    []string{"1 User|Name", "2 u1|ソース", "3 u2|表, 十"},
		},
		{
			name:    "ISO-2022-JP, whose bytes may be quotes",
			file:    encoded(t, "iso-2022-jp", "User,Name\nu1,あい\n"),
			options: Options{Encoding: "iso-2022-jp"},
			want:    []string{"1 User|Name", "2 u1|あい"},
		},
		{
			name:    "GB 18030",
			file:    encoded(t, "gb18030", "User,Name\nu1,李雷😀\n"),
			options: Options{Encoding: "gb18030"},
			want:    []string{"1 User|Name", "2 u1|李雷😀"},
		},
		{
			name: "a replacement character in UTF-16",
			file: "\xff\xfeU\x00\n\x00\xfd\xff",
			want: []string{"1 U", "2 \ufffd"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			readsAs(t, test.file, test.options, test.want)
		})
	}
}

func TestRejectedFiles(t *testing.T) {
	utf16 := "\xff\xfe" + encoded(t, "utf-16le", "User\nu1\n")
	for _, test := range []struct {
		name, file string
		options    Options
		code       string
		row        int
		says       []string
	}{
		{
			name: "UTF-16 without a mark",
			file: encoded(t, "utf-16le", "User\nu1\n"),
			code: userfile.CodeNUL,
			row:  1,
			says: []string{"byte 2", "UTF-16"},
		},
		{
			name: "half a pair in UTF-16",
			file: utf16 + "\x00\xd8a\x00\n\x00",
			code: userfile.CodeNotEncoded,
			row:  3,
			says: []string{"utf-16le", "row 3"},
		},
		{
			name: "the second half of a pair alone",
			file: utf16 + "\x00\xdc\n\x00",
			code: userfile.CodeNotEncoded,
			row:  3,
		},
		{
			name: "half a unit at the end",
			file: utf16 + "a",
			code: userfile.CodeNotEncoded,
			row:  3,
		},
		{
			name:    "a byte that windows-1252 has, and ASCII hasn't",
			file:    "User\nu1\nZo\xeb\n",
			code:    userfile.CodeNotUTF8,
			row:     3,
			says:    []string{"byte 11", "name its encoding"},
			options: Options{Encoding: "utf-8"},
		},
		{
			name:    "a byte that windows-1253 hasn't",
			file:    "User\nu1\n\xd2\n",
			options: Options{Encoding: "windows-1253"},
			code:    userfile.CodeNotEncoded,
			row:     3,
			says:    []string{"windows-1253"},
		},
		{
			name:    "half a character of Shift_JIS",
			file:    "User\n\x83\n",
			options: Options{Encoding: "shift_jis"},
			code:    userfile.CodeNotEncoded,
			row:     2,
		},
		{
			name:    "an encoding that there isn't",
			file:    "User\n",
			options: Options{Encoding: "klingon"},
			code:    userfile.CodeNotUTF8,
			row:     1,
			says:    []string{`"klingon"`},
		},
		{
			name: "rows that weren't split",
			file: "\"User,Name\"\n\"u1,A\"\n",
			code: userfile.CodeNotSplit,
			row:  2,
			says: []string{"Row 2", "weren't split"},
		},
		{
			name: "rows that weren't split, under a header that was",
			file: "User;Name\n\"u1;A\"\n\"u2;B\"\n",
			code: userfile.CodeNotSplit,
			row:  2,
		},
		{
			name: "rows with another separator than the header",
			file: "User,Name,Site\n\nu1;A;x\nu2;B;y\n",
			code: userfile.CodeMixedSeparators,
			row:  3,
			says: []string{"commas", "semicolons", "row 3"},
		},
		{
			name: "rows with another separator, and the header's within values",
			file: "User,Name,Site\nu1;King, A;x\nu2;Ray, B;y\n",
			code: userfile.CodeMixedSeparators,
			row:  2,
		},
		{
			name: "a thousand rows with another separator",
			file: "User,Name,Site\n" + strings.Repeat("u;A;x\n", 1000),
			code: userfile.CodeMixedSeparators,
			row:  2,
		},
		{
			name:    "another separator than the one given",
			file:    "User\tName\nu1,A\n",
			options: Options{Separator: '\t'},
			code:    userfile.CodeMixedSeparators,
			row:     2,
			says:    []string{"tabs", "commas"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := read(strings.NewReader(test.file), test.options)
			var rejected *userfile.FileError
			if !errors.As(err, &rejected) {
				t.Fatalf("err = %v, want a *FileError", err)
			}
			if rejected.Code != test.code || rejected.Row != test.row {
				t.Errorf("rejected with %s at row %d", rejected.Code, rejected.Row)
			}
			for _, part := range test.says {
				if !strings.Contains(rejected.Message, part) {
					t.Errorf("message %q lacks %q", rejected.Message, part)
				}
			}
		})
	}
}

func TestAFileTooLargeIsRejected(t *testing.T) {
	const file = "User\n\nu1\nu2\n" // 12 bytes
	for most, want := range map[int64]string{
		12: "<nil>",
		11: "reject file: file_too_large at row 4",
	} {
		r, err := NewReader(strings.NewReader(file), Options{})
		if err != nil {
			t.Fatal(err)
		}
		r.records.maxFile = most

		for err == nil {
			_, err = r.Next()
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if fmt.Sprint(err) != want {
			t.Errorf("of %d bytes at most: %v, want %s", most, err, want)
		}
	}
}

// TestWhatIsReportedIsAsItWas holds readers to give back each byte that a record has.
func TestWhatIsReportedIsAsItWas(t *testing.T) {
	for _, test := range []struct {
		file    string
		options Options
	}{
		{file: "\ufeffUser, \"Name\" \r\nu1,\"A\r\nB\" \ru2,x\"y\n\ufeffu3,c\x1a"},
		{file: "\xff\xfe" + encoded(t, "utf-16le", "User\tName\r\nu1\tZoë😀\r\n")},
		{file: "\xfe\xff" + encoded(t, "utf-16be", "User;Name\ru1;\"Zoë\r\"\r")},
		{encoded(t, "windows-1252", "User;Name\nu1;Zoë\n"), Options{Encoding: "latin1"}},
		{encoded(t, "iso-2022-jp", "User,Name\nu1,あい\n"), Options{Encoding: "iso-2022-jp"}},
		{"User;Name\n" + allBytes(), Options{Encoding: "ibm866"}},
	} {
		r, err := NewReader(strings.NewReader(test.file), test.options)
		if err != nil {
			t.Fatal(err)
		}

		var out bytes.Buffer
		w := r.Encoder(&out)
		for {
			record, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(record.Raw); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.String() != test.file {
			t.Errorf("got  %q\nwant %q", out.String(), test.file)
		}
	}
}

// allBytes returns a line of all bytes of a single-byte encoding that are letters.
func allBytes() string {
	var line strings.Builder
	for c := range 128 {
		line.WriteByte(byte(128 + c))
	}
	decoded, _ := charmap.CodePage866.NewDecoder().String(line.String())
	again, _ := charmap.CodePage866.NewEncoder().String(decoded)
	return "u1;" + again + "\n"
}

// FuzzReader holds the reader to give back what it read, in whatever encoding.
func FuzzReader(f *testing.F) {
	for _, file := range []string{
		"User;Name\r\nu1;\"Zoë\r\nx\"\r\n",
		"\xff\xfeU\x00,\x00N\x00\n\x00",
		"sep=\t\nUser\tName\r\ru1\t\"\"\r",
		"\ufeff\ufeffUser,\"a\"b\n\x1a",
		"\"User,Name\"\n\"u1,A\"\n",
	} {
		for _, label := range []string{"", "windows-1252", "shift_jis"} {
			f.Add(file, label)
		}
	}

	f.Fuzz(func(t *testing.T, file, label string) {
		r, err := NewReader(strings.NewReader(file), Options{Encoding: label})
		if err != nil {
			return
		}

		last := 0
		var text strings.Builder
		for {
			record, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			var rejected *userfile.FileError
			if errors.As(err, &rejected) && rejected.Message != "" {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if record.Row <= last || len(record.Raw) > userfile.MaxRow {
				t.Fatalf("row %d of %d bytes after row %d", record.Row, len(record.Raw), last)
			}
			last = record.Row
			text.Write(record.Raw)
		}

		got := withoutBlanks(text.String())
		if r.form.is == nil && !strings.Contains(withoutBlanks(file), got) {
			t.Fatalf("the file has no %q", text.String())
		}
	})
}

// withoutBlanks returns a text without what a blank line may have.
func withoutBlanks(text string) string {
	return strings.Map(func(c rune) rune {
		if isBlank(c) || strings.ContainsRune(`,;"`, c) {
			return -1
		}
		return c
	}, strings.TrimPrefix(text, "sep="))
}
