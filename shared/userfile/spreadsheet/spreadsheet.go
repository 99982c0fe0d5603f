// Package spreadsheet reads the first sheet of an .xlsx as the records of a user file.
//
// A cell's field is what a spreadsheet program shows: a number and a date in their
// format, a formula's result as it was last calculated. What a program would spoil when
// it saves CSV stays whole beside it: the digits of a whole number. Hidden rows and
// columns are read. Of merged cells the first has the value.
//
// The sheet is read as a stream, straight out of the archive. In memory are the file
// itself, of at most [MaxFile] bytes, the texts that its cells share, and one row.
//
// The format is ECMA-376, Office Open XML, part 1, chapter 18.
package spreadsheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/shared/guard"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// The limits of a file.
const (
	// MaxFile is the most bytes of a file.
	MaxFile = 50 << 20
	// MaxRows is the most rows of a sheet, without header and blank rows.
	MaxRows = 200_000
	// maxSheet and maxTexts are the most bytes that the sheet, and the texts that cells
	// share, unpack to. A small archive can unpack to any size.
	maxSheet = 1 << 30
	maxTexts = 128 << 20
	// maxPart is the most bytes that each other part of a file unpacks to.
	maxPart = 16 << 20
	// maxColumns is the most columns of a sheet: the last is XFD.
	maxColumns = 16_384
)

// The first bytes of an archive, and of what Office wrote before 2007.
const (
	zipMark = "PK\x03\x04"
	oleMark = "\xd0\xcf\x11\xe0"
)

// Is reports whether a file that begins so is one for this package to read, or to refuse.
func Is(start []byte) bool {
	return bytes.HasPrefix(start, []byte(zipMark)) || bytes.HasPrefix(start, []byte(oleMark))
}

// Reader reads the records of a sheet. It implements [userfile.Records].
type Reader struct {
	sheet   *part
	texts   texts
	formats *formats
	maxRows int

	row     int // the number of the last row
	records int // until now
	record  userfile.Record
	raw     bytes.Buffer
	csv     *csv.Writer
}

