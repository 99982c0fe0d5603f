// Package message makes the emails and SMS that a user gets. It holds the built-in texts,
// reads the texts that administrators write, and fills the placeholders of both.
//
// A text is compiled once, and a message is then only put together from parts. So a value
// is never read as Markdown, HTML, a placeholder or a header, whatever a file holds. It
// is escaped for the place where it stands, and is one line that turns no direction of
// words. The link is alone on its line in a text part and in an SMS, so that no mail
// program or phone takes a neighbour for a part of it.
//
// A language is a folder of texts, named by its BCP 47 tag. texts/en has a folder for
// each built-in message, with its subject, its body in Markdown and, where it has one,
// its SMS. Its words.json has the words for times and numbers. A new folder is found
// without a change of code. The package's tests hold it to what texts/en has, and -update
// writes the messages that it makes to testdata. A translator words the sentences so that
// {{expires_in}} and {{expires_at}} fit as words.json writes them, and keeps an SMS to
// the GSM alphabet where the language allows it.
package message

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/user"
)

// BuiltInKind names a built-in message. It is the name of the message's folder.
type BuiltInKind string

// The built-in messages, by their folder's name.
const (
	// Invitation asks a user to set a first password, or says where to set a new one. It
	// is the text of a notification for which the administrator wrote none.
	Invitation BuiltInKind = "invitation"
	// Reset answers a request for a new password, with a link and a code.
	Reset BuiltInKind = "reset"
	// ResetShared is Reset for several users of one address. It needs Values.Accounts.
	ResetShared BuiltInKind = "reset_shared"
	// Renewal brings the fresh link that the holder of an expired one asked for.
	Renewal BuiltInKind = "renewal"
	// Renotification brings a fresh link to a user who hasn't used an earlier one, as a
	// reminder or alone, if the administrator wrote no text for that.
	Renotification BuiltInKind = "renotification"
	// PasswordSet tells a user that a password was set. It holds no link.
	PasswordSet BuiltInKind = "password_set"
	// NewAdministrator tells an administrator that somebody was given the role. It needs
	// Values.Appointment and holds no link.
	NewAdministrator BuiltInKind = "new_administrator"
	// ReportNeedsMapping and those after it tell what became of an upload job.
	// They need Values.Report. They are emails only, and have no SMS.
	ReportNeedsMapping BuiltInKind = "report_needs_mapping"
	ReportRejected     BuiltInKind = "report_rejected"
	ReportProcessed    BuiltInKind = "report_processed"
	ReportSent         BuiltInKind = "report_sent"
)

// Written is a message as it is written: with placeholders, and its body in Markdown.
type Written struct {
	Subject string `json:"subject" dynamodbav:"subject"`
	Body    string `json:"body" dynamodbav:"body"`
	SMS     string `json:"sms" dynamodbav:"sms"`
}

// BuiltIn returns a built-in text, in English if no language suits the wanted one.
func BuiltIn(kind BuiltInKind, wanted language.Tag) Written {
	l := texts()
	return l.text(kind, l.match(wanted))
}

// Settings are what all messages of a deployment have in common.
type Settings struct {
	Company string // {{company}}, and the head of an HTML part
	// Support is whom to ask. Blank means "your administrator" in built-in texts, and to
	// an administrator "the other administrators".
	Support string
	// Language is what administrators write in, and users get if theirs has no texts.
	Language language.Tag
	// LinkLength is a link's length in characters, for the estimate of an SMS's length.
	LinkLength int
}

// Values are what the placeholders stand for in one user's message.
type Values struct {
	FirstName string // blank: the username is used
	LastName  string
	Username  string
	Link      string
	Code      string // built-in Reset and ResetShared only
	// Now is what {{expires_in}} and {{code_expires_in}} count from.
	Now, ExpiresAt, CodeExpiresAt time.Time
	Zone                          *time.Location // of {{expires_at}}; nil is UTC
	Language                      language.Tag   // of times, durations and numbers
	Appointment                   Appointment    // built-in NewAdministrator only
	Report                        Report         // built-in reports only
	Accounts                      []Values       // built-in ResetShared only
	// AddressShared has the subject of an email end with the username.
	AddressShared bool
}

// Appointment tells who was given the role Administrator, {{administrator}}, and by whom,
// {{actor}}. Both are usernames. A blank Actor means a file put into the bucket.
type Appointment struct {
	Administrator, Actor string
}

