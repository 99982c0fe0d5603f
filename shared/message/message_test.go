package message

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
)

var update = flag.Bool("update", false, "write the golden files")

const sampleLink = "https://example.com/set-password" +
	"#aaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

var settings = Settings{
	Company:    "Acme Works",
	Support:    "help@example.com",
	Language:   language.English,
	LinkLength: len(sampleLink),
}

func berlin(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}

	return zone
}

func ada(t testing.TB) Values {
	now := time.Date(2026, time.November, 22, 13, 5, 0, 0, time.UTC)
	return Values{
		Accounts: []Values{
			{Username: "U00003", Link: sampleLink, Code: "7K2M-QX9D"},
			{Username: "grace.hopper", Link: sampleLink + "2", Code: "M4PR-1C7T"},
		},
		FirstName:     "Ada",
		LastName:      "Lovelace",
		Username:      "U00003",
		Link:          sampleLink,
		Code:          "7K2M-QX9D",
		Now:           now,
		ExpiresAt:     now.Add(72 * time.Hour),
		CodeExpiresAt: now.Add(10 * time.Minute),
		Zone:          berlin(t),
		Language:      language.English,
		Appointment:   Appointment{Administrator: "grace.hopper", Actor: "admin"},
		Report: Report{
			JobName:     "Spring intake",
			FileName:    "spring intake.csv",
			JobLink:     "https://example.com/jobs/01jd8m6qzv3kx5w9c2r7t4y8nb/process",
			Reason:      "There is no valid row: each has an error.",
			RowsTotal:   12_345,
			RowsValid:   12_300,
			RowsInvalid: 45,
			Added:       11_000,
			Updated:     250,
			Unchanged:   1_000,
			Removed:     48,
			Failed:      2,
			Audience:    11_250,
			Sent:        11_203,
			Skipped:     45,
		},
	}
}

func compile(t testing.TB, text Written) *Template {
	template, err := settings.Compile(text)
	if err != nil {
		t.Fatal(err)
	}

	return template
}

// body compiles a body alone.
func body(t testing.TB, markdown string) *Template {
	return compile(t, Written{Subject: "Hello", Body: markdown, SMS: "{{link}}"})
}

// golden gives a built-in message of typical values as the files in testdata hold it, by
// the files' names.
func golden(t testing.TB, kind BuiltInKind, tag language.Tag) map[string]string {
	values := ada(t)

	values.Language = tag
	if kind == Reset || kind == ResetShared {
		values.ExpiresAt = values.Now.Add(time.Hour)
	}

	template := settings.BuiltIn(kind, tag)
	email, name := template.Email(values), tag.String()+"_"+string(kind)

	files := map[string]string{
		name + ".txt":  "Subject: " + email.Subject + "\n\n" + email.Text,
		name + ".html": email.HTML,
	}
	if !builtIns[kind].emailOnly {
		files[name+".sms"] = template.SMS(values) + "\n"
	}

	return files
}

func TestTheBuiltInMessagesAreTheGoldenOnes(t *testing.T) {
	stray := map[string]bool{}

	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}

	for _, entry := range entries {
		stray[entry.Name()] = !entry.IsDir() // fuzz, and languages
	}

	for _, tag := range texts().tags {
		for kind := range builtIns {
			t.Run(tag.String()+" "+string(kind), func(t *testing.T) {
				for name, got := range golden(t, kind, tag) {
					stray[name] = false

					file := filepath.Join("testdata", name)
					if *update {
						if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
							t.Fatal(err)
						}
					}

					want, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}

					if got != string(want) {
						t.Errorf("%s differs; go test -update writes it anew:\n%s", file, got)
					}

					if strings.Contains(got, "{{") || strings.Contains(got, "}}") {
						t.Errorf("%s has a placeholder left", file)
					}
				}
			})
		}
	}

	for name, is := range stray {
		if is {
			t.Errorf("testdata/%s belongs to no message", name)
		}
	}
}

func TestABuiltInSMSIsShort(t *testing.T) {
	for _, tag := range texts().tags {
		for kind, r := range builtIns {
			values := ada(t)
			values.Language = tag

			sms := settings.BuiltIn(kind, tag).SMS(values)
			if r.emailOnly {
				if sms != "" {
					t.Errorf("%s has an SMS in %s", kind, tag)
				}

				continue
			}

			if n := Segments(sms); n < 1 || n > 2 {
				t.Errorf("%s takes %d segments in %s: %s", kind, n, tag, sms)
			}

			for _, c := range sms {
				if !strings.ContainsRune(gsmAlphabet, c) {
					t.Errorf("%s has %q in %s, which makes it longer", kind, c, tag)
				}
			}
		}
	}
}

