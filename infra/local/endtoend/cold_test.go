package endtoend

import (
	"fmt"
	"net/http"
	"testing"
)

// cold are tables that throttle, and whose indexes lag behind.
var cold = map[string]string{
	"LATCHKEY_SES_RATE":          "0",
	"LATCHKEY_DYNAMODB_THROTTLE": "1",
	"LATCHKEY_DYNAMODB_LAG":      "200",
}

func TestOnColdTablesNobodyIsLostAndNobodyCountsTwice(t *testing.T) {
	t.Parallel()

	const users, acting = 400, 25

	c := system(t, "cold", cold)
	file, names := staff("cold", users)
	acted, waiting := names[:acting], names[acting:]

	j := c.processed(object{}, file)
	if r, u := j.Rows, j.Users; r.Added != users || r.Failed != 0 || u.Total != users {
		t.Errorf("got %+v", j)
	}
	eventually(t, "all users are counted as pending", func() bool {
		return get[job](c, j.Path()).Users.Pending == users
	})

	notified := func(audience string, want int) {
		t.Helper()
		n := c.notify(j, object{"audience": audience})
		if n.Counts.Audience != want || n.Counts.Out() != want || n.Counts.Total() != want {
			t.Errorf("%s: got %+v, want %d", audience, n.Counts, want)
		}
	}
	notified("pending", users)
	inbox := c.inbox()
	for _, name := range names {
		if got := inbox[mailbox(name)]; got != 1 {
			t.Errorf("%s got %d messages", name, got)
		}
	}

	for _, name := range acted {
		link := c.links(mailbox(name))[0]
		if got := c.setPassword(link, password).Status; got != http.StatusNoContent {
			t.Errorf("%s sets a password: %d", name, got)
		}
	}
	eventually(t, fmt.Sprintf("%d users are active", acting), func() bool {
		u := get[job](c, j.Path()).Users
		return u.Active == acting && u.Pending == users-acting
	})

	notified("pending", len(waiting))
	for _, name := range waiting {
		if got := len(c.links(mailbox(name))); got != 2 {
			t.Errorf("%s, who is pending, got %d links", name, got)
		}
	}
	for _, name := range acted {
		if got := len(c.links(mailbox(name))); got != 1 {
			t.Errorf("%s, who is active, got %d links", name, got)
		}
	}

	again := c.processed(object{}, file)
	if again.Rows.Unchanged != users || again.Users.Active != acting {
		t.Errorf("got %+v", again)
	}
}
