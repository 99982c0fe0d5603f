package endtoend

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

type reminders struct {
	Every    string
	Maximum  int
	Audience string
	NextAt   *time.Time `json:"next_at"`
	Sent     int
}

// rest waits until there is nothing left to walk over or to send, and returns the job's
// notifications.
func (c client) rest(j job) []notification {
	c.t.Helper()
	eventually(c.t, "the queues are empty", func() bool {
		functions, err := c.functions()
		if err != nil {
			c.t.Fatal(err)
		}

		for _, f := range functions {
			if f.QueueDepth > 0 && (f.Name == "walk" || sends(f)) {
				return false
			}
		}

		return true
	})

	all := all[notification](c, j.Path()+"/notifications?limit=200")
	for _, n := range all {
		c.sent(j, n.ID)
	}

	return all
}

func TestReminders(t *testing.T) {
	t.Parallel()
	admin := system(t, "reminders", map[string]string{"LATCHKEY_SES_RATE": "0"})
	file, names := staff("mind", 3)
	j := admin.processed(object{}, file)
	other := admin.processed(object{}, "User,Work Email\nquick,quick@example.com\n")
	remind := object{"every": "1h", "maximum": 3}
	// got says how many links each of the three has got, all notifications together.
	got := func(t *testing.T, notifications, first, second, third int) {
		t.Helper()

		c := admin.in(t)
		if n := len(c.rest(j)); n != notifications {
			t.Errorf("%d notifications, want %d", n, notifications)
		}

		for i, want := range []int{first, second, third} {
			if n := len(c.links(mailbox(names[i]))); n != want {
				t.Errorf("%s got %d links, want %d", names[i], n, want)
			}
		}
	}
	next := func(t *testing.T, sent int) time.Time {
		t.Helper()

		r := get[struct{ Reminders *reminders }](admin.in(t), j.Path()).Reminders
		if r == nil || r.Sent != sent || r.NextAt == nil {
			t.Fatalf("the reminders are %+v, want %d sent and a next one", r, sent)
		}

		return *r.NextAt
	}
	step := steps(t)
	step("are set on a job, and counted from its last notification", func(t *testing.T) {
		c := admin.in(t)
		c.notify(j, object{})
		c.notify(other, object{})

		var r reminders
		c.call("PUT", j.Path()+"/reminders", remind).want(http.StatusOK, "").into(&r)

		if r.Every != "1h" || r.Maximum != 3 || r.Audience != "pending" || r.Sent != 0 {
			t.Errorf("got %+v", r)
		}

		if wait := time.Until(next(t, 0)); wait < 50*time.Minute || wait > time.Hour {
			t.Errorf("the next one is in %s", wait)
		}

		c.call("PUT", other.Path()+"/reminders", remind).want(http.StatusOK, "")
		anybody := caller(t, c.URL)
		anybody.setPassword(c.link("quick@example.com", 1), password).want(http.StatusNoContent, "")
		eventually(t, "the other job counts its user as active", func() bool {
			return get[job](c, other.Path()).Users.Active == 1
		})
	})
	step("aren't sent before their time", func(t *testing.T) {
		admin.in(t).schedule(next(t, 0).Add(-time.Second))
		got(t, 1, 1, 1, 1)
	})
	step("are sent once by two rules at once", func(t *testing.T) {
		at := next(t, 0).Add(time.Second)

		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { admin.in(t).schedule(at) })
		}

		both.Wait()
		eventually(t, "the reminder is made", func() bool {
			return len(all[notification](admin.in(t), j.Path()+"/notifications?limit=200")) > 1
		})
		got(t, 2, 2, 2, 2)

		for _, n := range all[notification](admin.in(t), j.Path()+"/notifications?limit=200") {
			if want := map[int]string{1: "administrator", 2: "reminder"}[n.ID]; n.Trigger != want {
				t.Errorf("notification %d is by %s, want %s", n.ID, n.Trigger, want)
			}
		}
	})
	step(
		"aren't sent to who has acted since, and one alone after a day without the rule",
		func(t *testing.T) {
			c := admin.in(t)
			anybody := caller(t, c.URL)
			anybody.setPassword(c.link(mailbox(names[0]), 2), password).
				want(http.StatusNoContent, "")
			eventually(t, "the job counts one active user", func() bool {
				return get[job](c, j.Path()).Users.Active == 1
			})
			late := next(t, 1).Add(24 * time.Hour)
			c.schedule(late)
			eventually(t, "the reminder is made", func() bool {
				return len(all[notification](c, j.Path()+"/notifications?limit=200")) > 2
			})
			got(t, 3, 2, 3, 3)
			c.schedule(late.Add(5 * time.Minute))
			got(t, 3, 2, 3, 3)

			if at := next(t, 2); at.Before(late.Add(50 * time.Minute)) {
				t.Errorf("the next one is at %s, and the last was at %s", at, late)
			}
		},
	)
	step("end at the maximum", func(t *testing.T) {
		c := admin.in(t)
		at := next(t, 2).Add(time.Second)
		c.schedule(at)
		eventually(t, "the reminder is made", func() bool {
			return len(all[notification](c, j.Path()+"/notifications?limit=200")) > 3
		})
		got(t, 4, 2, 4, 4)

		for days := range 3 {
			c.schedule(at.Add(time.Duration(days+1) * 24 * time.Hour))
		}

		got(t, 4, 2, 4, 4)

		r := get[struct{ Reminders *reminders }](c, j.Path()).Reminders
		if r == nil || r.Sent != 3 || r.NextAt != nil {
			t.Errorf("got %+v", r)
		}
	})
	step("aren't sent where everybody has acted", func(t *testing.T) {
		c := admin.in(t)
		if n := len(c.rest(other)); n != 1 {
			t.Errorf("%d notifications", n)
		}

		r := get[struct{ Reminders *reminders }](c, other.Path()).Reminders
		if r == nil || r.Sent != 0 || r.NextAt != nil {
			t.Errorf("got %+v", r)
		}
	})
	step("and go when they are taken away", func(t *testing.T) {
		c := admin.in(t)
		for range 2 {
			c.call("DELETE", j.Path()+"/reminders", nil).want(http.StatusNoContent, "")
		}

		if r := get[struct{ Reminders *reminders }](c, j.Path()).Reminders; r != nil {
			t.Errorf("got %+v", r)
		}
	})
}

func TestADroppedFileMayAskForReminders(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	drop(
		t,
		shared,
		"minded.csv",
		"User,Work Email\nminded,minded@example.com\n",
		map[string]string{"notify": "pending", "remind-every": "24h", "remind-maximum": "3"},
	)

	j := c.dropped("minded.csv", 1, "processed")[0]
	c.link("minded@example.com", 1)
	c.sentByUpload(j)

	r := get[struct{ Reminders *reminders }](c, j.Path()).Reminders
	if r == nil || r.Every != "24h" || r.Maximum != 3 || r.Audience != "pending" || r.Sent != 0 ||
		r.NextAt == nil {
		t.Fatalf("got %+v", r)
	}

	if wait := time.Until(*r.NextAt); wait < 23*time.Hour || wait > 24*time.Hour {
		t.Errorf("the next one is in %s", wait)
	}
}
