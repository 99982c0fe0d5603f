package spreadsheet

import (
	"encoding/xml"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"latchkey/shared/userfile"
)

// nextRow reads the next row into the record, blank or not. It returns io.EOF at the end
// of the rows.
func (r *Reader) nextRow() error {
	for {
		token, err := r.sheet.Token()
		if err != nil {
			return unexpected(err)
		}

		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "row" {
				return r.readRow(token)
			}
			if err := r.sheet.skip(); err != nil {
				return err
			}
		case xml.EndElement:
			return io.EOF
		}
	}
}

func (r *Reader) readRow(row xml.StartElement) error {
	number := r.row + 1
	if given := attribute(row, "r"); given != "" {
		parsed, err := strconv.Atoi(given)
		if err != nil || parsed < number {
			return io.ErrUnexpectedEOF
		}
		number = parsed
	}

	r.row = number
	r.resize(0)
	size := 0
	for {
		token, err := r.sheet.Token()
		if err != nil {
			return unexpected(err)
		}

		switch token := token.(type) {
		case xml.StartElement:
			before := len(r.record.Fields)
			if token.Name.Local != "c" {
				err = r.sheet.skip()
			} else {
				err = r.readCell(token)
			}
			if err != nil {
				return err
			}

			for _, field := range r.record.Fields[before:] {
				size += len(field)
			}
			if size > userfile.MaxRow {
				return errTooLong
			}
		case xml.EndElement:
			return nil
		}
	}
}

// cell is a cell as it stands in the file (ECMA-376 part 1, 18.3.1.4).
type cell struct {
	kind    string
	format  int
	value   string
	stored  bool // it has a value, which may be blank
	formula *string
}

func (r *Reader) readCell(start xml.StartElement) error {
	column := len(r.record.Fields)
	if name := attribute(start, "r"); name != "" {
		number, _, err := excelize.CellNameToCoordinates(name)
		if err != nil {
			return err
		}
		column = number - 1
	}
	if column < len(r.record.Fields) || column >= maxColumns {
		return io.ErrUnexpectedEOF
	}

	c := cell{kind: attribute(start, "t")}
	c.format, _ = strconv.Atoi(attribute(start, "s"))
	for {
		token, err := r.sheet.Token()
		if err != nil {
			return unexpected(err)
		}

		switch token := token.(type) {
		case xml.StartElement:
			if err := r.readPart(&c, token.Name.Local); err != nil {
				return err
			}
		case xml.EndElement:
			return r.set(column, c)
		}
	}
}

// readPart reads an element of a cell.
func (r *Reader) readPart(c *cell, name string) (err error) {
	switch name {
	case "v":
		c.stored = true
		c.value, err = r.sheet.text(false)
	case "is":
		c.stored = true
		c.value, err = r.sheet.text(true)
	case "f":
		var formula string
		formula, err = r.sheet.text(false)
		c.formula = &formula
	default:
		err = r.sheet.skip()
	}
	return err
}

// set sets what a cell shows. A formula that was never calculated shows no result: it
// counts as an error, or the cell would pass for blank.
func (r *Reader) set(column int, c cell) error {
	if !c.stored && c.formula == nil {
		return nil
	}

	r.resize(column + 1)
	record := &r.record
	switch {
	case !c.stored:
		record.Fields[column] = "=" + *c.formula
		record.Broken[column] = true
	case c.kind == "s":
		text, err := r.texts.at(c.value)
		if err != nil {
			return err
		}
		record.Fields[column] = text
	case c.kind == "e":
		record.Fields[column] = c.value
		record.Broken[column] = true
	case c.kind == "b":
		record.Fields[column] = "FALSE"
		if strings.TrimSpace(c.value) == "1" {
			record.Fields[column] = "TRUE"
		}
	case c.kind == "" || c.kind == "n":
		shown, digits, err := r.formats.number(c.format, strings.TrimSpace(c.value))
		if err != nil {
			return err
		}
		record.Fields[column] = shown
		record.Numbers[column] = digits
	default: // a text in the cell, or a date in ISO 8601
		record.Fields[column] = c.value
	}

	return nil
}

// escaped is how a text writes a character that XML can't hold, and a "_" that would look
// like the beginning of one (ECMA-376 part 1, 22.9.2.19, ST_Xstring).
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}

	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		c, _ := strconv.ParseUint(code[2:6], 16, 16)
		if utf16.IsSurrogate(rune(c)) {
			return code
		}
		return string(rune(c))
	})
}
