package endtoend

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// rowNames are the users of testdata/export.csv.
var rowNames = []string{
	"M0000",
	"M0001",
	"M0002",
	"M0003",
	"M0004",
	"M0005",
	"M0006",
	"M0007",
	"M0008",
	"M0009",
}

func TestOnboarding(t *testing.T) {
	t.Parallel()

	content, err := os.ReadFile("testdata/export.csv")
	if err != nil {
		t.Fatal(err)
	}

	file := string(content)
	acted, waiting := rowNames[:3], rowNames[3:]
	admin := administrator(t)

	var j job

	links := map[string][]string{} // of each user, oldest first
	read := func(t *testing.T) {
		t.Helper()
		for _, name := range rowNames {
			links[name] = admin.in(t).links(mailbox(name))
		}
	}
	step := steps(t)
	step("another product's export is valid, row by row", func(t *testing.T) {
		c := admin.in(t)

		j = c.validated(file)
		if r := j.Rows; j.Status != "validated" || r.Total != 10 || r.Valid != 10 ||
			r.Invalid != 0 {
			t.Fatalf("got %+v", j)
		}

		issues := all[issue](c, j.Path()+"/errors?limit=200")
		for _, i := range issues {
			if i.Level != "warning" || i.Code != "doubtful_phone" {
				t.Errorf("got %+v", i)
			}
		}

		if len(issues) != 20 { // 555 and 111 are nobody's
			t.Errorf("%d warnings", len(issues))
		}
	})
	step("its users are added when the job is processed", func(t *testing.T) {
		c := admin.in(t)
		c.call("POST", j.Path()+"/process", nil).want(http.StatusAccepted, "")

		j = c.reaches(j.ID, "processed")
		if r, u := j.Rows, j.Users; r.Processed != 10 || r.Added != 10 || r.Failed != 0 ||
			u.Total != 10 ||
			u.Pending != 10 {
			t.Errorf("got %+v", j)
		}
	})
	step("each gets one message with a link", func(t *testing.T) {
		n := admin.in(t).notify(j, object{})
		if n.Audience != "pending" || n.Counts.Audience != 10 || n.Counts.Out() != 10 {
			t.Errorf("got %+v", n)
		}

		read(t)

		for _, name := range rowNames {
			if len(links[name]) != 1 {
				t.Errorf("%s got %d links", name, len(links[name]))
			}
		}
	})
	step("three set their passwords and sign in", func(t *testing.T) {
		c := anybody(t)
		for _, name := range acted {
			got := c.check(links[name][0])
			if got.State != "valid" || got.Purpose != "invite" || got.Username != name {
				t.Errorf("got %+v", got)
			}

			c.setPassword(links[name][0], password).want(http.StatusNoContent, "")
			c.session(name, password)
		}

		eventually(t, "the job counts three active users", func() bool {
			u := get[job](admin.in(t), j.Path()).Users
			return u.Active == 3 && u.Pending == 7
		})
	})
	step("renotifying the pending sends exactly seven messages", func(t *testing.T) {
		n := admin.in(t).notify(j, object{"audience": "pending"})
		if n.Counts.Audience != 7 || n.Counts.Out() != 7 {
			t.Errorf("got %+v", n)
		}

		read(t)

		for _, name := range acted {
			if len(links[name]) != 1 {
				t.Errorf("%s, who is active, has got %d links", name, len(links[name]))
			}
		}

		for _, name := range waiting {
			if len(links[name]) != 2 {
				t.Errorf("%s, who is pending, has got %d links", name, len(links[name]))
			}
		}
	})
	step("the old links are replaced, and the new ones work", func(t *testing.T) {
		c := anybody(t)
		for _, name := range waiting {
			c.setPassword(links[name][0], password).want(http.StatusBadRequest, "link_invalid")

			if got := c.check(links[name][0]); got.State != "replaced" {
				t.Errorf("the old link of %s is %s", name, got.State)
			}

			if got := c.check(links[name][1]); got.State != "valid" {
				t.Errorf("the new link of %s is %s", name, got.State)
			}
		}

		for _, name := range waiting[:5] {
			c.setPassword(links[name][1], password).want(http.StatusNoContent, "")
		}
	})
	step(
		"the same file by another job changes nothing, and counts who is active",
		func(t *testing.T) {
			again := admin.in(t).processed(object{}, file)

			r := again.Rows
			if r.Added != 0 || r.Updated != 0 || r.Removed != 0 || r.Failed != 0 ||
				r.Unchanged != 10 {
				t.Errorf("got %+v", r)
			}

			if u := again.Users; u.Total != 10 || u.Active != 8 || u.Pending != 2 {
				t.Errorf("got %+v", u)
			}
		},
	)
	step("everyone gets a message: the active a link that resets", func(t *testing.T) {
		c := anybody(t)

		n := admin.in(t).notify(j, object{"audience": "everyone"})
		if n.Counts.Audience != 10 || n.Counts.Out() != 10 {
			t.Errorf("got %+v", n)
		}

		read(t)

		for i, name := range rowNames {
			purpose, lifetime := "reset", 24*time.Hour
			if i >= 8 {
				purpose, lifetime = "invite", 72*time.Hour
			}

			got := c.check(links[name][len(links[name])-1])
			if got.State != "valid" || got.Purpose != purpose ||
				got.ExpiresAt.Sub(got.SentAt) != lifetime {
				t.Errorf("%s got %+v", name, got)
			}
		}

		before := c.session(rowNames[0], password)
		c.setPassword(links[rowNames[0]][1], otherPassword).want(http.StatusNoContent, "")
		c.signIn(rowNames[0], password).want(http.StatusUnauthorized, "invalid_credentials")
		c.as(before).call("GET", "/api/session", nil).
			want(http.StatusUnauthorized, "unauthenticated")
		c.session(rowNames[0], otherPassword)
	})
	step("the holder of a replaced link is sent a fresh one, which works", func(t *testing.T) {
		c := anybody(t)
		for _, name := range rowNames[8:] {
			c.call("POST", "/api/link/renew", object{"token": links[name][0]}).
				want(http.StatusAccepted, "")
			c.setPassword(c.link(mailbox(name), 4), password).want(http.StatusNoContent, "")
		}

		read(t)
	})
	step("renewing a used link sends nothing", func(t *testing.T) {
		c := anybody(t)
		for _, name := range rowNames {
			c.call("POST", "/api/link/renew", object{"token": links[name][0]}).
				want(http.StatusAccepted, "")
		}

		c.delivered()

		for _, name := range rowNames {
			if got := c.links(mailbox(name)); len(got) != len(links[name]) {
				t.Errorf("%s has got %d links, and had %d", name, len(got), len(links[name]))
			}
		}
	})
}

