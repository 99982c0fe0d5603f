package main

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/delimited"
)

func TestEveryGeneratedRowIsGood(t *testing.T) {
	const rows = 500

	file := joined(users("user", 0, 200), users("half", 200, 300))
	records, err := delimited.NewReader(bytes.NewReader(file), delimited.Options{})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := userfile.NewReader(records, userfile.Schema{
		Devices: user.Devices(
			[]string{"Work Email"},
		),
		JobDevices: []string{"Work Email"},
	})
	if err != nil {
		t.Fatal(err)
	}

	var seen userfile.Seen

	n := 0
	for ; ; n++ {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			t.Fatal(err)
		}

		seen.Check(&row)

		if len(row.Issues) > 0 {
			t.Fatalf("row %d: %v", row.Number, row.Issues)
		}
	}

	if n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
}
