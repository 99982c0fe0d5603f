package userfile_test

import (
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
)

func TestValues(t *testing.T) {
	hundred := strings.Repeat("é", 100)
	for _, c := range []struct{ it, column, value, want, codes string }{
		{"a name of 100 characters", "First Name", hundred, hundred, ""},
		{"a name of 101", "First Name", hundred + "x", "", "e:too_long"},
		{"a last name of 101", "Last Name", hundred + "x", "", "e:too_long"},
		{"another value of 101", "Site", hundred + "x", "", "e:too_long"},
		{"a custom field of 101", "Cost Centre", hundred + "x", "", "e:too_long"},
		{
			it:     "a name that looks like markup or a formula stays as it is",
			column: "First Name",
			value:  "<img src=x>{{link}}=1+1",
			want:   "<img src=x>{{link}}=1+1",
		},
		{"Externally Owned stays as written", "Externally Owned", "True", "True", ""},

		{"one role", "Role", "Standard User", "Standard User", ""},
		{"several roles, trimmed, without blanks and repeats", "Role", " B | A ||B|", "B|A", ""},
		{"nothing but separators is blank", "Role", "| |", "", ""},
		{
			it:     "roles of 100 characters each",
			column: "Role",
			value:  hundred + "|" + hundred + "x"[1:] + "|b",
			want:   hundred + "|b",
		},
		{"a role of 101", "Role", "a|" + hundred + "x", "", "e:too_long"},
		{"a single role of 101", "Role", hundred + "x", "", "e:too_long"},
		{"supervisors as roles", "User Supervisor", "ada | bob|ada", "ada|bob", ""},

		{"administrator", "Role", "Administrator", "Administrator", ""},
		{"administrator among others", "Role", "B|Administrator", "B|Administrator", ""},
		{"another role of that name", "Role", "Account Administrator", "Account Administrator", ""},
		{"in small letters", "Role", "administrator", "administrator", "w:administrator_almost"},
		{"in plural", "Role", "A|Administrators", "A|Administrators", "w:administrator_almost"},
		{
			it:     "with a semicolon",
			column: "Role",
			value:  "Administrator;Supervisor",
			want:   "Administrator;Supervisor",
			codes:  "w:administrator_almost",
		},
		{
			it:     "with a comma",
			column: "Role",
			value:  `"User, Administrator"`,
			want:   "User, Administrator",
			codes:  "w:administrator_almost",
		},
		{"with a space", "Role", "Admin istrator", "Admin istrator", "w:administrator_almost"},
		{
			it:     "with an invisible character",
			column: "Role",
			value:  "Admin\u200bistrator",
			want:   "Admin\u200bistrator",
			codes:  "w:administrator_almost",
		},

		{"a failed look-up", "First Name", "#N/A", "#N/A", "w:spreadsheet_error"},
		{"a lost reference", "Site", "#ref!", "#ref!", "w:spreadsheet_error"},
		{"a division by zero", "Cost Centre", "#DIV/0!", "#DIV/0!", "w:spreadsheet_error"},
		{"a name it hasn't", "Last Name", "#NAME?", "#NAME?", "w:spreadsheet_error"},
		{"a failed look-up in German", "First Name", "#NV", "#NV", "w:spreadsheet_error"},
		{"in Italian", "First Name", "#N/D", "#N/D", "w:spreadsheet_error"},
		{"a lost reference in German", "Site", "#BEZUG!", "#BEZUG!", "w:spreadsheet_error"},
		{"a wrong value in Spanish", "Role", "#¡VALOR!", "#¡VALOR!", "w:spreadsheet_error"},
		{"a wrong number in Portuguese", "Site", "#NÚM!", "#NÚM!", "w:spreadsheet_error"},
		{"an error of LibreOffice", "Last Name", "Err:508", "Err:508", "w:spreadsheet_error"},
		{"a column that was too narrow", "Site", "#######", "#######", "w:spreadsheet_error"},
		{"a word with a hash", "Site", "#sales", "#sales", ""},
		{"a number with a hash", "Site", "#12!", "#12!", ""},
		{"a name with a number sign", "Site", "#1", "#1", ""},
		{"NULL for a name", "Last Name", "NULL", "NULL", "w:null_name"},
		{"null for a name", "First Name", "null", "null", "w:null_name"},
		{"a name that begins so", "Last Name", "Nullmeier", "Nullmeier", ""},
		{"NULL elsewhere", "Site", "NULL", "NULL", ""},
		{"a lost letter", "Last Name", "M\ufffdller", "M\ufffdller", "w:lost_character"},
		{"a lost letter of a role", "Role", "A|B\ufffd", "A|B\ufffd", "w:lost_character"},
		{"a name with a joiner", "First Name", "علی\u200cرضا", "علی\u200cرضا", ""},

		{"a guarded formula", "First Name", "'=1+1", "=1+1", "w:guard_removed"},
		{"a guarded sign", "Site", "'@home", "@home", "w:guard_removed"},
		{"a guarded tab", "Site", "\"'\tdesk\"", "desk", "w:guard_removed"},
		{"a guarded dash of roles", "Role", "'-|A", "-|A", "w:guard_removed"},
		{"a name with an apostrophe", "Last Name", "'t Hooft", "'t Hooft", ""},
		{"an apostrophe alone", "Last Name", "'", "'", ""},

		{"a key", "External Key", "4E12", "4E12", ""},
		{"a key that was a number", "External Key", "1.00457E+11", "", "e:spreadsheet_number"},
		{"the same with a comma", "External Key", "\"2,19e+26\"", "", "e:spreadsheet_number"},

		{"active", "Status", "active", "ACTIVE", ""},
		{"inactive", "Status", "INACTIVE", "INACTIVE", ""},
		{"in invisible characters", "Status", "\u200eactive\u200e", "ACTIVE", ""},
		{"with one inside", "Status", "act\u200bive", "", "e:unknown_status"},
		{"no other status", "Status", "DISABLED", "", "e:unknown_status"},
		{"a device's status", "Work Email Status", "Inactive", "INACTIVE", ""},
		{"no other status of a device", "Work Email Status", "OFF", "", "e:unknown_status"},

		{"a language by name", "Language", "english", "English", ""},
		{"a language by tag", "Language", "de", "German", ""},
		{"as Google names it", "Language", "Portuguese (Brazil)", "Brazilian Portuguese", ""},
		{"as the product before names it", "Language", "English UK", "British English", ""},
		{"and misspells it", "Language", "Madarin", "Chinese", ""},
		{"as Windows names it", "Language", `"Chinese (Simplified, China)"`, "zh-Hans-CN", ""},
		{"with an older tag's underscore", "Language", "pt_BR", "Brazilian Portuguese", ""},
		{"a region that there isn't", "Language", "English (Mars)", "", "e:unknown_language"},
		{"a no-break space", "Language", "Brazilian\u00a0Portuguese", "Brazilian Portuguese", ""},
		{"an invisible one inside", "Language", "Ger\u00adman", "", "e:unknown_language"},
		{"no language", "Language", "Klingonish", "", "e:unknown_language"},
		{
			it:     "an endless language",
			column: "Language",
			value:  "en-x-" + strings.Repeat("abcdefgh-", 20) + "a",
			codes:  "e:too_long",
		},

		{"a time zone", "Time Zone", "Europe/Berlin", "Europe/Berlin", ""},
		{"an older name of a time zone", "Time Zone", "US/Eastern", "US/Eastern", ""},
		{"UTC", "Time Zone", "UTC", "UTC", ""},
		{"in small letters", "Time Zone", "europe/berlin", "Europe/Berlin", ""},
		{"with a space", "Time Zone", "America/New York", "America/New_York", ""},
		{"with a no-break space", "Time Zone", "America/New\u00a0York", "America/New_York", ""},
		{"as Windows calls it", "Time Zone", "W. Europe Standard Time", "Europe/Berlin", ""},
		{"in capitals", "Time Zone", "EASTERN STANDARD TIME", "America/New_York", ""},
		{"an offset", "Time Zone", "etc/gmt-2", "Etc/GMT-2", ""},
		{"an invisible one inside", "Time Zone", "Europe\u200b/Berlin", "", "e:unknown_time_zone"},
		{"no time zone", "Time Zone", "Mars/Olympus", "", "e:unknown_time_zone"},
		{"the computer's own zone is none", "Time Zone", "Local", "", "e:unknown_time_zone"},
		{
			it:     "a system's copy of a zone is none",
			column: "Time Zone",
			value:  "posix/US/Eastern",
			codes:  "e:unknown_time_zone",
		},
		{
			it:     "a way out of the zones is none",
			column: "Time Zone",
			value:  "../../etc/passwd",
			codes:  "e:unknown_time_zone",
		},

		{
			it:     "an address",
			column: "Work Email",
			value:  "Ada.Okafor+x@mail.Example.com",
			want:   "Ada.Okafor+x@mail.Example.com",
		},
		{
			it:     "an address in another alphabet's domain, as it is sent",
			column: "Work Email",
			value:  "a@xn--bcher-kva.example",
			want:   "a@xn--bcher-kva.example",
		},
		{
			it:     "an address of 254 bytes",
			column: "Work Email",
			value:  "a@" + strings.Repeat("b.", 124) + "test",
			want:   "a@" + strings.Repeat("b.", 124) + "test",
		},
		{
			it:     "an address of 255",
			column: "Work Email",
			value:  "ab@" + strings.Repeat("b.", 124) + "test",
			codes:  "e:bad_address",
		},
		{
			it:     "65 bytes before @",
			column: "Work Email",
			value:  strings.Repeat("a", 65) + "@example.com",
			codes:  "e:bad_address",
		},
		{"no @", "Work Email", "ada.example.com", "", "e:bad_address"},
		{"two @", "Work Email", "a@b@example.com", "", "e:bad_address"},
		{"nothing before @", "Work Email", "@example.com", "", "e:bad_address"},
		{"nothing after @", "Work Email", "ada@", "", "e:bad_address"},
		{"a domain of one label", "Work Email", "ada@example", "", "e:bad_address"},
		{"a domain with an empty label", "Work Email", "ada@example..com", "", "e:bad_address"},
		{"a label that ends with a hyphen", "Work Email", "ada@example-.com", "", "e:bad_address"},
		{
			it:     "a label of 64",
			column: "Work Email",
			value:  "ada@" + strings.Repeat("b", 64) + ".com",
			codes:  "e:bad_address",
		},
		{"an IP address for a domain", "Work Email", "ada@[127.0.0.1]", "", "e:bad_address"},
		{"a bare IP address for a domain", "Work Email", "ada@127.0.0.1", "", "e:bad_address"},
		{
			it:     "an underscore in the domain",
			column: "Work Email",
			value:  "ada@mail_1.example.com",
			codes:  "e:bad_address",
		},
		{"two addresses", "Work Email", "a@example.com;b@example.com", "", "e:bad_address"},
		{
			it:     "two addresses with a quoted comma",
			column: "Work Email",
			value:  "\"a@example.com,b@example.com\"",
			codes:  "e:bad_address",
		},
		{"a display name", "Work Email", "Ada <ada@example.com>", "", "e:bad_address"},
		{"angle brackets", "Work Email", "<ada@example.com>", "", "e:bad_address"},
		{"a comment", "Work Email", "ada@example.com (home)", "", "e:bad_address"},
		{"a space within", "Work Email", "ada okafor@example.com", "", "e:bad_address"},
		{
			it:     "a line break that would add a header",
			column: "Work Email",
			value:  "\"ada@example.com\nBcc: b@example.com\"",
			codes:  "e:bad_address",
		},
		{
			it:     "letters that SES doesn't take before @",
			column: "Work Email",
			value:  "adá@example.com",
			codes:  "e:bad_address",
		},

		{
			it:     "an umlaut domain",
			column: "Work Email",
			value:  "Ada@Bücher.example",
			want:   "Ada@xn--bcher-kva.example",
		},
		{
			it:     "a decomposed umlaut in the domain",
			column: "Work Email",
			value:  "ada@bu\u0308cher.example",
			want:   "ada@xn--bcher-kva.example",
		},
		{"another alphabet's", "Work Email", "a@例え.テスト", "a@xn--r8jz45g.xn--zckzah", ""},
		{"a domain that isn't allowed", "Work Email", "a@bü_cher.example", "", "e:bad_address"},
		{"a domain that is no Punycode", "Work Email", "a@xn--0.example", "", "e:bad_address"},
		{"other letters on both sides", "Work Email", "ü@bücher.example", "", "e:bad_address"},
		{"an invisible one in a domain", "Work Email", "a@exam\u00adple.com", "", "e:bad_address"},
		{"an invisible one before @", "Work Email", "a\u200b@example.com", "", "e:bad_address"},
		{"invisible ones around", "Work Email", "\ufeffa@example.com\u200b", "a@example.com", ""},

		{"a number", "Work Phone", "+1 650 2530002", "+16502530002", ""},
		{
			it:     "a number with an extension",
			column: "Work Phone",
			value:  "+1 650 2530002 ext: 24",
			want:   "+16502530002;ext=24",
		},
		{
			it:     "a number in its stored form",
			column: "Work Phone",
			value:  "+16502530002;ext=24",
			want:   "+16502530002;ext=24",
		},
		{"an extension after x", "Work Phone", "+1 (650) 253-0002 x24", "+16502530002;ext=24", ""},
		{"full-width digits", "Work Phone", "＋８１ ３ １２３４ ５６７８", "+81312345678", ""},
		{"a zero in brackets", "Work Phone", "+44 (0) 20 7031 3000", "+442070313000", ""},
		{
			it:     "a zero that is part of the number",
			column: "Work Phone",
			value:  "+39 06 1234 5678",
			want:   "+390612345678",
		},
		{
			it:     "invisible marks around a number",
			column: "Work Phone",
			value:  "\u202a+1 650 253 0002\u202c",
			want:   "+16502530002",
		},
		{
			it:     "a number that is possible and not valid",
			column: "Work Phone",
			value:  "+1 1115500000",
			want:   "+11115500000",
			codes:  "w:doubtful_phone",
		},
		{"another", "SMS Phone", "+1 5555500000", "+15555500000", "w:doubtful_phone"},
		{"a number for text messages", "SMS Phone", "+49 1512 3456789", "+4915123456789", ""},
		{
			it:     "an extension on a number for text messages",
			column: "SMS Phone",
			value:  "+1 650 253 0002 ext 24",
			want:   "+16502530002",
			codes:  "w:extension_dropped",
		},
		{
			it:     "both warnings",
			column: "SMS Phone",
			value:  "+1 5555500000 x1",
			want:   "+15555500000",
			codes:  "w:doubtful_phone w:extension_dropped",
		},
		{"a slash", "Work Phone", "+49 30/901820", "+4930901820", ""},
		{"full-width brackets", "Work Phone", "+81（3）1234－5678", "+81312345678", ""},
		{"a kana dash", "Work Phone", "+81 3ー1234ー5678", "+81312345678", ""},
		{"minus signs", "Work Phone", "+1 650\u2212253\u22120002", "+16502530002", ""},
		{"dashes that don't break", "Work Phone", "+1 650\u2011253\u20130002", "+16502530002", ""},
		{"dots", "Work Phone", "+1.650.253.0002", "+16502530002", ""},
		{"square brackets", "Work Phone", "+44 [0]20 7031 3000", "+442070313000", ""},
		{"a country code in brackets", "Work Phone", "(+49) 30 901820", "+4930901820", ""},
		{"no-break spaces", "Work Phone", "+49\u00a030\u202f901820", "+4930901820", ""},
		{"a link", "Work Phone", "tel:+49-30-901820", "+4930901820", ""},
		{"a link with a space", "Work Phone", "Tel: +49 30 901820", "+4930901820", ""},
		{"a link in capitals", "SMS Phone", "TEL:+4915123456789", "+4915123456789", ""},
		{
			it:     "a link with an extension",
			column: "Work Phone",
			value:  "tel:+1-650-253-0002;ext=24",
			want:   "+16502530002;ext=24",
		},
		{"a guard of our export", "Work Phone", "'+16502530002", "+16502530002", "w:guard_removed"},
		{"00 for the +", "Work Phone", "0049 30 901820", "", "e:bad_phone"},
		{"a link without +", "Work Phone", "tel:901820", "", "e:bad_phone"},
		{"an invisible mark within", "Work Phone", "+1 650\u200b2530002", "", "e:bad_phone"},
		{"no country code", "Work Phone", "650 253 0002", "", "e:bad_phone"},
		{"an unknown country code", "Work Phone", "+999 650 253 0002", "", "e:bad_phone"},
		{"too short", "Work Phone", "+1650", "", "e:bad_phone"},
		{"too long", "Work Phone", "+1 650 253 0002 0002 000", "", "e:bad_phone"},
		{"letters for digits", "Work Phone", "+1 800 FLOWERS", "", "e:bad_phone"},
		{"a word behind", "Work Phone", "+1 650 253 0002 home", "", "e:bad_phone"},
		{"two numbers", "Work Phone", "+1 650 253 0002 / +1 650 253 0003", "", "e:bad_phone"},
		{
			it:     "what a spreadsheet made of a number",
			column: "Work Phone",
			value:  "1.55556E+10",
			codes:  "e:spreadsheet_number",
		},
		{"the same with a comma", "SMS Phone", "\"4,91512E+12\"", "", "e:spreadsheet_number"},
	} {
		t.Run(c.column+": "+c.it, func(t *testing.T) {
			rows := mustRead(t, "User,"+c.column+"\nu1,"+c.value+"\n", usual)
			if len(rows) != 1 {
				t.Fatalf("%d rows", len(rows))
			}

			got := rows[0]
			if codes(got.Issues) != c.codes {
				t.Errorf("issues %q, want %q", codes(got.Issues), c.codes)
			}

			if got.Valid() && got.Change.Fields[c.column] != c.want {
				t.Errorf("got %q, want %q", got.Change.Fields[c.column], c.want)
			}

			for _, issue := range got.Issues {
				if issue.Column != c.column || issue.Row != 2 {
					t.Errorf("issue of %q in row %d", issue.Column, issue.Row)
				}
			}
		})
	}

	t.Run("the message about a spreadsheet's number says what it did", func(t *testing.T) {
		rows := mustRead(t, "User,Work Phone\nu1,1.55556E+10\n", usual)

		issue := rows[0].Issues[0]
		if issue.Value != "1.55556E+10" || !strings.Contains(issue.Message, "scientific notation") {
			t.Errorf("got %v", issue)
		}
	})
}