func TestAnExpiredLink(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, names := staff("late", 3)
	j := c.processed(object{}, file)
	late, punctual := names[0], names[1:]
	c.notify(j, object{"usernames": []string{late}, "link_lifetime": "1s"})
	c.notify(j, object{"usernames": punctual})
	old := c.link(mailbox(late), 1)
	eventually(t, "the link expires", func() bool { return c.check(old).State == "expired" })
	step := steps(t)
	step("is refused as expired", func(t *testing.T) {
		c.in(t).setPassword(old, password).want(http.StatusGone, "link_expired")
	})
	step("is counted and listed as expired", func(t *testing.T) {
		c := c.in(t)
		eventually(t, "one user is expired", func() bool {
			return get[job](c, j.Path()).Users.Expired == 1
		})

		if u := get[job](c, j.Path()).Users; u.Pending != 3 || u.Total != 3 {
			t.Errorf("got %+v", u)
		}

		for query, want := range map[string][]string{
			"state=expired":    {late},
			"state=pending":    names,
			"audience=expired": {late},
		} {
			got := usernames(all[member](c, j.Path()+"/members?"+query))
			if !slices.Equal(got, want) {
				t.Errorf("%s lists %v", query, got)
			}
		}
	})
	step("makes its user the audience of those whose link has expired", func(t *testing.T) {
		c := c.in(t)
		n := c.notify(j, object{"audience": "expired", "link_lifetime": "1s"})
		if n.Counts.Audience != 1 || n.Counts.Out() != 1 {
			t.Errorf("got %+v", n)
		}

		old = c.link(mailbox(late), 2)
		for _, name := range punctual {
			c.link(mailbox(name), 1)
		}

		eventually(t, "the link expires", func() bool { return c.check(old).State == "expired" })
	})
	step(
		"is renewed with the job's lifetime, and the fresh one sets a password",
		func(t *testing.T) {
			c := c.in(t)
			c.call("POST", "/api/link/renew", object{"token": old}).want(http.StatusAccepted, "")

			fresh := c.link(mailbox(late), 3)
			got := c.check(fresh)
			if got.State != "valid" || got.ExpiresAt.Sub(got.SentAt) != 72*time.Hour {
				t.Errorf("got %+v", got)
			}

			c.setPassword(fresh, password).want(http.StatusNoContent, "")

			if got := c.check(old); got.State != "used" {
				t.Errorf("the old link is %s", got.State)
			}
		},
	)
}

