// Package userfile judges the rows of the files that users are uploaded with.
//
// [Records] are a file of any kind, read record by record. A [Reader] makes rows of them.
// Each row is a change of one user in canonical form, with what is wrong with it. A fault in
// a row is an [Issue] of that row and leaves the others alone. A fault that makes the rows'
// meaning doubtful rejects the file with a [FileError]. A reader holds one row in memory.
//
// [Seen] finds repeated users. [ErrorReport] writes the rows in error, to be corrected and
// uploaded again. Package delimited reads text files.
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
	// Phones reads the phone numbers of rows. Only a [Reader] needs it.
	Phones ParsePhone
}

// Row is one record of a file, and the change of a user that it asks for.
type Row struct {
	// Number is the row's number as a spreadsheet shows it. See [Record].
	Number int
	// Raw is the row in UTF-8, as it stands in the file, with its line end. It is valid
	// until the next call of Next.
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
