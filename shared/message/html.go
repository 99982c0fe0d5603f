package message

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"golang.org/x/text/language"
)

// An HTML part is a head, the rendered body and a foot. It is for mail programs: tables
// for those that know no other width or padding, styles on the elements, and a style
// sheet only for what has to differ in the dark or on a phone, so that a program that
// drops it shows the light one. Nothing is loaded from anywhere. The colours are those of
// the pages.
const (
	// head takes the language, the subject and the company.
	head = `<!DOCTYPE html>
<html lang="%s">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>%s</title>
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark }
.text h1 { font-size: 22px; line-height: 1.3 }
.text h2 { font-size: 18px; line-height: 1.3 }
.text h3 { font-size: 16px }
.text a { color: #0b6849 }
.text ul, .text ol { padding-inline-start: 24px }
.text img { max-width: 100%% }
.text blockquote { margin: 16px 0; padding: 0 0 0 16px; border-left: 3px solid #dde4e0 }
@media (max-width: 480px) {
.page { padding: 20px 12px !important }
.text { padding: 12px 20px !important }
}
@media (prefers-color-scheme: dark) {
.ground { background-color: #0f1412 !important }
.card { background-color: #171e1b !important; border-color: #6ed5ab #2b3632 #2b3632 !important }
.text, .company { color: #e6edea !important }
.quiet { color: #a4b2ac !important }
.text a, .quiet a { color: #6ed5ab !important }
.text .button { background-color: #6ed5ab !important }
.text .button a { color: #06271a !important }
.code { background-color: #1f302a !important }
.text blockquote { border-color: #2b3632 }
}
</style>
</head>
<body class="ground" style="margin: 0; padding: 0; background-color: #f3f5f4">
<table class="ground" role="presentation" width="100%%" cellpadding="0" cellspacing="0" bgcolor="#f3f5f4" style="background-color: #f3f5f4"><tr><td class="page" style="padding: 40px 16px">
<!--[if mso]><table role="presentation" align="center" width="560" cellpadding="0" cellspacing="0"><tr><td><![endif]-->
<table role="presentation" align="center" width="100%%" cellpadding="0" cellspacing="0" style="max-width: 560px; overflow-wrap: anywhere">
<tr><td class="company" dir="auto" style="` + font + `; padding: 0 4px 16px; font-size: 18px; font-weight: 700; line-height: 1.3; color: #17211d">%s</td></tr>
<tr><td class="card" bgcolor="#ffffff" style="background-color: #ffffff; border: 1px solid #dde4e0; border-top: 4px solid #0b6849; border-radius: 12px">
<table role="presentation" width="100%%" cellpadding="0" cellspacing="0" style="table-layout: fixed"><tr><td class="text" dir="auto" style="` + font + `; padding: 16px 32px; font-size: 16px; line-height: 1.55; color: #17211d">
`
	// foot takes the language and the lines below the card.
	foot = `</td></tr></table>
</td></tr>
<tr><td class="quiet" lang="%s" dir="auto" style="` + font + `; padding: 16px 4px 0; font-size: 13px; line-height: 1.5; color: #53615b">
%s</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`
	font     = `font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif`
	footLine = `<p style="margin: 0 0 8px">%s</p>` + "\n"
	// button stands for a paragraph that is only [label]({{link}}). Word pads a cell,
	// everything else the link in it.
	button = `<table role="presentation" cellpadding="0" cellspacing="0" style="margin: 24px 0"><tr>` +
		`<td class="button" bgcolor="#0b6849" style="background-color: #0b6849; border-radius: 8px; mso-padding-alt: 12px 24px">` +
		`<a style="display: inline-block; padding: 12px 24px; line-height: 20px; color: #ffffff; font-weight: 600; text-decoration: none" href="$1">$2</a>` +
		`</td></tr></table>`
	// block shows preformatted text, such as a code to type, large enough to copy from.
	block = `<pre class="code" style="margin: 16px 0; padding: 12px 16px; border-radius: 8px; background-color: #e8f3ed; white-space: pre-wrap; ` +
		`font: 600 22px/1.4 ui-monospace, Menlo, Consolas, monospace; letter-spacing: 1px">`
)

// document renders a marked body as an HTML part. Raw HTML and dangerous addresses in the
// body are left out, which is goldmark's default. It answers an [*Error] if no link is
// left that can be followed, though one is needed, or if a value could become the scheme
// of an address.
//
// Below a button stands its address as text, for whoever can't press it, and at the end
// help.
func (m marks) document(
	l *library,
	subject, body, help string,
	tag language.Tag,
	r rules,
) ([]part, error) {
	mark := m.of(max(r.link, 0))

	var rendered bytes.Buffer
	bare := strings.ReplaceAll(body, "<"+mark+">", mark)
	err := goldmark.Convert([]byte(bare), &rendered)
	if err != nil {
		return nil, fmt.Errorf("render body: %w", err)
	}

	onlyLink := regexp.MustCompile(`<p><a href="(` + mark + `)">([^<]*)</a></p>`)
	styled := onlyLink.ReplaceAllString(rendered.String(), button)
	lines := ""
	i := l.match(tag)
	if styled != rendered.String() {
		address := `<br><span style="word-break: break-all">` + mark + `</span>`
		lines = fmt.Sprintf(footLine, html.EscapeString(l.words[i].Copy)+address)
	}

	if help != "" {
		lines += fmt.Sprintf(footLine, html.EscapeString(help))
	}

	styled = strings.ReplaceAll(styled, "<pre>", block)
	text := fmt.Sprintf(head, tag, html.EscapeString(subject), m.of(company)) + styled

	parts := m.split(text)
	followed := false
	at := 0
	for i, p := range parts {
		if p.form == nil {
			at += len(p.literal)
			continue
		}

		before, after := text[:at], text[at+len(mark):]
		at += len(mark)
		attribute, prefix := within(before)

		anchored := strings.Count(before, "<a ") > strings.Count(before, "</a>")
		switch {
		case attribute == "href" || attribute == "src":
			whole := prefix == "" && strings.HasPrefix(after, `"`)
			switch {
			case p.value == r.link && whole:
				parts[i].form = html.EscapeString
				followed = followed || attribute == "href"
			case p.value == r.link || !strings.ContainsAny(prefix, ":/?#"):
				return nil, &Error{
					"body",
					"the address of a link is {{link}}, or begins with what you write, such as https://",
				}
			default:
				parts[i].form = component
			}
		case p.value == r.link && attribute == "" && !anchored:
			parts[i].form = anchor
			followed = true
		default:
			parts[i].form = html.EscapeString
		}
	}

	if r.link != none && !followed {
		return nil, &Error{
			"body",
			"{{link}} stands where nobody can follow it, such as in HTML: write it as text, or as [label]({{link}})",
		}
	}

	for _, p := range m.split(fmt.Sprintf(foot, l.tags[i], lines)) {
		if p.form != nil {
			p.form = html.EscapeString
		}

		parts = append(parts, p)
	}

	return parts, nil
}

// within gives the attribute that a position is in, and its value so far; "" outside a
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

// anchor is a link in text.
func anchor(address string) string {
	address = html.EscapeString(address)
	return `<a href="` + address + `">` + address + `</a>`
}

// component is a value as a part of an address.
func component(value string) string {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
}
