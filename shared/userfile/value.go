package userfile

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"latchkey/shared/mailbox"
	"latchkey/shared/user"
)

// What may be wrong with a value, a row or its quoting.
var (
	bareQuote = fault{
		LevelError,
		CodeBareQuote,
		"A quotation mark stands where none may: " +
			"put the value in quotation marks as a whole, and write those within it twice.",
	}
	brokenCell = fault{
		LevelError,
		CodeBrokenCell,
		"The spreadsheet's cell shows an error, for its formula failed: enter what it should be.",
	}
	secondHeader = fault{
		LevelError,
		CodeSecondHeader,
		"The row names the columns, as the header does: take it out.",
	}
	exampleRow = fault{
		LevelError,
		CodeExampleRow,
		"The row has the examples of the template, and is nobody's: take it out.",
	}
	noUser = fault{
		LevelError,
		CodeNoUser,
		"The row names no user.",
	}
	badUser = fault{
		LevelError,
		CodeBadUser,
		"A username has 1 to 100 characters, none of them / ? # % or a control character, " +
			"and isn't . or ..",
	}
	spreadsheetUser = fault{
		LevelError,
		CodeSpreadsheetNumber,
		"A spreadsheet turned the username into scientific notation, and digits are lost: " +
			"format the column as text, and enter it again.",
	}
	spreadsheetKey = fault{
		LevelError,
		CodeSpreadsheetNumber,
		"A spreadsheet turned the key into scientific notation, and digits are lost: " +
			"format the column as text, and enter it again.",
	}
	unknownOperation = fault{
		LevelError,
		CodeUnknownOperation,
		"An operation is process, remove or blank.",
	}
	unknownStatus = fault{
		LevelError,
		CodeUnknownStatus,
		"A status is ACTIVE, INACTIVE or blank.",
	}
	unknownLanguage = fault{
		LevelError,
		CodeUnknownLanguage,
		"A language is its English name, such as German, or a BCP 47 tag, such as de-AT.",
	}
	unknownTimeZone = fault{
		LevelError,
		CodeUnknownTimeZone,
		"A time zone is one of IANA's, such as Europe/Berlin, or of Windows's, " +
			"such as W. Europe Standard Time.",
	}
	badAddress = fault{
		LevelError,
		CodeBadAddress,
		"This isn't an email address: " +
			"one address, without name or comment, such as ada@example.com.",
	}
	badPhone = fault{
		LevelError,
		CodeBadPhone,
		"This can't be a phone number: " +
			"it starts with + and the country code, such as +1 650 2530002 ext: 24.",
	}
	prefixedPhone = fault{
		LevelError,
		CodeBadPhone,
		"This can't be a phone number: write + and the country code " +
			"in place of the 00 it starts with.",
	}
	spreadsheet = fault{
		LevelError,
		CodeSpreadsheetNumber,
		"A spreadsheet turned the phone number into scientific notation, and digits are lost: " +
			"format the column as text, and enter the number again, " +
			"with + and the country code.",
	}
	overlong = fault{
		LevelError,
		CodeTooLong,
		"The value has more than 100 characters.",
	}
	overlongPart = fault{
		LevelError,
		CodeTooLong,
		"One of the values between | has more than 100 characters.",
	}
	doubtfulPhone = fault{
		LevelWarning,
		CodeDoubtfulPhone,
		"No such phone number is known to be in use, though one could be: see that it is right.",
	}
	extensionDropped = fault{
		LevelWarning,
		CodeExtensionDropped,
		"A text message can't go to an extension: it is left out.",
	}
	guardRemoved = fault{
		LevelWarning,
		CodeGuardRemoved,
		"The ' before the value is left out: an export puts it before = + - @.",
	}
	lostCharacter = fault{
		LevelWarning,
		CodeLostCharacter,
		"A letter was lost before, where the value has U+FFFD: enter it again.",
	}
	spreadsheetError = fault{
		LevelWarning,
		CodeSpreadsheetError,
		"This is what a spreadsheet shows for a formula that failed: see what it should be.",
	}
	nullName = fault{
		LevelWarning,
		CodeNullName,
		"The name is what a database exports for none: leave it blank if there is none.",
	}
	administratorAlmost = fault{
		LevelWarning,
		CodeAdministratorAlmost,
		"Only the role Administrator, written so and with | between it and others, " +
			"makes an administrator: this one doesn't.",
	}
	noDevice = fault{
		LevelWarning,
		CodeNoDevice,
		"The row has none of the devices that the job may use: " +
			"a user who is new can't be notified.",
	}
)

// check returns the canonical form of a value that isn't blank, and what is wrong with
// it. The form is meaningful if no fault is an error.
type check func(value string) (canonical string, faults []fault)

func anyText(value string) (string, []fault) {
	if tooLong(value) {
		return value, []fault{overlong}
	}
	return value, suspicions(value)
}

func personName(value string) (string, []fault) {
	name, faults := anyText(value)
	if strings.EqualFold(name, "null") {
		faults = append(faults, nullName)
	}
	return name, faults
}

func externalKey(value string) (string, []fault) {
	if isScientificKey(value) {
		return value, []fault{spreadsheetKey}
	}
	return anyText(value)
}

