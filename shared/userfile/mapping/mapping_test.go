package mapping

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// usual is the schema of a deployment that sets no parameter.
var usual = userfile.Schema{
	Devices: user.Devices([]string{"Work Email", "Home Email", "SMS Phone", "Work Phone"}),
}

// recordsOf gives the records of lines, whose fields are separated by semicolons.
func recordsOf(lines ...string) []userfile.Record {
	var records []userfile.Record
	for i, line := range lines {
		records = append(records, userfile.Record{Row: i + 1, Fields: strings.Split(line, ";")})
	}
	return records
}

// find is Find for lines, without decisions.
func find(lines ...string) Header { return Find(recordsOf(lines...), usual, nil, nil) }

// fields gives what the columns become, with the source of each that isn't ours or known.
func (h Header) fields() string {
	var all []string
	for _, c := range h.Columns {
		field := c.Field
		if c.Also != "" {
			field += "+" + c.Also
		}
		if c.Source != Ours && c.Source != Known {
			field += "?" + string(c.Source)
		}
		all = append(all, field)
	}
	return strings.Join(all, ", ")
}

func TestKnownExportsAreRecognised(t *testing.T) {
	for _, test := range []struct {
		name, export string
		lines        []string
		fields       string // of the columns that become something
		row          int
	}{
		{
			name:   "Okta's template",
			export: "Okta",
			lines: []string{
				"login;firstName;lastName;middleName;email;mobilePhone;secondEmail;timezone;" +
					"department",
				"ada@x.test;Ada;King;;ada@x.test;+16502530000;ada@home.test;Europe/London;Sales",
			},
			fields: "User, First Name, Last Name, Work Email, SMS Phone, Home Email, Time Zone",
			row:    1,
		},
		{
			name:   "Google's list, whose address is the username and the mailbox",
			export: "Google Workspace",
			lines: []string{
				"First Name [Required];Last Name [Required];Email Address [Required];" +
					"Status [READ ONLY];Recovery Email;" +
					"Recovery Phone [MUST BE IN THE E.164 FORMAT]",
				"Ada;King;ada@x.test;Active;;+16502530000",
			},
			fields: "First Name, Last Name, User+Work Email, Status, Home Email, SMS Phone",
			row:    1,
		},
		{
			name:   "Entra's template, under its version",
			export: "Microsoft Entra",
			lines: []string{
				"version:v1.0;;;",
				"Name [displayName] Required;User name [userPrincipalName] Required;" +
					"First name [givenName];Block sign in (Yes/No) [accountEnabled] Required",
				"Ada King;ada@x.test;Ada;No",
			},
			fields: "User+Work Email, First Name, Status",
			row:    2,
		},
		{
			name:   "Entra's template with its row of examples",
			export: "Microsoft Entra",
			lines: []string{
				"version:v1.0;;;",
				"Name [displayName] Required;User name [userPrincipalName] Required;" +
					"First name [givenName];Block sign in (Yes/No) [accountEnabled] Required",
				"Example: Chris Green;Example: chris@contoso.com;;Example: No",
				"Ada King;ada@x.test;Ada;No",
			},
			fields: "User+Work Email, First Name, Status",
			row:    2,
		},
		{
			name:   "Entra's template in German",
			export: "Microsoft Entra",
			lines: []string{
				"version:v1.0",
				"Name [displayName] Erforderlich;Benutzername [userPrincipalName] Erforderlich;" +
					"Vorname [givenName];Mobiltelefon [mobile]",
				"Ada King;ada@x.test;Ada;+4930901820",
			},
			fields: "User+Work Email, First Name, SMS Phone",
			row:    2,
		},
		{
			name:   "Entra's list of users",
			export: "Microsoft Entra",
			lines: []string{
				"userPrincipalName;displayName;surname;mail;givenName;id;accountEnabled;" +
					"mobilePhone",
				"ada@x.test;Ada King;King;ada@x.test;Ada;1;True;",
			},
			fields: "User, Last Name, Work Email, First Name, Status, SMS Phone",
			row:    1,
		},
		{
			name:   "Cognito's",
			export: "Amazon Cognito",
			lines: []string{
				"cognito:username;name;given_name;family_name;email;phone_number;zoneinfo;locale",
				"ada;;Ada;King;ada@x.test;+16502530000;;",
			},
			fields: "User, First Name, Last Name, Work Email, SMS Phone, Time Zone, Language",
			row:    1,
		},
		{
			name:   "Moodle's, with courses",
			export: "Moodle",
			lines: []string{
				"username;firstname;lastname;email;phone2;suspended;course1;group12;cohort1",
				"ada;Ada;King;ada@x.test;;0;math;;",
			},
			fields: "User, First Name, Last Name, Work Email, SMS Phone, Status",
			row:    1,
		},
		{
			name:   "an AD export of PowerShell, under its type",
			export: "Active Directory",
			lines: []string{
				"#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser",
				"DistinguishedName;Enabled;GivenName;mail;EmailAddress;SamAccountName;Surname",
				"CN=Ada;True;Ada;ada@x.test;ada@y.test;ada;King",
			},
			fields: "Status, First Name, Work Email, User, Last Name",
			row:    2,
		},
		{
			name:   "an AD export whose preferred column of addresses comes last",
			export: "Active Directory",
			lines:  []string{"samaccountname;emailaddress;mail", "ada;ada@y.test;ada@x.test"},
			fields: "User, Work Email",
			row:    1,
		},
		{
			name:   "the older template",
			export: "xMatters",
			lines: []string{
				"Operation;User;First Name;Externally Owned Status;Password Status;" +
					"Work Email;Work Email Valid;Mobile Phone Valid;UUID",
				"process;ada;Ada;No;;ada@x.test;true;true;1",
			},
			fields: "Operation, User, First Name, Work Email",
			row:    1,
		},
		{
			name:   "our own export of members",
			export: "Latchkey",
			lines: []string{
				"User;First Name;Last Name;Row;Outcome;State;Activated At",
				"ada;;;2;added;;",
			},
			fields: "User, First Name, Last Name",
			row:    1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := find(test.lines...)
			fields := strings.ReplaceAll(h.fields(), ", , ", ", ")
			for strings.Contains(fields, ", , ") {
				fields = strings.ReplaceAll(fields, ", , ", ", ")
			}
			fields = strings.Trim(fields, ", ")

			if fields != test.fields || h.Undecided() || h.Row != test.row {
				t.Errorf("row %d, undecided %t:\n got %s\nwant %s",
					h.Row, h.Undecided(), fields, test.fields)
			}
			isOf := func(c Column) bool { return c.Export == test.export }
			if !slices.ContainsFunc(h.Columns, isOf) {
				t.Errorf("no column is one of %s", test.export)
			}
			if err := h.Fault(usual); err != nil {
				t.Errorf("rejected: %v", err)
			}
		})
	}
}

