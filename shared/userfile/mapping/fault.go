package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// Codes of a file that is rejected for its header, beside those of package userfile.
const (
	CodeSameField      = "same_field"
	CodeTooManyColumns = "too_many_columns"
	CodeHiddenName     = "hidden_character"
)

// Fault returns why the file must be rejected for its header, nil if it needn't be: all
// columns without a name or with one that doesn't show all that it is, all that are there
// twice, and all that would be the same. It names the unknown ones as well, so that one
// correction does.
func (h Header) Fault(schema userfile.Schema) error {
	if h.width > MaxColumns {
		return userfile.Reject(h.Row, CodeTooManyColumns,
			"The header (row %d) has %d columns, of at most %d: take some out of every row.",
			h.Row, h.width, MaxColumns)
	}

	var found faults
	h.addFaults(&found)
	if len(found.messages) > 0 {
		h.addUnknown(&found, schema)
		return found.reject(h.Row)
	}

	if !h.has(userfile.User) && !h.Undecided() {
		return userfile.Reject(h.Row, userfile.CodeNoUserColumn,
			"The header (row %d) has no column %q: add it, with each user's username.",
			h.Row, userfile.User)
	}
	return nil
}

// addFaults adds what is wrong with the columns.
func (h Header) addFaults(found *faults) {
	named := map[string]int{}
	becoming := map[string]int{}
	written := h.written()
	for i, c := range h.Columns[:written] {
		key := user.Key(c.Name)
		first, again := named[key]
		other, same := becoming[c.Field]
		hidden := userfile.HiddenCharacter(c.Name)

		switch {
		case c.Name == "":
			found.add(userfile.CodeUnnamedColumn, "column %d has no name", i+1)
		case hidden != "" && !c.Decided():
			found.add(CodeHiddenName, "column %d, %q, has %s", i+1, clip(c.Name), hidden)
		case again && !c.Repeats:
			found.add(userfile.CodeRepeatedColumn, "%q is there twice, again as column %d",
				clip(h.Columns[first].Name), i+1)
		case same && c.Field != "" && c.Decided():
			found.add(CodeSameField, "%q and %q, column %d, would both be %s",
				clip(h.Columns[other].Name), clip(c.Name), i+1, c.Field)
		}

		if !again {
			named[key] = i
		}
		if c.Decided() {
			becoming[c.Field] = i
		}
	}

	switch blank := len(h.Columns) - written; {
	case blank == 1:
		found.add(userfile.CodeUnnamedColumn,
			"column %d has no name and no values, for each row ends with a separator too many",
			written+1)
	case blank > 1:
		found.add(userfile.CodeUnnamedColumn,
			"columns %d to %d have no names and no values, for each row ends with %d separators "+
				"too many",
			written+1, len(h.Columns), blank)
	}
}

// written returns how many columns there are up to the last that has a name or values.
func (h Header) written() int {
	n := len(h.Columns)
	for n > 0 && h.Columns[n-1].Name == "" && len(h.Columns[n-1].Samples) == 0 {
		n--
	}
	return n
}

// addUnknown adds the columns that nobody knows, each with the nearest name of ours.
func (h Header) addUnknown(found *faults, schema userfile.Schema) {
	for i, c := range h.Columns {
		if c.Name == "" || c.Decided() || userfile.HiddenCharacter(c.Name) != "" {
			continue
		}

		meant := ""
		if near := schema.Nearest(c.Name); near != "" {
			meant = fmt.Sprintf(" (did you mean %q?)", near)
		}
		found.add("", "column %d, %q, is unknown%s", i+1, clip(c.Name), meant)
	}
}

// faults are all that is wrong with a header.
type faults struct {
	code     string // of the first
	messages []string
}

func (f *faults) add(code, message string, args ...any) {
	f.code = cmp.Or(f.code, code)
	f.messages = append(f.messages, fmt.Sprintf(message, args...))
}

// reject returns the error for the faults. It tells so many of them as can be read.
func (f *faults) reject(row int) error {
	const most = 20

	told := f.messages[:min(most, len(f.messages))]
	more := ""
	if n := len(f.messages) - len(told); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return userfile.Reject(row, f.code,
		"The header (row %d) has columns that can't be taken: %s%s. "+
			"Correct their names, or take them out of every row.",
		row, strings.Join(told, "; "), more)
}

