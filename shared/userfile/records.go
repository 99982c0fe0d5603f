package userfile

import (
	"io"
	"slices"
)

// Record is one record of a file, before its values are judged.
type Record struct {
	// Row is the record's number as a spreadsheet shows it: the header is row 1, blank lines
	// count, and a line break within a value makes no row of its own.
	Row int
	// Fields are the values as they stand in the file: before a misplaced quotation mark, if
	// there is one. They are valid until the next record is read.
	Fields []string
	// Raw is the record in UTF-8, with its line end. It is valid as long.
	Raw []byte
	// Sheet says that the fields are a sheet's cells: blank ones at the end are left out.
	Sheet bool
	// BareQuote says that a quotation mark stands where none may.
	BareQuote bool
	// Numbers are the digits of a spreadsheet's cells that hold numbers, "" for other cells.
	// A text file has none.
	Numbers []string
	// Broken are a spreadsheet's cells that hold an error value. A text file has none.
	Broken []bool
}

// Clone returns a record that stays valid.
func (r Record) Clone() Record {
	r.Fields = slices.Clone(r.Fields)
	r.Raw = slices.Clone(r.Raw)
	r.Numbers = slices.Clone(r.Numbers)
	r.Broken = slices.Clone(r.Broken)
	return r
}

// Records reads the records of a file that aren't blank, one after the other.
type Records interface {
	// Next returns io.EOF at the end, a *FileError if the file must be rejected, or what
	// reading failed with.
	Next() (Record, error)
	// Separator is what stands between the fields of Raw.
	Separator() rune
	// Encoder returns a writer that takes UTF-8, and writes the encoding of the file, after
	// a byte order mark if the file has one. Close ends it, and leaves w open.
	Encoder(w io.Writer) io.WriteCloser
}
