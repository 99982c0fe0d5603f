package endtoend

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/topology"
)

// simulated is a user of the mailbox simulator's file.
type simulated struct {
	name, kind, email, sms string // sms is blank for none
}

// becomes says in which state the user's latest delivery ends.
func (u simulated) becomes() string {
	switch u.kind {
	case "success", "ooto": // an out-of-office answer comes from a mailbox that has the message
		return "delivered email"
	case "complaint":
		return "complained email"
	}

	if u.sms != "" {
		return "sent sms"
	}
	return "bounced email"
}

// reachable reports whether the user has a device left that may be used.
func (u simulated) reachable() bool {
	return u.sms != "" || u.kind == "success" || u.kind == "ooto"
}

// simulators makes a file of users whose addresses are the mailbox simulator's, in turn;
// every other one has an SMS device.
func simulators(prefix string, count int) (file string, users []simulated) {
	var b strings.Builder
	b.WriteString("User,First Name,Work Email,SMS Phone\n")

	kinds := []string{"success", "bounce", "complaint", "suppressionlist", "ooto"}
	for n := range count {
		u := simulated{name: fmt.Sprintf("%s%04d", prefix, n), kind: kinds[n%len(kinds)]}

		u.email = fmt.Sprintf("%s+%s%d@simulator.amazonses.com", u.kind, prefix, n)
		if n%2 == 0 {
			u.sms = fmt.Sprintf("+1650255%04d", n)
		}

		fmt.Fprintf(&b, "%s,Sam,%s,%s\n", u.name, u.email, u.sms)
		users = append(users, u)
	}

	return b.String(), users
}

// inbox counts all messages by the address that they went to.
func (c client) inbox() map[string]int {
	c.t.Helper()

	to := map[string]int{}
	for _, m := range c.messages("") {
		to[strings.ToLower(m.To)]++
	}

	return to
}

