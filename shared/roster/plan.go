// Package roster keeps the good rows of a job's file, and decides what each does.
//
// A file is read once, when it is validated. Its good rows are written down in a form of
// our own, the canonical copy, and all that comes after reads that.
//
// Every function that validates, shows or processes a file decides with it, so that what
// was shown is what is done. A plan is made on the profile as it was read. It is valid as
// long as the profile is still the same, and a write must make sure of that.
package roster

import (
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/user"
)

// Operation is what a row does to the directory.
type Operation string

// Operations of a plan. A row that says what the profile has already changes nothing. Nor
// does the removal of a user who isn't in the directory.
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
	// After is the profile afterwards. After a removal it is empty.
	After  user.Profile
	before map[string]string // fields
}

// Decide plans a row's change on the profile of its user. before is nil if there is none.
func Decide(change user.Change, before *user.Profile) Plan {
	switch {
	case before == nil && change.Operation == user.Remove:
		return Plan{Operation: Unchanged}
	case before == nil:
		after, _ := user.Profile{}.Apply(change)
		return Plan{Operation: Add, After: after}
	case change.Operation == user.Remove:
		return Plan{Operation: Remove, before: before.Fields}
	}

	after, differs := before.Apply(change)
	operation := Unchanged
	if differs {
		operation = Update
	}
	return Plan{Operation: operation, After: after, before: before.Fields}
}

// Changes returns the old and the new value of each field that changes. Nil is no value.
func (p Plan) Changes() map[string][2]*string {
	changes := map[string][2]*string{}
	for name, old := range p.before {
		value, remains := p.After.Fields[name]
		switch {
		case !remains:
			changes[name] = [2]*string{&old, nil}
		case value != old:
			changes[name] = [2]*string{&old, &value}
		}
	}

	for name, value := range p.After.Fields {
		if _, known := p.before[name]; !known {
			changes[name] = [2]*string{nil, &value}
		}
	}

	return changes
}

// Administers reports whether the change makes the user an administrator. It also reports
// a user who gains the role while inactive, and one who has it and becomes active.
func (p Plan) Administers() bool {
	before := user.Profile{Fields: p.before}

	gainsRole := hasRole(p.After) && !hasRole(before)
	gainsRight := p.After.Administrator() && !before.Administrator()
	return gainsRole || gainsRight
}

// hasRole reports whether a user has the administrator's role, active or not.
func hasRole(p user.Profile) bool {
	return slices.Contains(p.Roles(), user.AdministratorRole)
}

// Count adds one to the count of an operation.
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

// Has reports whether an operation was counted at all. For "" it reports whether any was.
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
