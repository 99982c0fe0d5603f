package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

type previewed struct {
	Audience size
	Messages []struct {
		Channel, Subject, Text, HTML string
		Segments                     int
	}
	Duration string
	Warnings []warning
}

func (w *world) preview(body fields) previewed {
	w.T.Helper()

	status, answer := w.call("POST", notifications+"/preview", body, nil)
	if status != 200 {
		w.T.Fatalf("got %d, %s", status, answer)
	}

	var got previewed
	w.Must(json.Unmarshal([]byte(answer), &got))

	return got
}

// have gives a user's profile other fields.
func (w *world) have(name string, fields map[string]string) {
	w.T.Helper()
	before, err := w.Directory.Get(w.T.Context(), name)
	w.Must(err)

	after := before
	after.Fields = fields
	w.Must(w.Directory.Write(w.T.Context(), after, &before, "j2#"+name))
}

func (w *world) mark(channel user.Channel, to string) {
	w.T.Helper()
	w.Must(w.addresses.Mark(w.T.Context(), reach.AddressKey(channel, to), "hard_bounce", noon))
}

func TestAPreviewCountsByChannel(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob", "cem", "dee", "eve")
	w.have("bob", map[string]string{"Work Email": "bob@example.com", "SMS Phone": "+16502530000"})
	w.mark(user.Email, "bob@example.com")
	w.have("cem", map[string]string{"SMS Phone": "+16502530001"})
	w.have("dee", map[string]string{})
	w.setPassword("eve")

	for _, test := range []struct {
		name string
		body fields
		want size
	}{
		{"the pending", fields{}, size{Size: 4, Email: 1, SMS: 2, None: 1}},
		{"everyone", fields{"audience": "everyone"}, size{Size: 5, Email: 2, SMS: 2, None: 1}},
		{
			name: "one device alone",
			body: fields{"devices": []string{"SMS Phone"}},
			want: size{Size: 4, SMS: 2, None: 2},
		},
		{
			name: "named users",
			body: fields{"usernames": []string{"CEM", "eve"}},
			want: size{Size: 2, Email: 1, SMS: 1},
		},
		{"nobody", fields{"audience": "expired"}, size{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := w.preview(test.body).Audience; got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}

	if j := w.job(); j.Notifications != 0 {
		t.Errorf("%d notifications were made", j.Notifications)
	}
}

func TestAPreviewOfALargeJobIsEstimated(t *testing.T) {
	w := newWorld(t)

	var names []string
	for i := range 400 {
		names = append(names, fmt.Sprintf("user%04d", i))
	}

	w.add(names...)

	for _, name := range names[:100] {
		w.have(name, map[string]string{"SMS Phone": "+16502530000"})
	}

	w.Must(w.jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
		Set: "#rows = :rows, tally = :tally", Values: store.Values{
			":rows": job.Rows{Valid: 1_000_000},
			":tally": job.Tally{
				Total:    1_000_000,
				Active:   100_000,
				Pending:  800_000,
				Inactive: 100_000,
				Expired:  4000,
				AsOf:     clock.Of(w.Time()),
			},
		},
	}, nil))

	for audience, want := range map[string]size{
		"pending":  {Size: 800_000, Email: 600_000, SMS: 200_000, Estimated: true},
		"everyone": {Size: 900_000, Email: 675_000, SMS: 225_000, Estimated: true},
		// Of the expired the sample has none.
		"expired": {Size: 4000, Email: 3000, SMS: 1000, Estimated: true},
	} {
		if got := w.preview(fields{"audience": audience}).Audience; got != want {
			t.Errorf("%s: got %+v, want %+v", audience, got, want)
		}
	}
}