func TestUsernamesOfAFile(t *testing.T) {
	for _, c := range []struct{ it, value, want, codes string }{
		{"a no-break space", "Ada\u00a0L.", "Ada L.", ""},
		{"invisible characters around", "\ufeff\u200bada\u00ad", "ada", ""},
		{"a guarded dash", "'-ada", "-ada", "w:guard_removed"},
		{"a lost letter", "ad\ufffd", "ad\ufffd", "w:lost_character"},
		{"letters and digits", "4E12", "4E12", ""},
		{"an exponent of a name", "1E+ada", "1E+ada", ""},
		{"a number that was", "1.00457E+11", "", "e:spreadsheet_number"},
		{"one with a comma", "\"2,19E+26\"", "", "e:spreadsheet_number"},
		{"a dot", ".", "", "e:bad_user"},
		{"two dots", "..", "", "e:bad_user"},
		{"an invisible one inside", "ada\u200bx", "", "e:bad_user"},
		{"a joiner inside", "ad\u200da", "", "e:bad_user"},
	} {
		t.Run(c.it, func(t *testing.T) {
			got := mustRead(t, "User\n"+c.value+"\n", usual)[0]
			if got.Change.Username != c.want || codes(got.Issues) != c.codes {
				t.Errorf("got %q, %q", got.Change.Username, codes(got.Issues))
			}
		})
	}
}

func TestAnInvisibleCharacterIsNamedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ column, value, want string }{
		{"User", "ada\u200bx", "U+200B, after the 3rd letter"},
		{"User", "\u200dada", "U+200D, before the 1st letter"},
		{"User", "éà\ufeffx", "U+FEFF, after the 2nd letter"},
		{"Work Email", "a@example.c\u202eom", "U+202E, after the 11th letter"},
		{"Work Phone", "+\u00ad1 650 253 0002", "U+00AD, after the 1st letter"},
		{"Time Zone", "Europe/\u2066Berlin", "U+2066, after the 7th letter"},
		{"Language", "Ger\u200bman", "U+200B, after the 3rd letter"},
		{"Status", "ACTI\u200bVE", "U+200B, after the 4th letter"},
		{"Operation", "pro\u200bcess", "U+200B, after the 3rd letter"},
	} {
		t.Run(c.column, func(t *testing.T) {
			header, row := "User,"+c.column, "u1,"+c.value
			if c.column == userfile.User {
				header, row = userfile.User, c.value
			}
			issues := mustRead(t, header+"\n"+row+"\n", usual)[0].Issues
			if len(issues) != 1 || !strings.Contains(issues[0].Message, c.want) {
				t.Errorf("got %v, want %q", issues, c.want)
			}
		})
	}

	_, _, err := readAll(strings.NewReader("User,Work\u200b Email\n"), usual)
	if want := "U+200B, after the 4th letter"; !strings.Contains(message(err), want) {
		t.Errorf("the header: %q, want %q", message(err), want)
	}
}

