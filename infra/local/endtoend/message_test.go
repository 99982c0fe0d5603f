package endtoend

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
)

func TestAValueOfTheFileIsShownAsItIsWritten(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	names := []string{
		"<img src=x onerror=alert(1)>",
		"[x](http://evil)",
		"{{link}}",
		"**bold** & `code`",
	}

	file := "User,First Name,Work Email,SMS Phone\n"
	for i, name := range names {
		file += fmt.Sprintf(
			"mailed%d,\"%s\",mailed%[1]d@example.com,\n"+
				"texted%[1]d,\"%[2]s\",,+1 650 253 02%02[1]d\n",
			i,
			name,
		)
	}

	j := c.processed(object{}, file)

	n := c.notify(j, object{
		"subject": "For {{first_name}}",
		"body":    "Hello {{first_name}},\n\n[Begin]({{link}})\n",
		"sms":     "Hello {{first_name}}: {{link}}",
	})
	if n.Counts.Out() != 2*len(names) {
		t.Fatalf("got %+v", n.Counts)
	}

	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			c := c.in(t)
			mail := c.only(fmt.Sprintf("mailed%d@example.com", i))

			text := c.only(fmt.Sprintf("+165025302%02d", i))
			if mail.Channel != "email" || text.Channel != "sms" {
				t.Errorf("got an %s and an %s", mail.Channel, text.Channel)
			}

			// What looks like an address is none that a mail program makes a link of.
			inText := strings.ReplaceAll(name, "p:", "p:\u2060")
			if mail.Subject != "For "+name || !strings.Contains(mail.Text, "Hello "+inText+",") ||
				!strings.Contains(text.Text, "Hello "+name+":") {
				t.Errorf("got %q, %q, %q", mail.Subject, mail.Text, text.Text)
			}

			for _, m := range []message{mail, text} {
				if got := c.check(linkOf(t, m)); got.State != "valid" {
					t.Errorf("the link is %s", got.State)
				}
			}

			inHTML := strings.ReplaceAll(html.EscapeString(name), "p:", "p<span>:</span>")
			if !strings.Contains(mail.HTML, "Hello "+inHTML+",") ||
				strings.Count(mail.HTML, "<a ") != 1 ||
				!strings.Contains(mail.HTML, `href="`+c.URL+"/set-password#"+linkOf(t, mail)+`"`) {
				t.Errorf("got %s", mail.HTML)
			}

			for _, never := range []string{"<img", `href="http://evil`, "<strong>", "<code>"} {
				if strings.Contains(mail.HTML, never) {
					t.Errorf("%s is in %s", never, mail.HTML)
				}
			}
		})
	}
}

// only returns the one message that was sent to an address.
func (c client) only(to string) message {
	c.t.Helper()

	got := c.messages(to)
	if len(got) != 1 {
		c.t.Fatalf("%d messages were sent to %s", len(got), to)
	}

	return got[0]
}

func TestAMessageIsRefusedWithItsField(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, _ := staff("unsaid", 1)

	j := c.processed(object{}, file)
	for _, test := range []struct{ name, field, text string }{
		{"an unknown placeholder in the subject", "subject", "Hello {{nickname}}"},
		{"an unknown placeholder in the body", "body", "Hello {{nickname}}: {{link}}"},
		{"an unknown placeholder in the SMS", "sms", "Hello {{nickname}}: {{link}}"},
		{"a body without a link", "body", "Hello {{first_name}}"},
		{"an SMS without a link", "sms", "Hello {{first_name}}"},
		{"a link in the subject", "subject", "Go to {{link}}"},
		{"a blank subject", "subject", " "},
		{"a subject of two lines", "subject", "One\nTwo"},
		{"a subject that is too long", "subject", strings.Repeat("x", 201)},
		{"a body that is too long", "body", "{{link}} " + strings.Repeat("x", 20_000)},
		{"an SMS that is too long", "sms", "{{link}} " + strings.Repeat("x", 459)},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.in(t).call("POST", j.Path()+"/notifications", object{test.field: test.text}).
				wantField(http.StatusUnprocessableEntity, "invalid_message", test.field)
		})
	}

	t.Run("and nothing is sent", func(t *testing.T) {
		c := c.in(t)
		if n := get[job](c, j.Path()).Notifications; n != 0 {
			t.Errorf("%d notifications", n)
		}

		c.notify(j, object{"subject": strings.Repeat("x", 200)})

		if m := c.only(mailbox("unsaid0")); m.Subject != strings.Repeat("x", 200) {
			t.Errorf("got %q", m.Subject)
		}
	})
}

func TestTheNextMessageBeginsWithTheLastOnesText(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j, _, _ := c.invited("reworded", 1)

	before := get[map[string]string](c, j.Path()+"/message")
	if !strings.Contains(before["subject"], "{{company}}") {
		t.Errorf("got %v", before)
	}

	c.notify(j, object{"subject": "If you have already done this, ignore it"})

	after := get[map[string]string](c, j.Path()+"/message")
	if after["subject"] != "If you have already done this, ignore it" ||
		after["body"] != before["body"] ||
		after["sms"] != before["sms"] {
		t.Errorf("got %v", after)
	}
}
