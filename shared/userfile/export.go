package userfile

import (
	"fmt"
	"io"
	"strings"
)

// ErrorReport writes the rows in error as a file to correct and upload again. Each row is
// there byte for byte, after two columns with its number and its errors.
type ErrorReport struct {
	w io.Writer
}

// NewErrorReport starts a report with the header of the file that the rows are from.
func NewErrorReport(w io.Writer, header Header) (*ErrorReport, error) {
	mark := ""
	if header.BOM {
		mark = bom
	}

	_, err := fmt.Fprintf(w, "%s%s,%s,%s", mark, errorRow, errorColumn, header.Raw)
	if err != nil {
		return nil, fmt.Errorf("write error report: %w", err)
	}
	return &ErrorReport{w}, nil
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

	reasons := quote(strings.Join(messages, "; "))
	if _, err := fmt.Fprintf(e.w, "%d,%s,%s", row.Number, reasons, row.Raw); err != nil {
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
			names = append(names, quote(c.name))
		}
	}
	return []byte(bom + strings.Join(names, ",") + "\r\n")
}

func quote(field string) string {
	if !strings.ContainsAny(field, "\",\r\n") {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}
