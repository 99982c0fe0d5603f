package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/work"
)

const rolesHeader = "Operation,User,Role,Status"

// told gives what the audit says of roles, and who was announced, each once.
func (w *world) told() (recorded, announced []string) {
	w.T.Helper()
	entries, _, err := w.audit.List(w.T.Context(), audit.Query{}, 100)
	w.Must(err)

	for _, e := range entries {
		recorded = append(
			recorded,
			fmt.Sprintf("%s %s %s by %q %s", e.Job, e.Action, e.Target, e.Actor, e.Result),
		)
	}

	for _, message := range w.Received(work.Urgent) {
		notice := message.(work.NewAdministrator)
		announced = append(announced, string(notice.ID)+" "+notice.Key)
	}

	slices.Sort(recorded)
	slices.Sort(announced)

	return recorded, slices.Compact(announced)
}

func TestWhoBecomesAnAdministratorAndWhoIsNoneAnyMore(t *testing.T) {
	w := newWorld(t)
	w.process("j1", w.upload(
		"j1",
		rolesHeader,
		",Ada,Clerk|Administrator,\n"+
			",Bob,Clerk,\n"+
			",Cem,Administrator,\n"+
			",Dan,Administrator,\n"+
			",Eve,Administrator,INACTIVE\n"+
			",Fay,Administrator,\n",
	)...)
	w.process("j2", w.upload(
		"j2",
		rolesHeader,
		",Ada,Administrator,\n"+
			",Bob,Administrator,\n"+
			",Cem,Clerk,\n"+
			",Dan,Administrator,INACTIVE\n"+
			",Eve,Administrator,ACTIVE\n"+
			"remove,Fay,,\n"+
			"remove,Nobody,,\n",
	)...)
	w.process("j3", w.upload(
		"j3",
		rolesHeader,
		"remove,Ada,,\nremove,Bob,,\nremove,Eve,,\n",
	)...) // one of them can't be
	recorded, announced := w.told()

	want := []string{
		`j1 role_gained Ada by "" ok`,
		`j1 role_gained Cem by "" ok`,
		`j1 role_gained Dan by "" ok`,
		`j1 role_gained Fay by "" ok`,
		`j2 role_gained Bob by "" ok`,
		`j2 role_gained Eve by "" ok`,
		`j2 role_lost Cem by "" ok`,
		`j2 role_lost Dan by "" ok`,
		`j2 role_lost Fay by "" ok`,
		`j3 role_lost Ada by "" ok`,
		`j3 role_lost Bob by "" ok`,
	}
	if !slices.Equal(recorded, want) {
		t.Errorf("got %s", strings.Join(recorded, "\n"))
	}

	if want := []string{
		"new-administrator#j1-2 ada",
		"new-administrator#j1-4 cem",
		"new-administrator#j1-5 dan",
		"new-administrator#j1-7 fay",
		"new-administrator#j2-3 bob",
		"new-administrator#j2-6 eve",
	}; !slices.Equal(announced, want) {
		t.Errorf("announced are %v", announced)
	}
}

func TestAChangeOfRoleIsToldWhateverDies(t *testing.T) {
	for _, test := range []struct{ name, operation, text string }{
		{"before the profile", "BatchExecuteStatement", "directory"},
		{"between the profile and the audit", "PutItem", "audit"},
		{"within the audit", "PutItem", "role_gained"},
		{"between the audit and the chunk's result", "PutItem", "jobs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			chunks := w.upload("j1", rolesHeader, ",Ada,Administrator,\n")
			w.breaking.at(test.operation, test.text)

			failed := w.give(record(t, "m1", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
			if failed == nil {
				t.Fatal("nothing failed")
			}

			w.breaking.mend()
			w.Pass(chunkLease + time.Millisecond)
			w.process("j1", chunks...)
			w.process("j1", chunks...)

			recorded, announced := w.told()
			if !slices.Equal(recorded, []string{`j1 role_gained Ada by "" ok`}) ||
				!slices.Equal(announced, []string{"new-administrator#j1-2 ada"}) {
				t.Errorf("got %v, announced are %v", recorded, announced)
			}
		})
	}
}

func TestUsersAreFoundByTheAddressesThatTheyHave(t *testing.T) {
	w := newWorld(t)
	find := func(start, address string) string {
		t.Helper()
		found, _, err := w.directory.Search(t.Context(), []string{start}, address, "", 100)
		w.Must(err)

		var names []string
		for _, p := range found {
			names = append(names, p.Username)
		}

		return strings.Join(names, " ")
	}

	w.process(
		"j1",
		w.upload(
			"j1",
			header,
			",Ada,,ada@example.com\n,Bob,,bob@example.com\n,Cem,,cem@example.com\n",
		)...)
	w.process("j2", w.upload(
		"j2",
		header,
		",Ada,,augusta@example.com\nremove,Bob,,\n,Cem,Cem,cem@example.com\n",
	)...)

	for address, want := range map[string]string{
		"ada@example.com":     "",
		"augusta@example.com": "Ada",
		"bob@example.com":     "",
		"cem@example.com":     "Cem",
	} {
		if got := find(address, address); got != want {
			t.Errorf("%s finds %q", address, got)
		}
	}

	if got := find("", ""); got != "Ada Cem" {
		t.Errorf("all are %q", got)
	}
}
