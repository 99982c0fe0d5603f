package endtoend

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestForgotPassword(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.processed(object{}, "User,Status,Work Email,SMS Phone\n"+
		"forgetknown,ACTIVE,forgetknown@example.com,+1 650 253 0101\n"+
		"forgetpending,ACTIVE,forgetpending@example.com,+1 650 253 0102\n"+
		"forgetinactive,INACTIVE,forgetinactive@example.com,+1 650 253 0103\n")
	c.notify(j, object{"usernames": []string{"forgetknown"}})

	anyone := anybody(t)
	anyone.setPassword(c.link("forgetknown@example.com", 1), password).
		want(http.StatusNoContent, "")

	t.Run("says the same to everybody: status, headers and body", func(t *testing.T) {
		var first answer
		for _, name := range []string{
			"forgetnobody", "forgetinactive", "forgetpending", "forgetknown",
			strings.Repeat("no/username", 50),
		} {
			a := anyone.in(t).
				call("POST", "/api/forgot-password", object{"username": name}).
				want(http.StatusAccepted, "")
			a.Header.Del("X-Request-Id")
			a.Header.Del("Date")

			if first.Body == nil {
				first = a
			}

			if string(a.Body) != "{}" || string(a.Body) != string(first.Body) ||
				!maps.EqualFunc(a.Header, first.Header, func(a, b []string) bool {
					return strings.Join(a, "\n") == strings.Join(b, "\n")
				}) {
				t.Errorf(
					"%s got %v %s, and another %v %s",
					name,
					a.Header,
					a.Body,
					first.Header,
					first.Body,
				)
			}
		}
	})
	c.delivered()
	t.Run(
		"sends a link and a code to the email and the SMS device of who may set a password",
		func(t *testing.T) {
			c := c.in(t)
			for to, want := range map[string]int{
				"forgetknown@example.com":   2,
				"+16502530101":              1,
				"forgetpending@example.com": 1,
				"+16502530102":              1,
			} {
				if links := c.links(to); len(links) != want || c.code(to) == "" {
					t.Errorf("%s got %d links", to, len(links))
				}
			}
		},
	)
	t.Run("sends nothing to who is inactive", func(t *testing.T) {
		for _, to := range []string{"forgetinactive@example.com", "+16502530103"} {
			if got := c.in(t).messages(to); got != nil {
				t.Errorf("%s got %+v", to, got)
			}
		}
	})
	t.Run("lets the code from the SMS alone set the first password", func(t *testing.T) {
		c := anyone.in(t)
		shown := object{"username": "forgetpending", "code": c.code("+16502530102")}

		var got checked
		c.call("POST", "/api/password/check", shown).want(http.StatusOK, "").into(&got)

		if got.State != "valid" {
			t.Errorf("got %+v", got)
		}

		shown["password"] = password
		c.call("POST", "/api/password", shown).want(http.StatusNoContent, "")
		c.session("forgetpending", password)
		c.call("POST", "/api/password", shown).want(http.StatusBadRequest, "link_invalid")
	})
	t.Run(
		"refuses the right code after five wrong ones, and still takes the link of its message",
		func(t *testing.T) {
			c := anyone.in(t)
			for range 5 {
				c.call("POST", "/api/password", object{
					"username": "forgetknown",
					"code":     "0000-0000",
					"password": otherPassword,
				}).want(http.StatusBadRequest, "link_invalid")
			}

			right := object{
				"username": "forgetknown",
				"code":     c.code("+16502530101"),
				"password": otherPassword,
			}
			c.call("POST", "/api/password", right).want(http.StatusBadRequest, "link_invalid")
			c.session("forgetknown", password)
			c.setPassword(c.link("+16502530101", 1), otherPassword).want(http.StatusNoContent, "")
			c.session("forgetknown", otherPassword)
		},
	)
}

// code returns the code of the last message to an address that holds one.
func (c client) code(to string) string {
	c.t.Helper()

	var code string
	for _, m := range c.messages(to) {
		beside := strings.ReplaceAll(m.Text, m.Token(), "") // the link may hold what looks like one
		if found := codeText.FindString(beside); found != "" {
			code = found
		}
	}

	return code
}

// refused checks that a user who had a password, a session and a link can do nothing with
// them.
func (c client) refused(username, password, session, link string) {
	c.t.Helper()
	c.signIn(username, password).want(http.StatusUnauthorized, "invalid_credentials")
	c.as(session).call("GET", "/api/session", nil).want(http.StatusUnauthorized, "unauthenticated")

	if got := c.check(link); got.State != "invalid" {
		c.t.Errorf("the link is %s", got.State)
	}

	c.setPassword(link, otherPassword).want(http.StatusBadRequest, "link_invalid")
}

