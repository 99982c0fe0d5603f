package userfile

import (
	"strings"

	"latchkey/shared/user"
)

type use int

const (
	field          use = iota // a field of the profile
	operation                 // what to do with the user
	username                  // which user
	ignored                   // nothing, with a warning
	ignoredQuietly            // nothing: the columns that an error report adds
)

type column struct {
	name  string
	use   use
	check check // of a field's values that aren't blank
	// number is in the place of check where the values are phone numbers.
	number func(value string) (number, []fault)
	// values are what other values mean that a mapped file has.
	values map[string]string
	// optional columns are left out of the template.
	optional bool
}

func (s Schema) columns() []column {
	columns := []column{
		{name: Operation, use: operation},
		{name: User, use: username},
		{name: user.FirstName, check: personName},
		{name: user.LastName, check: personName},
		{name: user.Site, check: anyText},
		{name: user.Status, check: status},
		{name: user.ExternallyOwned, check: anyText},
		{name: user.ExternalKey, check: externalKey},
		{name: user.Language, check: cached(languageName)},
		{name: user.TimeZone, check: cached(timeZone)},
		{name: user.Supervisor, check: list},
		{name: user.Role, check: cached(roles)},
		{name: user.LicenseType, check: anyText},
	}

	for _, device := range s.Devices {
		columns = append(columns, s.deviceColumn(device))
	}
	for _, name := range s.CustomFields {
		columns = append(columns, column{name: name, check: anyText})
	}
	for _, device := range s.Devices {
		name := device.Name + user.StatusSuffix
		columns = append(columns, column{name: name, check: status, optional: true})
	}
	for _, device := range s.Devices {
		name := device.Name + " Valid"
		columns = append(columns, column{name: name, use: ignored, optional: true})
	}

	// A user export and an error report may be uploaded as they are.
	return append(columns,
		column{name: "Password Status", use: ignored, optional: true},
		column{name: "Last Login", use: ignored, optional: true},
		column{name: "Externally Owned Status", use: ignored, optional: true},
		column{name: "UUID", use: ignored, optional: true},
		column{name: errorRow, use: ignoredQuietly, optional: true},
		column{name: errorColumn, use: ignoredQuietly, optional: true},
	)
}

func (s Schema) deviceColumn(device user.Device) column {
	switch device.Channel {
	case user.Email:
		return column{name: device.Name, check: emailAddress}
	case user.SMS:
		return column{name: device.Name, number: s.Phones.sms}
	}
	return column{name: device.Name, number: s.Phones.phone}
}

func find(columns []column, name string) (column, bool) {
	for _, c := range columns {
		if strings.EqualFold(c.name, name) {
			return c, true
		}
	}
	return column{}, false
}

// nearest returns the name of the column that differs least from a name, or "" if none is
// within three changes and half its length.
func nearest(columns []column, name string) string {
	const tooFar = 4

	given := []rune(strings.ToLower(name))
	best := ""
	least := tooFar
	for _, c := range columns {
		d := distance([]rune(strings.ToLower(c.name)), given)
		if d < least && d < len(c.name)/2 {
			best = c.name
			least = d
		}
	}

	return best
}

// distance is Levenshtein's, computed with one row of the usual table at a time.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}

	for i := range a {
		diagonal := row[0]
		row[0]++
		for j := range b {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}

	return row[len(b)]
}