func TestEveryBuiltInMessageFitsWithTheLongestValues(t *testing.T) {
	long := strings.Repeat("Ж", 100)
	values := ada(t)
	values.FirstName = long
	values.LastName = long
	values.Username = long
	values.Appointment = Appointment{Administrator: long, Actor: long}
	s := settings

	s.Company = long
	for _, tag := range texts().tags {
		values.Language = tag
		for kind, r := range builtIns {
			sms := s.BuiltIn(kind, tag).SMS(values)
			if n := Segments(sms); n > MaxSegments {
				t.Errorf("%s takes %d segments in %s: %s", kind, n, tag, sms)
			}

			if r.link == link && !r.emailOnly && !strings.HasSuffix(sms, "\n"+sampleLink) {
				t.Errorf("%s lost its link in %s: %s", kind, tag, sms)
			}
		}
	}
}

func TestTheLinkOfAnSMSIsWholeHoweverLongItIs(t *testing.T) {
	values := ada(t)

	host := strings.Repeat("long.", 100) + "example.com"
	values.Link = "https://" + host + "/set-password#" + strings.Repeat("a", 70)
	for kind, r := range builtIns {
		sms := settings.BuiltIn(kind, language.German).SMS(values)
		if r.link == link && !r.emailOnly && !strings.HasSuffix(sms, "\n"+values.Link) {
			t.Errorf("%s lost its link: %s", kind, sms)
		}
	}
}

// strangers fills every text of the values, but the addresses, which aren't a user's.
func strangers(values *Values, with string) {
	for _, text := range []*string{
		&values.FirstName,
		&values.LastName,
		&values.Username,
		&values.Code,
		&values.Appointment.Administrator,
		&values.Appointment.Actor,
		&values.Report.JobName, &values.Report.FileName, &values.Report.Reason,
	} {
		*text = with
	}
	for i := range values.Accounts {
		values.Accounts[i].Username = with
		values.Accounts[i].Code = with
	}
}

func TestNoValueBreaksOutOfABuiltInMessage(t *testing.T) {
	for _, hostile := range []string{
		"A\r\nBcc: x@example.com\r\n\r\nHello",
		"A\u2028\u2029\u0085\x00B",
		"A<script>alert(1)</script>",
		"A</title></td>",
		`A" onload="x`,
		"A[x](http://evil)",
		"A{{link}}{{code}}",
		"A{contact}{zone}",
		"A%s%!(EXTRA)",
		"A\n\n# B\n- C\n    D",
		"A" + strings.Repeat("\u0301", 99),
		"\u202EA\u2066B",
		strings.Repeat("\U0001F468\u200D", 50),
	} {
		for _, tag := range texts().tags {
			for kind := range builtIns {
				values, s := ada(t), settings
				strangers(&values, "A")
				want := s.BuiltIn(kind, tag).Email(values)
				strangers(&values, hostile)
				s.Company, s.Support = hostile, "A"+hostile
				template := s.BuiltIn(kind, tag)

				got := template.Email(values)
				if skeleton(got.HTML) != skeleton(want.HTML) {
					t.Errorf("%q broke out of %s in %s:\n%s", hostile, kind, tag, got.HTML)
				}

				if n, of := strings.Count(got.Text, "\n"), strings.Count(want.Text, "\n"); n != of {
					t.Errorf(
						"with %q, %s has %d lines in %s instead of %d:\n%s",
						hostile,
						kind,
						n,
						tag,
						of,
						got.Text,
					)
				}

				if strings.ContainsFunc(got.Subject, breaks) {
					t.Errorf("the subject of %s can be broken in %s: %q", kind, tag, got.Subject)
				}

				for _, text := range []string{
					got.Subject,
					got.Text,
					got.HTML,
					template.SMS(values),
				} {
					if strings.ContainsAny(text, "\u202E\u2066\r\x00\u0085\u2028") ||
						strings.Contains(text, "\nBcc") {
						t.Errorf("with %q, %s is in %s: %q", hostile, kind, tag, text)
					}
				}
			}
		}
	}
}

