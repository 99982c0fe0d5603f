package userfile

import (
	"encoding/json"
	"fmt"

	"latchkey/shared/user"
)

// Level says whether an issue keeps a row from being processed.
type Level string

// An error does, a warning doesn't.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
)

// Codes of errors in rows.
const (
	CodeTooFewFields      = "too_few_fields"
	CodeTooManyFields     = "too_many_fields"
	CodeBareQuote         = "bare_quote"
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
	CodeUserNotFound        = "user_not_found"
)

// Codes of a rejected file. A header's bare quote has CodeBareQuote.
const (
	CodeEmptyFile       = "empty_file"
	CodeSpreadsheetFile = "spreadsheet_file"
	CodeNotUTF8         = "not_utf8"
	CodeNUL             = "nul_character"
	CodeUnclosedQuote   = "unclosed_quote"
	CodeRowTooLong      = "row_too_long"
	CodeNotComma        = "not_comma"
	CodeBadLineEnd      = "bad_line_end"
	CodeUnknownColumn   = "unknown_column"
	CodeRepeatedColumn  = "repeated_column"
	CodeUnnamedColumn   = "unnamed_column"
	CodeNoUserColumn    = "no_user_column"
	CodeFileTooLarge    = "file_too_large"
	CodeTooManyRows     = "too_many_rows"
	CodeNoValidRow      = "no_valid_row"
)

// Issue is one fault of a row, or a warning about it.
type Issue struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Level  Level  `json:"level"`
	Code   string `json:"code"`
	// Message is a clear sentence. It doesn't repeat the value, so that it may be logged.
	Message string `json:"message"`
	Value   string `json:"value"`
}

// MarshalJSON gives null for the column and value of an issue that is about the whole row.
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

// UserNotFound warns that the row removes a user who isn't there.
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

// LastAdministrator refuses a row that removes the last active administrator, makes them inactive or takes their role.
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
	// Message is a clear sentence for the one who uploaded the file: where the fault is, and what to do. It may quote the file.
	Message string
	// Row is where the fault is, or 0.
	Row int
}

// Error gives code and row alone, nothing from the file.
func (e *FileError) Error() string {
	return fmt.Sprintf("reject file: %s at row %d", e.Code, e.Row)
}

// NoValidRow rejects a file that has no row to process. Only the caller knows at the end: it may refuse rows too.
func NoValidRow() *FileError {
	return &FileError{
		Code:    CodeNoValidRow,
		Message: "The file has no valid row. Correct the rows in error, and upload it again.",
	}
}

func reject(row int, code, message string, args ...any) *FileError {
	return &FileError{Code: code, Message: fmt.Sprintf(message, args...), Row: row}
}

// fault is what is wrong with one value; without a code, nothing.
type fault struct {
	level   Level
	code    string
	message string
}

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

// clip cuts a value after user.MaxLength code points.
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
