// Package user is the domain of users: usernames, and profiles that uploaded files fill.
//
// A profile's fields are stored under their column's name: "First Name", "Work Email",
// "Work Email Status", "Role", and the deployment's custom fields. Their values have the
// canonical form of package userfile. A field that is blank isn't there.
package user

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Columns of a file that are fields, beside the devices and the custom fields.
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
	// Active is a value of a status, a user's or a device's. Blank means the same.
	Active = "ACTIVE"
	// Inactive is the other: the user may not sign in, or the device must not be used.
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

// ErrUsername is returned for a text that can't be a username.
var ErrUsername = errors.New(
	"a username isn't . or .. and has 1 to 100 characters, none of them / ? # %, " +
		"invisible or a control character",
)

// ParseUsername returns the username as it is shown: trimmed, in NFC, and with one space
// where there are several, or others. It returns ErrUsername if the text can't be one. The
// characters / ? # % and the names . and .. are refused because they mean something in a
// URL's path, where usernames stand, and # in the keys of the tables. Invisible characters
// are refused because two names that look the same would be two users.
func ParseUsername(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrUsername
	}

	name := norm.NFC.String(OneSpaced(text))
	n := utf8.RuneCountInString(name)
	if n == 0 || n > MaxLength ||
		strings.ContainsAny(name, "/?#%") || strings.ContainsFunc(name, unicode.IsControl) {
		return "", ErrUsername
	}
	if _, _, found := Invisible(name); found || name == "." || name == ".." {
		return "", ErrUsername
	}
	return name, nil
}

// Key returns what usernames are compared by and stored under: folded, and in NFC.
func Key(username string) string {
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(OneSpaced(username))))
}

// Profile is what the directory holds of a user: the fields of the files that named them.
//
// A username has no profile until a row adds one. The profile is then active or inactive,
// by its field Status, as often as rows change that. A row that removes the user deletes
// it. If the username is added again, that is another user with another ID, to whom none
// of the first one's password, links and sessions belong. Whether a user is pending isn't
// in the profile: they are while they have no credential.
//
// Only the function process writes profiles. ID, Key, Username and AddedBy are set when
// the user is added, and never change. Fields are changed by every row that differs from them.
// Writers and Version are set by package directory with each write.
type Profile struct {
	// ID names the user in every other table. See [ID].
	ID string `dynamodbav:"user_id"`
	// Key is the username's key, under which the profile is stored. See [Key].
	Key string `dynamodbav:"username"`
	// Username is as it was first written.
	Username string `dynamodbav:"shown"`
	// Fields are the values by the column's name. A blank one isn't there.
	Fields map[string]string `dynamodbav:"fields"`
	// Countries are the regions of phone numbers (ISO 3166-1), by the column's name, where
	// known. They are kept, so that whoever sends needs no grammar of phone numbers.
	Countries map[string]string `dynamodbav:"countries,omitempty"`
	// AddedBy is the job that added the user. The index of their jobs leaves it out.
	AddedBy string `dynamodbav:"added_by,omitempty"`
	// Writers names the last rows that wrote the profile, newest first: they are applied.
	Writers []string `dynamodbav:"writers,omitempty"`
	// Version is the row that wrote the profile last. A write is conditional on it.
	Version string `dynamodbav:"version"`
}

// ID returns the id of the user that a row adds: 128 bits in lower-case base32. The same
// row always has the same id. Another row has another, also for the same username.
func ID(writer string) string {
	sum := sha256.Sum256([]byte(writer))
	base32NoPadding := base32.StdEncoding.WithPadding(base32.NoPadding)
	return strings.ToLower(base32NoPadding.EncodeToString(sum[:16]))
}

// Active reports whether the user may sign in and be sent anything.
func (p Profile) Active() bool { return p.Fields[Status] != Inactive }

// Roles returns the user's roles.
func (p Profile) Roles() []string { return List(p.Fields[Role]) }

// Administrator reports whether the user has the administrator's role and is active.
func (p Profile) Administrator() bool {
	return p.Active() && slices.Contains(p.Roles(), AdministratorRole)
}

// List splits a field of several values. A blank field has none.
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
	Operation Operation `json:"operation"`
	Username  string    `json:"username"` // as it is shown
	// Fields has the file's columns. A blank value clears a field; a missing one doesn't.
	Fields map[string]string `json:"fields,omitempty"`
	// Countries has the regions of the phone numbers among the fields, where known.
	Countries map[string]string `json:"countries,omitempty"`
}

// SetCountry sets the region of the phone number in a field. It does nothing for "".
func (c *Change) SetCountry(field, country string) { set(&c.Countries, field, country) }

// Apply returns the profile after the change, in maps of its own, and whether it differs.
func (p Profile) Apply(c Change) (after Profile, differs bool) {
	after = p
	after.Fields = make(map[string]string, len(p.Fields)+len(c.Fields))
	maps.Copy(after.Fields, p.Fields)
	after.Countries = maps.Clone(p.Countries)

	for name, value := range c.Fields {
		fieldDiffers := set(&after.Fields, name, value)
		countryDiffers := set(&after.Countries, name, c.Countries[name])
		differs = differs || fieldDiffers || countryDiffers
	}
	return after, differs
}

// set sets a value, or deletes it if it is blank, and reports whether that makes a difference.
func set(values *map[string]string, name, value string) (differs bool) {
	if (*values)[name] == value {
		return false
	}

	switch {
	case value == "":
		delete(*values, name)
	case *values == nil:
		*values = map[string]string{name: value}
	default:
		(*values)[name] = value
	}
	return true
}
