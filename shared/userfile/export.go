package userfile

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrorReport writes the rows in error as a file to correct and upload again, in the
// encoding and with the separator of the file that they are from. Each row is there byte for
// byte, after two columns with its number and its errors.
type ErrorReport struct {
	w         io.WriteCloser
	separator string
}

// NewErrorReport starts a report on the file of a reader, with its header.
func NewErrorReport(w io.Writer, of *Reader) (*ErrorReport, error) {
	e := &ErrorReport{of.records.Encoder(w), string(of.records.Separator())}
	if err := e.write(errorRow, errorColumn, of.header); err != nil {
		return nil, err
	}
	return e, nil
}

// Add writes a row that has errors. The reader must not have gone on.
func (e *ErrorReport) Add(row Row) error {
	var messages []string
	for _, issue := range row.Issues {
		switch {
		case issue.Level != LevelError:
		case issue.Column == "":
			messages = append(messages, issue.Message)
		default:
			messages = append(messages, issue.Column+": "+issue.Message)
		}
	}

	reasons := quote(strings.Join(messages, "; "), e.separator)
	return e.write(strconv.Itoa(row.Number), reasons, string(row.Raw))
}

func (e *ErrorReport) write(fields ...string) error {
	if _, err := io.WriteString(e.w, strings.Join(fields, e.separator)); err != nil {
		return fmt.Errorf("write error report: %w", err)
	}
	return nil
}

// Close writes what is left to write. What the report was written to stays open.
func (e *ErrorReport) Close() error {
	if err := e.w.Close(); err != nil {
		return fmt.Errorf("write error report: %w", err)
	}
	return nil
}

// Template returns the file that users are filled into, in UTF-8 with a byte order mark
// and CR LF. It has no sample row, which might be uploaded, and no column of a device's
// status.
func Template(schema Schema) []byte {
	var names []string
	for _, c := range schema.columns() {
		if !c.optional {
			names = append(names, quote(c.name, ","))
		}
	}
	return []byte("\ufeff" + strings.Join(names, ",") + "\r\n")
}

func quote(field, separator string) string {
	if !strings.ContainsAny(field, "\"\r\n"+separator) {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}