func TestEveryExportIsWhole(t *testing.T) {
	for _, e := range exports() {
		if e.Page == "" || len(e.Marks) == 0 {
			t.Errorf("%s has no page or no marks", e.Name)
		}
		for _, marks := range e.Marks {
			for _, mark := range marks {
				_, ours := usual.Known(mark)
				if !ours && !e.has(mark) {
					t.Errorf("%s: %s is in none of its lists", e.Name, mark)
				}
			}
		}

		seen := map[string]bool{}
		lists := append(slices.Collect(maps.Values(e.Fields)), e.Ignored)
		for _, name := range slices.Concat(lists...) {
			if seen[strings.ToLower(name)] {
				t.Errorf("%s has %s twice", e.Name, name)
			}
			seen[strings.ToLower(name)] = true
		}
		for field := range e.Fields {
			if known, ok := usual.Known(finder{schema: usual}.named(field)); !ok || known.Ignored {
				t.Errorf("%s: there is no field %s", e.Name, field)
			}
		}
	}
}

func TestAColumnOutsideAnExportsListNeedsADecision(t *testing.T) {
	h := find("login;firstName;lastName;email;badgeColour", "ada;Ada;King;ada@x.test;red")
	if last := h.Columns[4]; last.Decided() || last.Field != "" || !h.Undecided() {
		t.Errorf("got %+v", last)
	}
	if first := h.Columns[0]; first.Export != "Okta" || first.Source != Known {
		t.Errorf("got %+v", first)
	}
}