func TestWhatBecameOfEachMessageIsKnown(t *testing.T) {
	t.Parallel()

	const users = 1000

	admin := administrator(t)
	file, all1000 := simulators("sim", users)
	by := map[string]simulated{}
	want := map[string]int{} // users by the state of their latest delivery

	unreachable := 0
	for _, u := range all1000 {
		by[u.name] = u
		want[u.becomes()]++
		if !u.reachable() {
			unreachable++
		}
	}

	var j job

	step := steps(t)
	step("the counts end with every message's fate, and add up", func(t *testing.T) {
		c := admin.in(t)
		j = c.processed(object{}, file)
		n := c.notify(j, object{})
		eventually(t, "all events have come", func() bool {
			n = get[notification](c, j.Path()+"/notifications/1")
			counts := n.Counts
			return counts.Delivered == want["delivered email"] &&
				counts.Complained == want["complained email"] &&
				counts.Bounced == want["bounced email"] &&
				counts.Sent == want["sent sms"]
		})

		if counts := n.Counts; counts.Audience != users || counts.Total() != users {
			t.Errorf("got %+v", counts)
		}
	})
	step("each user's deliveries say on which device they ended, and why", func(t *testing.T) {
		got := map[string][]string{}
		deliveries := j.Path() + "/notifications/1/deliveries?limit=200"
		for _, d := range all[delivery](admin.in(t), deliveries) {
			got[d.Username] = append(got[d.Username], d.State+" "+d.Channel)
			if (d.State == "bounced" || d.State == "complained") && d.Reason == "" {
				t.Errorf("%s has no reason", by[d.Username].kind)
			}
		}

		for _, u := range all1000 {
			want := []string{u.becomes()}
			if u.becomes() == "sent sms" {
				want = []string{"bounced email", "sent sms"}
			}

			if slices.Sort(got[u.name]); !slices.Equal(got[u.name], want) {
				t.Errorf("%s has %q, want %q", u.kind, got[u.name], want)
			}
		}

		if len(got) != users {
			t.Errorf("%d users have deliveries", len(got))
		}
	})
	step("each got one email, and who bounced one SMS", func(t *testing.T) {
		inbox := admin.in(t).inbox()
		for _, u := range all1000 {
			if got := inbox[strings.ToLower(u.email)]; got != 1 {
				t.Errorf("%s: %d emails", u.kind, got)
			}

			texts := 0
			if u.becomes() == "sent sms" {
				texts = 1
			}

			if u.sms != "" && inbox[u.sms] != texts {
				t.Errorf("%s: %d SMS, want %d", u.kind, inbox[u.sms], texts)
			}
		}
	})
	step("who has no device left is undeliverable", func(t *testing.T) {
		c := admin.in(t)
		eventually(t, "the job counts the undeliverable", func() bool {
			u := get[job](c, j.Path()).Users
			return u.Undeliverable == unreachable && u.Pending == users
		})
	})
	step("and who was reached by nothing is the audience unreached", func(t *testing.T) {
		var names []string
		unreached := j.Path() + "/members?limit=200&audience=unreached"
		for _, m := range all[member](admin.in(t), unreached) {
			names = append(names, m.Username)
			if by[m.Username].becomes() != "bounced email" {
				t.Errorf("%s is unreached", by[m.Username].kind)
			}
		}

		if len(names) != want["bounced email"] {
			t.Errorf("%d users are unreached, want %d", len(names), want["bounced email"])
		}
	})

	bounced := all1000[slices.IndexFunc(all1000, func(u simulated) bool {
		return u.becomes() == "bounced email"
	})]
	suppressed := all1000[slices.IndexFunc(all1000, func(u simulated) bool {
		return u.becomes() == "bounced email" && u.name > bounced.name
	})]

	step("a marked address gets nothing more", func(t *testing.T) {
		c := admin.in(t)

		var n notification
		c.call("POST", j.Path()+"/notifications", object{"usernames": []string{
			bounced.name, suppressed.name,
		}}).want(http.StatusAccepted, "").into(&n)

		if n = c.sent(j, n.ID); n.Counts.Audience != 2 || n.Counts.Skipped != 2 {
			t.Errorf("got %+v", n.Counts)
		}

		if got := c.inbox()[strings.ToLower(bounced.email)]; got != 1 {
			t.Errorf("%d emails", got)
		}
	})
	step("a corrected address is free of the mark, as it is a cleared one", func(t *testing.T) {
		c := admin.in(t)
		fixed := "success+fixed@simulator.amazonses.com"
		c.processed(object{}, "User,Work Email\n"+bounced.name+","+fixed+"\n")
		c.call("POST", "/api/users/"+suppressed.name+"/devices/Work%20Email/clear", nil).
			want(http.StatusNoContent, "")

		var n notification
		c.call("POST", j.Path()+"/notifications", object{"usernames": []string{
			bounced.name, suppressed.name,
		}}).want(http.StatusAccepted, "").into(&n)

		n = c.sent(j, n.ID)
		if n.Counts.Skipped != 0 {
			t.Errorf("got %+v", n.Counts)
		}

		eventually(t, "one arrives and the other bounces again", func() bool {
			address := fmt.Sprintf("%s/notifications/%d", j.Path(), n.ID)
			counts := get[notification](c, address).Counts
			return counts.Delivered == 1 && counts.Bounced == 1
		})

		if inbox := c.inbox(); inbox[fixed] != 1 || inbox[strings.ToLower(suppressed.email)] != 2 {
			t.Errorf(
				"%d to the corrected address, %d to the cleared one",
				inbox[fixed],
				inbox[strings.ToLower(suppressed.email)],
			)
		}
	})
}

func TestEveryFunctionOfTheTopologyIsThere(t *testing.T) {
	t.Parallel()

	functions, err := anybody(t).functions()
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range topology.Latchkey.Functions {
		if !slices.ContainsFunc(functions, func(f function) bool { return f.Name == want.Name }) {
			t.Errorf("%s isn't listed", want.Name)
		}
	}
}
