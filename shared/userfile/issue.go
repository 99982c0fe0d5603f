package userfile

import (
	"encoding/json"
	"fmt"

	"latchkey/shared/user"
)

// Level is how grave an issue is.
type Level string

// The levels. A row with an error isn't processed; one with warnings is.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
)

// Codes of errors in rows.
const (
	CodeTooFewFields      = "too_few_fields"
	CodeTooManyFields     = "too_many_fields"
	CodeSecondHeader      = "second_header"
	CodeExampleRow        = "example_row"
	CodeBareQuote         = "bare_quote"
	CodeBrokenCell        = "broken_cell"
	CodeNoUser            = "no_user"
	CodeBadUser           = "bad_user"
	CodeDuplicateUser     = "duplicate_user"
	CodeUnknownOperation  = "unknown_operation"
	CodeUnknownStatus     = "unknown_status"
	CodeUnknownLanguage   = "unknown_language"
	CodeUnknownTimeZone   = "unknown_time_zone"
	CodeBadAddress        = "bad_address"
	CodeBadPhone          = "bad_phone"
	CodeSpreadsheetNumber = "spreadsheet_number"
	CodeTooLong           = "too_long"
	CodeLastAdministrator = "last_administrator"
)

// Codes of warnings.
const (
	CodeIgnoredColumn       = "ignored_column"
	CodeDoubtfulPhone       = "doubtful_phone"
	CodeExtensionDropped    = "extension_dropped"
	CodeNoDevice            = "no_device"
	CodeAdministratorGained = "administrator_gained"
	CodeAdministratorAlmost = "administrator_almost"
	CodeUserNotFound        = "user_not_found"
	CodeGuardRemoved        = "guard_removed"
	CodeLostCharacter       = "lost_character"
	CodeSpreadsheetError    = "spreadsheet_error"
	CodeNullName            = "null_name"
)

// Codes of a rejected file. A misplaced quote in the header has CodeBareQuote.
const (
	CodeEmptyFile       = "empty_file"
	CodeSpreadsheetFile = "spreadsheet_file"
	CodeNotUTF8         = "not_utf8"
	CodeNotEncoded      = "not_encoded"
	CodeNUL             = "nul_character"
	CodeUnclosedQuote   = "unclosed_quote"
	CodeRowTooLong      = "row_too_long"
	CodeNotSplit        = "not_split"
	CodeMixedSeparators = "mixed_separators"
	CodeRepeatedColumn  = "repeated_column"
	CodeUnnamedColumn   = "unnamed_column"
	CodeNoUserColumn    = "no_user_column"
	CodeFileTooLarge    = "file_too_large"
	CodeTooManyRows     = "too_many_rows"
	CodeNoValidRow      = "no_valid_row"
)

// Issue is one fault of a row, or a warning about it.
type Issue struct {
	Row int `json:"row"`
	// Column is empty, and null in JSON, if the issue is about the whole row.
	Column string `json:"column"`
	Level  Level  `json:"level"`
	Code   string `json:"code"`
	// Message is a clear sentence. It doesn't repeat the value, so that it may be logged.
	Message string `json:"message"`
	// Value is cut after user.MaxLength code points, and null in JSON as Column is.
	Value string `json:"value"`
}

// MarshalJSON writes null for column and value of an issue about the whole row.
func (i Issue) MarshalJSON() ([]byte, error) {
	type plain Issue // without this method

	if i.Column != "" {
		return json.Marshal(plain(i))
	}
	return json.Marshal(struct {
		plain
		Column *string `json:"column"`
		Value  *string `json:"value"`
	}{plain: plain(i)})
}

// AdministratorGained warns that the row makes a user an administrator who wasn't one.
func AdministratorGained(row int) Issue {
	return Issue{
		Row:     row,
		Column:  user.Role,
		Level:   LevelWarning,
		Code:    CodeAdministratorGained,
		Message: "The user becomes an administrator.",
		Value:   user.AdministratorRole,
	}
}

// UserNotFound warns that the row removes a user who isn't in the directory.
func UserNotFound(row int, username string) Issue {
	return Issue{
		Row:     row,
		Column:  User,
		Level:   LevelWarning,
		Code:    CodeUserNotFound,
		Message: "There is no such user to remove: nothing changes.",
		Value:   username,
	}
}

// LastAdministrator refuses a row that would leave no active administrator.
func LastAdministrator(row int, username string) Issue {
	return Issue{
		Row:    row,
		Column: User,
		Level:  LevelError,
		Code:   CodeLastAdministrator,
		Message: "This is the last administrator, who must stay one: " +
			"make another user an administrator first.",
		Value: username,
	}
}

// FileError rejects a file as a whole.
type FileError struct {
	Code string
	// Message is a clear sentence for the administrator who uploaded the file: where the
	// fault is, and what to do. It may quote the file, so it must not be logged.
	Message string
	// Row is where the fault is, or 0.
	Row int
}

// Error returns code and row alone, nothing from the file.
func (e *FileError) Error() string {
	return fmt.Sprintf("reject file: %s at row %d", e.Code, e.Row)
}

// Reject returns the error that rejects a file for a fault in a row.
func Reject(row int, code, message string, args ...any) *FileError {
	return &FileError{Code: code, Message: fmt.Sprintf(message, args...), Row: row}
}

type fault struct {
	level   Level
	code    string
	message string
}

// add gives the row an issue for a fault of a value. Column is "" for the whole row.
func (r *Row) add(column, value string, f fault) {
	r.Issues = append(r.Issues, Issue{
		Row:     r.Number,
		Column:  column,
		Level:   f.level,
		Code:    f.code,
		Message: f.message,
		Value:   clip(value),
	})
}

func clip(value string) string {
	n := 0
	for i := range value {
		n++
		if n > user.MaxLength {
			return value[:i] + "…"
		}
	}
	return value
}
