package endtoend

import (
	"net/http"
	"strings"
	"testing"
)

func TestAUserIsWrittenToInTheUsersLanguageAndTime(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.processed(
		object{},
		"User,First Name,Last Name,Language,Time Zone,Work Email,SMS Phone\n"+
			"spokengerman,Grete,Hermann,German,Europe/Berlin,spokengerman@example.com,\n"+
			"spokenaustrian,Lise,Meitner,de-AT,Asia/Tokyo,spokenaustrian@example.com,\n"+
			"spokenenglish,Ada,Lovelace,English,US/Eastern,spokenenglish@example.com,\n"+
			"spokenfrench,Sophie,Germain,French,,spokenfrench@example.com,\n"+
			"spokennothing,Emmy,Noether,,,spokennothing@example.com,\n"+
			"textedgerman,Hedwig,Kohn,German,,,+1 650 253 0301\n",
	)
	c.notify(j, object{})

	for _, test := range []struct{ name, language, greeting, zone string }{
		{"spokengerman", "de", "Guten Tag Grete Hermann,", "Uhr (Zeitzone Europe/Berlin)"},
		{"spokenaustrian", "de", "Guten Tag Lise Meitner,", "Uhr (Zeitzone Asia/Tokyo)"},
		{"spokenenglish", "en", "Hello Ada,", " (US/Eastern time)"},
		{"spokenfrench", "en", "Hello Sophie,", " (UTC)"},
		{"spokennothing", "en", "Hello Emmy,", " (UTC)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			mail := c.in(t).only(mailbox(test.name))
			for _, want := range []string{test.greeting, test.zone, "help@northwind.test"} {
				if !strings.Contains(mail.Text, want) || !strings.Contains(mail.HTML, want) {
					t.Errorf("%q isn't in both %s and %s", want, mail.Text, mail.HTML)
				}
			}

			if want := `<html lang="` + test.language + `"`; !strings.Contains(mail.HTML, want) {
				t.Errorf("%s lacks %s", mail.HTML, want)
			}
		})
	}

	t.Run("in an SMS too", func(t *testing.T) {
		sms := c.in(t).only("+16502530301")
		const want = "Northwind: Bitte wählen Sie ein Passwort für textedgerman."
		if !strings.HasPrefix(sms.Text, want) {
			t.Errorf("got %q", sms.Text)
		}
	})
	t.Run("and when a password is asked for, and set", func(t *testing.T) {
		c := anybody(t)
		c.call("POST", "/api/forgot-password", object{"username": "spokengerman"}).
			want(http.StatusAccepted, "")
		c.setPassword(c.link(mailbox("spokengerman"), 2), password).want(http.StatusNoContent, "")

		var subjects []string
		eventually(t, "all three messages are sent", func() bool {
			subjects = nil
			for _, m := range c.messages(mailbox("spokengerman")) {
				subjects = append(subjects, m.Subject)
			}
			return len(subjects) == 3
		})

		for i, want := range []string{
			"Ihr Konto bei Northwind: Wählen Sie Ihr Passwort",
			"Ihre Anfrage: neues Passwort für Northwind",
			"Ihr Passwort für Northwind wurde festgelegt",
		} {
			if subjects[i] != want {
				t.Errorf("message %d is %q, not %q", i+1, subjects[i], want)
			}
		}

		if c.code(mailbox("spokengerman")) == "" {
			t.Error("no message holds a code")
		}
	})
	t.Run("with times in an administrator's words, which are everybody's", func(t *testing.T) {
		c := c.in(t)
		c.notify(
			j,
			object{
				"usernames": []string{"spokenaustrian"},
				"body":      "Good until {{expires_at}}, for {{expires_in}}.\n\n{{link}}",
			},
		)
		mails := c.messages(mailbox("spokenaustrian"))

		last := mails[len(mails)-1].Text
		if !strings.HasPrefix(last, "Good until ") ||
			!strings.Contains(last, " Uhr (Zeitzone Asia/Tokyo), for 3 Tage.\n") ||
			strings.Contains(last, "Kontakt") {
			t.Errorf("got %q", last)
		}
	})
}
