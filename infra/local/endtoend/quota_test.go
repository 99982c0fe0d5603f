package endtoend

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"latchkey/infra/local/host"
)

// system starts one of the test's own, and returns an administrator of it.
func system(t *testing.T, logsIn string, environment map[string]string) client {
	t.Helper()

	h := start(t, host.Options{
		Environment:   environment,
		AdminPassword: adminPassword,
		Logs:          logs + logsIn,
		Output:        os.Stderr,
	})
	c := caller(t, h.URL)
	return c.as(c.session("admin", adminPassword))
}

// schedule runs the rules as the clock would at a time.
func (c client) schedule(now time.Time) {
	c.t.Helper()

	a, err := c.send("POST", "/_local/schedule", object{"now": now})
	if err != nil {
		c.t.Fatal(err)
	}

	a.want(http.StatusOK, "")
}

func TestADaysQuotaPausesANotificationUntilThereIsRoomAgain(t *testing.T) {
	t.Parallel()

	// The bulk leaves 10 of a day to what is urgent, or less by what it sends before it
	// sees that they are left.
	const quota, reserve, users = 500, 10, 1200

	c := system(
		t,
		"quota",
		map[string]string{"LATCHKEY_SES_RATE": "0", "LATCHKEY_SES_QUOTA": fmt.Sprint(quota)},
	)
	file, names := staff("day", users)
	j := c.processed(object{}, file)

	var n notification
	c.call("POST", j.Path()+"/notifications", object{}).want(http.StatusAccepted, "").into(&n)

	start := time.Now()

	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it ended as %+v", n)
		}
	})
	// ends waits, with the rule coming again and again on that day, until the
	// notification has a status with from least to most messages sent. It returns how many.
	ends := func(day int, status string, least, most int) (out int) {
		t.Helper()

		now := start.Add(time.Duration(day) * 25 * time.Hour)
		eventually(t, fmt.Sprintf("it is %s on day %d", status, day), func() bool {
			n = get[notification](c, j.Path()+"/notifications/1")
			switch out = n.Counts.Out(); {
			case n.Status == status && out >= least && out <= most:
				return true
			case n.Status == "sent" || out > most:
				t.Fatalf("it is %s after %d messages on day %d", n.Status, out, day)
			case n.Status == "paused" && day > 0:
				// Who saw a moment ago that the quota is used up pauses it once more.
				c.schedule(now)
			}

			return false
		})
		return out
	}

	before := 0
	for day := range 2 {
		gone := ends(day, "paused", before+quota-reserve, before+quota)
		before = gone

		if n.Reason == nil || *n.Reason != "quota" {
			t.Errorf("the reason is %v", n.Reason)
		}

		if got := len(c.messages("")); got != gone {
			t.Errorf("%d messages on day %d, want %d", got, day, gone)
		}

		if n.Counts.Total() != users || n.Counts.Queued != users-gone {
			t.Errorf("got %+v on day %d", n.Counts, day)
		}

		if day == 0 { // the rule comes, and the day isn't over
			c.schedule(start.Add(20 * time.Minute))
			ends(day, "paused", gone, gone)
		}
	}

	ends(2, "sent", users, users)

	if n.Counts.Audience != users || n.Reason != nil {
		t.Errorf("got %+v", n)
	}

	inbox := c.inbox()
	for _, name := range names {
		if got := inbox[mailbox(name)]; got != 1 {
			t.Errorf("%s got %d messages", name, got)
		}
	}

	if len(inbox) != users {
		t.Errorf("%d got a message", len(inbox))
	}
}
