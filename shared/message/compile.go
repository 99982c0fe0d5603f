package message

import (
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// The most code points of a text as it is written.
const (
	maxSubject = 200
	maxBody    = 20_000
)

// placeholder is a value that a text asks for by its name in double braces.
type placeholder int

const (
	firstName placeholder = iota
	lastName
	username
	company
	link
	expiresAt
	expiresIn
	code
	codeExpiresIn
	supportContact
	administrator
	actor
	jobName
	fileName
	jobLink
	reason
	rowsTotal // the counts of a Report, in its order
	rowsValid
	rowsInvalid
	added
	updated
	unchanged
	removed
	failed
	audience
	sent
	skipped
	accounts // what stands from here to endAccounts is there for each
	endAccounts
	placeholders             // how many there are
	none         placeholder = -1
)

var names = [placeholders]string{
	"first_name", "last_name", "username", "company", "link", "expires_at", "expires_in",
	"code", "code_expires_in", "support_contact", "administrator", "actor",
	"job_name", "file_name", "job_link", "reason", "rows_total", "rows_valid", "rows_invalid",
	"added", "updated", "unchanged", "removed", "failed", "audience", "sent", "skipped",
	"accounts", "end_accounts",
}

// Error tells what is wrong with a text, and in which of its fields.
type Error struct {
	Field   string // "subject", "body" or "sms"
	Message string // one sentence for the administrator, without a full stop
}

func (e *Error) Error() string { return "compile message: " + e.Field + ": " + e.Message }

// Template is a text that is ready to become messages. Goroutines may share it.
type Template struct {
	settings                 Settings
	library                  *library
	toPeers                  bool
	subject, text, html, sms []part
}

type rules struct {
	known []placeholder
	// link must be in the body and in the SMS, alone on its line. It may be none.
	link      placeholder
	emailOnly bool // there is no SMS
	toPeers   bool // it goes to administrators
	accounts  bool // it has a part for each of several accounts
}

var (
	administrators = rules{
		known: []placeholder{firstName, lastName, username, company, link, expiresAt, expiresIn},
		link:  link,
	}
	reports = rules{
		known: []placeholder{
			company, supportContact, jobName, fileName, jobLink, reason,
			rowsTotal, rowsValid, rowsInvalid,
			added, updated, unchanged, removed, failed, audience, sent, skipped,
		},
		link:      jobLink,
		emailOnly: true,
	}
	builtIns = map[BuiltInKind]rules{
		Invitation: administrators,
		Reset: {
			known: append([]placeholder{code, codeExpiresIn}, administrators.known...),
			link:  link,
		},
		ResetShared: {
			known: []placeholder{
				company, accounts, username, link, code, endAccounts, expiresIn, codeExpiresIn,
			},
			link:      link,
			emailOnly: true,
			accounts:  true,
		},
		Renewal:        administrators,
		Renotification: administrators,
		PasswordSet: {
			known: []placeholder{firstName, lastName, username, company, supportContact},
			link:  none,
		},
		NewAdministrator: {
			known: []placeholder{
				firstName, lastName, username, company, supportContact, administrator, actor,
			},
			link:    none,
			toPeers: true,
		},
		ReportNeedsMapping: reports,
		ReportRejected:     reports,
		ReportProcessed:    reports,
		ReportSent:         reports,
	}
)

// Compile reads an administrator's text. It returns an [*Error] for an unknown
// placeholder; for no {{link}} in the body or the SMS, or one in the subject; for a blank
// subject, one with a control character or of over 200 code points; for a body of over
// 20,000; and for an SMS of over MaxSegments with names and times of common lengths.
func (s Settings) Compile(text Written) (*Template, error) {
	t, err := s.compile(texts(), text, administrators, false)
	if err != nil {
		return nil, err
	}

	estimate := Segments(join(t.sms, t.values(typical(s.LinkLength))))
	if estimate > MaxSegments {
		message := fmt.Sprintf(
			"it takes about %d segments, and may take %d", estimate, MaxSegments)
		return nil, &Error{"sms", message}
	}

	return t, nil
}

// BuiltIn compiles a built-in text in the language that suits best: the wanted one, else
// the settings', else English.
func (s Settings) BuiltIn(kind BuiltInKind, wanted language.Tag) *Template {
	l := texts()
	i := l.match(wanted, s.Language)
	t, err := s.builtIn(l, kind, i)
	if err != nil {
		panic(fmt.Errorf("built-in %s: %w", kind, err)) // a test compiles them all
	}

	return t
}

func (s Settings) builtIn(l *library, kind BuiltInKind, i int) (*Template, error) {
	s.Language = l.tags[i]
	return s.compile(l, l.text(kind, i), builtIns[kind], true)
}

// compile reads a text. A built-in one says whom to ask in its text part as well.
func (s Settings) compile(l *library, text Written, r rules, ours bool) (*Template, error) {
	m := marks(rand.Text())
	subject, err := m.mark("subject", text.Subject, r)
	if err != nil {
		return nil, err
	}

	body, err := m.mark("body", text.Body, r)
	if err != nil {
		return nil, err
	}

	help := ""
	if s.Support != "" && !strings.Contains(body, m.of(supportContact)) {
		words := l.words[l.match(s.Language)]
		help = strings.ReplaceAll(words.Help, "{contact}", m.of(supportContact))
	}

	document, err := m.document(l, subject, body, help, s.Language, r)
	if err != nil {
		return nil, err
	}

	written := m.isolate(body, r) + "\n"
	if ours && help != "" {
		written += "\n" + help + "\n"
	}
	for _, p := range []placeholder{accounts, endAccounts} {
		written = strings.ReplaceAll(written, m.of(p)+"\n\n", m.of(p))
	}

	t := &Template{
		settings: s,
		library:  l,
		toPeers:  r.toPeers,
		subject:  m.split(strings.TrimSpace(subject)),
		text:     m.split(written),
		html:     document,
	}
	if !r.emailOnly {
		sms, err := m.mark("sms", text.SMS, r)
		if err != nil {
			return nil, err
		}

		t.sms = m.split(m.isolate(sms, r))
	}

	return t, nil
}

func typical(linkLength int) Values {
	now := time.Date(2026, time.November, 25, 12, 0, 0, 0, time.UTC)
	return Values{
		FirstName:     "Alexandra",
		LastName:      "Montgomery",
		Username:      "alexandra.montgomery",
		Code:          "ABCD-EFGH",
		Link:          strings.Repeat("x", linkLength),
		Now:           now,
		ExpiresAt:     now.Add(72 * time.Hour),
		CodeExpiresAt: now.Add(10 * time.Minute),
	}
}

// marks stand for the placeholders of a text while it is read. A mark is made of letters
// and digits, which mean nothing in Markdown. It begins with random characters, so that
// no text holds one by itself, and ends in two letters that number the placeholder.
type marks string

func (m marks) of(p placeholder) string {
	return string(m) + string([]rune{'A' + rune(p/letters), 'A' + rune(p%letters)})
}

const letters = 26 // of the alphabet, for each of the two that end a mark

func numbered(end string) placeholder {
	return placeholder(end[0]-'A')*letters + placeholder(end[1]-'A')
}

var braces = regexp.MustCompile(`\{\{[^{}\n]*\}\}`)

// mark checks a field, and returns it with marks for its placeholders, or an [*Error].
func (m marks) mark(field, text string, r rules) (string, error) {
	if field != "subject" {
		text = strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	}

	if wrong := unreadable(field, text); wrong != "" {
		return "", &Error{field, wrong}
	}

	unknown := ""
	withMarks := braces.ReplaceAllStringFunc(text, func(found string) string {
		p := placeholder(slices.Index(names[:], strings.TrimSpace(found[2:len(found)-2])))
		if unknown == "" && !slices.Contains(r.known, p) {
			unknown = shorten(found, maxSubject)
		}

		return m.of(p)
	})

	has := r.link != none && strings.Contains(withMarks, m.of(r.link))
	switch {
	case unknown != "":
		return "", &Error{field, "there is no placeholder " + unknown}
	case strings.Contains(withMarks, "{{"):
		return "", &Error{field, "it has {{ without }}"}
	case field == "subject" && has:
		return "", &Error{field, "it can't hold {{" + names[r.link] + "}}"}
	case field != "subject" && !has && r.link != none:
		return "", &Error{field, "{{" + names[r.link] + "}} is missing"}
	}

	return withMarks, nil
}

// unreadable returns what is wrong with the characters of a field, or "".
func unreadable(field, text string) string {
	if !utf8.ValidString(text) {
		return "it isn't valid UTF-8"
	}

	length := utf8.RuneCountInString(text)
	if field == "subject" {
		switch {
		case strings.TrimSpace(text) == "":
			return "it is blank"
		case strings.ContainsFunc(text, breaks):
			return "it has a line break or another control character"
		case length > maxSubject:
			return fmt.Sprintf("it is longer than %d characters", maxSubject)
		}
	}

	switch {
	case field == "body" && length > maxBody:
		return fmt.Sprintf("it is longer than %d characters", maxBody)
	case strings.ContainsFunc(text, controls):
		return "it has a control character"
	}

	return ""
}

func controls(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }

// breaks reports whether a character ends a line or a header, or controls anything.
func breaks(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

// isolate puts each link on a line of its own, without what framed it. A Markdown link
// becomes its label and, below, the address. Markdown and punctuation around the link go.
func (m marks) isolate(text string, r rules) string {
	if r.link == none {
		return text
	}

	mark := m.of(r.link)
	labelled := regexp.MustCompile(
		`!?\[([^\[\]]*)\]\(\s*<?` + mark + `>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`,
	)
	text = labelled.ReplaceAllStringFunc(text, func(found string) string {
		return strings.ReplaceAll(labelled.FindStringSubmatch(found)[1], mark, "") + " " + mark
	})

	var lines []string
	for _, written := range strings.Split(text, "\n") {
		around := strings.Split(written, mark)
		if len(around) == 1 {
			lines = append(lines, written)
			continue
		}

		for i, rest := range around {
			if i > 0 {
				lines = append(lines, mark)
				rest = strings.TrimLeft(rest, "*_`\"')]>.,;:!?")
			}

			if i < len(around)-1 {
				rest = strings.TrimRight(rest, "*_`\"'([<")
			}

			if strings.ContainsFunc(rest, speaks) {
				lines = append(lines, strings.TrimSpace(rest))
			}
		}
	}

	return strings.Join(lines, "\n")
}

func speaks(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }

// part is literal text, or a value in a form that is safe where it stands.
type part struct {
	literal string
	value   placeholder
	form    func(value string) string // nil: the literal
}

// split cuts a marked text at its marks. Its values are plain, as HTML's aren't.
func (m marks) split(text string) []part {
	var parts []part
	for {
		before, after, found := strings.Cut(text, string(m))
		parts = append(parts, part{literal: before})
		if !found {
			return parts
		}

		parts = append(parts, part{value: numbered(after), form: plain})
		text = after[2:]
	}
}

func plain(value string) string { return value }

// joinAll is join with the part that is there for each account, if there is one.
func (t *Template) joinAll(parts []part, values [placeholders]string, each []Values) string {
	at := func(wanted placeholder) int {
		is := func(p part) bool { return p.form != nil && p.value == wanted }
		return slices.IndexFunc(parts, is)
	}

	from := at(accounts)
	if from < 0 {
		return join(parts, values)
	}

	after := at(endAccounts)
	text := join(parts[:from], values)
	for _, account := range each {
		text += join(parts[from+1:after], t.values(account))
	}
	return text + join(parts[after+1:], values)
}

// join puts a message together. A blank value takes the space before it along, so that
// "Hello {{first_name}} {{last_name}}," is "Hello Ada," for a user without a last name.
func join(parts []part, values [placeholders]string) string {
	var text []byte
	for _, p := range parts {
		switch {
		case p.form == nil:
			text = append(text, p.literal...)
		case values[p.value] == "" && len(text) > 0 && text[len(text)-1] == ' ':
			text = text[:len(text)-1]
		default:
			text = append(text, p.form(values[p.value])...)
		}
	}

	return string(text)
}
