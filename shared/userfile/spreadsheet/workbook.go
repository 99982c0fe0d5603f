package spreadsheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"latchkey/shared/userfile"
)

// workbook is what is read of a file before its rows.
type workbook struct {
	sheet   *part // up to and with the beginning of its rows
	texts   texts
	formats *formats
}

// relations are where a part's related parts are, each with what it is.
type relations struct {
	Relations []relation `xml:"Relationship"`
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// contents are what a workbook says of its sheets.
type contents struct {
	Properties struct {
		Date1904 string `xml:"date1904,attr"`
	} `xml:"workbookPr"`
	Sheets []struct {
		State     string     `xml:"state,attr"`
		Relations []xml.Attr `xml:",any,attr"`
	} `xml:"sheets>sheet"`
}

// openWorkbook reads an archive up to the rows of its first sheet.
func openWorkbook(archive *zip.Reader) (workbook, error) {
	var root relations
	if err := decode(archive, "_rels/.rels", &root); err != nil {
		return workbook{}, err
	}

	main, ok := root.find("officeDocument")
	if !ok {
		return workbook{}, notXLSX()
	}
	name := resolve("", main.Target)

	var book contents
	if err := decode(archive, name, &book); err != nil {
		return workbook{}, err
	}
	if len(book.Sheets) == 0 {
		return workbook{}, notXLSX()
	}

	var related relations
	rels := path.Join(path.Dir(name), "_rels", path.Base(name)+".rels")
	if err := decode(archive, rels, &related); err != nil {
		return workbook{}, err
	}

	sheet, err := openSheet(archive, name, related, book)
	if err != nil {
		return workbook{}, err
	}

	shared, err := readTexts(archive, name, related)
	if err != nil {
		return workbook{}, err
	}

	var styles styleSheet
	if found, ok := related.find("styles"); ok {
		if err := decode(archive, resolve(name, found.Target), &styles); err != nil {
			return workbook{}, err
		}
	}

	date1904, _ := strconv.ParseBool(book.Properties.Date1904)
	formats, err := newFormats(styles, date1904)
	return workbook{sheet: sheet, texts: shared, formats: formats}, err
}

// openSheet opens the first sheet that isn't hidden, or the first if all are.
func openSheet(
	archive *zip.Reader, name string, related relations, book contents,
) (*part, error) {
	first := book.Sheets[0]
	for _, sheet := range book.Sheets {
		if sheet.State == "" || sheet.State == "visible" {
			first = sheet
			break
		}
	}

	var found relation
	for _, r := range related.Relations {
		for _, a := range first.Relations {
			if a.Name.Local == "id" && a.Value == r.ID {
				found = r
			}
		}
	}
	if found.ID != "" && path.Base(found.Type) != "worksheet" {
		return nil, noRows()
	}

	file := lookUp(archive, resolve(name, found.Target))
	if file == nil {
		return nil, io.ErrUnexpectedEOF
	}
	sheet, err := openPart(file, maxSheet)
	if err != nil {
		return nil, err
	}

	_, err = sheet.find("sheetData")
	if errors.Is(err, io.EOF) {
		return nil, noRows()
	}
	return sheet, err
}

// find returns the relation of a kind. A kind is the last element of the type's address:
// what stands before differs between the standard's editions.
func (r relations) find(kind string) (relation, bool) {
	for _, found := range r.Relations {
		if path.Base(found.Type) == kind {
			return found, true
		}
	}
	return relation{}, false
}

// decode reads a small part whole.
func decode(archive *zip.Reader, name string, into any) error {
	file := lookUp(archive, name)
	if file == nil {
		return notXLSX()
	}
	document, err := openPart(file, maxPart)
	if err != nil {
		return err
	}

	if err := xml.NewTokenDecoder(document).Decode(into); err != nil {
		return unexpected(err)
	}
	return document.close()
}

// lookUp returns the entry of a name, nil if there is none. Some programs write names
// with backslashes, or in other letter case than they name them.
func lookUp(archive *zip.Reader, name string) *zip.File {
	for _, file := range archive.File {
		if strings.EqualFold(strings.ReplaceAll(file.Name, `\`, "/"), name) {
			return file
		}
	}
	return nil
}

// resolve returns the name of a part that another names.
func resolve(from, target string) string {
	if absolute, ok := strings.CutPrefix(target, "/"); ok {
		return path.Clean(absolute)
	}
	return path.Join(path.Dir(from), target)
}

// texts are those that cells share, end to end.
type texts struct {
	content []byte
	ends    []uint32
}

// readTexts reads the texts that cells share. A file without them has none.
func readTexts(archive *zip.Reader, name string, related relations) (texts, error) {
	found, ok := related.find("sharedStrings")
	if !ok {
		return texts{}, nil
	}
	file := lookUp(archive, resolve(name, found.Target))
	if file == nil {
		return texts{}, nil
	}

	document, err := openPart(file, maxTexts)
	if err != nil {
		return texts{}, err
	}

	// A text is shorter than the XML that it stands in: it is never copied to grow.
	shared := texts{content: make([]byte, 0, file.UncompressedSize64)}
	for {
		_, err := document.find("si")
		if errors.Is(err, io.EOF) {
			return shared, document.close()
		}
		if err != nil {
			return texts{}, err
		}

		text, err := document.text(true)
		if err != nil {
			return texts{}, err
		}
		shared.content = append(shared.content, text...)
		shared.ends = append(shared.ends, uint32(len(shared.content)))
	}
}

// at returns the text of an index.
func (t texts) at(index string) (string, error) {
	i, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || i < 0 || i >= len(t.ends) {
		return "", io.ErrUnexpectedEOF
	}

	var from uint32
	if i > 0 {
		from = t.ends[i-1]
	}
	return string(t.content[from:t.ends[i]]), nil
}

func notXLSX() *userfile.FileError {
	return reject(0, userfile.CodeSpreadsheetFile,
		"This is no .xlsx, though it is packed like one: "+
			"save the users as .xlsx or \"CSV UTF-8\", and upload that.")
}

func noRows() *userfile.FileError {
	return reject(0, userfile.CodeSpreadsheetFile,
		"The first sheet is a chart, it has no rows: put the sheet with the users first.")
}
