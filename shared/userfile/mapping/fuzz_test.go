package mapping

import (
	"slices"
	"strings"
	"testing"

	"latchkey/shared/userfile"
)

// FuzzFind holds Find to what it promises of any first records.
func FuzzFind(f *testing.F) {
	f.Add("User;First Name\nada;Ada", "", "")
	f.Add("version:v1.0\nName [displayName];User [userPrincipalName]\nAda;a@x.test", "", "")
	f.Add("version:v1.0\nName [displayName];User [userPrincipalName]\n"+
		"Example: Chris;Example: chris@contoso.com\nAda;a@x.test", "", "")
	f.Add("#TYPE x\nSamAccountName;mail\nada;a@x.test", "mail", "Home Email")
	f.Add("login;firstName;lastName;email;x\nada;Ada;King;a@x.test;1", "x", "")
	f.Add(";;\n\n\x00;\xff", "\xff", "User")

	f.Fuzz(func(t *testing.T, text, column, field string) {
		lines := strings.Split(text, "\n")
		records := recordsOf(lines[:min(len(lines), Records)]...)
		chosen := Decisions{column: field}

		h := Find(records, usual, chosen, nil)
		if h.Row < 1 || h.Row > headerRecords {
			t.Fatalf("the header is row %d", h.Row)
		}
		width := min(len(records[h.Row-1].Fields), MaxColumns)
		if len(h.Columns) != width {
			t.Fatalf("%d columns of %d", len(h.Columns), width)
		}
		if again := Find(records, usual, chosen, nil); again.ID() != h.ID() ||
			again.fields() != h.fields() {
			t.Fatalf("once %s, once %s", h.fields(), again.fields())
		}

		for _, c := range h.Columns {
			if len(c.Samples) > sampleCount || c.Samples == nil {
				t.Fatalf("samples %q", c.Samples)
			}
			if c.Field != "" && !slices.Contains(usual.Names(), c.Field) {
				t.Fatalf("there is no field %q", c.Field)
			}
		}

		if h.Fault(usual) != nil || h.Undecided() {
			return
		}

		// A file that goes through has one username, and no field twice.
		users := 0
		seen := map[string]bool{}
		for _, c := range h.Mapping().Columns {
			if c.Field == userfile.User {
				users++
			}
			if c.Field != "" && seen[c.Field] {
				t.Fatalf("%s is there twice: %s", c.Field, h.fields())
			}
			seen[c.Field] = true
		}
		if users != 1 {
			t.Fatalf("%d usernames: %s", users, h.fields())
		}
	})
}
