package endtoend

import (
	"strings"
	"testing"
)

// reported waits until an address has got so many messages, and returns them.
func (c client) reported(to string, count int) []message {
	c.t.Helper()

	var got []message
	eventually(c.t, "the reports have come", func() bool {
		got = c.messages(to)
		return len(got) >= count
	})

	return got
}

func TestReportsAreSentOnceEach(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	t.Run("of a processed job, and of a notification that is sent", func(t *testing.T) {
		c := c.in(t)

		const to = "reports1@example.com"

		j := c.processed(
			object{"report_to": to, "name": "Reported {{link}} <b>"},
			"User,Work Email\ntold1,told1@example.com\ntold2,told2@example.com\ntold3,nonsense\n",
		)

		first := c.reported(to, 1)[0]
		for _, part := range []string{
			"Reported {{link}} <b>", "Rows in the file: 3", "Users added: 2",
			c.URL + "/jobs/" + j.ID + "/process",
		} {
			if !strings.Contains(first.Text, part) {
				t.Errorf("%q is not in %s", part, first.Text)
			}
		}

		if strings.Contains(first.HTML, "<b>") {
			t.Errorf("the job's name is markup: %s", first.HTML)
		}

		c.notify(j, object{})

		second := c.reported(to, 2)[1]
		for _, part := range []string{
			"Users in the audience: 2", "Messages sent: 2", c.URL + "/jobs/" + j.ID + "/notify",
		} {
			if !strings.Contains(second.Text, part) {
				t.Errorf("%q is not in %s", part, second.Text)
			}
		}

		if strings.Contains(first.Text+second.Text, "told") {
			t.Error("a report names a user")
		}

		c.notify(j, object{})
		c.reported(to, 3)
		c.delivered()

		if got := c.messages(to); len(got) != 3 {
			t.Errorf("%d reports", len(got))
		}
	})
	t.Run("of a file that was dropped, and is rejected", func(t *testing.T) {
		c := c.in(t)

		const to = "reports2@example.com"
		drop(t, shared, "reported.csv", "User;Work Email\n", map[string]string{"report-to": to})

		j := c.dropped("reported.csv", 1, "rejected")[0]

		got := c.reported(to, 1)
		if len(got) != 1 || !strings.Contains(got[0].Text, j.RejectedReason) ||
			!strings.Contains(got[0].Text, "/jobs/"+j.ID+"/validate") {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("of a file whose metadata can't be taken", func(t *testing.T) {
		c := c.in(t)

		const to = "reports3@example.com"
		drop(
			t,
			shared,
			"reported 3.csv",
			"User,Work Email\ntold4,told4@example.com\n",
			map[string]string{"report-to": to, "notify": "all"},
		)

		if got := c.reported(to, 1); !strings.Contains(got[0].Text, "Metadata notify: ") {
			t.Errorf("got %+v", got)
		}
	})
}