func TestOtherHeadersAreProposed(t *testing.T) {
	for _, test := range []struct {
		name, fields string
		lines        []string
	}{
		{
			"by their names",
			"User?proposed, First Name?proposed, Last Name?proposed, Work Email?proposed, " +
				"SMS Phone?proposed, Work Phone?proposed",
			[]string{
				"Benutzername;Vorname;Nachname;E-Mail;Handy;Telefon",
				"ada;Ada;King;a@x.test;;",
			},
		},
		{
			"by names with accents and marks",
			"First Name?proposed, Last Name?proposed, User?proposed, Work Email?proposed",
			[]string{"Prénom;Nom de famille;User ID;E-mail Address *", "Ada;King;ada;a@x.test"},
		},
		{
			"by names that are misspelt",
			"User, First Name?proposed, Work Email?proposed",
			[]string{"User;Frist Name;Work Emial", "ada;Ada;a@x.test"},
		},
		{
			"by their values",
			"?, User?proposed, Work Email?proposed, SMS Phone?proposed, ?",
			[]string{
				"z;a;b;c;d",
				"Sales;ada;a@x.test;+16502530000;New York",
				"IT;bob;b@x.test;+16502530001;Rome",
				"IT;eve;e@x.test;+16502530002;Rome",
			},
		},
		{
			"an address as the username, if nothing else is",
			"First Name?proposed, User+Work Email?proposed",
			[]string{"Vorname;E-Mail", "Ada;a@x.test", "Bob;b@x.test"},
		},
		{
			"not at all",
			"User, ?",
			[]string{"User;Shoe Size", "ada;40 wide"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := find(test.lines...); got.fields() != test.fields || !got.Undecided() {
				t.Errorf("got %s\nwant %s", got.fields(), test.fields)
			}
		})
	}
}

func TestTheHeaderIsFoundInTheFirstThreeRows(t *testing.T) {
	for _, test := range []struct {
		name  string
		row   int
		lines []string
	}{
		{"in the first", 1, []string{"User;First Name", "ada;Ada"}},
		{"under a title", 2, []string{"Our staff;", "User;First Name", "ada;Ada"}},
		{"under a title in one field", 2, []string{"Our staff", "a;b;c", "ada;Ada;Bonn"}},
		{"under two", 3, []string{"Our staff;;", "November;;", "a;b;c", "ada;Ada;Bonn"}},
		{"no deeper", 1, []string{"x;y", "x;y", "x;y", "User;First Name", "ada;Ada"}},
		{"once, if it is there again", 1, []string{"User;Site", "User;Site", "ada;Rome"}},
		{"of one column", 1, []string{"User", "ada", "bob"}},
		{"though some rows are longer", 1, []string{"User;First Name", "ada;Ada;x;y;z;1;2", "b;B"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if h := find(test.lines...); h.Row != test.row {
				t.Errorf("found it in row %d: %s", h.Row, h.fields())
			}
		})
	}
}

func TestARecordWithAMisplacedQuoteIsNoHeader(t *testing.T) {
	records := recordsOf("a;b", "User;First Name", "ada;Ada")
	records[1].BareQuote = true
	records[1].Fields = nil
	if h := Find(records, usual, nil, nil); h.Row != 1 {
		t.Errorf("found it in row %d", h.Row)
	}
}

func TestDecisionsCountInTheirOrder(t *testing.T) {
	lines := recordsOf(
		"login;firstName;lastName;email;Site;colour",
		"ada;Ada;King;a@x.test;Rome;red",
	)
	remembered := Decisions{"email": "Home Email", "COLOUR": "", "Site": "Role"}
	chosen := Decisions{"Site": ""}

	h := Find(lines, usual, chosen, remembered)
	want := "User, First Name, Last Name, Home Email?remembered, ?chosen, ?remembered"
	if h.fields() != want || h.Undecided() {
		t.Errorf("got %s", h.fields())
	}

	gone := Find(lines, usual, nil, Decisions{"colour": "Eye Colour"})
	if c := gone.Columns[5]; c.Decided() {
		t.Errorf("a field that isn't there any more decides: %+v", c)
	}
}