func TestAPreviewShowsTheMessagesOfOneUser(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "eve")
	w.have("ada", map[string]string{
		"Work Email":   "ada@example.com",
		user.FirstName: "Ada",
		user.Language:  "German",
		user.TimeZone:  "Europe/Berlin",
	})
	w.setPassword("eve")
	t.Run(
		"the built-in text in the user's language, with a link that is only a sample",
		func(t *testing.T) {
			got := w.preview(fields{"username": "Ada"})

			email, sms := got.Messages[0], got.Messages[1]
			want := message.BuiltIn(message.Invitation, w.reach.Language).Subject
			if email.Channel != "email" || email.Subject == want ||
				!strings.Contains(email.Text, "Ada") {
				t.Errorf("got %+v", email)
			}

			for _, text := range []string{email.Text, email.HTML, sms.Text} {
				if !strings.Contains(text, "https://example.test/set-password#sample") {
					t.Errorf("no link is in %s", text)
				}
			}

			if sms.Channel != "sms" || message.Segments(sms.Text) != 1 || sms.Segments != 2 ||
				sms.Subject != "" ||
				sms.HTML != "" ||
				email.Segments != 0 { // a real link makes it longer
				t.Errorf("got %+v", sms)
			}
		},
	)
	t.Run(
		"what the administrator wrote, to a user with a password for a day at most",
		func(t *testing.T) {
			got := w.preview(fields{
				"audience":      "everyone",
				"username":      "eve",
				"link_lifetime": "72h",
				"subject":       "Hello {{username}}",
				"body":          "# Now\n\n[Go]({{link}}) {{expires_in}}",
				"sms":           "{{link}}",
			})
			if m := got.Messages[0]; m.Subject != "Hello EVE" || !strings.Contains(m.HTML, "<h1") ||
				!strings.Contains(m.Text, "24 hours") {
				t.Errorf("got %+v", m)
			}
		},
	)
	t.Run("somebody's of the audience if nobody is named", func(t *testing.T) {
		if got := w.preview(fields{}); !strings.Contains(got.Messages[0].Text, "Ada") {
			t.Errorf("got %s", got.Messages[0].Text)
		}
	})
	t.Run("a made-up one's if there is nobody", func(t *testing.T) {
		got := w.preview(fields{"audience": "expired"})
		if !strings.Contains(got.Messages[0].Text, madeUp.Username) {
			t.Errorf("got %s", got.Messages[0].Text)
		}
	})

	for _, name := range []string{"zoe", "", strings.Repeat("x", 3000)} {
		status, answer := w.call("POST", notifications+"/preview", fields{"username": name}, nil)
		if status != 422 || !strings.Contains(answer, `"field":"username"`) {
			t.Errorf("of %.10q: got %d, %s", name, status, answer)
		}
	}

	for _, bad := range []struct {
		body fields
		has  string
	}{
		{fields{"body": "Hello"}, `"field":"body"`},
		{fields{"subject": 1}, `"field":"subject"`},
		{fields{"audience": "all"}, `"field":"audience"`},
		{fields{"name": "x"}, `"field":"name"`},
	} {
		for _, path := range []string{"/preview", "/test"} {
			status, answer := w.call("POST", notifications+path, bad.body, nil)
			if status != 422 || !strings.Contains(answer, bad.has) {
				t.Errorf("%s %v: got %d, %s", path, bad.body, status, answer)
			}
		}
	}

	for _, path := range []string{"", "/test"} {
		status, answer := w.call("POST", notifications+path, fields{"username": "ada"}, nil)
		if status != 422 || !strings.Contains(answer, `"code":"unknown_field"`) {
			t.Errorf("a username at %q: got %d, %s", path, status, answer)
		}
	}
}

