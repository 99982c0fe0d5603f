// Package roster reads the good rows of a job's file, and says what each does to its user.
//
// Whoever validates, shows or processes a file decides with it, so that what was shown is what is done. A plan is made on the profile as it was read: it is
// as good as that, and whoever writes makes sure that the profile is still the same.
package roster

import (
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/user"
)

// Operation is what a row does to the directory.
type Operation string

// Operations of a plan. A row that says what is there already does nothing, as does a removal of somebody who isn't there.
const (
	Add       Operation = "add"
	Update    Operation = "update"
	Unchanged Operation = "unchanged"
	Remove    Operation = "remove"
)

// Operations lists them all.
var Operations = []Operation{Add, Update, Unchanged, Remove}

// Plan is what a row does to its user.
type Plan struct {
	Operation Operation
	// Fields are the profile's afterwards. After a removal there are none.
	Fields map[string]string
	before map[string]string
}

// Decide plans a row's change on the profile of its user, nil if there is none.
func Decide(change user.Change, before *user.Profile) Plan {
	switch {
	case before == nil && change.Operation == user.Remove:
		return Plan{Operation: Unchanged}
	case before == nil:
		fields, _ := user.Profile{}.Apply(change)
		return Plan{Operation: Add, Fields: fields}
	case change.Operation == user.Remove:
		return Plan{Operation: Remove, before: before.Fields}
	}

	fields, differs := before.Apply(change)
	operation := Unchanged
	if differs {
		operation = Update
	}
	return Plan{Operation: operation, Fields: fields, before: before.Fields}
}

// Changes tells which fields change, each from what to what; nil is no value.
func (p Plan) Changes() map[string][2]*string {
	changes := map[string][2]*string{}
	for name, old := range p.before {
		value, remains := p.Fields[name]
		switch {
		case !remains:
			changes[name] = [2]*string{&old, nil}
		case value != old:
			changes[name] = [2]*string{&old, &value}
		}
	}

	for name, value := range p.Fields {
		if _, known := p.before[name]; !known {
			changes[name] = [2]*string{nil, &value}
		}
	}

	return changes
}

// Administers says that the user becomes an administrator by it, or gains the role while inactive.
func (p Plan) Administers() bool {
	before := user.Profile{Fields: p.before}
	after := user.Profile{Fields: p.Fields}

	gainsRole := hasRole(after) && !hasRole(before)
	gainsRight := after.Administrator() && !before.Administrator()
	return gainsRole || gainsRight
}

func hasRole(p user.Profile) bool {
	return slices.Contains(p.Roles(), user.AdministratorRole)
}

// Count adds a plan's operation to a count of them.
func Count(n *job.Planned, of Operation) {
	switch of {
	case Add:
		n.Add++
	case Update:
		n.Update++
	case Unchanged:
		n.Unchanged++
	case Remove:
		n.Remove++
	}
}

// Has says whether a count knows of an operation; of any, if it is "".
func Has(n job.Planned, of Operation) bool {
	switch of {
	case Add:
		return n.Add > 0
	case Update:
		return n.Update > 0
	case Unchanged:
		return n.Unchanged > 0
	case Remove:
		return n.Remove > 0
	}

	return n != job.Planned{}
}
