package mapping

import (
	"strings"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// headerAt returns which of a file's first records is the header: of the first three the
// one with the most names that mean something. Where none has any, it is the first one
// that is no title and no note of the program that wrote the file.
func (f finder) headerAt(first []userfile.Record) int {
	width := 0
	for _, record := range first {
		width = max(width, filled(record))
	}

	best := -1
	most := 0
	for i, record := range first[:min(headerRecords, len(first))] {
		if record.BareQuote || isNote(record) {
			continue
		}

		names := f.meaning(record)
		isTitle := names == 0 && filled(record)*2 < width
		if best < 0 && !isTitle || names > most {
			best = i
			most = names
		}
	}

	return max(best, 0)
}

// isNote reports whether a record is the line in which PowerShell names a type (Microsoft
// Learn, "Export-Csv", -IncludeTypeInformation), or the version of Entra's template
// (Microsoft Learn, "Bulk create users in Microsoft Entra ID").
func isNote(record userfile.Record) bool {
	if len(record.Fields) == 0 {
		return false
	}
	start := strings.ToLower(nameOf(record.Fields[0]))
	return strings.HasPrefix(start, "#type ") ||
		strings.HasPrefix(start, "version:") && filled(record) == 1
}

// filled returns how many of a record's fields aren't blank.
func filled(record userfile.Record) (n int) {
	for _, field := range record.Fields {
		if user.Trimmed(field) != "" {
			n++
		}
	}
	return n
}

// meaning returns how many of a record's fields are names of columns.
func (f finder) meaning(record userfile.Record) (n int) {
	for _, field := range record.Fields[:min(len(record.Fields), MaxColumns)] {
		name := nameOf(field)
		_, ours := f.schema.Known(name)
		if ours || synonyms[bare(name)] != "" || isKnownSomewhere(name) {
			n++
		}
	}
	return n
}