func usernames(members []member) []string {
	var names []string
	for _, m := range members {
		names = append(names, m.Username)
	}

	slices.Sort(names)

	return names
}

func TestNamedUsers(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, names := staff("named", 3)
	j := c.processed(object{}, file)
	t.Run("one who isn't there is refused by name, and nobody gets anything", func(t *testing.T) {
		var got refusal

		a := c.in(t).call("POST", j.Path()+"/notifications", object{"usernames": []string{
			names[0], "namedghost", "namedother",
		}})
		a.want(http.StatusUnprocessableEntity, "invalid_request").into(&got)

		if f := got.Error.Fields; len(f) != 2 || !strings.Contains(f[0].Message, "namedghost") ||
			!strings.Contains(f[1].Message, "namedother") {
			t.Errorf("got %+v", got)
		}

		if n := get[job](c.in(t), j.Path()).Notifications; n != 0 {
			t.Errorf("%d notifications", n)
		}
	})
	t.Run("they alone get a message, each once, in any case of their names", func(t *testing.T) {
		c := c.in(t)
		n := c.notify(
			j,
			object{"usernames": []string{strings.ToUpper(names[0]), names[2], names[0]}},
		)
		slices.Sort(n.Usernames)

		if n.Audience != "" || !slices.Equal(n.Usernames, []string{names[0], names[2]}) ||
			n.Counts.Audience != 2 ||
			n.Counts.Out() != 2 {
			t.Errorf("got %+v", n)
		}

		c.link(mailbox(names[0]), 1)
		c.link(mailbox(names[2]), 1)

		if got := c.links(mailbox(names[1])); got != nil {
			t.Errorf("%s got %v", names[1], got)
		}
	})
}

func TestUnreachedUsers(t *testing.T) {
	t.Parallel()
	c := administrator(t)

	j := c.processed(
		object{},
		"User,Work Email,Work Phone\nfar0,far0@example.com,\nfar1,,+1 650 253 0001\n",
	)
	if u := j.Users; u.Undeliverable != 1 || u.Pending != 2 {
		t.Errorf("got %+v", u)
	}

	n := c.notify(j, object{})
	if n.Counts.Audience != 2 || n.Counts.Out() != 1 || n.Counts.Skipped != 1 {
		t.Errorf("got %+v", n)
	}

	skipped := all[delivery](c, j.Path()+"/notifications/1/deliveries?state=skipped")
	if len(skipped) != 1 || skipped[0].Username != "far1" || skipped[0].Reason != "no_device" {
		t.Errorf("got %+v", skipped)
	}

	c.processed(object{}, "User,Work Email\nfar1,far1@example.com\n")

	n = c.notify(j, object{"audience": "unreached"})
	if n.Counts.Audience != 1 || n.Counts.Out() != 1 {
		t.Errorf("got %+v", n)
	}

	c.link(mailbox("far0"), 1)
	c.link(mailbox("far1"), 1)

	if n := c.notify(j, object{"audience": "unreached"}); n.Counts.Audience != 0 {
		t.Errorf("got %+v", n)
	}
}
