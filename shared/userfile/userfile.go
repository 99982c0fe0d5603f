// Package userfile reads and checks the CSV files that users are uploaded with.
//
// A [Reader] returns a file's rows one by one. Each row is a change of one user in
// canonical form, with what is wrong with it. A fault in a row is an [Issue] of that row
// and leaves the others alone. A fault that makes the rows' meaning doubtful rejects the
// file with a [FileError]. A reader holds one row in memory, of at most [MaxRow] bytes.
//
// Rows know the bytes that they stand in. A file can therefore be cut at any row, and its
// parts be read apart with [NewChunkReader]: the rows are the same. [Seen] finds repeated
// users. [ErrorReport] writes the rows in error, to be corrected and uploaded again.
//
// The format is RFC 4180 in UTF-8, with the liberties that spreadsheets take: a byte
// order mark, LF or CR LF, blank lines, and spaces around values and their quotes.
package userfile

import (
	"latchkey/shared/user"
)

// The limits of a file: what an upload function's memory and 15 minutes are enough for.
const (
	// MaxFile is the most bytes of a file.
	MaxFile = 1 << 30
	// MaxRows is the most rows of a file, without header and blank lines.
	MaxRows = 5_000_000
	// MaxRow is the most bytes of a row with its line end. It bounds a reader's memory,
	// also where a quote is never closed.
	MaxRow = 64 << 10
)

// Columns that aren't fields of a profile.
const (
	Operation = "Operation"
	User      = "User"

	errorRow    = "Error Row"
	errorColumn = "Error"
)

// Schema is a deployment's own columns, beside those that every file may have.
type Schema struct {
	Devices      []user.Device
	CustomFields []string
	// JobDevices are the names of the devices that the job may use. A row with none of
	// them gets a warning. Nil warns of nothing.
	JobDevices []string
}

// Row is one record of a file, and the change of a user that it asks for.
type Row struct {
	// Number is the row's number as a spreadsheet shows it: the header is row 1, blank
	// lines count, and a line break within quotes makes no row of its own.
	Number int
	// From and To are the row's offsets in the file, with its line end. To is exclusive.
	From, To int64
	// Raw are the row's bytes as they stand in the file, with the line end. They are
	// valid until the next call of Next.
	Raw []byte
	// Change is meaningful if the row is valid. A removal has no fields.
	Change user.Change
	Issues []Issue
}

// Valid reports whether the row is without error. It may have warnings.
func (r *Row) Valid() bool {
	for _, issue := range r.Issues {
		if issue.Level == LevelError {
			return false
		}
	}
	return true
}

// Header is what a chunk's reader must know of the file's header. JSON can hold it.
type Header struct {
	// Raw is the header as it stands in the file, with its line end.
	Raw string `json:"raw"`
	// BOM is true if the file starts with a byte order mark.
	BOM bool `json:"bom"`
	// Columns are the columns' names as this package spells them.
	Columns []string `json:"columns"`
}