// NewReader reads a file and finds its first sheet. It returns a *userfile.FileError if
// the file must be rejected, or an error that wraps what reading failed with.
func NewReader(src io.Reader) (*Reader, error) {
	content, err := io.ReadAll(io.LimitReader(src, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if err := checkFormat(content); err != nil {
		return nil, err
	}

	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, damaged(0)
	}

	book, err := openWorkbook(archive)
	if err != nil {
		return nil, rejection(err, 0)
	}

	r := &Reader{
		sheet:   book.sheet,
		texts:   book.texts,
		formats: book.formats,
		maxRows: MaxRows,
	}
	r.csv = csv.NewWriter(&r.raw)
	return r, nil
}

// TooLarge returns the error for a file of more than [MaxFile] bytes.
func TooLarge() *userfile.FileError {
	return reject(0, userfile.CodeFileTooLarge,
		"A spreadsheet is read up to %d MB: split it, or save it as \"CSV UTF-8\".", MaxFile>>20)
}

// checkFormat refuses what is no archive, and says what it is instead.
func checkFormat(content []byte) error {
	switch {
	case len(content) > MaxFile:
		return TooLarge()
	case len(content) == 0:
		return reject(1, userfile.CodeEmptyFile,
			"The file is empty: its first row names the columns.")
	case bytes.HasPrefix(content, []byte(oleMark)):
		return refuseOLE(content)
	case !bytes.HasPrefix(content, []byte(zipMark)):
		return reject(0, userfile.CodeSpreadsheetFile,
			"The file isn't a spreadsheet (.xlsx) inside, whatever its name says: "+
				"save it as .xlsx or \"CSV UTF-8\", and upload that.")
	}
	return nil
}

// refuseOLE tells the files of Office's older container apart by the streams that they
// have (MS-OFFCRYPTO 2.3.4.4, MS-XLS 2.1.7.20). Their names stand there in UTF-16.
func refuseOLE(content []byte) *userfile.FileError {
	switch {
	case bytes.Contains(content, wide("EncryptedPackage")):
		return reject(0, userfile.CodeSpreadsheetFile,
			"The spreadsheet is protected by a password: "+
				"take the password off (File, Info, Protect Workbook), and upload it again.")
	case bytes.Contains(content, wide("Workbook")), bytes.Contains(content, wide("Book")):
		return reject(0, userfile.CodeSpreadsheetFile,
			"This is an .xls, the spreadsheet format before 2007: "+
				"save it as .xlsx or \"CSV UTF-8\", and upload that.")
	}
	return reject(0, userfile.CodeSpreadsheetFile,
		"This is an older Office file, and no spreadsheet: "+
			"save the users as .xlsx or \"CSV UTF-8\", and upload that.")
}

func wide(name string) []byte {
	return []byte(strings.Join(strings.Split(name, ""), "\x00") + "\x00")
}

// Next returns the next record that isn't blank. See [userfile.Records].
func (r *Reader) Next() (userfile.Record, error) {
	for {
		err := r.nextRow()
		if errors.Is(err, io.EOF) {
			return userfile.Record{}, r.end()
		}
		if err != nil {
			return userfile.Record{}, rejection(err, r.row)
		}
		if !r.trim() {
			continue
		}

		r.records++
		if r.records > r.maxRows+1 {
			return userfile.Record{}, reject(r.row, userfile.CodeTooManyRows,
				"A spreadsheet is read up to %d rows (row %d is beyond): "+
					"split it, or save it as \"CSV UTF-8\".",
				r.maxRows, r.row)
		}

		if err := r.writeRaw(); err != nil {
			return userfile.Record{}, err
		}
		return r.record, nil
	}
}

// end returns io.EOF, or the error of a sheet that is empty or doesn't end as it should.
func (r *Reader) end() error {
	if err := r.sheet.close(); err != nil {
		return rejection(err, r.row)
	}
	if r.records == 0 {
		return reject(1, userfile.CodeEmptyFile,
			"The first sheet is empty: its first row names the columns. "+
				"Put the sheet with the users first.")
	}
	return io.EOF
}

// trim takes the blank cells off the record's end. It reports whether anything is left.
func (r *Reader) trim() bool {
	fields := r.record.Fields
	last := len(fields)
	for last > 0 && user.Trimmed(fields[last-1]) == "" {
		last--
	}

	r.resize(last)
	r.record.Row = r.row
	r.record.Sheet = true
	return last > 0
}

// resize makes the record one of a number of cells. Cells that it didn't have are blank.
func (r *Reader) resize(cells int) {
	r.record.Fields = resized(r.record.Fields, cells)
	r.record.Numbers = resized(r.record.Numbers, cells)
	r.record.Broken = resized(r.record.Broken, cells)
}

func resized[T any](list []T, length int) []T {
	before := len(list)
	if length <= before {
		return list[:length]
	}

	list = slices.Grow(list, length-before)[:length]
	clear(list[before:])
	return list
}

// writeRaw sets the record's CSV. A number has its digits there. What is text in its cell
// must not become a formula in the CSV.
func (r *Reader) writeRaw() error {
	cells := make([]string, len(r.record.Fields))
	for i, field := range r.record.Fields {
		cells[i] = guard.Add(field)
		if r.record.Numbers[i] != "" {
			cells[i] = r.record.Numbers[i]
		}
	}

	r.raw.Reset()
	err := r.csv.Write(cells)
	if err != nil {
		return fmt.Errorf("write row as CSV: %w", err)
	}

	r.csv.Flush()
	r.record.Raw = r.raw.Bytes()
	if len(r.record.Raw) > userfile.MaxRow {
		return tooLong(r.row)
	}
	return nil
}

// Separator returns what stands between the fields of Raw.
func (r *Reader) Separator() rune { return ',' }

// Encoder returns a writer of UTF-8 with a byte order mark: without one, spreadsheet
// programs take CSV for the encoding of their country.
func (r *Reader) Encoder(w io.Writer) io.WriteCloser { return &encoder{w: w} }

type encoder struct {
	w      io.Writer
	marked bool
}

func (e *encoder) Write(p []byte) (int, error) {
	if err := e.mark(); err != nil {
		return 0, err
	}
	return e.w.Write(p)
}

// Close writes the mark where nothing else was written. It doesn't close the writer.
func (e *encoder) Close() error { return e.mark() }

func (e *encoder) mark() error {
	if e.marked {
		return nil
	}
	e.marked = true
	_, err := io.WriteString(e.w, "\ufeff")
	return err
}

// Why a part of a file can't be read on.
var (
	errTooLarge = errors.New("the file unpacks to more than it may")
	errTooLong  = errors.New("the row is too long")
)

// rejection returns the error for what was found in a file. All of it is in memory: an
// error is a fault of the file.
func rejection(err error, row int) error {
	var rejected *userfile.FileError
	switch {
	case errors.As(err, &rejected):
		return rejected
	case errors.Is(err, errTooLarge):
		return reject(row, userfile.CodeFileTooLarge,
			"The spreadsheet unpacks to far more than its size: "+
				"save the sheet with the users as \"CSV UTF-8\", and upload that.")
	case errors.Is(err, errTooLong):
		return tooLong(row)
	}
	return damaged(row)
}

func tooLong(row int) *userfile.FileError {
	return reject(row, userfile.CodeRowTooLong,
		"Row %d is longer than %d KiB: shorten it.", row, userfile.MaxRow>>10)
}

func damaged(row int) *userfile.FileError {
	if row == 0 {
		return reject(0, userfile.CodeSpreadsheetFile,
			"The spreadsheet is damaged: save it once more as .xlsx, and upload that.")
	}
	return reject(row, userfile.CodeSpreadsheetFile,
		"The spreadsheet is damaged behind row %d: save it once more as .xlsx, and upload that.",
		row)
}

func reject(row int, code, message string, args ...any) *userfile.FileError {
	return &userfile.FileError{Code: code, Message: fmt.Sprintf(message, args...), Row: row}
}
