package userfile_test

import (
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	hundred := strings.Repeat("é", 100)
	for _, c := range []struct{ it, column, value, want, codes string }{
		{"a name of 100 characters", "First Name", hundred, hundred, ""},
		{"a name of 101", "First Name", hundred + "x", "", "e:too_long"},
		{"a last name of 101", "Last Name", hundred + "x", "", "e:too_long"},
		{"another value of 101", "Site", hundred + "x", "", "e:too_long"},
		{"a custom field of 101", "Cost Centre", hundred + "x", "", "e:too_long"},
		{
			it:     "a name that looks like markup or a formula stays as it is",
			column: "First Name",
			value:  "<img src=x>{{link}}=1+1",
			want:   "<img src=x>{{link}}=1+1",
		},
		{"Externally Owned stays as written", "Externally Owned", "True", "True", ""},

		{"one role", "Role", "Standard User", "Standard User", ""},
		{"several roles, trimmed, without blanks and repeats", "Role", " B | A ||B|", "B|A", ""},
		{"nothing but separators is blank", "Role", "| |", "", ""},
		{
			it:     "roles of 100 characters each",
			column: "Role",
			value:  hundred + "|" + hundred + "x"[1:] + "|b",
			want:   hundred + "|b",
		},
		{"a role of 101", "Role", "a|" + hundred + "x", "", "e:too_long"},
		{"a single role of 101", "Role", hundred + "x", "", "e:too_long"},
		{"supervisors as roles", "User Supervisor", "ada | bob|ada", "ada|bob", ""},

		{"active", "Status", "active", "ACTIVE", ""},
		{"inactive", "Status", "INACTIVE", "INACTIVE", ""},
		{"no other status", "Status", "DISABLED", "", "e:unknown_status"},
		{"a device's status", "Work Email Status", "Inactive", "INACTIVE", ""},
		{"no other status of a device", "Work Email Status", "OFF", "", "e:unknown_status"},

		{"a language by name", "Language", "english", "English", ""},
		{"a language by tag", "Language", "de", "German", ""},
		{"no language", "Language", "Klingonish", "", "e:unknown_language"},
		{
			it:     "an endless language",
			column: "Language",
			value:  "en-x-" + strings.Repeat("abcdefgh-", 20) + "a",
			codes:  "e:too_long",
		},

		{"a time zone", "Time Zone", "Europe/Berlin", "Europe/Berlin", ""},
		{"an older name of a time zone", "Time Zone", "US/Eastern", "US/Eastern", ""},
		{"UTC", "Time Zone", "UTC", "UTC", ""},
		{"no time zone", "Time Zone", "Mars/Olympus", "", "e:unknown_time_zone"},
		{"the computer's own zone is none", "Time Zone", "Local", "", "e:unknown_time_zone"},
		{
			it:     "a system's copy of a zone is none",
			column: "Time Zone",
			value:  "posix/US/Eastern",
			codes:  "e:unknown_time_zone",
		},
		{
			it:     "a way out of the zones is none",
			column: "Time Zone",
			value:  "../../etc/passwd",
			codes:  "e:unknown_time_zone",
		},

		{
			it:     "an address",
			column: "Work Email",
			value:  "Ada.Okafor+x@mail.Example.com",
			want:   "Ada.Okafor+x@mail.Example.com",
		},
		{
			it:     "an address in another alphabet's domain, as it is sent",
			column: "Work Email",
			value:  "a@xn--bcher-kva.example",
			want:   "a@xn--bcher-kva.example",
		},
		{
			it:     "an address of 254 bytes",
			column: "Work Email",
			value:  "a@" + strings.Repeat("b.", 124) + "test",
			want:   "a@" + strings.Repeat("b.", 124) + "test",
		},
		{
			it:     "an address of 255",
			column: "Work Email",
			value:  "ab@" + strings.Repeat("b.", 124) + "test",
			codes:  "e:bad_address",
		},
		{
			it:     "65 bytes before @",
			column: "Work Email",
			value:  strings.Repeat("a", 65) + "@example.com",
			codes:  "e:bad_address",
		},
		{"no @", "Work Email", "ada.example.com", "", "e:bad_address"},
		{"two @", "Work Email", "a@b@example.com", "", "e:bad_address"},
		{"nothing before @", "Work Email", "@example.com", "", "e:bad_address"},
		{"nothing after @", "Work Email", "ada@", "", "e:bad_address"},
		{"a domain of one label", "Work Email", "ada@example", "", "e:bad_address"},
		{"a domain with an empty label", "Work Email", "ada@example..com", "", "e:bad_address"},
		{"a label that ends with a hyphen", "Work Email", "ada@example-.com", "", "e:bad_address"},
		{
			it:     "a label of 64",
			column: "Work Email",
			value:  "ada@" + strings.Repeat("b", 64) + ".com",
			codes:  "e:bad_address",
		},
		{"an IP address for a domain", "Work Email", "ada@[127.0.0.1]", "", "e:bad_address"},
		{"a bare IP address for a domain", "Work Email", "ada@127.0.0.1", "", "e:bad_address"},
		{
			it:     "an underscore in the domain",
			column: "Work Email",
			value:  "ada@mail_1.example.com",
			codes:  "e:bad_address",
		},
		{"two addresses", "Work Email", "a@example.com;b@example.com", "", "e:bad_address"},
		{
			it:     "two addresses with a quoted comma",
			column: "Work Email",
			value:  "\"a@example.com,b@example.com\"",
			codes:  "e:bad_address",
		},
		{"a display name", "Work Email", "Ada <ada@example.com>", "", "e:bad_address"},
		{"angle brackets", "Work Email", "<ada@example.com>", "", "e:bad_address"},
		{"a comment", "Work Email", "ada@example.com (home)", "", "e:bad_address"},
		{"a space within", "Work Email", "ada okafor@example.com", "", "e:bad_address"},
		{
			it:     "a line break that would add a header",
			column: "Work Email",
			value:  "\"ada@example.com\nBcc: b@example.com\"",
			codes:  "e:bad_address",
		},
		{
			it:     "letters that SES doesn't take before @",
			column: "Work Email",
			value:  "adá@example.com",
			codes:  "e:bad_address",
		},

		{"a number", "Work Phone", "+1 650 2530002", "+16502530002", ""},
		{
			it:     "a number with an extension",
			column: "Work Phone",
			value:  "+1 650 2530002 ext: 24",
			want:   "+16502530002;ext=24",
		},
		{
			it:     "a number in its stored form",
			column: "Work Phone",
			value:  "+16502530002;ext=24",
			want:   "+16502530002;ext=24",
		},
		{"an extension after x", "Work Phone", "+1 (650) 253-0002 x24", "+16502530002;ext=24", ""},
		{"full-width digits", "Work Phone", "＋８１ ３ １２３４ ５６７８", "+81312345678", ""},
		{"a zero in brackets", "Work Phone", "+44 (0) 20 7031 3000", "+442070313000", ""},
		{
			it:     "a zero that is part of the number",
			column: "Work Phone",
			value:  "+39 06 1234 5678",
			want:   "+390612345678",
		},
		{
			it:     "invisible marks around a number",
			column: "Work Phone",
			value:  "\u202a+1 650 253 0002\u202c",
			want:   "+16502530002",
		},
		{
			it:     "a number that is possible and not valid",
			column: "Work Phone",
			value:  "+1 1115500000",
			want:   "+11115500000",
			codes:  "w:doubtful_phone",
		},
		{"another", "SMS Phone", "+1 5555500000", "+15555500000", "w:doubtful_phone"},
		{"a number for text messages", "SMS Phone", "+49 1512 3456789", "+4915123456789", ""},
		{
			it:     "an extension on a number for text messages",
			column: "SMS Phone",
			value:  "+1 650 253 0002 ext 24",
			want:   "+16502530002",
			codes:  "w:extension_dropped",
		},
		{
			it:     "both warnings",
			column: "SMS Phone",
			value:  "+1 5555500000 x1",
			want:   "+15555500000",
			codes:  "w:doubtful_phone w:extension_dropped",
		},
		{"no country code", "Work Phone", "650 253 0002", "", "e:bad_phone"},
		{"an unknown country code", "Work Phone", "+999 650 253 0002", "", "e:bad_phone"},
		{"too short", "Work Phone", "+1650", "", "e:bad_phone"},
		{"too long", "Work Phone", "+1 650 253 0002 0002 000", "", "e:bad_phone"},
		{"letters for digits", "Work Phone", "+1 800 FLOWERS", "", "e:bad_phone"},
		{"a word behind", "Work Phone", "+1 650 253 0002 home", "", "e:bad_phone"},
		{"two numbers", "Work Phone", "+1 650 253 0002 / +1 650 253 0003", "", "e:bad_phone"},
		{
			it:     "what a spreadsheet made of a number",
			column: "Work Phone",
			value:  "1.55556E+10",
			codes:  "e:spreadsheet_number",
		},
		{"the same with a comma", "SMS Phone", "\"4,91512E+12\"", "", "e:spreadsheet_number"},
	} {
		t.Run(c.column+": "+c.it, func(t *testing.T) {
			rows := mustRead(t, "User,"+c.column+"\nu1,"+c.value+"\n", usual)
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}

			got := rows[0]
			if codes(got.Issues) != c.codes {
				t.Errorf("issues %q, want %q", codes(got.Issues), c.codes)
			}

			if got.Valid() && got.Change.Fields[c.column] != c.want {
				t.Errorf("got %q, want %q", got.Change.Fields[c.column], c.want)
			}

			for _, issue := range got.Issues {
				if issue.Column != c.column || issue.Row != 2 {
					t.Errorf("issue of %q in row %d", issue.Column, issue.Row)
				}
			}
		})
	}

	t.Run("the message about a spreadsheet's number says what it did", func(t *testing.T) {
		rows := mustRead(t, "User,Work Phone\nu1,1.55556E+10\n", usual)

		issue := rows[0].Issues[0]
		if issue.Value != "1.55556E+10" || !strings.Contains(issue.Message, "scientific notation") {
			t.Errorf("got %v", issue)
		}
	})
}
