package endtoend

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// exportRows is how many users an export has.
const exportRows = 1000

// export is a file in the form of another product.
type export struct {
	name    string   // of the product, as Latchkey knows it; "" if it doesn't
	prefix  string   // of the usernames
	notes   []string // lines before the header
	header  []string
	row     func(name, address string) []string
	quoted  bool // all values are in quotation marks
	byEmail bool // the address is the username
	// mapped is what an administrator says of the columns that wait for a decision.
	mapped object
}

// exports are files of the products whose exports are known, and of some who aren't.
var exports = []export{
	{
		name:   "Okta",
		prefix: "okta",
		header: []string{
			"login", "firstName", "lastName", "middleName", "email", "title", "displayName",
			"secondEmail", "mobilePhone", "primaryPhone", "city", "preferredLanguage", "timezone",
			"userType", "department",
		},
		row: func(name, address string) []string {
			return []string{
				name, "Ada", "King", "", address, "Engineer", "Ada King", "", "+1 650 253 0000",
				"650-253-0001", "London", "en", "America/Los_Angeles", "", "R&D",
			}
		},
	},
	{
		name:    "Google Workspace",
		prefix:  "google",
		byEmail: true,
		header: []string{
			"First Name [Required]", "Last Name [Required]", "Email Address [Required]",
			"Password [Required]", "Password Hash Function [UPLOAD ONLY]",
			"Org Unit Path [Required]", "Status [READ ONLY]", "Last Sign In [READ ONLY]",
			"Recovery Email", "Recovery Phone [MUST BE IN THE E.164 FORMAT]", "Employee ID",
			"Change Password at Next Sign-In",
		},
		row: func(_, address string) []string {
			return []string{
				"Ada", "King", address, "****", "", "/Sales", "Active", "2026/11/01 09:00:00", "",
				"+16502530000", "7", "False",
			}
		},
	},
	{
		name:    "Microsoft Entra",
		prefix:  "entra-new",
		byEmail: true,
		notes:   []string{"version:v1.0,,,,,,,,"},
		header: []string{
			"Name [displayName] Required", "User name [userPrincipalName] Required",
			"Initial password [passwordProfile] Required",
			"Block sign in (Yes/No) [accountEnabled] Required", "First name [givenName]",
			"Last name [surname]", "Job title [jobTitle]", "Office phone [telephoneNumber]",
			"Mobile phone [mobile]",
		},
		row: func(_, address string) []string {
			return []string{
				"Ada King", address, "secret", "No", "Ada", "King", "", "555-1234",
				"+4930901820",
			}
		},
	},
	{
		name:   "Microsoft Entra",
		prefix: "entra-list",
		header: []string{
			"userPrincipalName", "displayName", "surname", "mail", "givenName", "id", "userType",
			"jobTitle", "department", "accountEnabled", "usageLocation", "mobilePhone",
			"alternateEmailAddress", "createdDateTime",
		},
		row: func(name, address string) []string {
			return []string{
				name, "Ada King", "King", address, "Ada", "7c1e", "Member", "", "", "True", "DE",
				"+49 30 901820", "", "2026-11-01T09:00:00Z",
			}
		},
	},
	{
		name:   "Amazon Cognito",
		prefix: "cognito",
		header: []string{
			"cognito:username", "name", "given_name", "family_name", "middle_name", "nickname",
			"email", "email_verified", "zoneinfo", "locale", "phone_number",
			"phone_number_verified", "updated_at", "cognito:mfa_enabled",
		},
		row: func(name, address string) []string {
			return []string{
				name, "Ada King", "Ada", "King", "", "", address, "TRUE", "Europe/Berlin", "de",
				"+4930901820", "TRUE", "1604215380", "FALSE",
			}
		},
	},
	{
		name:   "Moodle",
		prefix: "moodle",
		header: []string{
			"username", "password", "firstname", "lastname", "email", "lang", "timezone", "phone1",
			"phone2", "suspended", "course1", "group1", "cohort1",
		},
		row: func(name, address string) []string {
			return []string{
				name, "", "Ada", "King", address, "en", "99", "030 901820", "+4930901820", "0",
				"math101", "", "year 1",
			}
		},
	},
	{
		name:   "Active Directory",
		prefix: "ad",
		quoted: true,
		notes:  []string{"#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser"},
		header: []string{
			"DistinguishedName", "Enabled", "GivenName", "mail", "MobilePhone", "Name",
			"ObjectClass", "ObjectGUID", "SamAccountName", "SID", "Surname", "UserPrincipalName",
		},
		row: func(name, address string) []string {
			return []string{
				`CN="Ada" King,OU=Staff,DC=corp,DC=test`, "True", "Ada", address, "+49 30 901820",
				"Ada King", "user", "5b0a", name, "S-1-5-21", "King", name + "@corp.local",
			}
		},
	},
	{
		name:   "xMatters",
		prefix: "older",
		header: []string{
			"Operation", "User", " First Name", " Last Name", " Site", " Externally Owned Status",
			" Password Status", " Language", " Time Zone", " User Supervisor", " Role",
			" Last Login", " UUID", " Work Email", " Work Email Valid", " SMS Phone",
		},
		row: func(name, address string) []string {
			return []string{
				"process", name, "Ada", "King", "Default Site", "No", "SET", "English",
				"US/Eastern", "", "Standard User", "", "0f", address, "true", " +1 6502530001",
			}
		},
	},
	{
		prefix: "hr",
		notes:  []string{"Personalliste,,,,"},
		header: []string{"Kennung", "Vorname", "Nachname", "Dienst-Mail", "Schuhgröße"},
		row: func(name, address string) []string {
			return []string{name, "Ada", "King", address, "40"}
		},
		mapped: object{
			"Kennung":     "User",
			"Vorname":     "First Name",
			"Nachname":    "Last Name",
			"Dienst-Mail": "Work Email",
			"Schuhgröße":  nil,
		},
	},
}

