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
)

// Fault returns why the file must be rejected for its header, nil if it needn't be: all
// columns without a name, all that are there twice, and all that would be the same. It
// names the unknown ones as well, so that one correction does.
func (h Header) Fault(schema userfile.Schema) *userfile.FileError {
	var faults []string
	code := ""
	note := func(its, format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...))
		code = cmp.Or(code, its)
	}

	named := map[string]int{}
	becoming := map[string]int{}
	for i, c := range h.Columns {
		name := user.Key(c.Name)
		earlier, again := named[name]
		other, same := becoming[c.Field]

		switch {
		case c.Name == "":
			note(userfile.CodeUnnamedColumn, "column %d has no name", i+1)
		case again && !c.Repeats:
			note(userfile.CodeRepeatedColumn, "column %d has the name of column %d, %q",
				i+1, earlier, clip(c.Name))
		case same && c.Field != "" && c.Decided():
			note(CodeSameField, "columns %d, %q, and %d, %q, would both be %s",
				other, clip(h.Columns[other-1].Name), i+1, clip(c.Name), c.Field)
		}

		named[name] = i + 1
		if c.Decided() {
			becoming[c.Field] = i + 1
		}
	}

	switch {
	case h.width > MaxColumns:
		code = CodeTooManyColumns
		faults = []string{fmt.Sprintf("it has %d columns, of at most %d", h.width, MaxColumns)}
	case len(faults) > 0:
		faults = append(faults, h.unknown(schema)...)
	case !h.has(userfile.User) && !h.Undecided():
		code = userfile.CodeNoUserColumn
		faults = []string{fmt.Sprintf("no column is %q, each user's username", userfile.User)}
	default:
		return nil
	}

	return &userfile.FileError{
		Code: code,
		Message: fmt.Sprintf("The header (row %d) has to be corrected: %s.",
			h.Row, strings.Join(faults, "; ")),
		Row: h.Row,
	}
}

// unknown says which columns nobody knows, each with the nearest name of ours.
func (h Header) unknown(schema userfile.Schema) (all []string) {
	for i, c := range h.Columns {
		if c.Name == "" || c.Decided() {
			continue
		}

		text := fmt.Sprintf("column %d, %q, is unknown", i+1, clip(c.Name))
		if near := schema.Nearest(c.Name); near != "" {
			text += fmt.Sprintf(" (did you mean %q?)", near)
		}
		all = append(all, text)
	}
	return all
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
			refused = append(refused, Refusal{name, "unknown_column", "The file has no such column."})
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