func TestAPreviewSaysHowLongItTakesAndWhatStandsInTheWay(t *testing.T) {
	w := newWorld(t)

	var names []string
	for i := range 90 {
		names = append(names, fmt.Sprint("user", i))
	}

	w.add(names...)

	account := func(more string) string {
		return `{"ProductionAccessEnabled":true,"SendingEnabled":true,` +
			`"SendQuota":{"MaxSendRate":10,` + more + `}}`
	}
	for _, test := range []struct {
		name, account, duration, warnings string
	}{
		{
			name:     "at nine tenths of the rate",
			account:  account(`"Max24HourSend":50000,"SentLast24Hours":0`),
			duration: "10s",
		},
		{"without a quota", account(`"Max24HourSend":-1,"SentLast24Hours":70000`), "10s", ""},
		{
			name:     "with as many left as are to be sent",
			account:  account(`"Max24HourSend":100,"SentLast24Hours":0`),
			duration: "10s",
		},
		{
			name:     "with a part of them for tomorrow",
			account:  account(`"Max24HourSend":100,"SentLast24Hours":45`),
			duration: "24h0m5s",
			warnings: "quota",
		},
		{
			name:     "with a quota of some days",
			account:  account(`"Max24HourSend":40,"SentLast24Hours":0`),
			duration: "48h0m4s",
			warnings: "quota",
		},
		{
			name:     "with nothing left today",
			account:  account(`"Max24HourSend":50000,"SentLast24Hours":50000`),
			duration: "24h0m10s",
			warnings: "quota",
		},
		{
			name: "in the sandbox",
			account: `{"SendingEnabled":true,` +
				`"SendQuota":{"MaxSendRate":1,"Max24HourSend":200,"SentLast24Hours":0}}`,
			duration: "1m40s",
			warnings: "sandbox",
		},
		{
			name: "of an account that may not send",
			account: `{"ProductionAccessEnabled":true,` +
				`"SendQuota":{"MaxSendRate":10,"Max24HourSend":-1}}`,
			duration: "10s",
			warnings: "suspended",
		},
		{"where SES says nothing that can be read", `[`, "1m40s", "rate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.account = test.account
			got := w.preview(fields{})

			var codes []string
			for _, one := range got.Warnings {
				codes = append(codes, one.Code)
			}

			if got.Duration != test.duration || strings.Join(codes, " ") != test.warnings {
				t.Errorf("got %s, %v", got.Duration, got.Warnings)
			}
		})
	}
}

func TestATestIsAskedForOneself(t *testing.T) {
	w := newWorld(t)
	body := fields{"subject": "Hello", "link_lifetime": "1h"}
	status, answer := w.call("POST", notifications+"/test", body, nil)
	if status != 202 || answer != "{}" {
		t.Fatalf("got %d, %s", status, answer)
	}

	got := wiretest.Received[work.Test](w.Twin)
	if len(got) != 1 || got[0].Subject != "Hello" || got[0].Kind != "" ||
		got[0].LinkLifetime != 3600 {
		t.Errorf("got %+v", got)
	}

	w.accepted(w.call("POST", notifications+"/test", fields{}, nil))

	got = wiretest.Received[work.Test](w.Twin)
	if len(got) != 1 || got[0].Kind != string(message.Invitation) {
		t.Errorf("of the built-in text: got %+v", got)
	}

	w.Must(w.jobs.Create(
		t.Context(),
		job.Job{ID: "new", Status: job.Validated, CreatedAt: clock.Of(noon)},
	))

	if j := w.job(); j.Notifications != 0 {
		t.Errorf("%d notifications were made", j.Notifications)
	}
}

func TestCancellingAsksForTheStepsThatEndIt(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.accepted(w.call("POST", notifications, fields{}, nil))
	w.Received(work.Walk)

	for range 2 { // until it has ended, each time
		status, answer := w.call("POST", notifications+"/1/cancel", nil, nil)
		if status != 202 || !strings.Contains(answer, `"status":"cancelled"`) {
			t.Fatalf("got %d, %s", status, answer)
		}

		asked := map[string]int{}
		for _, step := range w.Received(work.Walk) {
			asked[fmt.Sprintf("%T", step)]++
		}
		want := map[string]int{"work.CutShard": job.Shards, "work.ResumeShard": job.Shards}
		if !maps.Equal(asked, want) {
			t.Errorf("it asks for %v, want %v", asked, want)
		}
	}

	w.send(1)
	w.accepted(w.call("POST", notifications+"/1/cancel", nil, nil))
	if steps := w.Received(work.Walk); len(steps) != 0 {
		t.Errorf("when it has ended, it asks for %+v", steps)
	}
	w.accepted(w.call("POST", notifications, fields{}, nil)) // it is over
}

func TestWhatIsSentIsNotCancelled(t *testing.T) {
	w := notified(t, "ada")
	status, answer := w.call("POST", notifications+"/1/cancel", nil, nil)
	if status != 202 || !strings.Contains(answer, `"status":"sent"`) {
		t.Errorf("got %d, %s", status, answer)
	}

	if status, answer := w.call("POST", notifications+"/2/cancel", nil, nil); status != 404 {
		t.Errorf("got %d, %s", status, answer)
	}
}
