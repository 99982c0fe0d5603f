package mapping

import (
	_ "embed"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// export is what the exports of a product look like, as exports.json says. Its page tells
// where the product says so.
type export struct {
	Name string `json:"name"`
	Page string `json:"page"`
	// Marks are sets of names. A header that has all names of one is of the product, in
	// the same letter case where that is exact.
	Marks [][]string `json:"marks"`
	Exact bool       `json:"exact"`
	// Example tells the row of examples that the product's template begins with (Entra's is in
	// Microsoft Learn, "Bulk delete users in Microsoft Entra ID").
	Example userfile.Example `json:"example"`
	// Properties says that names are known by the property that they have in brackets.
	Properties bool `json:"properties"`
	// Fields are names by what they become, the preferred first. A device is "@email",
	// "@email 2" or "@sms": the first or second of its channel.
	Fields map[string][]string `json:"fields"`
	// Values say what a field's values mean, in lower case.
	Values map[string]map[string]string `json:"values"`
	// Ignored are the names of what has no place here. A # stands for a number, and a *
	// for anything.
	Ignored []string `json:"ignored"`
}

//go:embed exports.json
var exportsFile []byte

var exports = sync.OnceValue(func() (all []export) {
	if err := json.Unmarshal(exportsFile, &all); err != nil {
		panic(err) // it is compiled in, and every test reads it
	}
	return all
})

// property finds the property in a name such as "First name [givenName]".
var property = regexp.MustCompile(`\[[A-Za-z]+\]`)

// called returns a column's name as an export's lists have it.
func (e export) called(name string) string {
	if e.Properties {
		return property.FindString(name)
	}
	return name
}

// same reports whether an export's name is that of a column.
func (e export) same(listed, name string) bool {
	return strings.EqualFold(listed, e.called(name))
}

// wrote reports whether a header is of the product.
func (e export) wrote(columns []Column) bool {
	has := func(mark string) bool {
		return slices.ContainsFunc(columns, func(c Column) bool {
			return e.same(mark, c.Name) && (!e.Exact || mark == c.Name)
		})
	}
	every := func(marks []string) bool {
		return !slices.ContainsFunc(marks, func(mark string) bool { return !has(mark) })
	}
	return slices.ContainsFunc(e.Marks, every)
}

// trailingNumber finds the number that ends a name.
var trailingNumber = regexp.MustCompile(`\d+$`)

// ignores reports whether a column of the product has no place here.
func (e export) ignores(name string) bool {
	numbered := trailingNumber.ReplaceAllString(name, "#")
	return slices.ContainsFunc(e.Ignored, func(listed string) bool {
		ending, open := strings.CutPrefix(listed, "*")
		return e.same(listed, name) || e.same(listed, numbered) ||
			open && strings.HasSuffix(strings.ToLower(name), strings.ToLower(ending))
	})
}

// has reports whether the product knows a name.
func (e export) has(name string) bool {
	for _, names := range e.Fields {
		if slices.ContainsFunc(names, func(n string) bool { return e.same(n, name) }) {
			return true
		}
	}
	return e.ignores(name)
}

// isKnownSomewhere reports whether any product knows a name.
func isKnownSomewhere(name string) bool {
	return name != "" &&
		slices.ContainsFunc(exports(), func(e export) bool { return e.has(name) })
}

// writerOf returns the export that a header is of, an empty one if none is known.
func writerOf(columns []Column) export {
	for _, e := range exports() {
		if e.wrote(columns) {
			return e
		}
	}
	return export{}
}

// recognise decides the columns that have our own names, and those of a known export.
func (f finder) recognise() {
	for i := range f.columns {
		c := &f.columns[i]
		known, ok := f.schema.Known(c.Name)
		if !ok {
			continue
		}

		c.known = known.Name
		c.Repeats = known.Repeats
		if c.Source == NoSource {
			c.Source = Ours
			if !known.Ignored {
				c.Field = known.Name
			}
		}
	}

	f.apply(f.writer)
}

// apply decides the columns of an export that aren't decided yet. Of several that would
// become the same, the preferred one does, and the others are ignored.
func (f finder) apply(e export) {
	for field, names := range e.Fields {
		field = f.named(field)
		for _, name := range names {
			f.applyName(e, field, name)
		}
	}

	for i := range f.columns {
		c := &f.columns[i]
		if !e.has(c.Name) {
			continue
		}
		c.Export = e.Name
		if c.Source == NoSource {
			c.Source = Known
		}
	}
}

// applyName gives a field to the column of a name. A column that was given the same field
// by an administrator has the same values.
func (f finder) applyName(e export, field, name string) {
	for i := range f.columns {
		c := &f.columns[i]
		if !e.same(name, c.Name) {
			continue
		}

		if c.Source == NoSource && field != "" && !f.taken(field) {
			c.Field = field
			c.Source = Known
		}
		if c.Field == field {
			c.values = e.Values[field]
		}
	}
}

// named returns the name of the field that an export's list means, "" if the deployment
// has no such device.
func (f finder) named(field string) string {
	switch field {
	case "@email":
		return f.device(user.Email, 1)
	case "@email 2":
		return f.device(user.Email, 2)
	case "@sms":
		return f.device(user.SMS, 1)
	}
	return field
}