// parseUser returns a username as it is shown, or "" if a fault is an error.
func parseUser(value string) (string, []fault) {
	if isScientificKey(value) {
		return "", []fault{spreadsheetUser}
	}
	name, err := user.ParseUsername(value)
	if err != nil {
		return "", []fault{hidden(value, badUser)}
	}
	return name, suspicions(name)
}

func tooLong(value string) bool {
	return utf8.RuneCountInString(value) > user.MaxLength
}

func list(value string) (string, []fault) {
	if !strings.Contains(value, user.ListSeparator) {
		return anyText(value)
	}

	var parts []string
	seen := make(map[string]bool)
	for _, part := range user.List(value) {
		if tooLong(part) {
			return value, []fault{overlongPart}
		}
		if !seen[part] {
			seen[part] = true
			parts = append(parts, part)
		}
	}

	form := strings.Join(parts, user.ListSeparator)
	return form, suspicions(form)
}

func roles(value string) (string, []fault) {
	form, faults := list(value)
	if slices.ContainsFunc(user.List(form), almostAdministrator) {
		faults = append(faults, administratorAlmost)
	}
	return form, faults
}

// almostAdministrator reports whether a role was meant to be the administrator's, or to
// have it among others, and isn't.
func almostAdministrator(role string) bool {
	if role == user.AdministratorRole {
		return false
	}

	notLetter := func(c rune) bool { return !unicode.IsLetter(c) }
	separator := func(c rune) bool { return strings.ContainsRune(",;/&+\n", c) }
	for part := range strings.FieldsFuncSeq(role, separator) {
		letters := strings.Join(strings.FieldsFunc(part, notLetter), "")
		letters = strings.TrimSuffix(strings.ToLower(letters), "s")
		if letters == strings.ToLower(user.AdministratorRole) {
			return true
		}
	}
	return false
}

func status(value string) (string, []fault) {
	switch s := strings.ToUpper(value); s {
	case user.Active, user.Inactive:
		return s, nil
	}
	return value, []fault{hidden(value, unknownStatus)}
}

func languageName(value string) (string, []fault) {
	if tooLong(value) {
		return value, []fault{overlong}
	}

	name, _, ok := user.LanguageNamed(keyword(value))
	if !ok {
		return value, []fault{hidden(value, unknownLanguage)}
	}
	return name, nil
}

func timeZone(value string) (string, []fault) {
	name, ok := user.TimeZoneNamed(keyword(value))
	if !ok {
		return value, []fault{hidden(value, unknownTimeZone)}
	}
	return name, nil
}

// The limits of an email address's parts, in bytes.
const (
	maxLocalPart = 64 // before the @ (RFC 5321 4.5.3.1.1)
	maxLabel     = 63 // between two dots of the domain (RFC 1035 2.3.4)
)

// emailAddress accepts one bare address: RFC 5322's addr-spec without quotes and
// comments. SES accepts only ASCII before the @, and other letters behind it as xn--….
func emailAddress(value string) (string, []fault) {
	if strings.ContainsFunc(value, notASCII) || strings.Contains(value, "@xn--") ||
		strings.Contains(value, ".xn--") {
		return foreignAddress(value)
	}
	if !mailbox.IsAddress(value) || !withinLimits(value) {
		return value, []fault{badAddress}
	}
	return value, nil
}

// foreignAddress is emailAddress where the domain has other letters than ASCII, or had
// them.
func foreignAddress(value string) (string, []fault) {
	bad := []fault{hidden(value, badAddress)}
	if _, _, found := user.Invisible(value); found || !mailbox.IsAddress(value) {
		return value, bad
	}

	parsed, err := mailbox.Parse(value)
	if err != nil {
		return value, bad
	}
	address := parsed.Address()
	if !mailbox.IsAddress(address) || !withinLimits(address) {
		return value, bad
	}
	return address, nil
}

// withinLimits reports whether the parts of an address are such as mail servers accept.
func withinLimits(address string) bool {
	local, domain, _ := strings.Cut(address, "@")
	return len(local) <= maxLocalPart && hostName(domain)
}

func notASCII(c rune) bool { return c > unicode.MaxASCII }

// hostName reports whether a domain has two labels or more (RFC 1123 2.1), and its last
// isn't a number (RFC 3696 2). SES accepts letters outside ASCII in the form xn--… only.
func hostName(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel ||
			strings.Trim(label, "-") != label || strings.ContainsFunc(label, notInLabel) {
			return false
		}
	}

	last := labels[len(labels)-1]
	return len(labels) >= 2 && strings.Trim(last, "0123456789") != ""
}

func notInLabel(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

// cached remembers the forms of a check whose values repeat from row to row.
func cached(c check) check {
	const most = 1000 // forms, so that memory is bounded

	forms := make(map[string]string)
	return func(value string) (string, []fault) {
		if form, ok := forms[value]; ok {
			return form, nil
		}

		form, faults := c(value)
		if faults == nil && len(forms) < most {
			// A value shares its row's memory, which would be held with it.
			forms[strings.Clone(value)] = strings.Clone(form)
		}
		return form, faults
	}
}
