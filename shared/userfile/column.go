package userfile

import (
	"strings"

	"latchkey/shared/user"
)

type kind int

const (
	field kind = iota
	operation
	username
	ignored // with a warning
	ignoredQuietly
)

// column is a column that a file may have.
type column struct {
	name  string
	kind  kind
	check check // of a field's values that aren't blank
	// optional columns are left out of the template.
	optional bool
}

// columns are those that a file may have, in the template's order.
func (s Schema) columns() []column {
	columns := []column{
		{name: Operation, kind: operation},
		{name: User, kind: username},
		{name: user.FirstName, check: text},
		{name: user.LastName, check: text},
		{name: user.Site, check: text},
		{name: user.Status, check: status},
		{name: user.ExternallyOwned, check: text},
		{name: user.ExternalKey, check: text},
		{name: user.Language, check: cached(languageName)},
		{name: user.TimeZone, check: cached(timeZone)},
		{name: user.Supervisor, check: list},
		{name: user.Role, check: list},
		{name: user.LicenseType, check: text},
	}
	for _, device := range s.Devices {
		address := phone
		switch device.Channel {
		case user.Email:
			address = emailAddress
		case user.SMS:
			address = smsPhone
		}

		columns = append(columns, column{name: device.Name, check: address})
	}

	for _, name := range s.CustomFields {
		columns = append(columns, column{name: name, check: text})
	}

	for _, device := range s.Devices {
		columns = append(
			columns,
			column{name: device.Name + user.StatusSuffix, check: status, optional: true},
		)
	}

	return append(columns,
		column{name: "Password Status", kind: ignored, optional: true},
		column{name: "Last Login", kind: ignored, optional: true},
		column{name: "UUID", kind: ignored, optional: true},
		column{name: errorRow, kind: ignoredQuietly, optional: true},
		column{name: errorColumn, kind: ignoredQuietly, optional: true},
	)
}

// find finds a column by its name in any case.
func find(columns []column, name string) (column, bool) {
	for _, c := range columns {
		if strings.EqualFold(c.name, name) {
			return c, true
		}
	}

	return column{}, false
}

// nearest gives the name of the column that differs least from a name, or "" if all differ much.
func nearest(columns []column, name string) string {
	best, least := "", 4
	for _, c := range columns {
		if d := distance(
			[]rune(strings.ToLower(c.name)),
			[]rune(strings.ToLower(name)),
		); d < least &&
			d < len(c.name)/2 {
			best, least = c.name, d
		}
	}

	return best
}

// distance is Levenshtein's: how many characters must be put in, taken out or replaced to make b of a.
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
