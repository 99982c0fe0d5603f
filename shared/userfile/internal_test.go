package userfile

import (
	"strings"
	"testing"
)

// SetMaxRows has the reader take fewer rows than a file may have.
func (r *Reader) SetMaxRows(n int) { r.maxRows = n }

// Texts are messages, by their faults' codes.
var Texts = map[string]string{}

func init() {
	for _, f := range []fault{badPhone, bareQuote, overlong, spreadsheet, doubtfulPhone} {
		Texts[f.code] = f.message
	}
}

// Checked returns the canonical form of a value of a column.
func Checked(name, value string) string {
	c, _ := find(Schema{}.columns(), name)
	form, _ := c.check(value)
	return form
}

func TestTheCacheIsBounded(t *testing.T) {
	calls := 0

	c := cached(func(value string) (string, []fault) {
		calls++

		if value == "bad" {
			return value, []fault{unknownLanguage}
		}
		return strings.ToUpper(value), nil
	})
	for range 3 {
		for i := range 1500 {
			form, faults := c(strings.Repeat("a", i+1))
			if len(form) != i+1 || form[0] != 'A' || faults != nil {
				t.Fatalf("form %q", form)
			}
		}

		if _, faults := c("bad"); faults == nil {
			t.Fatal("a bad value is good the second time")
		}
	}

	if want := 1000 + 3*500 + 3; calls != want {
		t.Errorf("%d calls, want %d", calls, want)
	}
}