func TestHeadersWithOtherSpaces(t *testing.T) {
	rows := mustRead(t, "\u200bUser\u00a0,Work\u00a0\u2003Email\nu1,a@example.com\n", usual)
	if rows[0].Change.Fields["Work Email"] != "a@example.com" {
		t.Errorf("got %v", rows[0].Change)
	}
}

func TestAddressesAreLookedUpAsTheyAreStored(t *testing.T) {
	for text, want := range map[string]string{
		" Ada@Bücher.example ":        "Ada@xn--bcher-kva.example",
		"ada@xn--bcher-kva.example":   "ada@xn--bcher-kva.example",
		"ada@straße.example":          "ada@xn--strae-oqa.example",
		"ada@strasse.example":         "ada@strasse.example",
		"\u200bada@example.com\ufeff": "ada@example.com",
		"+49 30/901820":               "+4930901820",
		"tel:+1-650-253-0002;ext=24":  "+16502530002;ext=24",
		"\u202a+81（3）1234－5678\u202c": "+81312345678",
		"bücher.example":              "",
	} {
		if got, ok := userfile.Address(text, phone.Parse); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t", text, got, ok)
		}
	}
}

func TestAUsernameIsFoldedAlikeInAFileAndWhereItIsTyped(t *testing.T) {
	for _, test := range []struct{ it, file, typed string }{
		{"spaces", " Ada  L.", "ada l. "},
		{"a no-break space", "Ada\u00a0L.", "Ada L."},
		{"the other way round", "Ada L.", "Ada\u2003\u00a0L."},
		{"invisible characters at the ends", "\ufeffada\u200b", "\u2066ada\u2069\u00ad"},
		{"a decomposed letter", "Zoe\u0308", "ZO\u00cb"},
		{"a sharp s", "Straße", "STRASSE"},
	} {
		t.Run(test.it, func(t *testing.T) {
			got := mustRead(t, "User\n"+test.file+"\n", usual)[0]
			if !got.Valid() || user.Key(got.Change.Username) != user.Key(test.typed) {
				t.Errorf("%q in the file is %q", test.file, got.Change.Username)
			}
		})
	}
}
