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
