package main

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/delimited"
	"latchkey/shared/userfile/mapping"
)

func TestEveryGeneratedRowIsGood(t *testing.T) {
	const rows = 500

	file := joined(users("user", 0, 200), users("half", 200, 300))
	schema := userfile.Schema{
		Devices:    user.Devices([]string{"Work Email"}),
		JobDevices: []string{"Work Email"},
	}
	text, err := delimited.NewReader(bytes.NewReader(file), delimited.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, records, err := mapping.Peek(text)
	if err != nil {
		t.Fatal(err)
	}

	header := mapping.Find(first, schema, nil, nil)
	reader, err := userfile.NewReader(records, schema, header.Mapping())
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
