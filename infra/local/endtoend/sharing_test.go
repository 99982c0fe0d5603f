package endtoend

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestUsersOfOneMailboxTellTheirMessagesApart(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.processed(
		object{},
		"User,First Name,Work Email\n"+
			"sharing1,Ada,sharing@example.com\n"+
			"sharing2,Bob,Sharing@Example.com\n"+
			"sharing3,Cem,sharing3@example.com\n",
	)
	c.notify(j, object{}) // the built-in text, and then an administrator's
	c.notify(j, object{"subject": "Welcome", "body": "{{link}}", "sms": "{{link}}"})

	subjects := func(to string) (all []string) {
		for _, m := range c.messages(to) {
			all = append(all, m.Subject)
		}
		slices.Sort(all)
		return all
	}

	own := subjects("sharing3@example.com")
	if len(own) != 2 || own[0] != "Welcome" {
		t.Fatalf("one's own address has the subjects %q", own)
	}

	var want []string
	for _, name := range []string{" (sharing1)", " (sharing2)"} {
		want = append(want, own[0]+name, own[1]+name)
	}
	slices.Sort(want)
	if got := subjects("sharing@example.com"); !slices.Equal(got, want) {
		t.Errorf("a shared address has the subjects %q", got)
	}
}

func TestUsersOfAForgottenAddressAreToldInOneMessage(t *testing.T) {
	t.Parallel()
	c, anyone := administrator(t), anybody(t)
	const office = "oneoffice@example.com"
	c.processed(
		object{},
		"User,Work Email,Home Email,Language\n"+
			"office1,"+office+",office1@example.com,German\n"+
			"office2,office2@example.com,OneOffice@Example.com,de-AT\n"+
			"office3,office3@example.com,,\n",
	)

	anyone.call("POST", "/api/forgot-password", object{"username": office}).
		want(http.StatusAccepted, "")
	eventually(t, "the message is sent", func() bool { return len(c.messages(office)) > 0 })
	c.delivered()
	mail := c.only(office)
	for _, to := range []string{"office1@example.com", "office2@example.com"} {
		if got := c.messages(to); len(got) != 0 {
			t.Errorf("%d messages went to %s", len(got), to)
		}
	}

	first, second, ok := strings.Cut(mail.Text, "Für das Konto office2:")
	_, first, found := strings.Cut(first, "Für das Konto office1:")
	if !ok || !found || strings.Contains(mail.Text, "office3") {
		t.Fatalf("the message says %s", mail.Text)
	}
	token := linkOf(t, message{Text: first})
	anyone.setPassword(token, password).want(http.StatusNoContent, "")
	anyone.signIn("office1", password).want(http.StatusOK, "")

	beside := strings.ReplaceAll(second, linkOf(t, message{Text: second}), "")
	anyone.call("POST", "/api/password", object{
		"username": "office2",
		"code":     codeText.FindString(beside),
		"password": otherPassword,
	}).
		want(http.StatusNoContent, "")
	anyone.signIn("office2", otherPassword).want(http.StatusOK, "")

	for _, name := range []string{"office1", "office2"} {
		isAsked := func(e entry) bool { return e.Action == "reset_asked" && e.Result == "ok" }
		if got := c.audit("username=" + name); !slices.ContainsFunc(got, isAsked) {
			t.Errorf("the audit of %s is %+v", name, got)
		}

		eventually(t, name+" is known to have got it", func() bool {
			for _, d := range get[person](c, personPath(name)).Deliveries {
				if d.Kind == "forgot" && d.State == "delivered" {
					return true
				}
			}
			return false
		})
	}
}