func TestValuesOfAnExportMeanOurs(t *testing.T) {
	lines := recordsOf("SamAccountName;Enabled", "ada;True")
	for _, chosen := range []Decisions{nil, {"Enabled": "Status"}} {
		mapping := Find(lines, usual, chosen, nil).Mapping()
		if values := mapping.Columns[1].Values; values["false"] != user.Inactive {
			t.Errorf("chosen %v: %v", chosen, values)
		}
	}
	mapping := Find(lines, usual, Decisions{"Enabled": "Site"}, nil).Mapping()
	if mapping.Columns[1].Values != nil {
		t.Errorf("a site means %v", mapping.Columns[1].Values)
	}
}

func TestFaultsOfAHeaderAreToldAtOnce(t *testing.T) {
	for _, test := range []struct {
		name, code string
		lines      []string
		chosen     Decisions
		says       []string
	}{
		{
			name:  "columns without a name, and twice",
			code:  userfile.CodeUnnamedColumn,
			lines: []string{"User;;Role;user;;Frist Name", "ada;1;x;ada;2;Ada"},
			says: []string{
				"column 2 has",
				"column 5 has",
				`"User" is there twice, again as column 4`,
				"First Name",
			},
		},
		{
			name:  "a separator too many at each row's end, the header's too",
			code:  userfile.CodeUnnamedColumn,
			lines: []string{"User;Role;", "ada;x;", "bob;y; "},
			says:  []string{"column 3 has no name and no values", "a separator too many"},
		},
		{
			name:  "three of them, and a column without a name before",
			code:  userfile.CodeUnnamedColumn,
			lines: []string{"User;;Role;;\u200b;", "ada;;x;;;"},
			says: []string{
				"column 2 has no name;", "columns 4 to 6 have", "3 separators too many",
			},
		},
		{
			name:  "a last column that has values alone",
			code:  userfile.CodeUnnamedColumn,
			lines: []string{"User;Role;", "ada;x;", "bob;y;z"},
			says:  []string{"column 3 has no name."},
		},
		{
			name:  "more columns than anybody can decide on",
			code:  CodeTooManyColumns,
			lines: []string{"User" + strings.Repeat(";x", MaxColumns), "ada"},
			says:  []string{"501"},
		},
		{
			name:  "a name with what can't be seen",
			code:  CodeHiddenName,
			lines: []string{"User;Firs\u200bt Name;x", "ada;Ada;1"},
			says: []string{
				"column 2",
				"U+200B, after the 4th letter",
				`column 3, "x", is unknown`,
			},
		},
		{
			name:   "columns that would be the same",
			code:   CodeSameField,
			lines:  []string{"User;Work Email;mail", "ada;a@x.test;a@y.test"},
			chosen: Decisions{"mail": "Work Email"},
			says:   []string{"column 3", "both be Work Email", `"mail"`},
		},
		{
			name:  "no username",
			code:  userfile.CodeNoUserColumn,
			lines: []string{"First Name;Last Name", "Ada;King"},
			says:  []string{"User"},
		},
		{
			name:   "no username left",
			code:   userfile.CodeNoUserColumn,
			lines:  []string{"User;First Name", "ada;Ada"},
			chosen: Decisions{"User": ""},
			says:   []string{"User"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := Find(recordsOf(test.lines...), usual, test.chosen, nil)
			var err *userfile.FileError
			if !errors.As(h.Fault(usual), &err) || err.Code != test.code || err.Row != 1 {
				t.Fatalf("got %v", err)
			}
			for _, says := range test.says {
				if !strings.Contains(err.Message, says) {
					t.Errorf("%q isn't in: %s", says, err.Message)
				}
			}
		})
	}

	report := find("Error Row;Error;Error Row;Error;User", "2;x;2;x;ada")
	if err := report.Fault(usual); err != nil {
		t.Errorf("a report on a report: %v", err)
	}
}

