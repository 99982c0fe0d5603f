package user

import "testing"

func TestTrimmed(t *testing.T) {
	for text, want := range map[string]string{
		"Ada":                         "Ada",
		" \t\u00a0Ada\u3000\r\n":      "Ada",
		"\ufeff\ufeffAda\u200b":       "Ada",
		"\u2066\u200fAda\u00ad\u2069": "Ada",
		"A\u00a0\u200bda":             "A\u00a0\u200bda", // inside, all stays
		"علی\u200cرضا":                "علی\u200cرضا",    // and joiners stay
		"क\u094d\u200d":               "क\u094d\u200d",
		" \u200b\u00a0\ufeff":         "",
		"\u200d\u200c":                "",
		"\u3164\u115f":                "", // Hangul fillers
		"":                            "",
	} {
		if got := Trimmed(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestInvisible(t *testing.T) {
	for _, test := range []struct {
		text   string
		c      rune
		before int
		found  bool
	}{
		{"Ada", 0, 0, false},
		{"Zo\u00eb Okafor", 0, 0, false},
		{"Zo\u00eb\u200bO", 0x200b, 3, true},
		{"\u200dAda", 0x200d, 0, true},
		{"Ad\u2060a\ufeff", 0x2060, 2, true},
		{"Ada\u3164", 0x3164, 3, true},
	} {
		c, before, found := Invisible(test.text)
		if c != test.c || before != test.before || found != test.found {
			t.Errorf("%q: got %U after %d, %t", test.text, c, before, found)
		}
	}
}
