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
		{
			name:    "a new user is added, without what is blank",
			change:  process("First Name", "Ada", "Site", ""),
			want:    roster.Add,
			changes: "First Name: - Ada",
		},
		{"a new user of whom nothing is known is added", nil, process(), roster.Add, ""},
		{
			name:    "another value is an update",
			before:  ada,
			change:  process("First Name", "Augusta", "Site", "A"),
			want:    roster.Update,
			changes: "First Name: Ada Augusta",
		},
		{"a blank value clears", ada, process("Site", ""), roster.Update, "Site: A -"},
		{
			name:    "a value where there was none is an update",
			before:  ada,
			change:  process("Desk", "7"),
			want:    roster.Update,
			changes: "Desk: - 7",
		},
		{
			name:   "a missing column leaves the value",
			before: ada,
			change: process("First Name", "Ada"),
			want:   roster.Unchanged,
		},
		{
			name:   "a blank value where there was none changes nothing",
			before: ada,
			change: process("Desk", ""),
			want:   roster.Unchanged,
		},
		{
			name:    "a removal takes all away",
			before:  ada,
			change:  user.Change{Operation: user.Remove},
			want:    roster.Remove,
			changes: "First Name: Ada -, Site: A -",
		},
		{
			name:   "a removal of nobody changes nothing",
			change: user.Change{Operation: user.Remove},
			want:   roster.Unchanged,
		},
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

			twice := count.Plus(count)
			if !roster.Has(count, "") ||
				twice.Add+twice.Update+twice.Unchanged+twice.Remove != 2 {
				t.Errorf("twice %+v is %+v", count, twice)
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
		{
			name:   "who gains the role",
			before: map[string]string{role: "Clerk"},
			change: process(role, "Administrator"),
			want:   true,
		},
		{
			name:   "who has it",
			before: map[string]string{role: "Administrator"},
			change: process(role, "Administrator|Clerk"),
		},
		{
			name:   "who has it, by a file that doesn't say",
			before: map[string]string{role: "Administrator"},
			change: process("Site", "A"),
		},
		{
			name:   "who gains it while inactive",
			before: map[string]string{status: user.Inactive},
			change: process(role, "Administrator"),
			want:   true,
		},
		{
			name:   "who has it and becomes active",
			before: map[string]string{role: "Administrator", status: user.Inactive},
			change: process(status, ""),
			want:   true,
		},
		{
			name:   "who has it and stays inactive",
			before: map[string]string{role: "Administrator", status: user.Inactive},
			change: process("Site", "A"),
		},
		{"who loses it", map[string]string{role: "Administrator"}, process(role, ""), false},
		{
			name:   "who is removed",
			before: map[string]string{role: "Administrator"},
			change: user.Change{Operation: user.Remove},
		},
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
