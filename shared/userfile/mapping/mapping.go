// Package mapping finds out what the columns of a file are that calls them by names of
// its own.
//
// [Find] looks at a file's first records. It finds the header among the first three, and
// says of each column what it becomes: one of ours, or nothing. What an administrator has
// chosen counts first, then what was remembered for the same header, then our own names,
// then the export of a known product. What is left is proposed, by names and by values,
// and waits for a decision. So nothing is ignored without somebody having said so.
package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

const (
	// Records is how many records of a file Find looks at.
	Records = 10
	// MaxColumns is the most columns that a file may have.
	MaxColumns = 500
	// headerRecords is how many of them may be the header.
	headerRecords = 3
	// sampleCount is how many values a column is shown with.
	sampleCount = 3
)

// Source is who says what a column becomes.
type Source string

// Sources of a decision. Proposed is none yet, nor is NoSource.
const (
	Ours       Source = "ours"       // the column has one of our names
	Known      Source = "known"      // the file is the export of a known product
	Remembered Source = "remembered" // the same header was mapped before
	Proposed   Source = "proposed"   // by its name or its values
	Chosen     Source = "chosen"     // by an administrator, for this file
	NoSource   Source = ""
)

// Decisions say of columns, by their names in the file, what they become: the name of one
// of ours, or "" for nothing. Names are compared as usernames are.
type Decisions map[string]string

// folded returns the decisions by their names' keys.
func (d Decisions) folded() Decisions {
	byKey := make(Decisions, len(d))
	for name, field := range d {
		byKey[user.Key(name)] = field
	}
	return byKey
}

// Column is a column of a file, and what it becomes.
type Column struct {
	Name    string   `json:"column"`  // in the file
	Samples []string `json:"samples"` // its first values that aren't blank
	// Field is the name of one of ours; "" is nothing, whether decided or not.
	Field  string `json:"field"`
	Source Source `json:"source"`
	Export string `json:"export"` // the product that has a column of the name, or ""
	// Also is a device that the column is besides, or "": a username that is an address.
	Also string `json:"also"`
	// Repeats says that the column may be there twice, as one that an error report adds.
	Repeats bool `json:"repeats,omitempty"`

	differs bool              // no two rows have the same value
	known   string            // the name as we spell it, if it is one of ours
	values  map[string]string // what an export's values mean, in lower case
}

// Decided reports whether somebody has said what the column becomes.
func (c Column) Decided() bool { return c.Source != Proposed && c.Source != NoSource }

// Header is the header of a file.
type Header struct {
	Row     int      `json:"row"`     // its number in the file
	Columns []Column `json:"columns"` // the first MaxColumns of them

	width   int // how many there are in all
	example userfile.Example
}

// Find returns the header of a file's first records, of which there must be one at least.
func Find(
	first []userfile.Record, schema userfile.Schema, chosen, remembered Decisions,
) Header {
	f := finder{schema: schema}
	at := f.headerAt(first)
	header := Header{Row: first[at].Row, width: len(first[at].Fields)}
	for _, field := range first[at].Fields[:min(header.width, MaxColumns)] {
		header.Columns = append(header.Columns, Column{Name: nameOf(field)})
	}

	f.columns = header.Columns
	f.writer = writerOf(f.columns)
	header.example = f.writer.Example
	rows := slices.DeleteFunc(slices.Clone(first[at+1:]), header.example.In)
	for i := range f.columns {
		f.columns[i].Samples, f.columns[i].differs = samples(rows, i)
	}

	f.decide(chosen, Chosen)
	f.decide(remembered, Remembered)
	f.recognise()
	f.propose()
	f.addSecondUse()
	return header
}

// nameOf returns a column's name without what surrounds it, and with plain spaces.
func nameOf(field string) string { return norm.NFC.String(user.OneSpaced(field)) }

// samples returns the first different values of a column that aren't blank. differ reports
// whether no value that was looked at is blank or there twice.
func samples(records []userfile.Record, column int) (first []string, differ bool) {
	values := []string{}
	differ = true
	for _, record := range records {
		if column >= len(record.Fields) {
			continue
		}

		value := clip(nameOf(record.Fields[column]))
		if value == "" || slices.Contains(values, value) {
			differ = false
			continue
		}
		values = append(values, value)
	}
	return values[:min(sampleCount, len(values))], differ
}

// clip cuts a text after as many characters as a value may have.
func clip(text string) string {
	n := 0
	for i := range text {
		if n == user.MaxLength {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// ID returns what the header is remembered by: a hash of its names in any order, without
// those that an error report adds.
func (h Header) ID() string {
	var names []string
	for _, c := range h.Columns {
		if !c.Repeats {
			names = append(names, user.Key(c.Name))
		}
	}
	slices.Sort(names)

	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return hex.EncodeToString(sum[:16])
}

// Undecided reports whether there is a column that waits for a decision.
func (h Header) Undecided() bool {
	return slices.ContainsFunc(h.Columns, func(c Column) bool { return !c.Decided() })
}

// Native reports whether all columns have our own names, and nobody said otherwise.
func (h Header) Native() bool {
	return !slices.ContainsFunc(h.Columns, func(c Column) bool { return c.Source != Ours })
}

// Mapping returns what the file's reader must know of the header.
func (h Header) Mapping() userfile.Mapping {
	mapping := userfile.Mapping{Row: h.Row, Example: h.example}
	for _, c := range h.Columns {
		mapping.Columns = append(mapping.Columns, userfile.Mapped{
			Name:   cmp.Or(c.known, clip(c.Name)),
			Field:  c.Field,
			Also:   c.Also,
			Quiet:  c.Repeats,
			Values: c.values,
		})
	}
	return mapping
}

// finder finds out what columns become.
type finder struct {
	schema  userfile.Schema
	columns []Column
	writer  export // whose header it is
}

// decide applies decisions to the columns that have none yet. One for a column that the
// deployment doesn't have any more is none.
func (f finder) decide(decisions Decisions, source Source) {
	byKey := decisions.folded()
	for i := range f.columns {
		c := &f.columns[i]
		field, ok := byKey[user.Key(c.Name)]
		if !ok || c.Source != NoSource {
			continue
		}

		known, exists := f.schema.Known(field)
		if field == "" || exists && !known.Ignored {
			c.Field = known.Name
			c.Source = source
		}
	}
}

// taken reports whether a column that is decided or proposed becomes a field.
func (f finder) taken(field string) bool {
	return slices.ContainsFunc(f.columns, func(c Column) bool { return c.Field == field })
}

// device returns the name of the first device of a channel, or of the second one; "" if
// the deployment has none.
func (f finder) device(channel user.Channel, number int) string {
	for _, d := range f.schema.Devices {
		if d.Channel == channel {
			number--
		}
		if number == 0 {
			return d.Name
		}
	}
	return ""
}

// addSecondUse makes a column of usernames that are addresses the first email device as
// well, where no other column is that. It leaves a file alone that has a column User.
func (f finder) addSecondUse() {
	email := f.device(user.Email, 1)
	if email == "" || f.taken(email) {
		return
	}

	for i := range f.columns {
		c := &f.columns[i]
		if c.Field == userfile.User && c.Source != Ours && all(c.Samples, isAddress) {
			c.Also = email
		}
	}
}
