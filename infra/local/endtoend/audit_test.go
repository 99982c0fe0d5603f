package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// entry is one of the audit.
type entry struct {
	At                 time.Time
	Actor, Target, Job *string
	Action, Result     string
	SourceIP           *string `json:"source_ip"`
}

func (e entry) String() string {
	text := func(p *string) string {
		if p == nil {
			return "-"
		}
		return *p
	}

	return fmt.Sprintf("%s %s>%s %s", e.Action, text(e.Actor), text(e.Target), e.Result)
}

// audit returns what is recorded, newest first.
func (c client) audit(query string) []entry {
	c.t.Helper()
	return all[entry](c, "/api/audit?limit=50&"+query)
}

func TestTheAuditTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	c, anyone := administrator(t), anybody(t)
	began := time.Now().Add(-time.Second)
	file, names := staff("seen", 2)
	j := c.processed(object{}, file)
	c.notify(j, object{})

	user, other := names[0], names[1]
	invite := c.link(mailbox(user), 1)
	anyone.setPassword(invite, password).want(http.StatusNoContent, "")
	anyone.signIn(user, otherPassword).want(http.StatusUnauthorized, "invalid_credentials")
	session := anyone.session(user, password)
	anyone.as(session).call("POST", "/api/sign-out", nil).want(http.StatusNoContent, "")
	anyone.call("POST", "/api/forgot-password", object{"username": user}).
		want(http.StatusAccepted, "")
	reset := c.link(mailbox(user), 2)
	code := c.code(mailbox(user))
	anyone.call("POST", "/api/password", object{
		"username": user,
		"code":     code,
		"password": otherPassword,
	}).
		want(http.StatusNoContent, "")

	for range 10 {
		anyone.signIn(user, password).want(http.StatusUnauthorized, "invalid_credentials")
	}

	anyone.signIn(user, password).want(http.StatusTooManyRequests, "locked")
	c.call("POST", personPath(user)+"/unlock", nil).want(http.StatusNoContent, "")
	c.call("POST", personPath(user)+"/sign-out", nil).want(http.StatusNoContent, "")
	c.call("POST", personPath(other)+"/notifications", object{}).want(http.StatusAccepted, "")
	renewed := c.link(mailbox(other), 2)
	anyone.call("POST", "/api/link/renew", object{"token": c.links(mailbox(other))[0]}).
		want(http.StatusAccepted, "")
	c.link(mailbox(other), 3)
	c.call("POST", personPath("audit"+password)+"/unlock", nil).
		want(http.StatusNotFound, "user_not_found")
	anyone.signIn("typed "+otherPassword, otherPassword).
		want(http.StatusUnauthorized, "invalid_credentials")
	c.processed(object{}, "User,Role\n"+user+",Administrator\n")
	c.processed(object{}, "User,Role\n"+user+",\n")
	drop(t, shared, "audited.csv", file, nil)

	dropped := c.dropped("audited", 1, "processed")[0]
	c.call("DELETE", j.Path(), nil).want(http.StatusNoContent, "")

	ofUser := []string{
		"role_lost admin>seen0 ok",
		"role_gained admin>seen0 ok",
		"sessions_ended admin>seen0 ok",
		"user_unlocked admin>seen0 ok",
		"sign_in_locked ->seen0 ok",
	}
	for range 10 {
		ofUser = append(ofUser, "sign_in_failed ->seen0 invalid_credentials")
	}

	ofUser = append(
		ofUser,
		"password_reset_by_code seen0>seen0 ok",
		"reset_asked ->seen0 ok",
		"signed_out seen0>seen0 ok",
		"signed_in seen0>seen0 ok",
		"sign_in_failed ->seen0 invalid_credentials",
		"password_set_by_link seen0>seen0 ok",
	)
	for query, want := range map[string][]string{
		"username=SEEN0": ofUser,
		"username=seen1": {"link_renewed ->seen1 ok", "user_notified admin>seen1 ok"},
		"job=" + j.ID: {
			"job_deleted admin>- ok", "link_renewed ->seen1 ok",
			"notification_created admin>- ok", "job_created admin>- ok",
		},
		"job=" + dropped.ID: {"job_dropped ->- ok"},
		"username=nobody":   nil,
	} {
		t.Run(query, func(t *testing.T) {
			c := c.in(t)

			var got []string
			eventually(t, "all is recorded", func() bool {
				got = nil
				for _, e := range c.audit(query) {
					got = append(got, e.String())
				}
				return len(got) >= len(want)
			})
			slices.Sort(got) // what happens at once is in any order
			slices.Sort(want)

			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}

	t.Run("pages go on where they ended, newest first, between two times", func(t *testing.T) {
		c := c.in(t)
		between := "from=" + url.QueryEscape(began.Format(time.RFC3339)) + "&to=" + url.QueryEscape(
			time.Now().Add(-time.Second).Format(time.RFC3339),
		)

		var whole, paged []entry
		eventually(t, "both tell the same", func() bool { // other tests' entries may still come in
			whole = c.audit(between)
			paged = all[entry](c, "/api/audit?limit=7&"+between)

			return len(whole) > 0 && slices.EqualFunc(paged, whole, func(a, b entry) bool {
				return a.String() == b.String() && a.At.Equal(b.At)
			})
		})

		for i, e := range paged {
			if i > 0 && e.At.After(paged[i-1].At) {
				t.Errorf("entry %d is %s at %s, the one before at %s", i, e, e.At, paged[i-1].At)
			}
		}
	})

	t.Run("who did something is told with an address, and no secret is in it", func(t *testing.T) {
		c := c.in(t)
		entries := c.audit("")

		encoded, err := json.Marshal(entries)
		if err != nil {
			t.Fatal(err)
		}

		for _, e := range entries {
			byFile := e.Action == "role_gained" ||
				e.Action == "role_lost" // the job's entry has the address
			if e.SourceIP == nil && !byFile && e.Action != "job_dropped" {
				t.Errorf("without an address: %s", e)
			}
		}

		secrets := []string{
			adminPassword,
			password,
			otherPassword,
			"typed",
			session,
			invite,
			reset,
			renewed,
			code,
		}
		for _, m := range c.messages("") {
			if secret := m.Token(); secret != "" {
				secrets = append(secrets, secret)
			}

			if strings.Contains(m.To, "@example.com") {
				secrets = append(secrets, m.To)
			}
		}

		for _, secret := range secrets {
			if strings.Contains(string(encoded), secret) {
				t.Errorf("the audit has %q in it", secret)
			}
		}
	})
}
