package message

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"golang.org/x/text/language"
)

// The parts of a mail around what is rendered from Markdown. Tables are for programs that
// know no other width, and the style sheet holds only what differs in the dark or on a
// phone. What Outlook alone reads is a comment to everything else.
//
// They aren't html/template's, with which a program holds each method of all its types.
var (
	//go:embed layout/mail.html
	mailLayout string
	//go:embed layout/button.html
	buttonLayout string // a paragraph that is only [label]({{link}})
	//go:embed layout/copy.html
	copyLayout string // the button's address as text, for where the button doesn't work
	//go:embed layout/quiet.html
	quietLayout string // around that address where each account has one
	//go:embed layout/help.html
	helpLayout string // whom to ask, if the body doesn't tell
	//go:embed layout/code.html
	codeLayout string // preformatted text, such as a code to type: large enough to copy from
)

// document renders a marked body as an HTML part, with help as its last line. Raw HTML
// and dangerous addresses in the body are left out, which is goldmark's default. The
// address of a button stands below it as text, for a user who can't press it. It returns
// an [*Error] if no link is left that can be followed, though one is needed, or if a
// value could become the scheme of an address.
func (m marks) document(
	l *library, subject, body, help string, tag language.Tag, r rules,
) ([]part, error) {
	mark := m.of(max(r.link, 0))
	i := l.match(tag)
	copied := strings.NewReplacer(
		"{{Copy}}", html.EscapeString(l.words[i].Copy),
		"{{Address}}", mark,
	).Replace(copyLayout)

	button := strings.TrimSpace(buttonLayout)
	if r.accounts {
		button += "\n" + strings.ReplaceAll(quietLayout, "{{Copy}}", strings.TrimSpace(copied))
	}
	styled, hasButton, err := m.body(body, mark, button)
	if err != nil {
		return nil, err
	}

	var below string
	if hasButton && !r.accounts {
		below = copied
	}
	if help != "" {
		below += strings.ReplaceAll(helpLayout, "{{Help}}", html.EscapeString(help))
	}

	// What stands around the body is ours, and its values are text. The language of the foot
	// may differ from the body's.
	head, foot, _ := strings.Cut(mailLayout, "{{Body}}")
	head = strings.NewReplacer(
		"{{Language}}", tag.String(),
		"{{Subject}}", html.EscapeString(subject),
		"{{Company}}", m.of(company),
	).Replace(head)
	foot = strings.NewReplacer(
		"{{FootLanguage}}", l.tags[i].String(),
		"{{Below}}", below,
	).Replace(foot)
	parts := escaped(m.split(head))
	middle, err := m.inBody(styled, r)
	if err != nil {
		return nil, err
	}

	parts = append(parts, middle...)
	return append(parts, escaped(m.split(foot))...), nil
}

// body renders Markdown, and gives buttons and preformatted text their look. hasButton
// reports whether a paragraph that is only the link became a button.
func (m marks) body(markdown, mark, button string) (styled string, hasButton bool, err error) {
	var rendered bytes.Buffer
	bare := strings.ReplaceAll(markdown, "<"+mark+">", mark)
	err = goldmark.Convert([]byte(bare), &rendered)
	if err != nil {
		return "", false, fmt.Errorf("render body: %w", err)
	}

	onlyLink := regexp.MustCompile(`<p><a href="` + mark + `">([^<]*)</a></p>`)
	hasButton = onlyLink.Match(rendered.Bytes())
	styled = onlyLink.ReplaceAllStringFunc(rendered.String(), func(found string) string {
		label := onlyLink.FindStringSubmatch(found)[1] // goldmark has escaped it
		return strings.NewReplacer("{{Address}}", mark, "{{Label}}", label).
			Replace(button)
	})
	for _, p := range []placeholder{accounts, endAccounts} {
		styled = strings.ReplaceAll(styled, "<p>"+m.of(p)+"</p>\n", m.of(p))
	}

	return strings.ReplaceAll(styled, "<pre>", strings.TrimSpace(codeLayout)), hasButton, nil
}

func escaped(parts []part) []part {
	for i := range parts {
		if parts[i].form != nil {
			parts[i].form = html.EscapeString
		}
	}
	return parts
}

// inBody cuts a rendered body at its marks, and gives each value its form.
func (m marks) inBody(styled string, r rules) ([]part, error) {
	parts := m.split(styled)
	followed := false
	at := 0
	for i, p := range parts {
		if p.form == nil {
			at += len(p.literal)
			continue
		}

		before := styled[:at]
		at += len(m.of(p.value))
		form, follows, err := formOf(p.value, before, styled[at:], r)
		if err != nil {
			return nil, err
		}

		parts[i].form = form
		followed = followed || follows
	}

	if r.link != none && !followed {
		return nil, &Error{"body", "{{link}} stands where nobody can follow it, such as in HTML: " +
			"write it as text, or as [label]({{link}})"}
	}

	return parts, nil
}

// formOf returns the form of a value between what stands before and after it. follows
// reports whether it is the link, in a place where a reader can follow it.
func formOf(
	value placeholder, before, after string, r rules,
) (form func(string) string, follows bool, err error) {
	attribute, prefix := within(before)
	isAddress := attribute == "href" || attribute == "src"
	isWhole := prefix == "" && strings.HasPrefix(after, `"`)
	anchored := strings.Count(before, "<a ") > strings.Count(before, "</a>")
	switch {
	case isAddress && value == r.link && isWhole:
		return html.EscapeString, attribute == "href", nil
	case isAddress && (value == r.link || !strings.ContainsAny(prefix, ":/?#")):
		// It would be the scheme of an address, and so decide what opening it does.
		return nil, false, &Error{"body", "the address of a link is {{link}}, " +
			"or begins with what you write, such as https://"}
	case isAddress:
		return component, false, nil
	case value == r.link && attribute == "" && !anchored:
		return anchor, true, nil
	case attribute == "":
		return formInText(value, before), false, nil
	default:
		return html.EscapeString, false, nil
	}
}

func formInText(value placeholder, before string) func(string) string {
	if slices.Contains(ofTheFile, value) && !written.MatchString(before) {
		return unlinkedHTML
	}
	return html.EscapeString
}

// within returns the attribute that a position is in, and its value so far; "" outside a
// tag. In what goldmark renders, text and attributes hold no < or >, and attributes stand
// in double quotes.
func within(before string) (attribute, prefix string) {
	tag := strings.LastIndexByte(before, '<')
	if tag <= strings.LastIndexByte(before, '>') {
		return "", ""
	}

	quote := strings.LastIndex(before[tag:], `="`)
	name := before[tag : tag+quote]
	return name[strings.LastIndexByte(name, ' ')+1:], before[tag+quote+2:]
}

func anchor(address string) string {
	address = html.EscapeString(address)
	return `<a href="` + address + `">` + address + `</a>`
}

func component(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