// Report is what a report tells of an upload job, in the order of its placeholders:
// {{job_name}}, {{file_name}}, {{job_link}} (the address of the job's page), {{reason}},
// and the counts {{rows_total}}, {{rows_valid}}, {{rows_invalid}}, {{added}},
// {{updated}}, {{unchanged}}, {{removed}}, {{failed}} (rows, or users of a notification),
// {{audience}}, {{sent}} and {{skipped}}.
type Report struct {
	JobName, FileName, JobLink, Reason         string
	RowsTotal, RowsValid, RowsInvalid          int
	Added, Updated, Unchanged, Removed, Failed int
	Audience, Sent, Skipped                    int
}

// Email is a message for an email device.
type Email struct {
	Subject string // one line, without control characters
	Text    string
	HTML    string // a whole document
}

// Titled returns a copy with a text before its subject, such as "[Test] ".
func (t *Template) Titled(before string) *Template {
	titled := *t
	titled.subject = append([]part{{literal: before}}, t.subject...)
	return &titled
}

// Email returns the email for a user.
func (t *Template) Email(v Values) Email {
	values := t.values(v)
	return Email{
		Subject: t.subjectOf(v, values),
		Text:    t.joinAll(t.text, unlinkedNames(values), v.Accounts),
		HTML:    t.joinAll(t.html, values, v.Accounts),
	}
}

func (t *Template) subjectOf(v Values, values [placeholders]string) string {
	subject := join(t.subject, values)
	name := values[username]
	isName := func(p part) bool { return p.form != nil && values[p.value] == name }
	if !v.AddressShared || name == "" || slices.ContainsFunc(t.subject, isName) {
		return subject
	}
	return subject + " (" + name + ")"
}

// SMS returns the SMS for a user, or "" for a kind that has no SMS. If it would take more
// than MaxSegments, names are shortened: first the company and the names of persons, down
// to nothing if need be, then the usernames. The link and the code are never shortened.
func (t *Template) SMS(v Values) string {
	values := t.values(v)
	text := join(t.sms, values)
	cuts := [][]placeholder{{company, firstName, lastName}, {username, administrator, actor}}
	for _, cut := range cuts {
		for _, length := range []int{20, 10, 5, 0} {
			if Segments(text) <= MaxSegments {
				return text
			}

			for _, p := range cut {
				values[p] = shorten(values[p], length)
			}

			text = join(t.sms, values)
		}
	}

	return text
}

// shorten cuts a name to at most length code points. The last of them is then a dot.
func shorten(name string, length int) string {
	points := []rune(name)
	switch {
	case len(points) <= length:
		return name
	case length == 0:
		return ""
	default:
		return strings.TrimSpace(string(points[:length-1])) + "."
	}
}

// values returns what each placeholder stands for, fit to stand in one line. A blank that
// would leave a hole in a sentence is filled.
func (t *Template) values(v Values) [placeholders]string {
	speech := t.library.words[t.library.match(v.Language, t.settings.Language)]
	r := v.Report

	values := [placeholders]string{
		firstName:      v.FirstName,
		lastName:       v.LastName,
		username:       v.Username,
		company:        t.settings.Company,
		supportContact: t.settings.Support,
		link:           v.Link,
		expiresAt:      speech.time(v.ExpiresAt, v.Zone),
		expiresIn:      speech.duration(v.ExpiresAt.Sub(v.Now)),
		code:           v.Code,
		codeExpiresIn:  speech.duration(v.CodeExpiresAt.Sub(v.Now)),
		administrator:  v.Appointment.Administrator,
		actor:          v.Appointment.Actor,
		jobName:        r.JobName,
		fileName:       r.FileName,
		jobLink:        r.JobLink,
		reason:         r.Reason,
	}

	counts := [...]int{
		r.RowsTotal, r.RowsValid, r.RowsInvalid,
		r.Added, r.Updated, r.Unchanged, r.Removed, r.Failed,
		r.Audience, r.Sent, r.Skipped,
	}
	for i, n := range counts {
		values[rowsTotal+placeholder(i)] = speech.number(n)
	}

	for p := range values {
		values[p] = line(values[p])
	}

	helper := speech.Support
	if t.toPeers {
		helper = speech.Peers
	}

	otherwise := map[placeholder]string{
		firstName:      values[username],
		supportContact: helper,
		actor:          speech.Drop,
	}
	for p, text := range otherwise {
		if values[p] == "" {
			values[p] = text
		}
	}

	return values
}

// line returns a text as one line of valid UTF-8, without Unicode's embeddings, overrides
// and isolates: they show nothing, and turn the direction of the words around them.
func line(text string) string {
	text = strings.Map(func(c rune) rune {
		if c >= '\u202A' && c <= '\u202E' || c >= '\u2066' && c <= '\u2069' {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if strings.ContainsFunc(text, breaks) {
		text = strings.Join(strings.FieldsFunc(text, breaks), " ")
	}
	if user.Trimmed(text) == "" { // it may be of marks and joiners alone
		return ""
	}

	return strings.TrimSpace(text)
}