func TestNoValueBreaksOutOfAnAdministratorsMessage(t *testing.T) {
	all := "{{first_name}}{{last_name}}{{username}}{{company}}{{expires_at}}{{expires_in}}"
	text := Written{
		Subject: all,
		Body:    all + "\n\n[" + all + "]({{link}} \"" + all + "\")\n",
		SMS:     "{{link}}",
	}

	want := compile(t, text).Email(ada(t))
	for _, hostile := range []string{
		"A\r\nBcc: x@example.com\r\n\r\nHello",
		"\u2028A\u2029\u0085\x00",
		"</title><script>alert(1)</script>",
		`" onload="x`,
		"](http://evil)",
		"{{link}}",
	} {
		values, s := ada(t), settings
		strangers(&values, hostile)
		s.Company, values.Zone = hostile, time.FixedZone(hostile, 3600)

		template, err := s.Compile(text)
		if err != nil {
			t.Fatal(err)
		}

		got := template.Email(values)
		if strings.ContainsFunc(got.Subject, breaks) {
			t.Errorf("the subject can be broken: %q", got.Subject)
		}

		if skeleton(got.HTML) != skeleton(want.HTML) {
			t.Errorf("%q broke out:\n%s", hostile, got.HTML)
		}

		if strings.Count(got.Text, "\n") != strings.Count(want.Text, "\n") {
			t.Errorf("%q made a line: %q", hostile, got.Text)
		}
	}
}

func TestEachAccountHasALinkAndACodeOfItsOwn(t *testing.T) {
	for _, tag := range texts().tags {
		for _, count := range []int{1, 2, 10} {
			values := ada(t)
			values.Accounts = nil
			for i := range count {
				values.Accounts = append(values.Accounts, Values{
					Username: fmt.Sprintf("user-%d.", i),
					Link:     fmt.Sprintf("%s-%d", sampleLink, i),
					Code:     fmt.Sprintf("ABCD-%04d", i),
				})
			}

			email := settings.BuiltIn(ResetShared, tag).Email(values)
			if n := strings.Count(email.HTML, `class="button"`); n != count {
				t.Errorf("%s: %d buttons for %d accounts", tag, n, count)
			}
			for _, text := range []string{email.Text, email.HTML} {
				for i, account := range values.Accounts {
					_, own, _ := strings.Cut(text, account.Username)
					if i+1 < count {
						own, _, _ = strings.Cut(own, values.Accounts[i+1].Username)
					}
					for _, want := range []string{account.Link, account.Code} {
						if !strings.Contains(own, want) {
							t.Errorf("%s: %s lacks %s in %s", tag, account.Username, want, text)
						}
					}
				}
			}
			for _, account := range values.Accounts {
				if !strings.Contains(email.Text, "\n"+account.Link+"\n") {
					t.Errorf("%s: the link isn't alone on its line: %s", tag, email.Text)
				}
			}
		}
	}
}

func TestWhomToAskIsSaidOnce(t *testing.T) {
	for _, test := range []struct {
		name, support string
		kind          BuiltInKind
		text, html    int
	}{
		{"below a message", "help@example.com", Invitation, 1, 1},
		{"below a report", "help@example.com", ReportSent, 1, 1},
		{"not again where the message says it", "help@example.com", PasswordSet, 1, 1},
		{"nowhere if the settings don't say", "", Invitation, 0, 0},
		{"in general, where the message has to say it", "", PasswordSet, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, say := settings, test.support
			if s.Support = say; say == "" {
				say = "your administrator"
			}

			email := s.BuiltIn(test.kind, language.English).Email(ada(t))
			text, html := strings.Count(email.Text, say), strings.Count(email.HTML, say)
			below := strings.Contains(email.Text+email.HTML, "Questions?")
			wantBelow := test.support != "" && test.kind != PasswordSet
			if text != test.text || html != test.html || below != wantBelow {
				t.Errorf(
					"it is %d times in the text and %d times in the HTML part:\n%s\n%s",
					text,
					html,
					email.Text,
					email.HTML,
				)
			}
		})
	}

	written := body(t, "Hi\n\n{{link}}\n").Email(ada(t))
	if want := "Hi\n\n" + sampleLink + "\n"; written.Text != want ||
		!strings.Contains(written.HTML, "Questions? Contact help@example.com") {
		t.Errorf("an administrator's text is %q, and the HTML part\n%s", written.Text, written.HTML)
	}
}

func TestAnAddressStandsBelowItsButton(t *testing.T) {
	// The last is its own label.
	for written, want := range map[string]int{
		"[Go]({{link}})":      2,
		"Now [go]({{link}}).": 1,
		"{{link}}":            2,
	} {
		got := body(t, written).Email(ada(t)).HTML
		if n := strings.Count(got, sampleLink); n != want {
			t.Errorf("%s: the address is there %d times, not %d:\n%s", written, n, want, got)
		}

		if n := strings.Count(got, "<a "); n != 1 {
			t.Errorf("%s: there are %d links", written, n)
		}
	}
}

