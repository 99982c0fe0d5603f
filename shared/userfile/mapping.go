package userfile

import (
	"slices"
	"strings"
)

// Mapping says which row of a file is its header, and what each of its columns is.
type Mapping struct {
	Row     int // the number of the header
	Columns []Mapped
	Example Example
}

// Example is a value of the row of examples that a product's template begins with, which
// may stand behind a word and a colon there; "" for none.
type Example string

// In reports whether a record is that row.
func (e Example) In(record Record) bool {
	separates := func(c rune) bool { return strings.ContainsRune(" :：", c) }
	is := func(field string) bool {
		words := strings.FieldsFunc(field, separates)
		return len(words) > 0 && strings.EqualFold(words[len(words)-1], string(e))
	}
	return e != "" && slices.ContainsFunc(record.Fields, is)
}

// Mapped is a column of a file, and what it is.
type Mapped struct {
	Name  string // what to call it: as this package does if it is ours, else as the file
	Field string // the name of one of ours; "" is ignored
	// Also is a device that the values are as well, where they are its addresses; or "".
	Also string
	// Quiet says that no warning tells that the column is ignored.
	Quiet bool
	// Values are what other values mean that the file has for it, in lower case.
	Values map[string]string
}
