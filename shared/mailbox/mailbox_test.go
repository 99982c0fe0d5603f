package mailbox_test

import (
	"errors"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"unicode"

	"latchkey/shared/mailbox"
)

func TestWhatSESIsGivenIsASCII(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a bare address stays", "no-reply@northwind.example", "no-reply@northwind.example"},
		{
			"a plain name stays",
			"Northwind <no-reply@northwind.example>",
			`"Northwind" <no-reply@northwind.example>`,
		},
		{
			"a name in other letters",
			"Müller GmbH <hi@northwind.example>",
			"=?utf-8?q?M=C3=BCller_GmbH?= <hi@northwind.example>",
		},
		{"a domain in other letters", "hi@müller.example", "hi@xn--mller-kva.example"},
		{"both", "東京 <hi@例え.example>", "=?utf-8?q?=E6=9D=B1=E4=BA=AC?= <hi@xn--r8jz45g.example>"},
		{
			"a name that is encoded already",
			"=?utf-8?q?M=C3=BCller?= <hi@a.example>",
			"=?utf-8?q?M=C3=BCller?= <hi@a.example>",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := mailbox.Parse(test.text)
			if err != nil {
				t.Fatal(err)
			}

			got := m.String()
			if got != test.want {
				t.Errorf("%q becomes %q, want %q", test.text, got, test.want)
			}

			if strings.ContainsFunc(got, func(c rune) bool { return c > unicode.MaxASCII }) {
				t.Errorf("%q is not ASCII", got)
			}
		})
	}
}

func TestTheNameIsReadAsItWasWritten(t *testing.T) {
	m, err := mailbox.Parse("Müller & Söhne GmbH <hi@northwind.example>")
	if err != nil {
		t.Fatal(err)
	}

	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{}}

	read, err := parser.Parse(m.String())
	if err != nil || read.Name != "Müller & Söhne GmbH" {
		t.Errorf("read %v, %v", read, err)
	}
}

func TestWhatSESHasNoFormForIsRefused(t *testing.T) {
	if _, err := mailbox.Parse("müller@northwind.example"); !errors.Is(err, mailbox.ErrLocalPart) {
		t.Errorf("got %v", err)
	}

	for _, bad := range []string{
		"",
		"Northwind",
		"a@",
		"a@b_c.example",
		"a@-b.example",
		"a@b.example, c@d.example",
	} {
		if m, err := mailbox.Parse(bad); err == nil {
			t.Errorf("%q is read as %v", bad, m)
		}
	}
}

func TestABareAddressIsToldFromOtherTexts(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"a bare address", "hi@northwind.example", true},
		{"as long as one may be", strings.Repeat("a", 236) + "@northwind.example", true},
		{"one byte longer", strings.Repeat("a", 237) + "@northwind.example", false},
		{"one with a name", "Northwind <hi@northwind.example>", false},
		{"one in angle brackets", "<hi@northwind.example>", false},
		{"one with a space before it", " hi@northwind.example", false},
		{"an address of the web", "https://northwind.example", false},
		{"nothing", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mailbox.IsAddress(test.text); got != test.want {
				t.Errorf("IsAddress(%q) = %t", test.text, got)
			}
		})
	}
}
