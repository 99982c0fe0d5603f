// Package message says what a message says: the built-in texts, the placeholders of an administrator's, and the email and
// SMS that they become for a user.
//
// A text is compiled once, with its Markdown parsed and its placeholders found; a message for a user is then only put
// together from parts. So a value is never read as Markdown, HTML, a placeholder or a header, whatever a file holds: it is
// escaped for the place where it stands, and is shown as it is written. Line breaks and control characters in a value
// become a space. The link is alone on its line in a text part and in an SMS, so that no mail program or phone takes a
// neighbour for a part of it.
//
// A language is a folder of texts, named by its BCP 47 tag: texts/en has the built-in messages and the words for times. A
// new folder is found without a change of code.
package message

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
)

//go:embed texts
var texts embed.FS

// Kind is a built-in message.
type Kind string

// The built-in messages, by their folder's name.
const (
	// Invitation asks a user to set a first password, or says where to set a new one. It is the text of a notification
	// for which the administrator wrote none.
	Invitation Kind = "invitation"
	// Reset answers a request for a new password, with a link and a code.
	Reset Kind = "reset"
	// Renewal brings the fresh link that the holder of an expired one asked for.
	Renewal Kind = "renewal"
	// PasswordSet tells a user that a password was set. It holds no link.
	PasswordSet Kind = "password_set"
)

// Text is a message as it is written: with placeholders, the body in Markdown.
type Text struct {
	Subject string `json:"subject" dynamodbav:"subject"`
	Body    string `json:"body" dynamodbav:"body"`
	SMS     string `json:"sms" dynamodbav:"sms"`
}

// BuiltIn gives a built-in text in the language, of those that there are, that suits best; English if none does.
func BuiltIn(kind Kind, wanted language.Tag) Text {
	_, folder := speak(wanted)
	return Text{
		Subject: read(folder, kind, "subject.txt"),
		Body:    read(folder, kind, "body.md"),
		SMS:     read(folder, kind, "sms.txt"),
	}
}

func read(folder string, kind Kind, name string) string {
	text, err := texts.ReadFile("texts/" + folder + "/" + string(kind) + "/" + name)
	if err != nil {
		panic(fmt.Errorf("read built-in message: %w", err)) // it is compiled in, and a test reads them all
	}
	return strings.TrimSpace(string(text))
}

// Settings are what all messages of a deployment have in common.
type Settings struct {
	Company  string       // {{company}}, and the head of an HTML part
	Support  string       // whom to ask, in built-in texts; blank means "your administrator"
	Language language.Tag // what administrators write in; an HTML part says so
	// LinkLength is the length of a link in characters, for the estimate of an SMS's length.
	LinkLength int
}

// Values are what the placeholders stand for in one user's message.
type Values struct {
	FirstName string // blank: the username is used
	LastName  string
	Username  string
	Link      string
	Code      string // built-in Reset only
	// Now is what {{expires_in}} and {{code_expires_in}} count from.
	Now, ExpiresAt, CodeExpiresAt time.Time
	Zone                          *time.Location // of {{expires_at}}; nil is UTC
	Language                      language.Tag   // of times and durations
}

// Email is a message for an email device.
type Email struct {
	Subject string // one line, without control characters
	Text    string
	HTML    string // a whole document
}

// Email gives the user's email.
func (t *Template) Email(v Values) Email {
	values := t.values(v)
	return Email{
		Subject: join(t.subject, values),
		Text:    join(t.text, values),
		HTML:    join(t.html, values),
	}
}

// SMS gives the user's SMS. If it would be longer than MaxSegments, the company and the names in it are shortened, down to
// nothing if need be, and then the username; never the link or the code.
func (t *Template) SMS(v Values) string {
	values := t.values(v)
	text := join(t.sms, values)
	for _, cut := range [][]placeholder{{company, firstName, lastName}, {username}} {
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

// shorten cuts a name to at most length code points, of which the last is a dot.
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

// values gives what each placeholder stands for, fit to stand in one line.
func (t *Template) values(v Values) [placeholders]string {
	speech, _ := speak(v.Language)
	support := t.settings.Support
	if support == "" {
		support = speech.Support
	}
	values := [placeholders]string{
		firstName: v.FirstName, lastName: v.LastName, username: v.Username,
		company: t.settings.Company, supportContact: support,
		link: v.Link, expiresAt: speech.time(v.ExpiresAt, v.Zone), expiresIn: speech.duration(v.ExpiresAt.Sub(v.Now)),
		code: v.Code, codeExpiresIn: speech.duration(v.CodeExpiresAt.Sub(v.Now)),
	}
	for p := range values {
		values[p] = line(values[p])
	}
	if values[firstName] == "" {
		values[firstName] = values[username]
	}
	return values
}

// line gives a text as one line of valid UTF-8: each group of line breaks and control characters becomes a space.
func line(text string) string {
	return strings.TrimSpace(strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), breaks), " "))
}