func TestATitledTemplateDiffersInItsSubjectAlone(t *testing.T) {
	template := settings.BuiltIn(Invitation, language.English)

	plain, titled := template.Email(ada(t)), template.Titled("[Test] ").Email(ada(t))
	if want := "[Test] " + plain.Subject; titled.Subject != want || titled.Text != plain.Text {
		t.Errorf("got %+v, want the subject %q", titled, want)
	}

	if again := template.Email(ada(t)); again != plain {
		t.Errorf("the template itself has become %+v", again)
	}
}

func TestASubjectTellsWhoseItIsWhereAnAddressIsShared(t *testing.T) {
	for _, test := range []struct{ name, subject, first, username, want string }{
		{"the username stands at its end", "Welcome", "Ada", "jdoe", "Welcome (jdoe)"},
		{"not a second time", "For {{username}}", "Ada", "jdoe", "For jdoe"},
		{"nor where it stands for the name", "For {{first_name}}", "", "jdoe", "For jdoe"},
		{"a part of a word is no username", "Welcome", "Ada", "come", "Welcome (come)"},
		{"it is one line", "Welcome", "Ada", "j\r\nBcc: x", "Welcome (j Bcc: x)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := ada(t)
			values.FirstName = test.first
			values.Username = test.username
			alone := compile(t, Written{Subject: test.subject, Body: "{{link}}", SMS: "{{link}}"})
			before := alone.Email(values)
			values.AddressShared = true

			got := alone.Email(values)
			if got.Subject != test.want || got.Text != before.Text || got.HTML != before.HTML {
				t.Errorf("got %q, want %q, and the rest as it is", got.Subject, test.want)
			}
		})
	}

	values := ada(t)
	values.AddressShared = true
	got := settings.BuiltIn(Invitation, language.German).Email(values).Subject
	if !strings.HasSuffix(got, " (U00003)") {
		t.Errorf("a built-in subject is %q", got)
	}

	values.Username = ""
	got = settings.BuiltIn(ReportSent, language.English).Email(values).Subject
	if strings.Contains(got, "(") {
		t.Errorf("the subject of a report is %q", got)
	}
}

