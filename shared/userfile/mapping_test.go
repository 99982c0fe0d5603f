package userfile_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/userfile"
	"latchkey/shared/userfile/delimited"
)

func TestRowsAreReadAsTheirColumnsAreMapped(t *testing.T) {
	const file = "Staff\nlogin,on,what,shoe,mail\n" +
		"ada@x.test,True,add,40,\n" +
		"bob,FALSE,ADD,41,b@x.test\n" +
		"eve@x.test,perhaps,go,42,\n" +
		"login,on,what,shoe,mail\n"

	records, err := delimited.NewReader(strings.NewReader(file), delimited.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := userfile.NewReader(records, usual, userfile.Mapping{
		Row: 2,
		Columns: []userfile.Mapped{
			{Name: "login", Field: userfile.User, Also: "Work Email"},
			{
				Name:   "on",
				Field:  "Status",
				Values: map[string]string{"true": "ACTIVE", "false": "INACTIVE"},
			},
			{
				Name:   "what",
				Field:  userfile.Operation,
				Values: map[string]string{"add": "process"},
			},
			{Name: "shoe"},
			{Name: "mail", Quiet: true},
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	if w := r.Warnings(); len(w) != 1 || w[0].Column != "shoe" || w[0].Row != 2 {
		t.Errorf("the warnings are %+v", w)
	}

	rows, err := rowsOf(r)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		line := fmt.Sprint(row.Number, row.Change.Operation, row.Change.Fields)
		for _, issue := range row.Issues {
			line += " " + issue.Column + ":" + issue.Code
		}
		got = append(got, line)
	}

	want := []string{
		"3process" + "map[Status:ACTIVE Work Email:ada@x.test]",
		"4process" + "map[Status:INACTIVE]",
		"5process" + "map[Status:perhaps Work Email:eve@x.test] what:unknown_operation" +
			" on:unknown_status",
		"6map[] :second_header",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAHeaderThatIsNotThere(t *testing.T) {
	records, err := delimited.NewReader(strings.NewReader("User\nada\n"), delimited.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = userfile.NewReader(records, usual, userfile.Mapping{Row: 7})
	if message(err) == "" {
		t.Errorf("got %v", err)
	}
}
