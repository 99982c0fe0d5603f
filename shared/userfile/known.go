package userfile

// Known is a column that a file may have by its own name.
type Known struct {
	Name string // as this package spells it
	// Ignored columns change nothing.
	Ignored bool
	// Repeats says that the column may be there twice, as a report on a report has it.
	Repeats bool
}

// Known returns the column of a name, in any letter case. ok is false if there is none.
func (s Schema) Known(name string) (known Known, ok bool) {
	c, ok := find(s.columns(), name)
	if !ok {
		return Known{}, false
	}
	return Known{
		Name:    c.name,
		Ignored: c.use == ignored || c.use == ignoredQuietly,
		Repeats: c.use == ignoredQuietly,
	}, true
}

// Names returns the names of the columns that change something, in the template's order.
func (s Schema) Names() []string {
	var names []string
	for _, c := range s.columns() {
		if c.use != ignored && c.use != ignoredQuietly {
			names = append(names, c.name)
		}
	}
	return names
}

// Nearest returns the name of the column that differs least from a name, "" if none is
// within three changes and half its length.
func (s Schema) Nearest(name string) string { return nearest(s.columns(), clip(name)) }
