// Package user says what a user is: a username, and a profile of named fields as an uploaded file gives them.
//
// A profile's fields are kept under their column's name ("First Name", "Work Email", "Work Email Status", "Role", and the
// deployment's custom fields), in the canonical form that package userfile gives them. A field that is blank isn't there.
package user

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Columns of a file that are fields of a profile, beside the devices and the custom fields.
const (
	FirstName       = "First Name"
	LastName        = "Last Name"
	Site            = "Site"
	Status          = "Status"
	ExternallyOwned = "Externally Owned"
	ExternalKey     = "External Key"
	Language        = "Language"
	TimeZone        = "Time Zone"
	Supervisor      = "User Supervisor"
	Role            = "Role"
	LicenseType     = "License Type"
)

const (
	// Active and Inactive are the values of a status, a user's or a device's. Blank means Active.
	Active   = "ACTIVE"
	Inactive = "INACTIVE"
	// AdministratorRole is the role that may call the administrator's API.
	AdministratorRole = "Administrator"
	// ListSeparator stands between the values of Role and of User Supervisor.
	ListSeparator = "|"
	// MaxLength is the most code points of a username, name, role or other value.
	MaxLength = 100
	// StatusSuffix follows a device's name in the column of its status.
	StatusSuffix = " Status"
)

// ErrUsername says that a text can't be a username.
var ErrUsername = errors.New(
	"a username has 1 to 100 characters, none of them / ? # % or a control character",
)

// ParseUsername gives the username as it is shown: trimmed and in NFC. It answers ErrUsername if it can't be one.
func ParseUsername(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrUsername
	}

	name := norm.NFC.String(strings.TrimSpace(text))
	n := utf8.RuneCountInString(name)
	if n == 0 || n > MaxLength ||
		strings.ContainsAny(name, "/?#%") || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrUsername
	}
	return name, nil
}

// Key is what usernames are compared by, and kept under: NFC, and Unicode case folding.
func Key(username string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(strings.TrimSpace(username))))
}

// Profile is what is known of a user.
type Profile struct {
	ID       string            `dynamodbav:"user_id"`
	Key      string            `dynamodbav:"username"`
	Username string            `dynamodbav:"shown"`
	Fields   map[string]string `dynamodbav:"fields"`
	// Writers names the last rows that wrote the profile, newest first: a row that is there has been applied.
	Writers []string `dynamodbav:"writers,omitempty"`
	// Version changes with each write.
	Version string `dynamodbav:"version"`
}

// ID gives the id of the user that a row adds: 128 bits in lower-case base32. Another row gives another id, also for the same
// username, and the same row the same, however often it is processed.
func ID(writer string) string {
	sum := sha256.Sum256([]byte(writer))
	base32NoPadding := base32.StdEncoding.WithPadding(base32.NoPadding)
	return strings.ToLower(base32NoPadding.EncodeToString(sum[:16]))
}

// Active says whether the user may sign in and be sent anything.
func (p Profile) Active() bool { return p.Fields[Status] != Inactive }

// Roles lists the user's roles.
func (p Profile) Roles() []string { return List(p.Fields[Role]) }

// Administrator says whether the user has the administrator's role and is active.
func (p Profile) Administrator() bool {
	return p.Active() && slices.Contains(p.Roles(), AdministratorRole)
}

// List splits a field of several values; a blank one has none.
func List(value string) []string {
	list := []string{}
	for _, part := range strings.Split(value, ListSeparator) {
		part = strings.TrimSpace(part)
		if part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Operation is what a row asks for.
type Operation string

// The operations of a file.
const (
	Process Operation = "process" // add or update the user
	Remove  Operation = "remove"
)

// Change is what a valid row says of a user.
type Change struct {
	Operation Operation
	Username  string // as it is shown
	// Fields has an entry for each column that the file has: a blank value clears the field, a missing one leaves it.
	Fields map[string]string
}

// Apply gives the fields that follow from the change, and whether they differ from the profile's.
func (p Profile) Apply(c Change) (fields map[string]string, differs bool) {
	fields = make(map[string]string, len(p.Fields)+len(c.Fields))
	for name, value := range p.Fields {
		fields[name] = value
	}

	for name, value := range c.Fields {
		if fields[name] == value {
			continue
		}

		differs = true
		if value == "" {
			delete(fields, name)
		} else {
			fields[name] = value
		}
	}

	return fields, differs
}
