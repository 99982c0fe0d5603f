package spreadsheet

import (
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"
)

// sheetName is the one that a new workbook has.
const sheetName = "Sheet1"

// maxWhole bounds the whole numbers whose digits are all kept: a spreadsheet has fifteen.
const maxWhole = 1e15

// styleSheet is what is read of a file's formats (ECMA-376 part 1, 18.8).
type styleSheet struct {
	Codes []struct {
		ID   int    `xml:"numFmtId,attr"`
		Code string `xml:"formatCode,attr"`
	} `xml:"numFmts>numFmt"`
	Cells []struct {
		ID int `xml:"numFmtId,attr"`
	} `xml:"cellXfs>xf"`
}

// formats shows numbers as a spreadsheet does. It has a workbook of its own, in memory,
// with a cell for each format that is used.
type formats struct {
	scratch *excelize.File
	styles  styleSheet
	codes   map[int]string // of the formats that the file defines, by their ids
	cells   map[int]shownCell
}

// shownCell is the cell of a format.
type shownCell struct {
	name string
	date bool // a date, a time or a span: its number means nothing to people
}

func newFormats(styles styleSheet, date1904 bool) (*formats, error) {
	f := &formats{
		scratch: excelize.NewFile(),
		styles:  styles,
		codes:   map[int]string{},
		cells:   map[int]shownCell{},
	}
	for _, code := range styles.Codes {
		f.codes[code.ID] = code.Code
	}

	err := f.scratch.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904})
	return f, err
}

// number returns a number as it is shown in a cell's format. digits are those of a whole
// number, which a format may round, cut or spell, or "" for another. Of one that may have lost
// some they are a power of ten, however the format fills it up.
func (f *formats) number(style int, value string) (shown, digits string, err error) {
	parsed, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(parsed, 0) || math.IsNaN(parsed) {
		return value, "", nil
	}

	c, err := f.cell(style)
	if err != nil {
		return "", "", err
	}
	if err := f.scratch.SetCellDefault(sheetName, c.name, value); err != nil {
		return "", "", err
	}
	shown, err = f.scratch.GetCellValue(sheetName, c.name)
	if err != nil {
		return "", "", err
	}

	switch {
	case c.date || parsed != math.Trunc(parsed) || parsed < 0:
		return shown, "", nil
	case parsed >= maxWhole:
		return shown, strconv.FormatFloat(parsed, 'E', -1, 64), nil
	case strings.Trim(shown, "0123456789") == "":
		return shown, shown, nil // with the zeros that its format puts in front
	}
	return shown, strconv.FormatFloat(parsed, 'f', 0, 64), nil
}

// cell returns the cell of a style's format. The first use makes it.
func (f *formats) cell(style int) (shownCell, error) {
	id := 0
	if style >= 0 && style < len(f.styles.Cells) {
		id = f.styles.Cells[style].ID
	}
	if c, ok := f.cells[id]; ok {
		return c, nil
	}

	made := shownCell{date: isDate(id, f.codes[id])}
	name, err := excelize.CoordinatesToCellName(1, len(f.cells)+1)
	if err != nil {
		return shownCell{}, err
	}
	made.name = name

	format := excelize.Style{NumFmt: id}
	if code := f.codes[id]; code != "" {
		format = excelize.Style{CustomNumFmt: &code}
	}
	styled, err := f.scratch.NewStyle(&format)
	if err != nil {
		return shownCell{}, err
	}

	f.cells[id] = made
	return made, f.scratch.SetCellStyle(sheetName, name, name, styled)
}

// isDate reports whether a format shows dates or times: one of those that are built in
// (ECMA-376 part 1, 18.8.30), or one with a code that names a part of them.
func isDate(id int, code string) bool {
	if code == "" {
		return 14 <= id && id <= 22 || 27 <= id && id <= 36 ||
			45 <= id && id <= 47 || 50 <= id && id <= 58
	}

	parser := nfp.NumberFormatParser()
	for _, section := range parser.Parse(code) {
		for _, item := range section.Items {
			if item.TType == nfp.TokenTypeDateTimes || item.TType == nfp.TokenTypeElapsedDateTimes {
				return true
			}
		}
	}
	return false
}