func TestWhoGaveARoleAndWhomToTellIsSaidWithoutAName(t *testing.T) {
	values, s := ada(t), settings
	values.Appointment.Actor, s.Support = "", ""

	got := s.BuiltIn(NewAdministrator, language.English).Email(values).Text
	for _, want := range []string{
		"The role was given by a file put into the upload bucket.",
		"tell the other administrators at once.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestAnAdministratorMayWriteWhatABuiltInNotificationSays(t *testing.T) {
	for _, tag := range texts().tags {
		compile(t, BuiltIn(Invitation, tag))
		compile(t, BuiltIn(Renotification, tag))
	}
}

func TestAnAdministratorMayNotWriteWhatOnlyABuiltInTextKnows(t *testing.T) {
	known := 0
	for p, name := range names {
		_, err := settings.Compile(
			Written{Subject: "Hello", Body: "{{" + name + "}} {{link}}", SMS: "{{link}}"},
		)
		switch {
		case slices.Contains(administrators.known, placeholder(p)):
			known++

			if err != nil {
				t.Errorf("{{%s}}: %v", name, err)
			}
		case err == nil || !strings.Contains(err.Error(), "there is no placeholder {{"+name+"}}"):
			t.Errorf("{{%s}}: %v", name, err)
		}
	}

	if known != 7 {
		t.Errorf("%d placeholders are for administrators", known)
	}
}

func TestATextIsRefusedWithOneClearMessage(t *testing.T) {
	good := Written{Subject: "Hello", Body: "{{link}}", SMS: "{{link}}"}
	for _, test := range []struct {
		name, field, message string
		change               func(*Written)
	}{
		{
			"an unknown placeholder in the subject",
			"subject",
			"there is no placeholder {{name}}",
			func(x *Written) { x.Subject = "Hello {{name}}" },
		},
		{
			"an unknown placeholder in the body",
			"body",
			"there is no placeholder {{ First_Name }}",
			func(x *Written) { x.Body = "{{ First_Name }} {{link}}" },
		},
		{
			"an unknown placeholder in the SMS",
			"sms",
			"there is no placeholder {{}}",
			func(x *Written) { x.SMS = "{{}} {{link}}" },
		},
		{
			"a code, which only a built-in text may hold",
			"body",
			"there is no placeholder {{code}}",
			func(x *Written) { x.Body = "{{code}} {{link}}" },
		},
		{
			"a support contact, which only a built-in text may hold",
			"body",
			"there is no placeholder {{support_contact}}",
			func(x *Written) { x.Body = "{{support_contact}} {{link}}" },
		},
		{
			"a placeholder that isn't closed",
			"body",
			"it has {{ without }}",
			func(x *Written) { x.Body = "{{link}} {{username" },
		},
		{
			"no link in the body",
			"body",
			"{{link}} is missing",
			func(x *Written) { x.Body = "Hello" },
		},
		{"a blank body", "body", "{{link}} is missing", func(x *Written) { x.Body = "" }},
		{"no link in the SMS", "sms", "{{link}} is missing", func(x *Written) { x.SMS = "Hello" }},
		{
			"a link in the subject",
			"subject",
			"it can't hold {{link}}",
			func(x *Written) { x.Subject = "{{link}}" },
		},
		{"a blank subject", "subject", "it is blank", func(x *Written) { x.Subject = " " }},
		{
			"a line break in the subject",
			"subject",
			"it has a line break or another control character",
			func(x *Written) { x.Subject = "Hello\r\nBcc: x" },
		},
		{
			"a line break at the subject's end",
			"subject",
			"it has a line break or another control character",
			func(x *Written) { x.Subject = "Hello\n" },
		},
		{
			"a Unicode line separator in the subject",
			"subject",
			"it has a line break or another control character",
			func(x *Written) { x.Subject = "Hello\u2028" },
		},
		{
			"a subject of 201 characters",
			"subject",
			"it is longer than 200 characters",
			func(x *Written) { x.Subject = strings.Repeat("é", 201) },
		},
		{
			"a body of 20,001 characters",
			"body",
			"it is longer than 20000 characters",
			func(x *Written) { x.Body = "{{link}}" + strings.Repeat("é", 19_993) },
		},
		{
			"a NUL in the body",
			"body",
			"it has a control character",
			func(x *Written) { x.Body = "\x00{{link}}" },
		},
		{
			"a body that isn't UTF-8",
			"body",
			"it isn't valid UTF-8",
			func(x *Written) { x.Body = "\xff{{link}}" },
		},
		{
			"an SMS of four segments",
			"sms",
			"it takes about 4 segments, and may take 3",
			func(x *Written) { x.SMS = strings.Repeat("x", 3*153-len(sampleLink)) + "{{link}}" },
		},
		{
			"an SMS of four segments in Cyrillic",
			"sms",
			"it takes about 4 segments, and may take 3",
			func(x *Written) { x.SMS = strings.Repeat("ж", 3*67-len(sampleLink)) + "{{link}}" },
		},
		{
			"a link in raw HTML alone",
			"body",
			"{{link}} stands where nobody can follow it, such as in HTML: " +
				"write it as text, or as [label]({{link}})",
			func(x *Written) { x.Body = `<a href="{{link}}">go</a>` },
		},
		{
			"a link that is only a picture's description",
			"body",
			"{{link}} stands where nobody can follow it, such as in HTML: " +
				"write it as text, or as [label]({{link}})",
			func(x *Written) { x.Body = `![{{link}}](https://example.com/x.png)` },
		},
		{
			"a value as an address's scheme",
			"body",
			"the address of a link is {{link}}, or begins with what you write, such as https://",
			func(x *Written) { x.Body = "{{link}} [x]({{first_name}}:alert(1))" },
		},
		{
			"a link within another address",
			"body",
			"the address of a link is {{link}}, or begins with what you write, such as https://",
			func(x *Written) { x.Body = "{{link}} [x](https://example.com/?to={{link}})" },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := good
			test.change(&text)

			_, err := settings.Compile(text)
			if want := (&Error{test.field, test.message}).Error(); err == nil ||
				err.Error() != want {
				t.Errorf("Compile = %v\nwant      %s", err, want)
			}
		})
	}
}

func TestTheLongestTextsAreTaken(t *testing.T) {
	compile(t, Written{
		Subject: strings.Repeat("é", 200),
		Body:    "{{link}}" + strings.Repeat("é", 19_992),
		SMS:     strings.Repeat("x", 3*153-len(sampleLink)-1) + "{{link}}",
	})
}

func TestPlaceholdersAreFilledInEveryPart(t *testing.T) {
	all := "{{first_name}}|{{ last_name }}|{{username}}|{{company}}|{{expires_at}}|{{expires_in}}"
	want := "Ada|Lovelace|U00003|Acme Works|" +
		"Wednesday, 25 November 2026 at 14:05 (Europe/Berlin time)|3 days"
	written := Written{Subject: all, Body: all + "\n\n{{link}}", SMS: all + " {{link}}"}
	template := compile(t, written)

	email := template.Email(ada(t))
	if email.Subject != want {
		t.Errorf("subject = %q, want %q", email.Subject, want)
	}

	if want := want + "\n\n" + sampleLink + "\n"; email.Text != want {
		t.Errorf("text = %q, want %q", email.Text, want)
	}

	if want := "<p>" + want + "</p>"; !strings.Contains(email.HTML, want) {
		t.Errorf("html lacks %s:\n%s", want, email.HTML)
	}

	if got, want := template.SMS(ada(t)), want+"\n"+sampleLink; got != want {
		t.Errorf("sms = %q, want %q", got, want)
	}
}

