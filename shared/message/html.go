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

// frame is an HTML part around its rendered body: language, subject, company. It is for mail programs: no style sheet,
// no table, no picture. It sets no colour but the button's, so that a dark mode finds nothing to contradict it.
const frame = `<!DOCTYPE html>
<html lang="%s" style="color-scheme: light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
</head>
<body style="margin: 0; padding: 24px 16px">
<div style="max-width: 600px; margin: 0 auto; font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; overflow-wrap: anywhere">
<p style="margin: 0 0 24px; padding: 0 0 12px; border-bottom: 1px solid #8886; font-weight: bold">%s</p>
%s</div>
</body>
</html>
`

const (
	// button stands for a paragraph that is only [label]({{link}}).
	button = `<p style="margin: 24px 0"><a style="display: inline-block; padding: 12px 24px; border-radius: 6px; ` +
		`background: #1d4ed8; color: #fff; font-weight: bold; text-decoration: none" href="$1">$2</a></p>`
	// block shows preformatted text, such as a code to type, large enough to copy from.
	block = `<pre style="white-space: pre-wrap; font: 20px/1.5 ui-monospace, Menlo, Consolas, monospace">`
)

// document renders a marked body as an HTML part. Raw HTML and dangerous addresses in the body are left out, which is
// goldmark's default. It answers an [*Error] if no link is left that can be followed, though one is needed, or if a value
// could become the scheme of an address.
func (m marks) document(subject, body string, tag language.Tag, needLink bool) ([]part, error) {
	mark := m.of(link)
	var rendered bytes.Buffer
	if err := goldmark.Convert([]byte(strings.ReplaceAll(body, "<"+mark+">", mark)), &rendered); err != nil {
		return nil, fmt.Errorf("render body: %w", err)
	}
	onlyLink := regexp.MustCompile(`<p><a href="(` + mark + `)">([^<]*)</a></p>`)
	styled := onlyLink.ReplaceAllString(rendered.String(), button)
	styled = strings.ReplaceAll(styled, "<pre>", block)
	text := fmt.Sprintf(frame, tag, html.EscapeString(subject), m.of(company), styled)

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
			case p.value == link && whole:
				parts[i].form = html.EscapeString
				followed = followed || attribute == "href"
			case p.value == link || !strings.ContainsAny(prefix, ":/?#"):
				return nil, &Error{"body", "the address of a link is {{link}}, or begins with what you write, such as https://"}
			default:
				parts[i].form = component
			}
		case p.value == link && attribute == "" && !anchored:
			parts[i].form = anchor
			followed = true
		default:
			parts[i].form = html.EscapeString
		}
	}
	if needLink && !followed {
		return nil, &Error{"body", "{{link}} stands where nobody can follow it, such as in HTML: write it as text, or as [label]({{link}})"}
	}
	return parts, nil
}

// within gives the attribute that a position is in, and its value so far; "" outside a tag. In what goldmark renders,
// text and attributes hold no < or >, and attributes stand in double quotes.
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
