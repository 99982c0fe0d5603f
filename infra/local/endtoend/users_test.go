package endtoend

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// person is a user as an administrator sees one.
type person struct {
	Username, State string
	Roles           []string
	Fields          map[string]string
	Devices         []struct{ Name, Channel, Address, Status, State string }
	Link            *struct {
		ExpiresAt time.Time `json:"expires_at"`
	}
	LockedUntil *time.Time `json:"locked_until"`
	Jobs        []struct {
		ID, Name, Outcome string
		Row               int
	}
	Deliveries []struct {
		Kind, State, Device string
		Job                 *string
		Notification        *int
		At                  time.Time
	}
}

func personPath(username string) string { return "/api/users/" + url.PathEscape(username) }

// found returns the usernames that a search finds, joined.
func (c client) found(q string) string {
	c.t.Helper()

	var names []string
	for _, p := range all[person](c, "/api/users?limit=2&q="+url.QueryEscape(q)) {
		names = append(names, p.Username)
	}

	return strings.Join(names, ", ")
}

func TestUsersAreFound(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	c.processed(object{}, "User,First Name,Work Email,SMS Phone,Site\n"+
		"Seek Ada,Ada,seek.ada@example.com,+1 650 253 0701,London\n"+
		"seek bob,Bob,seek.both@example.com,,\n"+
		"Seek Ümit,Ümit,seek.both@example.com,+1 650 253 0702,\n"+
		"seek me @ home,,,,\n")

	search := func(want map[string]string) {
		t.Helper()

		for q, names := range want {
			eventually(t, fmt.Sprintf("%q finds %q", q, names), func() bool {
				return c.found(q) == names
			}) // an index follows the table
		}
	}
	search(map[string]string{
		"seek":                  "Seek Ada, seek bob, seek me @ home, Seek Ümit",
		"SEEK ü":                "Seek Ümit",
		"seek.ada@example.com":  "Seek Ada",
		"Seek.Ada@EXAMPLE.com":  "Seek Ada",
		"seek.both@example.com": "seek bob, Seek Ümit",
		"+1 (650) 253-0702":     "Seek Ümit",
		"seek me @ home":        "seek me @ home",
		"seek.both@example":     "",
		"seek nobody":           "",
	})
	c.processed(
		object{},
		"Operation,User,Work Email\n,seek ada,seek.augusta@example.com\nremove,seek bob,\n",
	)
	search(map[string]string{
		"seek":                     "Seek Ada, seek me @ home, Seek Ümit",
		"seek.ada@example.com":     "",
		"seek.augusta@example.com": "Seek Ada",
		"seek.both@example.com":    "Seek Ümit",
	})

	p := get[person](c, personPath("SEEK ADA"))
	if p.Username != "Seek Ada" || p.State != "pending" || p.Fields["Site"] != "London" ||
		len(p.Devices) != 2 ||
		p.Devices[0].Address != "seek.augusta@example.com" ||
		len(p.Jobs) != 2 ||
		p.Jobs[0].Outcome != "updated" ||
		p.Jobs[1].Row != 2 ||
		len(p.Deliveries) != 0 {
		t.Errorf("got %+v", p)
	}

	c.call("GET", personPath("seek bob"), nil).want(http.StatusNotFound, "user_not_found")
	c.call("GET", personPath("seek me @ home"), nil).want(http.StatusOK, "")
}

func TestOneUserIsSentAFreshLink(t *testing.T) {
	t.Parallel()
	c, anyone := administrator(t), anybody(t)
	j, names, tokens := c.invited("again", 2)
	notified := personPath(names[0]) + "/notifications"

	var asked struct{ Kind, State, Device, Channel string }
	c.call("POST", notified, object{}).want(http.StatusAccepted, "").into(&asked)

	if asked.Kind != "resend" || asked.State != "queued" || asked.Device != "Work Email" ||
		asked.Channel != "email" {
		t.Errorf("got %+v", asked)
	}

	second := c.link(mailbox(names[0]), 2)
	if got := c.check(tokens[0]); got.State != "replaced" {
		t.Errorf("the first link is %s", got.State)
	}

	got := c.check(second)
	if got.State != "valid" || got.Purpose != "invite" ||
		got.ExpiresAt.Sub(got.SentAt) != 72*time.Hour {
		t.Errorf("got %+v", got)
	}

	key := c.with("Idempotency-Key", "once")
	for range 2 { // a double click
		key.call("POST", notified, object{
			"subject": "For {{first_name}}",
			"body":    "Here you are:\n\n{{link}}",
		}).want(http.StatusAccepted, "")
	}

	third := c.link(mailbox(names[0]), 3)
	if m := c.messages(mailbox(names[0]))[2]; m.Subject != "For Sam" {
		t.Errorf("its subject is %q", m.Subject)
	}

	anyone.setPassword(third, password).want(http.StatusNoContent, "")
	c.call("POST", notified, object{}).want(http.StatusAccepted, "")

	got = c.check(c.link(mailbox(names[0]), 4))
	if got.Purpose != "reset" || got.ExpiresAt.Sub(got.SentAt) != 24*time.Hour {
		t.Errorf("an active user's is %+v", got)
	}

	c.call("POST", notified, object{"body": "no link"}).
		wantField(http.StatusUnprocessableEntity, "invalid_message", "body")
	c.call("POST", personPath("nobody at all")+"/notifications", object{}).
		want(http.StatusNotFound, "user_not_found")

	if got := c.links(mailbox(names[1])); len(got) != 1 {
		t.Errorf("the other one got %d links", len(got))
	}

	var p person
	eventually(t, "the deliveries are shown", func() bool {
		p = get[person](c, personPath(names[0]))
		return len(p.Deliveries) == 5
	})

	kinds := map[string]int{}
	for i, d := range p.Deliveries {
		kinds[d.Kind]++
		if i > 0 && d.At.After(p.Deliveries[i-1].At) {
			t.Errorf("delivery %d is later than the one before", i)
		}
	}

	if last := p.Deliveries[4]; kinds["resend"] != 3 || kinds["password-set"] != 1 ||
		last.Kind != "notification" ||
		*last.Job != j.ID ||
		*last.Notification != 1 ||
		p.State != "active" {
		t.Errorf("got %+v", p)
	}

	c.processed(object{}, "User,Status\n"+names[1]+",INACTIVE\n")
	c.call("POST", personPath(names[1])+"/notifications", object{}).
		want(http.StatusConflict, "user_inactive")
	c.processed(object{}, "User\nagainmute\n")
	c.call("POST", personPath("againmute")+"/notifications", object{}).
		want(http.StatusConflict, "no_device")
}