func TestValuesAreShownAsTheyAreWritten(t *testing.T) {
	for _, test := range []struct{ name, value, shown, html string }{
		{
			"HTML",
			"<img src=x onerror=alert(1)>",
			"<img src=x onerror=alert(1)>",
			"&lt;img src=x onerror=alert(1)&gt;",
		},
		{"Markdown", "[x](http://evil)", "[x](http://evil)", "[x](http://evil)"},
		{"emphasis", "**Ada** _L_ `x`", "**Ada** _L_ `x`", "**Ada** _L_ `x`"},
		{"a placeholder", "{{link}}", "{{link}}", "{{link}}"},
		{
			"quotes and an entity",
			`"Ada" & 'L' &amp;`,
			`"Ada" & 'L' &amp;`,
			"&#34;Ada&#34; &amp; &#39;L&#39; &amp;amp;",
		},
		{
			"a header after a line break",
			"Ada\r\nBcc: x@example.com",
			"Ada Bcc: x@example.com",
			"Ada Bcc: x@example.com",
		},
		{"control characters", "\x00A\x1b\x7fda\u0085\u2028L\u2029", "A da L", "A da L"},
		{"words that turn the direction", "A\u202Ed\u2067a\u2069", "Ada", "Ada"},
		{
			"a name from right to left",
			"\u05d0\u05d3\u05d4\u200f",
			"\u05d0\u05d3\u05d4\u200f",
			"\u05d0\u05d3\u05d4\u200f",
		},
		{
			"a joined emoji",
			"\U0001F469\u200D\U0001F4BB",
			"\U0001F469\u200D\U0001F4BB",
			"\U0001F469\u200D\U0001F4BB",
		},
		{"invalid UTF-8", "A\xffda", "A\uFFFDda", "A\uFFFDda"},
		{"a script that isn't Latin", "愛", "愛", "愛"},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := ada(t)
			values.FirstName = test.value
			template := compile(
				t,
				Written{
					Subject: "Hi {{first_name}}!",
					Body:    "Hi {{first_name}}!\n\n{{link}}",
					SMS:     "Hi {{first_name}}! {{link}}",
				},
			)

			email := template.Email(values)
			if want := "Hi " + test.shown + "!"; email.Subject != want {
				t.Errorf("subject = %q, want %q", email.Subject, want)
			}

			inText := strings.NewReplacer("p:", "p:\u2060", "@example.", "@\u2060example.\u2060").
				Replace(test.shown)
			if want := "Hi " + inText + "!\n\n" + sampleLink + "\n"; email.Text != want {
				t.Errorf("text = %q, want %q", email.Text, want)
			}

			if got, want := template.SMS(values), "Hi "+test.shown+"!\n"+sampleLink; got != want {
				t.Errorf("sms = %q, want %q", got, want)
			}

			inHTML := strings.NewReplacer(
				"p:", "p<span>:</span>",
				"@example.", "<span>@</span>example<span>.</span>",
			).Replace(test.html)
			for _, want := range []string{
				"<p>Hi " + inHTML + "!</p>",
				"<title>Hi " + test.html + "!</title>",
			} {
				if !strings.Contains(email.HTML, want) {
					t.Errorf("html lacks %s:\n%s", want, email.HTML)
				}
			}
		})
	}
}

func TestABlankNameLeavesNoGap(t *testing.T) {
	for _, test := range []struct{ name, first, last, want string }{
		{"both names", "Ada", "Lovelace", "Hello Ada Lovelace,"},
		{"no first name: the username", "", "Lovelace", "Hello U00003 Lovelace,"},
		{"no last name", "Ada", "", "Hello Ada,"},
		{"no name", " ", " ", "Hello U00003,"},
		{"invisible names", "\u200b\ufeff", "\u00a0\u00ad", "Hello U00003,"},
		{"names of joiners and marks", "\u200d", "\u200f\u2060", "Hello U00003,"},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := ada(t)
			values.FirstName, values.LastName = test.first, test.last

			email := body(t, "Hello {{first_name}} {{last_name}},\n\n{{link}}").Email(values)
			if !strings.HasPrefix(email.Text, test.want+"\n") ||
				!strings.Contains(email.HTML, "<p>"+test.want+"</p>") {
				t.Errorf(
					"text = %q, want it to begin with %q, in HTML too:\n%s",
					email.Text,
					test.want,
					email.HTML,
				)
			}
		})
	}
}

