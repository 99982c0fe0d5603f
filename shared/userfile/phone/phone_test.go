package phone_test

import (
	"testing"

	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]userfile.PhoneNumber{
		"+16502530000":       {E164: "+16502530000", Country: "US"},
		"+16502530000;ext=2": {E164: "+16502530000", Country: "US", Extension: "2"},
		"+490301234567":      {E164: "+49301234567", Country: "DE"},
		"+15555550100":       {E164: "+15555550100", Doubtful: true},
		"+1":                 {},
		"16502530000":        {},
		"":                   {},
	} {
		got, ok := phone.Parse(text)
		if got != want || ok != (want.E164 != "") {
			t.Errorf("%q: got %+v, %t", text, got, ok)
		}
	}
}