// has reports whether a column becomes a field.
func (h Header) has(field string) bool {
	return slices.ContainsFunc(h.Columns, func(c Column) bool { return c.Field == field })
}

// Refusal is why a decision can't be taken. Column is "" if it is about all of them.
type Refusal struct{ Column, Code, Message string }

// Check returns the decisions of an administrator in the header's and the schema's own
// words, or why they can't be taken. Each column must be decided that has none of our
// names.
func (h Header) Check(given Decisions, schema userfile.Schema) (Decisions, []Refusal) {
	decided, refused := h.translate(given, schema)
	if refused != nil {
		return nil, refused
	}

	for _, c := range h.Columns {
		if _, ok := decided[c.Name]; !ok && c.Source != Ours {
			refused = append(refused, Refusal{c.Name, "required",
				"Say what the column becomes, or null for nothing."})
		}
	}
	refused = append(refused, h.doubled(decided)...)
	if refused == nil && !h.becomes(decided, userfile.User) {
		refused = []Refusal{{"", "required", "One column has to be User: each user's username."}}
	}
	return decided, refused
}

// CheckNames is Check for a file whose header isn't known yet.
func CheckNames(given Decisions, schema userfile.Schema) (Decisions, []Refusal) {
	if len(given) > MaxColumns {
		return nil, []Refusal{{"", CodeTooManyColumns,
			fmt.Sprintf("There are %d columns at most.", MaxColumns)}}
	}

	header := Header{}
	var refused []Refusal
	for _, name := range sortedNames(given) {
		if _, again := header.column(name); again || nameOf(name) == "" {
			refused = append(refused, Refusal{name, "not_allowed",
				"Name each column once, as the file's header does."})
			continue
		}
		header.Columns = append(header.Columns, Column{Name: nameOf(name)})
	}
	if refused != nil {
		return nil, refused
	}

	decided, refused := header.translate(given, schema)
	if refused == nil {
		refused = header.doubled(decided)
	}
	return decided, refused
}

// translate returns decisions in the header's and the schema's words, or those that are
// about no column or name no field.
func (h Header) translate(given Decisions, schema userfile.Schema) (Decisions, []Refusal) {
	decided := Decisions{}
	var refused []Refusal
	for _, name := range sortedNames(given) {
		c, ok := h.column(name)
		if !ok {
			refused = append(refused, Refusal{name, "unknown_column",
				"The file has no such column."})
			continue
		}

		field := given[name]
		known, ok := schema.Known(field)
		if field != "" && (!ok || known.Ignored) {
			refused = append(refused, Refusal{name, "not_allowed",
				"The value is null, or one of " + strings.Join(schema.Names(), ", ") + "."})
			continue
		}
		decided[c.Name] = known.Name
	}
	return decided, refused
}

// field returns what a column becomes by decisions, or else by its name.
func (c Column) field(decided Decisions) string {
	if field, ok := decided[c.Name]; ok {
		return field
	}
	if c.Source == Ours {
		return c.Field
	}
	return ""
}

// doubled returns the columns that would become the same as an earlier one.
func (h Header) doubled(decided Decisions) (refused []Refusal) {
	by := map[string]string{}
	for _, c := range h.Columns {
		field := c.field(decided)
		if field == "" {
			continue
		}
		if other, same := by[field]; same {
			refused = append(refused, Refusal{c.Name, CodeSameField,
				fmt.Sprintf("The columns %q and %q can't both be %s.", other, c.Name, field)})
		}
		by[field] = c.Name
	}
	return refused
}

// becomes reports whether a column becomes a field by decisions, or else by its name.
func (h Header) becomes(decided Decisions, field string) bool {
	return slices.ContainsFunc(h.Columns, func(c Column) bool {
		return c.field(decided) == field
	})
}

// column returns the column of a name.
func (h Header) column(name string) (Column, bool) {
	key := user.Key(name)
	i := slices.IndexFunc(h.Columns, func(c Column) bool { return user.Key(c.Name) == key })
	if i < 0 {
		return Column{}, false
	}
	return h.Columns[i], true
}

func sortedNames(decisions Decisions) []string {
	names := make([]string, 0, len(decisions))
	for name := range decisions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
