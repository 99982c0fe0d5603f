package inbox

import (
	"fmt"
	"testing"
)

func newLog(t *testing.T) *Log {
	t.Helper()

	log, err := NewLog()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { log.Close() })

	return log
}

func TestPage(t *testing.T) {
	log := newLog(t)
	for n := range 5 {
		err := log.Add(
			Message{To: fmt.Sprintf("User%d@Example.com", n%2), Text: fmt.Sprint("text ", n)},
		)
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, test := range []struct {
		name        string
		to          string
		skip, limit int
		ids         string
		more        bool
	}{
		{"the first page is the oldest", "", 0, 2, "[1 2]", true},
		{"a page follows after those skipped", "", 2, 2, "[3 4]", true},
		{"the last page says that it is", "", 4, 2, "[5]", false},
		{"a full last page says so too", "", 3, 2, "[4 5]", false},
		{"an address is found in any case", "user1@example.COM", 0, 9, "[2 4]", false},
		{"an address has pages of its own", "user0@example.com", 1, 1, "[3]", true},
		{"a part of an address finds nothing", "user", 0, 9, "[]", false},
		{"skipping more than there is gives nothing", "", 9, 9, "[]", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, more, err := log.Page(test.to, test.skip, test.limit)
			if err != nil {
				t.Fatal(err)
			}

			ids := []string{}
			for _, m := range page {
				ids = append(ids, m.ID)
			}

			if fmt.Sprint(ids) != test.ids || more != test.more {
				t.Errorf("got %v and more %t, want %s and %t", ids, more, test.ids, test.more)
			}
		})
	}
}
