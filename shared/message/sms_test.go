package message

import (
	"strings"
	"testing"
)

func TestSegmentsAreCountedAsANetworkCountsThem(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"one character", "a", 1},
		{"160 of the GSM alphabet", strings.Repeat("é", 160), 1},
		{"161 of it", strings.Repeat("é", 161), 2},
		{"306 of it are two full segments", strings.Repeat("a", 306), 2},
		{"307 of it", strings.Repeat("a", 307), 3},
		{"459 of it", strings.Repeat("a", 459), 3},
		{"460 of it", strings.Repeat("a", 460), 4},
		{"80 of the extension table count double", strings.Repeat("€", 80), 1},
		{"81 of the extension table", strings.Repeat("€", 81), 2},
		{
			"an extension pair isn't split between segments",
			strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152),
			3,
		},
		{
			"a pair that ends a segment",
			strings.Repeat("a", 151) + "€" + strings.Repeat("a", 153),
			2,
		},
		{"70 units of UCS-2", strings.Repeat("ж", 70), 1},
		{"71 units of UCS-2", strings.Repeat("ж", 71), 2},
		{"134 units are two full segments", strings.Repeat("ж", 134), 2},
		{"135 units", strings.Repeat("ж", 135), 3},
		{"one character makes the whole UCS-2", strings.Repeat("a", 70) + "ж", 2},
		{"an extension character is one unit in UCS-2", strings.Repeat("€", 69) + "ж", 1},
		{"an emoji is two units", strings.Repeat("👍", 35), 1},
		{"36 emoji", strings.Repeat("👍", 36), 2},
		{
			"a surrogate pair isn't split between segments",
			strings.Repeat("ж", 66) + "👍" + strings.Repeat("ж", 66),
			3,
		},
		{
			"a link's characters are of the GSM alphabet",
			strings.Repeat("https://e.x/set-password#a.-_", 5),
			1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Segments(test.text); got != test.want {
				t.Errorf("Segments = %d, want %d", got, test.want)
			}
		})
	}
}
