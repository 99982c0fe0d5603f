package main

import (
	"strings"
	"testing"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/delivery"
	"latchkey/shared/message"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

func TestATestMessageGoesToTheAdministratorAlone(t *testing.T) {
	for _, test := range []struct {
		name   string
		fields map[string]string
		kind   message.BuiltInKind
		to     string
		has    string
	}{
		{
			name: "by email, as it is written",
			fields: map[string]string{
				"SMS Phone":  "+16502530000",
				"Home Email": "root@example.com",
			},
			to:  "root@example.com",
			has: "[Test] Come, Root",
		},
		{
			name:   "in a language of his own, if it is the built-in text",
			fields: map[string]string{"Work Email": "root@example.com", user.Language: "German"},
			kind:   message.Invitation,
			to:     "root@example.com",
			has:    "[Test] ",
		},
		{
			name:   "by SMS, where there is no email",
			fields: map[string]string{"SMS Phone": "+16502530000"},
			to:     "+16502530000",
		},
		{
			name:   "to nobody who has no device",
			fields: map[string]string{},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.AddMany(1)

			test.fields[user.FirstName] = "Root"
			w.Add("root", test.fields)

			wanted := work.Test{
				ID:           "test#1",
				Key:          "root",
				UserID:       "id-root",
				Subject:      "Come, {{first_name}}",
				Body:         "Here:\n\n{{link}}",
				SMS:          "Here: {{link}}",
				Kind:         string(test.kind),
				LinkLifetime: 3600,
			}
			for range 2 {
				w.Succeed(wanted)
			}

			texts, _, err := w.SMS.Page("", 0, w.SMS.Count(""))
			w.Must(err)

			got := append(append([]enginetest.Message{}, w.Mail()...), texts...)
			if test.to == "" {
				if len(got) != 0 {
					t.Errorf("got %+v", got)
				}

				return
			}

			link := "https://example.test/set-password#sample\n"
			if len(got) != 1 || got[0].To != test.to ||
				!strings.Contains(got[0].Text, link) && !strings.HasSuffix(got[0].Text, "#sample") {
				t.Fatalf("got %+v", got)
			}

			if !strings.HasPrefix(got[0].Subject, test.has) {
				t.Errorf("the subject is %q", got[0].Subject)
			}

			if _, err := w.Tokens.Link(t.Context(), "id-root", "invite"); err == nil {
				t.Error("a link was made")
			}

			if d := w.Delivery("root", "test#1"); d.State != delivery.Sent {
				t.Errorf("got %+v", d)
			}
		})
	}
}
