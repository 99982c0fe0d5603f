package message

import "testing"

func TestAnAddressIsMasked(t *testing.T) {
	for _, test := range []struct{ name, address, want string }{
		{"an email address", "joe.doe@example.com", "j••••@e••••.com"},
		{"one letter hides as much as many", "j@x.com", "j••••@x••••.com"},
		{"a subdomain", "joe@mail.example.co.uk", "j••••@m••••.uk"},
		{"a domain without a dot", "joe@localhost", "j••••@l••••"},
		{"letters that aren't ASCII", "äsa@örebro.se", "ä••••@ö••••.se"},
		{"a quoted @", `"a@b"@example.com`, `"••••@e••••.com`},
		{"a phone number", "+16502530123", "•••• 0123"},
		{"a phone number with an extension", "+16502530123;ext=24", "•••• 0123"},
		{"a short number", "+12345", "•••• 45"},
		{"the shortest number", "+1", "••••"},
		{"nothing", "", "••••"},
		{"an email address without its parts", "@", "••••@••••"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Mask(test.address); got != test.want {
				t.Errorf("Mask = %q, want %q", got, test.want)
			}
		})
	}
}
