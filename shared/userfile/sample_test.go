package userfile_test

import (
	"os"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
)

// deployment is the schema of a deployment that sets no parameter, with the devices that
// a job uses by default.
var deployment = userfile.Schema{
	Devices:    user.Devices([]string{"Work Email", "Home Email", "SMS Phone", "Work Phone"}),
	JobDevices: []string{"Work Email", "Home Email", "SMS Phone"},
	Phones:     phone.Parse,
}

func sample(t *testing.T, name string) []userfile.Row {
	t.Helper()

	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	r, rows, err := readAll(file, deployment)
	if err != nil {
		t.Fatalf("read: %v (%s)", err, message(err))
	}

	if len(r.Warnings()) > 0 {
		t.Errorf("header: %v", r.Warnings())
	}

	var seen userfile.Seen
	for i := range rows {
		seen.Check(&rows[i])
	}

	return rows
}

func TestAnotherProductsExportIsValid(t *testing.T) {
	rows := sample(t, "testdata/export.csv")
	if len(rows) != 10 {
		t.Fatalf("%d rows", len(rows))
	}

	for _, row := range rows {
		if codes(row.Issues) != "w:doubtful_phone w:doubtful_phone" {
			t.Errorf("row %d: %v", row.Number, row.Issues)
		}

		if row.Change.Fields[user.TimeZone] != "US/Eastern" ||
			!strings.HasPrefix(row.Change.Fields["SMS Phone"], "+1555551") {
			t.Errorf("row %d: %v", row.Number, row.Change.Fields)
		}
	}
}

func TestTheSampleFile(t *testing.T) {
	rows := sample(t, "../../events/users.csv")
	if len(rows) != 24 {
		t.Fatalf("%d rows", len(rows))
	}

	valid, removed, inactive, email, sms := 0, 0, 0, 0, 0

	issues := map[int]string{}
	for _, row := range rows {
		if len(row.Issues) > 0 {
			issues[row.Number] = codes(row.Issues)
		}

		if !row.Valid() {
			continue
		}

		valid++

		p := user.Profile{Fields: row.Change.Fields}
		switch {
		case row.Change.Operation == user.Remove:
			removed++
		case !p.Active():
			inactive++
		case p.Address("Work Email") != "" || p.Address("Home Email") != "":
			email++
		case p.Address("SMS Phone") != "":
			sms++
		}
	}

	if valid != 21 || removed != 1 || inactive != 1 || email != 16 || sms != 3 {
		t.Errorf(
			"%d valid: %d removed, %d inactive, %d by email, %d by SMS",
			valid,
			removed,
			inactive,
			email,
			sms,
		)
	}

	want := map[int]string{
		11: "e:duplicate_user",
		15: "e:spreadsheet_number",
		21: "e:too_few_fields",
	}
	for row, code := range want {
		if issues[row] != code {
			t.Errorf("row %d: %q, want %q", row, issues[row], code)
		}
	}

	if len(issues) != len(want) {
		t.Errorf("issues: %v", issues)
	}
}
