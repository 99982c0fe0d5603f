// Package rostertest writes canonical copies for tests, as validation does.
package rostertest

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
	"latchkey/shared/user"
)

// Write stores the copy of a file of a header and of good rows, chunk by chunk, and returns
// the chunks. The values must be in canonical form. Blank lines count as rows that the copy
// doesn't have.
func Write(t testing.TB, to roster.Copy, header string, chunks ...string) []job.Chunk {
	t.Helper()

	var content bytes.Buffer
	var index []job.Chunk
	names := strings.Split(header, ",")
	before := 1 // rows

	for _, text := range chunks {
		from := int64(content.Len())
		w := roster.NewWriter(&content, strings.Count(text, "\n"))
		for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if line == "" {
				continue
			}

			values, err := csv.NewReader(strings.NewReader(line)).Read()
			if err != nil {
				t.Fatal(err)
			}

			row := roster.Row{Number: before + i + 1, Change: change(names, values)}
			if _, err := w.Add(row); err != nil {
				t.Fatal(err)
			}
		}

		chunk := w.Chunks()[0]
		chunk.Number = len(index)
		chunk.From += from
		chunk.To += from
		index = append(index, chunk)
		before += strings.Count(text, "\n")
	}

	key := object.Rows(to.JobID)
	if err := to.Bucket.Write(t.Context(), key, "application/jsonl", content.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := to.Keep(t.Context(), index); err != nil {
		t.Fatal(err)
	}
	return index
}

// change returns the change that a record is.
func change(names, record []string) user.Change {
	made := user.Change{Operation: user.Process, Fields: map[string]string{}}
	for i, name := range names {
		switch name {
		case "Operation":
			if record[i] == string(user.Remove) {
				made.Operation = user.Remove
			}
		case "User":
			made.Username = record[i]
		default:
			made.Fields[name] = record[i]
			made.SetCountry(name, country(record[i]))
		}
	}

	if made.Operation == user.Remove {
		made.Fields = nil
	}
	return made
}

// country returns the region of a number, of those that tests have.
func country(value string) string {
	switch {
	case strings.HasPrefix(value, "+1"):
		return "US"
	case strings.HasPrefix(value, "+49"):
		return "DE"
	}
	return ""
}
