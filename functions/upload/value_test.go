package main

import (
	"fmt"
	"slices"
	"testing"

	"latchkey/shared/userfile"
)

// A dropped file with one row for each kind of value that people's programs change.
func TestValuesOfADroppedFileAreTakenAsPeopleWriteThem(t *testing.T) {
	const header = "User,First Name,External Key,Language,Time Zone,Role,Work Email,Work Phone\n"
	for _, test := range []struct {
		name, row string
		issues    []string
	}{
		{"nothing special", "ada,Ada,1,German,UTC,Clerk,ada@example.com,+4930901820", nil},
		{"invisible characters and other spaces", "\ufeffada\u00a0l.\u200b,,,,,,,", nil},
		{"a phone with a slash", "ada,,,,,,,+49 30/901820", nil},
		{"a phone in full width", "ada,,,,,,,+81（3）1234－5678", nil},
		{"a phone as a link", "ada,,,,,,,tel:+1-650-253-0002;ext=24", nil},
		{"an umlaut domain", "ada,,,,,,ada@bücher.example,", nil},
		{"a language of Google's", "ada,,,Portuguese (Brazil),,,,", nil},
		{"a misspelt language", "ada,,,Brazillian Portuguese,,,,", nil},
		{"a time zone of Windows's", "ada,,,,W. Europe Standard Time,,,", nil},
		{"a time zone in small letters", "ada,,,,america/new york,,,", nil},
		{"a name with a joiner", "ada,علی\u200cرضا,,,,,,", nil},

		{"a dot", ".,,,,,,,", []string{"error User bad_user"}},
		{"an invisible one inside", "a\u200bb,,,,,,,", []string{"error User bad_user"}},
		{
			"a username that was a number",
			"1.00457E+11,,,,,,,",
			[]string{"error User spreadsheet_number"},
		},
		{
			"a key that was a number",
			"ada,,\"2,19E+26\",,,,,",
			[]string{"error External Key spreadsheet_number"},
		},
		{"00 for the +", "ada,,,,,,,0049 30 901820", []string{"error Work Phone bad_phone"}},
		{
			"a domain that isn't allowed",
			"ada,,,,,,a@bü_cher.example,",
			[]string{"error Work Email bad_address"},
		},

		{"a guard", "ada,'=1+1,,,,,,", []string{"warning First Name guard_removed"}},
		{"a failed look-up", "ada,#N/A,,,,,,", []string{"warning First Name spreadsheet_error"}},
		{"a database's none", "ada,NULL,,,,,,", []string{"warning First Name null_name"}},
		{"a lost letter", "ada,M\ufffdller,,,,,,", []string{"warning First Name lost_character"}},
		{
			"almost an administrator",
			"ada,,,,,administrators,,",
			[]string{"warning Role administrator_almost"},
		},
		{
			"all at once",
			"..,'=NULL,1E+11,Ger\u200bman,Mars,Administrator;B,a@b,00",
			[]string{
				"error External Key spreadsheet_number",
				"error Language unknown_language",
				"error Time Zone unknown_time_zone",
				"error User bad_user",
				"error Work Email bad_address",
				"error Work Phone bad_phone",
				"warning First Name guard_removed",
				"warning Role administrator_almost",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			// The other row has the devices of the job, and keeps the file from being rejected.
			file := header + test.row + "\nzoe,,,,,,zoe@example.com,\n"
			w.Must(w.invoke("r1", w.drop("uploads/users.csv", file, nil)))

			var got []string
			for _, issue := range w.issues(w.only()) {
				if issue.Code == userfile.CodeNoDevice {
					continue
				}
				got = append(got, fmt.Sprintf("%s %s %s", issue.Level, issue.Column, issue.Code))
			}
			slices.Sort(got)
			if !slices.Equal(got, test.issues) {
				t.Errorf("its issues are %q, want %q", got, test.issues)
			}
		})
	}
}
