package endtoend

import (
	"net/http"
	"testing"
)

func TestACancelledNotificationSendsNothingMore(t *testing.T) {
	t.Parallel()

	const users, few = 600, 20

	c := system(t, "cancel", map[string]string{"LATCHKEY_SES_RATE": "40"})
	file, names := staff("halt", users)
	j := c.processed(object{}, file)
	c.call("POST", j.Path()+"/notifications", object{}).want(http.StatusAccepted, "")
	path := j.Path() + "/notifications/1"

	eventually(t, "some are sent", func() bool { return len(c.messages("")) >= few })

	var n notification
	for range 2 {
		c.call("POST", path+"/cancel", nil).want(http.StatusAccepted, "").into(&n)
		if n.Status != "cancelled" {
			t.Errorf("it is %s", n.Status)
		}
	}

	eventually(t, "it has ended", func() bool {
		n = get[notification](c, path)
		return n.FinishedAt != nil && n.Counts.Queued == 0
	})
	c.delivered()

	step := steps(t)
	step("the counts add up, and say who was sent one", func(t *testing.T) {
		inbox := c.in(t).inbox()
		if n.Status != "cancelled" || n.Counts.Total() != n.Counts.Audience ||
			n.Counts.Audience > users ||
			n.Counts.Skipped == 0 {
			t.Errorf("it is %s, with %+v", n.Status, n.Counts)
		}

		if len(inbox) < few || len(inbox) >= users || len(inbox) != n.Counts.Out() {
			t.Errorf("%d got a message, with %+v", len(inbox), n.Counts)
		}

		for _, name := range names {
			if got := inbox[mailbox(name)]; got > 1 {
				t.Errorf("%s got %d", name, got)
			}
		}
	})
	step("the others are skipped, since it was cancelled", func(t *testing.T) {
		skipped := all[delivery](c.in(t), path+"/deliveries?limit=200&state=skipped")
		if len(skipped) != n.Counts.Skipped {
			t.Errorf("%d are skipped, with %+v", len(skipped), n.Counts)
		}

		for _, d := range skipped {
			if d.Reason != "cancelled" {
				t.Fatalf("got %+v", d)
			}
		}
	})
	step("the next one may go, to one user here", func(t *testing.T) {
		c := c.in(t)

		before := c.inbox()[mailbox(names[0])]
		second := c.notify(j, object{"usernames": []string{names[0]}})
		if second.Counts.Out() != 1 {
			t.Errorf("got %+v", second.Counts)
		}

		if got := c.inbox()[mailbox(names[0])]; got != before+1 {
			t.Errorf("%d messages, and %d before", got, before)
		}
	})
	step("what is sent can't be cancelled any more", func(t *testing.T) {
		var sent notification
		c.in(t).call("POST", j.Path()+"/notifications/2/cancel", nil).
			want(http.StatusAccepted, "").into(&sent)

		if sent.Status != "sent" {
			t.Errorf("it is %s", sent.Status)
		}
	})
}