func TestALockAndSessionsAreEndedByAnAdministrator(t *testing.T) {
	t.Parallel()
	c, anyone := administrator(t), anybody(t)
	_, names, tokens := c.invited("locked", 1)
	anyone.setPassword(tokens[0], password).want(http.StatusNoContent, "")

	sessions := []string{anyone.session(names[0], password), anyone.session(names[0], password)}
	for range 10 {
		anyone.signIn(names[0], "not this one").want(http.StatusUnauthorized, "invalid_credentials")
	}

	anyone.signIn(names[0], password).want(http.StatusTooManyRequests, "locked")

	p := get[person](c, personPath(names[0]))
	if p.LockedUntil == nil || time.Until(*p.LockedUntil) > 15*time.Minute {
		t.Errorf("it is locked until %v", p.LockedUntil)
	}

	c.call("POST", personPath(names[0])+"/unlock", nil).want(http.StatusNoContent, "")

	if p := get[person](c, personPath(names[0])); p.LockedUntil != nil {
		t.Errorf("it is locked until %v", p.LockedUntil)
	}

	sessions = append(sessions, anyone.session(names[0], password))
	for _, session := range sessions {
		anyone.as(session).call("GET", "/api/session", nil).want(http.StatusOK, "")
	}

	c.call("POST", personPath(names[0])+"/sign-out", nil).want(http.StatusNoContent, "")

	for _, session := range sessions {
		anyone.as(session).
			call("GET", "/api/session", nil).want(http.StatusUnauthorized, "unauthenticated")
	}

	anyone.session(names[0], password)
	c.call("GET", "/api/session", nil).want(http.StatusOK, "")
}

func TestANewAdministratorIsAnnounced(t *testing.T) {
	t.Parallel()
	c, anyone := administrator(t), anybody(t)
	announced := func(name string) (count int) {
		for _, m := range c.messages("admin@localhost.test") {
			if strings.Contains(m.Text, name) && strings.Contains(m.Text, "admin") {
				count++
			}
		}

		return count
	}
	j := c.processed(
		object{},
		"User,Work Email,Role\nappointed,appointed@example.com,Clerk|Administrator\n",
	)

	eventually(t, "the new administrator is announced", func() bool {
		return announced("appointed") > 0
	})

	if got := c.links("appointed@example.com"); got != nil {
		t.Errorf("the new one got %d links", len(got))
	}

	c.notify(j, object{})
	anyone.setPassword(c.link("appointed@example.com", 1), password).want(http.StatusNoContent, "")
	other := anyone.as(anyone.session("appointed", password))
	other.call("GET", "/api/users", nil).want(http.StatusOK, "")
	// By the new one, who isn't told of their own appointment, but of the next.
	other.processed(
		object{},
		"User,Work Email,Role\n"+
			"appointed,appointed@example.com,Administrator\n"+
			"nextone,nextone@example.com,Administrator\n",
	)
	eventually(t, "the next one is announced to both", func() bool {
		told := slices.ContainsFunc(c.messages("appointed@example.com"), func(m message) bool {
			return strings.Contains(m.Text, "nextone")
		})
		return told && announced("nextone") == 1
	})
	c.delivered()

	count := announced("appointed")
	if count != 2 { // once as the new one, once as who made the next
		t.Errorf("%d messages name the first", count)
	}

	c.processed(object{}, "Operation,User\nremove,appointed\nremove,nextone\n")
	other.call("GET", "/api/users", nil).want(http.StatusUnauthorized, "unauthenticated")
}

func TestSettingsAreTold(t *testing.T) {
	t.Parallel()

	s := get[struct {
		Devices []struct{ Name, Channel string }
		Limits  struct {
			LinkLifetime string `json:"link_lifetime"`
			Minimum      string `json:"link_lifetime_minimum"`
		}
		Email *struct {
			Rate       float64 `json:"max_send_rate"`
			Production bool
		}
	}](administrator(t), "/api/settings")
	if len(s.Devices) != 4 || s.Limits.LinkLifetime != "72h" || s.Limits.Minimum != "1s" ||
		s.Email == nil ||
		s.Email.Rate <= 0 ||
		!s.Email.Production {
		t.Errorf("got %+v", s)
	}
}
