package endtoend

import (
	"net/http"
	"strings"
	"testing"
)

type preview struct {
	Audience struct {
		Size, Email, SMS, None int
		Estimated              bool
	}
	Messages []struct {
		Channel, Subject, Text, HTML string
		Segments                     int
	}
	Duration string
	Warnings []struct{ Code, Message string }
}

func TestAPreviewSendsNothingAndATestGoesToOneself(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file := "User,First Name,Language,Work Email,SMS Phone\n" +
		"shown0,Sam,,shown0@example.com,\n" +
		"shown1,Uwe,German,shown1@example.com,+16502530731\n" +
		"shown2,Sue,,,+16502530732\n" +
		"shown3,Max,,,\n"
	j := c.processed(object{}, file)
	ask := func(t *testing.T, body object) preview {
		t.Helper()

		var p preview
		c.in(t).call("POST", j.Path()+"/notifications/preview", body).
			want(http.StatusOK, "").into(&p)

		return p
	}
	t.Run("it says how many users get it by which channel", func(t *testing.T) {
		a := ask(t, object{}).Audience
		if a.Size != 4 || a.Email != 2 || a.SMS != 1 || a.None != 1 || a.Estimated {
			t.Errorf("got %+v", a)
		}

		one := object{"usernames": []string{"shown1"}, "devices": []string{"SMS Phone"}}
		a = ask(t, one).Audience
		if a.Size != 1 || a.SMS != 1 {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("it shows what a user would read, in his language", func(t *testing.T) {
		german := ask(t, object{"username": "shown1"})

		english := ask(t, object{"username": "shown0"})
		if german.Messages[0].Subject == english.Messages[0].Subject ||
			!strings.Contains(german.Messages[0].HTML, `lang="de"`) {
			t.Errorf("got %q and %q", german.Messages[0].Subject, english.Messages[0].Subject)
		}

		if m := english.Messages; len(m) != 2 || m[0].Channel != "email" || m[1].Channel != "sms" ||
			m[1].Segments < 1 ||
			!strings.Contains(m[0].Text, c.URL+"/set-password#sample\n") {
			t.Errorf("got %+v", m)
		}

		if english.Duration != "1s" {
			t.Errorf("it takes %s", english.Duration)
		}
	})
	t.Run("it refuses what the notification would be refused for", func(t *testing.T) {
		c := c.in(t)
		c.call("POST", j.Path()+"/notifications/preview", object{"body": "Hello"}).
			wantField(http.StatusUnprocessableEntity, "invalid_message", "body")
		c.call("POST", j.Path()+"/notifications/preview", object{"username": "nobody"}).
			wantField(http.StatusUnprocessableEntity, "invalid_request", "username")
		waiting := c.validated("User,Work Email\nshown4,shown4@example.com\n")
		c.call("POST", waiting.Path()+"/notifications/preview", object{}).
			want(http.StatusConflict, "job_not_processed")
		c.call("POST", waiting.Path()+"/notifications/test", object{}).
			want(http.StatusConflict, "job_not_processed")
	})
	t.Run(
		"a test is sent to the administrator alone, with a link that works for nobody",
		func(t *testing.T) {
			c := c.in(t)
			c.call("POST", j.Path()+"/notifications/test", object{
				"subject": "Previewed once",
				"body":    "Now:\n\n{{link}}",
				"sms":     "{{link}}",
			}).want(http.StatusAccepted, "")

			var found []message
			eventually(t, "it is there", func() bool {
				found = nil
				for _, m := range c.messages("admin@localhost.test") {
					if strings.Contains(m.Subject, "Previewed once") {
						found = append(found, m)
					}
				}

				return len(found) > 0
			})

			if len(found) != 1 || found[0].Subject != "[Test] Previewed once" ||
				linkOf(t, found[0]) != "sample" {
				t.Fatalf("got %+v", found)
			}

			if got := c.check("sample"); got.State != "invalid" {
				t.Errorf("its link is %s", got.State)
			}
		},
	)
	t.Run("and nobody else has got anything", func(t *testing.T) {
		c := c.in(t)
		for _, to := range []string{
			"shown0@example.com", "shown1@example.com", "+16502530731", "+16502530732",
		} {
			if got := c.messages(to); len(got) != 0 {
				t.Errorf("%s got %+v", to, got)
			}
		}

		if n := get[job](c, j.Path()).Notifications; n != 0 {
			t.Errorf("there are %d notifications", n)
		}
	})
}

func TestAPreviewWarns(t *testing.T) {
	t.Parallel()
	c := system(
		t,
		"warn",
		map[string]string{
			"LATCHKEY_SES_RATE":    "10",
			"LATCHKEY_SES_QUOTA":   "40",
			"LATCHKEY_SES_SANDBOX": "on",
		},
	)
	file, _ := staff("warn", 93)
	j := c.processed(object{}, file)

	var p preview
	c.call("POST", j.Path()+"/notifications/preview", object{}).want(http.StatusOK, "").into(&p)

	var codes []string
	for _, w := range p.Warnings {
		codes = append(codes, w.Code)
	}

	if got := strings.Join(codes, " "); got != "sandbox quota" || p.Duration != "72h0m1s" {
		t.Errorf("it takes %s, with the warnings %s", p.Duration, got)
	}
}