func TestDecisionsAreChecked(t *testing.T) {
	h := find("login;mail;Site;shoe", "ada;a@x.test;Rome;40 wide")
	for _, test := range []struct {
		name    string
		given   Decisions
		decided Decisions
		refused string
	}{
		{
			name:    "all that isn't ours",
			given:   Decisions{"login": "user", "MAIL": "work email", "shoe": ""},
			decided: Decisions{"login": "User", "mail": "Work Email", "shoe": ""},
		},
		{
			name:    "one of ours, too",
			given:   Decisions{"login": "User", "mail": "Work Email", "shoe": "Site", "Site": ""},
			decided: Decisions{"login": "User", "mail": "Work Email", "shoe": "Site", "Site": ""},
		},
		{
			name:    "one is missing",
			given:   Decisions{"login": "User", "mail": "Work Email"},
			refused: "shoe required",
		},
		{
			name:    "two onto one",
			given:   Decisions{"login": "User", "mail": "Work Email", "shoe": "Work Email"},
			refused: "shoe same_field",
		},
		{
			name:    "one onto a column that the file has",
			given:   Decisions{"login": "User", "mail": "Site", "shoe": ""},
			refused: "Site same_field",
		},
		{
			name:    "names that nobody knows",
			given:   Decisions{"login": "User", "mail": "Mail", "shoe": "UUID", "hat": ""},
			refused: "hat unknown_column, mail not_allowed, shoe not_allowed",
		},
		{
			name:    "no username",
			given:   Decisions{"login": "", "mail": "", "shoe": ""},
			refused: " required",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			decided, refusals := h.Check(test.given, usual)
			var refused []string
			for _, r := range refusals {
				refused = append(refused, r.Column+" "+r.Code)
			}
			if got := strings.Join(refused, ", "); got != test.refused {
				t.Errorf("refused %q", got)
			}
			if refused == nil && !maps.Equal(decided, test.decided) {
				t.Errorf("decided %v", decided)
			}
		})
	}
}

func TestAHeaderIsTheSameInAnyOrderAndInItsReport(t *testing.T) {
	id := find("login;mail", "ada;a@x.test").ID()
	for _, same := range []string{"mail;login", "Login;MAIL", "Error Row;Error;login;mail"} {
		if find(same, "1;2;3;4").ID() != id {
			t.Errorf("%s is another header", same)
		}
	}
	if find("login;mail;x", "1;2;3").ID() == id {
		t.Error("a header with one more column is the same")
	}
}

func TestSamplesAreTheFirstDifferentValues(t *testing.T) {
	long := strings.Repeat("é", 150)
	h := find("User;x;y", "a; 1 ;", "b;1;"+long, "c;2;", "d;3;", "e;4")
	got := fmt.Sprint(h.Columns[1].Samples, len([]rune(h.Columns[2].Samples[0])))
	if got != "[1 2 3] 101" {
		t.Errorf("got %s", got)
	}
}

// listed reads records from a list, and then fails.
type listed struct {
	records []userfile.Record
	err     error
}

func (l *listed) Next() (userfile.Record, error) {
	if len(l.records) == 0 {
		return userfile.Record{}, l.err
	}
	next := l.records[0]
	l.records = l.records[1:]
	return next, nil
}

func (l *listed) Separator() rune { return ';' }

func (l *listed) Encoder(io.Writer) io.WriteCloser { return nil }

func TestPeekingLosesNothing(t *testing.T) {
	broken := &userfile.FileError{Code: "x"}
	for _, test := range []struct {
		name    string
		records int
		err     error
	}{
		{"a long file", 25, io.EOF},
		{"a short one", 3, io.EOF},
		{"an empty one", 0, io.EOF},
		{"one that breaks off later", 25, broken},
		{"one that breaks off soon", 4, broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			lines := slices.Repeat([]string{"ada"}, test.records)
			first, records, err := Peek(&listed{recordsOf(lines...), test.err})
			if err != nil || len(first) != min(test.records, Records) {
				t.Fatalf("peeked at %d, %v", len(first), err)
			}

			for i := range test.records {
				record, err := records.Next()
				if err != nil || record.Row != i+1 {
					t.Fatalf("record %d is that of row %d, %v", i, record.Row, err)
				}
			}
			if _, err := records.Next(); !errors.Is(err, test.err) {
				t.Errorf("it ends with %v", err)
			}
		})
	}

	if _, _, err := Peek(&listed{nil, broken}); !errors.Is(err, broken) {
		t.Errorf("a file that breaks off at once: %v", err)
	}
}
