// Package mailbox reads email addresses, and writes a deployment's for SES.
//
// SES accepts 7-bit ASCII alone: a name in RFC 2047's encoded words, and a domain in
// Punycode. It doesn't support SMTPUTF8, so the part before the @ has no such form.
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html)
package mailbox

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// ErrLocalPart is returned if the part before the @ has letters that SES doesn't accept.
var ErrLocalPart = errors.New("the part before the @ is not ASCII")

// maxAddress is the most bytes of an address: a path's, without angle brackets (RFC 5321
// 4.5.3.1.3, RFC 3696 erratum 1690).
const maxAddress = 254

// IsAddress reports whether a text is an email address alone, without a name.
func IsAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text && len(text) <= maxAddress
}

// Mailbox is an email address with or without a name.
type Mailbox struct {
	Name   string // as people read it; may be blank
	Local  string // ASCII
	Domain string // ASCII, as IDNA writes it
}

// Parse reads an address as people write it: `Müller GmbH <no-reply@müller.example>`. It
// returns ErrLocalPart for an address that SES has no form for.
func Parse(text string) (Mailbox, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil {
		return Mailbox{}, fmt.Errorf("parse address: %w", err)
	}

	at := strings.LastIndex(parsed.Address, "@")
	local := parsed.Address[:at]
	if strings.ContainsFunc(local, func(c rune) bool { return c > unicode.MaxASCII }) {
		return Mailbox{}, ErrLocalPart
	}
	domain, err := idna.Lookup.ToASCII(parsed.Address[at+1:])
	if err != nil {
		return Mailbox{}, fmt.Errorf("parse address: %w", err)
	}
	return Mailbox{Name: parsed.Name, Local: local, Domain: domain}, nil
}

// Address returns the address alone.
func (m Mailbox) Address() string { return m.Local + "@" + m.Domain }

// String returns the address with its name, in ASCII.
func (m Mailbox) String() string {
	if m.Name == "" {
		return m.Address()
	}
	return (&mail.Address{Name: m.Name, Address: m.Address()}).String()
}