func TestWhoIsRemoved(t *testing.T) {
	t.Parallel()
	admin, c := administrator(t), anybody(t)
	j, names, invites := admin.invited("gone", 2)
	active, pending := names[0], names[1]

	c.setPassword(invites[0], password).want(http.StatusNoContent, "")
	session := c.session(active, password)

	admin.notify(j, object{"audience": "everyone"})

	reset, invite := c.link(mailbox(active), 2), c.link(mailbox(pending), 2)

	step := steps(t)
	step("has no access any more", func(t *testing.T) {
		file := fmt.Sprintf("Operation,User\nremove,%s\nremove,%s\n", active, pending)
		r := admin.in(t).processed(object{}, file).Rows
		if r.Removed != 2 {
			t.Errorf("got %+v", r)
		}

		c.in(t).refused(active, password, session, reset)
		c.in(t).refused(pending, password, session, invite)
		eventually(t, "the first job counts nobody", func() bool {
			return get[job](admin.in(t), j.Path()).Users.Total == 0
		})
	})
	step(
		"is somebody else when added again: the old password, session and link stay dead",
		func(t *testing.T) {
			file, _ := staff("gone", 2)

			again := admin.in(t).processed(object{}, file)
			if again.Rows.Added != 2 || again.Users.Pending != 2 || again.Users.Active != 0 {
				t.Errorf("got %+v", again)
			}

			c.in(t).refused(active, password, session, reset)
			c.in(t).refused(pending, password, session, invite)
			admin.in(t).notify(again, object{})
			c.in(t).setPassword(c.link(mailbox(active), 3), otherPassword).
				want(http.StatusNoContent, "")
			c.in(t).session(active, otherPassword)
			c.in(t).refused(active, password, session, reset)
		},
	)
	step(
		"and the removal of somebody who isn't there changes nothing, with a warning",
		func(t *testing.T) {
			c := admin.in(t)
			j := c.processed(object{}, "Operation,User\nremove,goneghost\n")

			warnings := all[issue](c, j.Path()+"/errors?level=warning")
			if j.Rows.Unchanged != 1 || j.Rows.Removed != 0 || len(warnings) != 1 ||
				warnings[0].Code != "user_not_found" {
				t.Errorf("got %+v, %+v", j.Rows, warnings)
			}
		},
	)
}

func TestWhoIsInactive(t *testing.T) {
	t.Parallel()
	admin, c := administrator(t), anybody(t)
	j, names, invites := admin.invited("idle", 2)
	active, pending := names[0], names[1]

	c.setPassword(invites[0], password).want(http.StatusNoContent, "")
	session := c.session(active, password)

	admin.notify(j, object{"audience": "everyone"})

	reset, invite := c.link(mailbox(active), 2), c.link(mailbox(pending), 2)
	status := func(t *testing.T, to string) {
		t.Helper()

		r := admin.in(t).
			processed(object{}, fmt.Sprintf("User,Status\n%s,%s\n%s,%[2]s\n", active, to, pending)).
			Rows
		if r.Updated != 2 {
			t.Errorf("got %+v", r)
		}
	}
	step := steps(t)
	step("has no access", func(t *testing.T) {
		status(t, "INACTIVE")
		c.in(t).refused(active, password, session, reset)
		c.in(t).refused(pending, password, session, invite)
		eventually(t, "the first job counts two inactive users", func() bool {
			u := get[job](admin.in(t), j.Path()).Users
			return u.Inactive == 2 && u.Total == 2
		})
	})
	step("gets nothing", func(t *testing.T) {
		c := admin.in(t)
		if n := c.notify(j, object{"audience": "everyone"}); n.Counts.Out() != 0 {
			t.Errorf("got %+v", n)
		}

		c.call("POST", "/api/link/renew", object{"token": invites[1]}).want(http.StatusAccepted, "")
		c.delivered()
		c.link(mailbox(active), 2)
		c.link(mailbox(pending), 2)
	})
	step("has it all again when ACTIVE", func(t *testing.T) {
		status(t, "ACTIVE")
		c := c.in(t)
		c.session(active, password)
		c.setPassword(reset, otherPassword).want(http.StatusNoContent, "")
		c.setPassword(invite, password).want(http.StatusNoContent, "")
	})
}

func TestOneOfManyAtOnceSetsThePassword(t *testing.T) {
	t.Parallel()

	const attempts = 64

	_, names, tokens := administrator(t).invited("race", 1)
	c := anybody(t)
	choice := func(n int) string { return fmt.Sprintf("%s %d", password, n) }

	var (
		answers [attempts]answer
		wait    sync.WaitGroup
	)

	begin := make(chan struct{})
	for n := range attempts {
		wait.Go(func() {
			<-begin

			var err error
			answers[n], err = c.send(
				"POST",
				"/api/password",
				object{"token": tokens[0], "password": choice(n)},
			)
			if err != nil {
				t.Error(err)
			}
		})
	}

	close(begin)
	wait.Wait()

	var winners, losers []int
	for n, a := range answers {
		if a.Status == http.StatusNoContent {
			winners = append(winners, n)
			continue
		}

		a.want(http.StatusBadRequest, "link_invalid")

		losers = append(losers, n)
	}

	if len(winners) != 1 || len(losers) != attempts-1 {
		t.Fatalf("%d winners, %d refusals", len(winners), len(losers))
	}

	c.signIn(names[0], choice(losers[0])).want(http.StatusUnauthorized, "invalid_credentials")
	c.session(names[0], choice(winners[0]))
}
