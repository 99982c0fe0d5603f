package message

import (
	"html"
	"strings"
	"testing"

	"golang.org/x/text/language"
)

func TestAValueThatLooksLikeAnAddressIsNoLink(t *testing.T) {
	for _, test := range []struct{ name, value, apart string }{
		{"a domain", "evil.example/win", "evil.|example/win"},
		{"a domain of many labels", "a.b.evil.co.uk", "a.b.|evil.|co.|uk"},
		{"a domain of other letters", "зло.рф", "зло.|рф"},
		{"a domain as it is transcribed", "evil.xn--p1ai", "evil.|xn--p1ai"},
		{"another dot", "evil。example．com", "evil。|example．|com"},
		{"a scheme", "Ann http://evil.example", "Ann http:|//evil.|example"},
		{"a scheme that ends in a digit", "s3://bucket", "s3:|//bucket"},
		{"a scheme without slashes", "mailto:x", "mailto:|x"},
		{"another colon", "http：//evil", "http：|//evil"},
		{"an email address", "a@evil.example", "a@|evil.|example"},
		{"an email address of few letters", "a@b", "a@|b"},
		{"what begins with www", "WWW.1x", "WWW.|1x"},
		{"a word that does", "see wWw.1x", "see wWw.|1x"},
		{"a label with a hyphen", "x.a-1", "x.|a-1"},
		{"a label with a digit", "x.a1", "x.|a1"},
		{"a label with a mark", "x.e\u0301", "x.|e\u0301"},
		{"a number of a host", "192.0.2.1/win", "192.|0.|2.|1/win"},
		{"what stands in brackets", "(evil).example", "(evil).|example"},
		{"with what is escaped", `<b>&"'evil.example`, `<b>&"'evil.|example`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(apart(test.value), "|"); got != test.apart {
				t.Errorf("it is taken apart as %q", got)
			}

			text := strings.ReplaceAll(unlinkedText(test.value), "\u2060", "|")
			if text != test.apart {
				t.Errorf("the text is %q", text)
			}

			got := unlinkedHTML(test.value)
			shown := strings.NewReplacer("<span>", "", "</span>", "").Replace(got)
			if html.UnescapeString(shown) != test.value || strings.Contains(shown, "<b>") {
				t.Errorf("the HTML is %q", got)
			}
			if n := strings.Count(got, "<span>"); n != strings.Count(test.apart, "|") {
				t.Errorf("there are %d marks in %q", n, got)
			}
		})
	}

	for _, ordinary := range []string{
		"", ".", "@", "Ada", "J.R.R. Tolkien", "Dr. Ada", "Ph.D.", "O'Brien & Söhne", "10:30",
		"Ada: the first", "@ada", "ada@", "Version 1.5", "Jean-Luc", "A/B", "王．", "\u202B.",
		"awww.1x", "éwww.1x", "1www.1x", "ww.1x", "x.a", "x.1a",
	} {
		inText, inHTML := unlinkedText(ordinary), unlinkedHTML(ordinary)
		if inText != ordinary || inHTML != html.EscapeString(ordinary) {
			t.Errorf("%q becomes %q and %q", ordinary, inText, inHTML)
		}
	}
}

func TestOnlyTheValuesOfAFileAreKeptFromBecomingLinks(t *testing.T) {
	values := ada(t)
	values.FirstName = "evil.example/win"
	values.LastName = "a@evil.example"
	values.Username = "ada@example.com"
	text := Written{
		Subject: "For {{first_name}}",
		Body: "{{first_name}} {{last_name}} {{username}}, see www.acme.example or " +
			"[{{first_name}}](https://acme.example/{{username}} \"{{last_name}}\")\n\n{{link}}",
		SMS: "{{first_name}} {{link}}",
	}
	template := compile(t, text)
	got := template.Email(values)
	for _, want := range []string{
		"evil.\u2060example/win a@\u2060evil.\u2060example ada@example.com, see www.acme.example",
		"\n" + sampleLink + "\n",
	} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("%q isn't in %q", want, got.Text)
		}
	}
	for _, want := range []string{
		"evil<span>.</span>example/win a<span>@</span>evil<span>.</span>example" +
			" ada<span>@</span>example<span>.</span>com, see www.acme.example or",
		`<a href="https://acme.example/ada%40example.com" title="a@evil.example">` +
			"evil<span>.</span>example/win</a>",
		`<a href="` + sampleLink + `">` + sampleLink + "</a>",
		"<title>For evil.example/win</title>",
	} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("%q isn't in %s", want, got.HTML)
		}
	}
	if sms := template.SMS(values); got.Subject != "For evil.example/win" ||
		!strings.HasPrefix(sms, "evil.example/win\n") {
		t.Errorf("the subject is %q, the SMS %q", got.Subject, sms)
	}

	values.FirstName = "evil.example"
	got = body(t, "https://acme.example/?u={{username}} https://{{first_name}}/\n\n{{link}}").
		Email(values)
	want := "<p>https://acme.example/?u=ada@example.com https://evil<span>.</span>example/</p>"
	if !strings.Contains(got.HTML, want) {
		t.Errorf("%q isn't in %s", want, got.HTML)
	}

	values.FirstName = ""
	got = settings.BuiltIn(Invitation, language.English).Email(values)
	if !strings.Contains(got.Text, "Hello ada@example.com,") {
		t.Errorf("the username is changed in %q", got.Text)
	}
}
