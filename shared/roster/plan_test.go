package roster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/job"
	"latchkey/shared/roster"
	"latchkey/shared/user"
)

func TestDecide(t *testing.T) {
	ada := &user.Profile{
		ID:       "1",
		Key:      "ada",
		Username: "ada",
		Fields:   map[string]string{"First Name": "Ada", "Site": "A"},
	}
	for _, test := range []struct {
		name    string
		before  *user.Profile
		change  user.Change
		want    roster.Operation
		changes string
	}{
		{"a new user is added, without what is blank", nil, process("First Name", "Ada", "Site", ""), roster.Add, "First Name: - Ada"},
		{"a new user of whom nothing is known is added", nil, process(), roster.Add, ""},
		{"another value is an update", ada, process("First Name", "Augusta", "Site", "A"), roster.Update, "First Name: Ada Augusta"},
		{"a blank value clears", ada, process("Site", ""), roster.Update, "Site: A -"},
		{"a value where there was none is an update", ada, process("Desk", "7"), roster.Update, "Desk: - 7"},
		{"a missing column leaves the value", ada, process("First Name", "Ada"), roster.Unchanged, ""},
		{"a blank value where there was none changes nothing", ada, process("Desk", ""), roster.Unchanged, ""},
		{"a removal takes all away", ada, user.Change{Operation: user.Remove}, roster.Remove, "First Name: Ada -, Site: A -"},
		{"a removal of nobody changes nothing", nil, user.Change{Operation: user.Remove}, roster.Unchanged, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan := roster.Decide(test.change, test.before)
			if got := told(plan.Changes()); plan.Operation != test.want || got != test.changes {
				t.Errorf("got %s, %s", plan.Operation, got)
			}

			var count job.Planned
			if roster.Has(count, "") {
				t.Error("nothing counts as something")
			}

			roster.Count(&count, plan.Operation)

			for _, operation := range roster.Operations {
				if roster.Has(count, operation) != (operation == test.want) {
					t.Errorf("%s is counted as %+v", test.want, count)
				}
			}

			if !roster.Has(count, "") ||
				count.Plus(
					count,
				).Add+count.Plus(
					count,
				).Update+count.Plus(
					count,
				).Unchanged+count.Plus(
					count,
				).Remove != 2 {
				t.Errorf("twice %+v is %+v", count, count.Plus(count))
			}
		})
	}
}

// process is a change of the fields: name, value, name, value, …
func process(fields ...string) user.Change {
	change := user.Change{Operation: user.Process, Username: "ada", Fields: map[string]string{}}
	for pair := range slices.Chunk(fields, 2) {
		change.Fields[pair[0]] = pair[1]
	}

	return change
}

// told writes changes as "field: old new", with - for none.
func told(changes map[string][2]*string) string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(changes)) {
		values := [2]string{"-", "-"}
		for i, value := range changes[field] {
			if value != nil {
				values[i] = *value
			}
		}

		all = append(all, fmt.Sprintf("%s: %s %s", field, values[0], values[1]))
	}

	return strings.Join(all, ", ")
}

func TestWhoBecomesAnAdministrator(t *testing.T) {
	const role, status = user.Role, user.Status
	for _, test := range []struct {
		name   string
		before map[string]string // nil: nobody
		change user.Change
		want   bool
	}{
		{"a new one", nil, process(role, "Clerk|Administrator"), true},
		{"a new one with another role", nil, process(role, "Clerk"), false},
		{"who gains the role", map[string]string{role: "Clerk"}, process(role, "Administrator"), true},
		{"who has it", map[string]string{role: "Administrator"}, process(role, "Administrator|Clerk"), false},
		{"who has it, by a file that doesn't say", map[string]string{role: "Administrator"}, process("Site", "A"), false},
		{"who gains it while inactive", map[string]string{status: user.Inactive}, process(role, "Administrator"), true},
		{"who has it and becomes active", map[string]string{role: "Administrator", status: user.Inactive}, process(status, ""), true},
		{"who has it and stays inactive", map[string]string{role: "Administrator", status: user.Inactive}, process("Site", "A"), false},
		{"who loses it", map[string]string{role: "Administrator"}, process(role, ""), false},
		{"who is removed", map[string]string{role: "Administrator"}, user.Change{Operation: user.Remove}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before *user.Profile
			if test.before != nil {
				before = &user.Profile{Fields: test.before}
			}

			if got := roster.Decide(test.change, before).Administers(); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