// file writes the export, with the users' names and addresses that user gives.
func (e export) file(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, note := range e.notes {
		b.WriteString(note + "\r\n")
	}

	lines := [][]string{e.header}
	for n := range exportRows {
		lines = append(lines, e.row(e.user(n)))
	}

	if e.quoted {
		for _, line := range lines {
			for i, field := range line {
				line[i] = `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
			}
			b.WriteString(strings.Join(line, ",") + "\r\n")
		}
		return b.String()
	}

	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// user returns the username of a row, and the address that messages go to. The audit has
// usernames: those that are addresses aren't like the addresses that it must not have.
func (e export) user(n int) (name, address string) {
	name = fmt.Sprintf("%s-%04d", e.prefix, n)
	if e.byEmail {
		address = name + "@staff.test"
		return address, address
	}
	return name, mailbox(name)
}

// seenColumn is what the API tells of a column.
type seenColumn struct {
	Column, Field, Source, Export string
	Samples                       []string
}

func TestTheExportOfAnotherProduct(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	for _, e := range exports {
		t.Run(e.prefix, func(t *testing.T) {
			step := steps(t)
			file := e.file(t)
			name, address := e.user(7)
			j := c.in(t).place(object{"process": "auto"}, file)

			if e.mapped != nil {
				step("waits for its columns to be mapped", func(t *testing.T) {
					c := c.in(t)
					c.reaches(j.ID, "needs_mapping")
					c.call("PUT", j.Path()+"/mapping", object{"columns": object{}}).
						want(http.StatusUnprocessableEntity, "invalid_request")
					c.call("PUT", j.Path()+"/mapping", object{"columns": e.mapped}).
						want(http.StatusAccepted, "")
				})
			}
			step("goes through", func(t *testing.T) {
				j = c.in(t).reaches(j.ID, "processed")
				if j.Rows.Added != exportRows || j.Rows.Invalid != 0 {
					t.Errorf("the rows are %+v", j.Rows)
				}
				e.isKnown(c.in(t), j)
			})
			step("and a user of it sets a password", func(t *testing.T) {
				c := c.in(t)
				c.notify(j, object{"usernames": []string{name}})
				c.setPassword(c.link(address, 1), password).want(http.StatusNoContent, "")
				c.session(name, password)
			})
			step("and the next one, dropped, needs no hand", func(t *testing.T) {
				dropName := "export " + e.prefix + ".csv"
				drop(t, shared, dropName, file, nil)
				again := c.in(t).dropped(dropName, 1, "processed")[0]
				if again.Rows.Unchanged != exportRows {
					t.Errorf("the rows are %+v", again.Rows)
				}
			})
		})
	}
}

// isKnown checks that all columns of a job's file are decided, by whom they should be.
func (e export) isKnown(c client, j job) {
	c.t.Helper()
	seen := get[struct {
		Row     int
		Columns []seenColumn
	}](c, j.Path()+"/mapping")

	if seen.Row != len(e.notes)+1 || len(seen.Columns) != len(e.header) {
		c.t.Errorf("the header is row %d, of %d columns", seen.Row, len(seen.Columns))
	}
	for _, column := range seen.Columns {
		known := column.Source == "ours" || column.Source == "known" && column.Export == e.name
		if !known && (e.mapped == nil || column.Source != "chosen") {
			c.t.Errorf("got %+v", column)
		}
	}
}