func TestTheLinkIsAloneOnItsLine(t *testing.T) {
	for _, test := range []struct{ name, written, want string }{
		{"alone already", "Go:\n\n{{link}}\n\nBye", "Go:\n\nL\n\nBye"},
		{"in a sentence", "Go to {{link}} today.", "Go to\nL\ntoday."},
		{"before a full stop", "Go to {{link}}.", "Go to\nL"},
		{"before a full stop and more", "Go to {{link}}. Bye", "Go to\nL\nBye"},
		{"in brackets", "Go (to {{link}}) now", "Go (to\nL\nnow"},
		{"in emphasis", "Go: **{{link}}** now", "Go:\nL\nnow"},
		{"in angle brackets", "Go: <{{link}}>", "Go:\nL"},
		{"in a list", "- {{link}}\n- {{username}}", "L\n- U00003"},
		{"in code", "Go: `{{link}}`", "Go:\nL"},
		{"with a label", "Now [set it]({{link}}) please", "Now set it\nL\nplease"},
		{"with a label and a title", "[Set it](<{{link}}> \"the title\")", "Set it\nL"},
		{"with itself as its label", "[{{link}}]({{ link }})", "L"},
		{"as a reference", "[Set it][1]\n\n[1]: {{link}}", "[Set it][1]\n\n[1]:\nL"},
		{"twice", "{{link}}{{link}} or {{link}}", "L\nL\nor\nL"},
		{"between values", "{{username}}{{link}}{{username}}", "U00003\nL\nU00003"},
		{"with Windows line ends", "Go:\r\n{{link}}\r\nBye\r\n", "Go:\nL\nBye"},
	} {
		t.Run(test.name, func(t *testing.T) {
			template := compile(t, Written{Subject: "Hello", Body: test.written, SMS: test.written})

			want := strings.ReplaceAll(test.want, "L", sampleLink)
			if got := template.Email(ada(t)).Text; got != want+"\n" {
				t.Errorf("text = %q, want %q", got, want)
			}

			if got := template.SMS(ada(t)); got != want {
				t.Errorf("sms = %q, want %q", got, want)
			}
		})
	}
}

func TestTheHTMLPartIsRenderedFromTheBody(t *testing.T) {
	link := `<a href="` + sampleLink + `">` + sampleLink + `</a>`
	for _, test := range []struct{ name, written, want string }{
		{"a link in text", "Go: {{link}}", "<p>Go: " + link + "</p>"},
		{"a link in angle brackets", "Go: <{{link}}>", "<p>Go: " + link + "</p>"},
		{
			"a link with a label in a sentence",
			"Go [there]({{link}}).",
			`<p>Go <a href="` + sampleLink + `">there</a>.</p>`,
		},
		{
			"a link with a label alone is a button",
			"[There]({{link}})",
			`text-decoration: none" href="` + sampleLink + `">There</a></td>`,
		},
		{
			"a link with itself as its label",
			"X [{{link}}]({{link}})",
			`<p>X <a href="` + sampleLink + `">` + sampleLink + `</a></p>`,
		},
		{
			"a value in a title",
			`{{link}} [x](https://example.com "{{last_name}}")`,
			`<a href="https://example.com" title="&lt;L&gt; &#34;&amp;">x</a>`,
		},
		{
			"a value in an address",
			`{{link}} [x](https://example.com/?n={{last_name}}&m=1)`,
			`<a href="https://example.com/?n=%3CL%3E%20%22%26&amp;m=1">x</a>`,
		},
		{
			"a value in a mail address",
			`{{link}} <{{username}}@example.com>`,
			`<a href="mailto:U00003@example.com">U00003@example.com</a>`,
		},
		{
			"a value in a picture's description",
			`{{link}} ![{{last_name}}](https://example.com/x.png)`,
			`<img src="https://example.com/x.png" alt="&lt;L&gt; &#34;&amp;">`,
		},
		{
			"a value in a code block's language",
			"{{link}}\n\n```{{last_name}}\nx\n```",
			`<code class="language-&lt;L&gt; &#34;&amp;">`,
		},
		{
			"raw HTML is left out",
			"{{link}} <script>x</script>",
			"<p>" + link + " <!-- raw HTML omitted -->x<!-- raw HTML omitted --></p>",
		},
		{
			"a dangerous address is left out",
			"{{link}} [x](javascript:alert(1)) [y](JavaScript&#58;z)",
			`<p>` + link + ` <a href="">x</a> <a href="">y</a></p>`,
		},
		{
			"Markdown is rendered",
			"# Hi\n\n* **{{username}}**\n\n{{link}}",
			"<h1>Hi</h1>\n<ul>\n<li><strong>U00003</strong></li>\n</ul>",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := ada(t)

			values.LastName = `<L> "&`
			if got := body(t, test.written).Email(values).HTML; !strings.Contains(got, test.want) {
				t.Errorf("html lacks %s:\n%s", test.want, got)
			}
		})
	}
}

