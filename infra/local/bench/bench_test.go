package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

func TestReport(t *testing.T) {
	good := measure{what: "rows", rate: 50, bare: 100, limit: 0.5}
	for _, test := range []struct {
		name     string
		measures []measure
		want     bool
	}{
		{"ratios at their limits are good", []measure{good, good}, true},
		{"one ratio under its limit is not", []measure{
			good, {what: "users", rate: 49, bare: 100, limit: 0.5},
		}, false},
		{"nor is one of which nothing was measured", []measure{
			{what: "users", limit: 0.5}, good,
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			if got := report(&out, test.measures); got != test.want {
				t.Errorf("good is %t", got)
			}

			if told := strings.Contains(out.String(), "UNDER ITS LIMIT"); told == test.want {
				t.Errorf("the table says\n%s", &out)
			}
		})
	}
}

func TestEveryGeneratedRowIsGood(t *testing.T) {
	const rows = 500

	reader, err := userfile.NewReader(bytes.NewReader(generate("user", rows)), userfile.Schema{
		Devices: user.Devices(
			[]string{"Work Email", "Home Email", "SMS Phone"},
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

func TestHighWater(t *testing.T) {
	for _, test := range []struct {
		name, status string
		want         int
	}{
		{
			name:   "the peak, not the present",
			status: "Name:\tbootstrap\nVmHWM:\t   36420 kB\nVmRSS:\t   12000 kB\n",
			want:   36420,
		},
		{"not known of a process that has no memory", "Name:\tkworker\nThreads:\t1\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := highWater(test.status); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