func TestALongSMSLosesNamesAndNeverItsLink(t *testing.T) {
	long := strings.Repeat("Wolfeschlegelsteinhausenbergerdorff ", 3)[:100]

	text := Written{
		Subject: "Hello",
		Body:    "{{link}}",
		SMS:     strings.Repeat("x", 260) + " {{first_name}} {{last_name}}, {{username}} {{link}}",
	}
	for _, test := range []struct {
		name                  string
		first, last, username string
		want                  string
	}{
		{"what fits stays", "Ada", "Lovelace", "U00003", " Ada Lovelace, U00003\n"},
		{
			"long names are cut",
			long,
			long,
			"U00003",
			" Wolfeschlegelsteinh. Wolfeschlegelsteinh., U00003\n",
		},
		{"names that make it UCS-2 go", "Ада", "Лавлейс", "U00003", ", U00003\n"},
		{
			"the username is cut last",
			"Ada",
			"Lovelace",
			strings.Repeat("u", 100),
			", uuuuuuuuuuuuuuuuuuu.\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			values := ada(t)
			values.FirstName = test.first
			values.LastName = test.last
			values.Username = test.username

			got := compile(t, text).SMS(values)
			want := strings.Repeat("x", 260) + test.want + sampleLink
			if got != want || Segments(got) > MaxSegments {
				t.Errorf("SMS = %q (%d segments), want %q", got, Segments(got), want)
			}
		})
	}
}

var dangerous = regexp.MustCompile(`(?i)(href|src)="\s*(javascript|vbscript|data|file):`)

var joint = regexp.MustCompile("<span>([.:@])</span>")

// skeleton is an HTML document without anything that a value may change.
func skeleton(html string) string {
	html = joint.ReplaceAllString(html, "$1")
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune("<>\"'\n", c) {
			return c
		}
		return -1
	}, html)
}

func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		"Hello {{first_name}}, {{link}}",
		"[go]({{link}} \"{{last_name}}\")",
		"{{link}} [x](https://e/{{first_name}})",
		"{{link}} <{{first_name}}@x.y>",
		"{{link}}\n\n```{{username}}\n",
		"[{{link}}][1]\n\n[1]: {{link}}",
		"{{link}} ![{{username}}](x:{{first_name}})",
		"<b {{link}}> {{link}}",
		"{{link}} [a](java{{first_name}}:x)",
		"{{link}} [a](//{{first_name}}/x) &{{username}};",
		"    {{link}}\n\t{{first_name}}",
	} {
		f.Add(seed, "<img src=x onerror=alert(1)>", "javascript", "\"'><script>")
	}

	f.Fuzz(func(t *testing.T, written, first, last, username string) {
		template, err := settings.Compile(
			Written{Subject: "{{first_name}}: {{username}}", Body: written, SMS: written},
		)
		if err != nil {
			return
		}

		hostile, harmless := ada(t), ada(t)
		hostile.FirstName = "A" + first
		hostile.LastName = "A" + last
		hostile.Username = "A" + username

		got, want := template.Email(hostile), template.Email(harmless)
		if skeleton(got.HTML) != skeleton(want.HTML) {
			t.Errorf("a value broke out of its place:\n%s", got.HTML)
		}

		if dangerous.MatchString(got.HTML) {
			t.Errorf("a dangerous address:\n%s", got.HTML)
		}

		if strings.ContainsFunc(got.Subject, breaks) {
			t.Errorf("the subject has a line break: %q", got.Subject)
		}

		sms := template.SMS(hostile)
		for _, text := range []string{got.Text, sms} {
			for _, line := range strings.Split(text, "\n") {
				if line != sampleLink && strings.Contains(line, sampleLink) {
					t.Errorf("the link isn't alone on its line: %q", line)
				}
			}

			if !strings.Contains(text, sampleLink) {
				t.Errorf("the link is missing: %q", text)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	text := BuiltIn(Invitation, language.English)
	for b.Loop() {
		compile(b, text)
	}
}

func BenchmarkEmail(b *testing.B) {
	template, values := settings.BuiltIn(Invitation, language.English), ada(b)
	for b.Loop() {
		template.Email(values)
	}
}
