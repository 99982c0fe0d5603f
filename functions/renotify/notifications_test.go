package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"latchkey/shared/delivery"
	"latchkey/shared/notification"
)

func TestOneNotificationRunsAtATime(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	key := map[string]string{"idempotency-key": "k"}
	status, first := w.call("POST", notifications, fields{}, key)
	w.accepted(status, first)

	status, answer := w.call("POST", notifications, fields{}, nil)
	if status != 409 || !strings.Contains(answer, "notification_running") {
		t.Errorf("a second one: %d, %s", status, answer)
	}

	status, answer = w.call("POST", notifications, fields{}, key)
	if status != 202 || answer != first {
		t.Errorf("the same request again: %d, %s", status, answer)
	}

	status, answer = w.call("POST", notifications, fields{"audience": "everyone"}, key)
	if status != 422 {
		t.Errorf("its key with another body: %d, %s", status, answer)
	}
}

func TestAKeysAnswerStaysThoughTheJobIsGone(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	key := map[string]string{"idempotency-key": "k"}
	status, first := w.call("POST", notifications, fields{}, key)
	w.accepted(status, first)
	w.Must(w.jobs.Delete(t.Context(), jobID, w.Time()))

	status, answer := w.call("POST", notifications, fields{}, key)
	if status != 202 || answer != first {
		t.Errorf("the same request again: %d, %s", status, answer)
	}

	status, _ = w.call("POST", notifications, fields{}, nil)
	if status != 404 {
		t.Errorf("without the key: %d", status)
	}
}

func TestAPageOfLongNotificationsEndsEarly(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	const made = 60
	long := strings.Repeat("long ", 3_990) + "{{link}}"
	body := fields{"usernames": []string{"ada"}, "body": long}
	for n := range made {
		status, answer := w.call("POST", notifications, body, nil)
		w.accepted(status, answer)
		w.send(n+1, "ada")
	}

	pages := 0
	seen := 0
	cursor := ""
	for next := new(""); next != nil; {
		_, answer := w.call("GET", notifications+"?limit=200"+cursor, nil, nil)
		var page struct {
			Items []struct{ ID int }
			Next  *string `json:"next_cursor"`
		}
		w.Must(json.Unmarshal([]byte(answer), &page))
		if len(answer) > 2<<20 {
			t.Fatalf("a page has %d bytes", len(answer))
		}

		for _, n := range page.Items {
			seen++
			if n.ID != seen {
				t.Fatalf("number %d is where %d should be", n.ID, seen)
			}
		}
		pages++
		next = page.Next
		if next != nil {
			cursor = "&cursor=" + *next
		}
	}
	if pages != 2 || seen != made {
		t.Errorf("%d notifications on %d pages", seen, pages)
	}
}

func TestAnAudienceIsWhoWasAskedFor(t *testing.T) {
	for _, test := range []struct {
		name string
		body fields
		has  string
	}{
		{"pending is the default", fields{}, `"audience":"pending","usernames":null`},
		{"by name", fields{"audience": "expired"}, `"audience":"expired","usernames":null`},
		{
			name: "users, however they are written, each once",
			body: fields{"usernames": []string{"ada", "ADA", "Bob "}},
			has:  `"audience":null,"usernames":["ADA","BOB"]`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add("ada", "bob")
			status, answer := w.call("POST", notifications, test.body, nil)
			if status != 202 || !strings.Contains(answer, test.has) {
				t.Errorf("got %d, %s", status, answer)
			}
		})
	}
}

func TestBadNotifications(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	many := make([]string, notification.MaxNamed+1)
	for i := range many {
		many[i] = "ada"
	}

	for _, test := range []struct {
		name   string
		body   fields
		status int
		has    string
	}{
		{"an audience that there isn't", fields{"audience": "all"}, 422, `"field":"audience"`},
		{"an empty audience", fields{"audience": ""}, 422, `"field":"audience"`},
		{
			name:   "the audience of names without names",
			body:   fields{"audience": "named"},
			status: 422,
			has:    `"field":"audience"`,
		},
		{
			name:   "an audience and names",
			body:   fields{"audience": "pending", "usernames": []string{"ada"}},
			status: 422,
			has:    `"field":"usernames"`,
		},
		{"no names", fields{"usernames": []string{}}, 422, `"field":"usernames"`},
		{"too many names", fields{"usernames": many}, 422, `"field":"usernames"`},
		{
			name:   "names that aren't members",
			body:   fields{"usernames": []string{"ada", "zoe", "yan"}},
			status: 422,
			has:    `no user \"yan\"`,
		},
		{
			name:   "a name that is longer than any",
			body:   fields{"usernames": []string{strings.Repeat("x", 3000)}},
			status: 422,
			has:    `"field":"usernames"`,
		},
		{"an empty name", fields{"usernames": []string{""}}, 422, `"field":"usernames"`},
		{
			name:   "an unknown placeholder",
			body:   fields{"body": "Hello {{name}}\n\n{{link}}"},
			status: 422,
			has:    "invalid_message",
		},
		{"a body without a link", fields{"body": "Hello"}, 422, "invalid_message"},
		{"a link in the subject", fields{"subject": "{{link}}"}, 422, "invalid_message"},
		{
			name:   "a device that isn't the job's",
			body:   fields{"devices": []string{"Home Email"}},
			status: 422,
			has:    `"field":"devices"`,
		},
		{
			name:   "a device twice",
			body:   fields{"devices": []string{"Work Email", "Work Email"}},
			status: 422,
			has:    `"field":"devices"`,
		},
		{"no device", fields{"devices": []string{}}, 422, `"field":"devices"`},
		{
			name:   "a lifetime that is too short",
			body:   fields{"link_lifetime": "9m"},
			status: 422,
			has:    `"field":"link_lifetime"`,
		},
		{
			name:   "a lifetime of another type",
			body:   fields{"link_lifetime": 3600},
			status: 422,
			has:    `"field":"link_lifetime"`,
		},
		{"an unknown field", fields{"text": "x"}, 422, `"field":"text"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.call("POST", notifications, test.body, nil)
			if status != test.status || !strings.Contains(answer, test.has) {
				t.Errorf("got %d, %s", status, answer)
			}

			if got := w.job().Notifications; got != 0 {
				t.Errorf("%d notifications were made", got)
			}
		})
	}
}

func TestCursorsThatAreMadeUpAreRefused(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.accepted(w.call("POST", notifications, fields{}, nil))

	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

	part := delivery.Part(jobID, 1, 0)
	for _, path := range []string{notifications, notifications + "/1/deliveries"} {
		for name, cursor := range map[string]string{
			"a text":                   "hello",
			"another list's":           encode(`{"p":1,"i":2}`),
			"a number too large":       encode(`9223372036854775807`),
			"a shard that there isn't": encode(`{"s":16}`),
			"a shard below none":       encode(`{"s":-1}`),
			"another part's place":     encode(`{"s":1,"a":{"part":"` + part + `"}}`),
			"half a place":             encode(`{"s":0,"a":{"part":"` + part + `"}}`),
			"a place with an empty name": encode(`{"s":0,"a":{"part":"` + part +
				`","username":"","user_id":"u","notification":"n"}}`),
			"a place with a name too many": encode(`{"s":0,"a":{"part":"` + part +
				`","username":"a","user_id":"u","notification":"n","x":"y"}}`),
		} {
			t.Run(path+", "+name, func(t *testing.T) {
				status, answer := w.call("GET", path+"?cursor="+cursor, nil, nil)
				if status != 422 || !strings.Contains(answer, "invalid_cursor") {
					t.Errorf("got %d, %s", status, answer)
				}
			})
		}
	}
}

func TestAQueryOfWhatTakesNoneIsRefused(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.accepted(w.call("POST", notifications, fields{}, nil))

	for _, path := range []string{notifications + "/1?x=y", "/api/jobs/" + jobID + "/message?x=y"} {
		status, answer := w.call("GET", path, nil, nil)
		if status != 422 || !strings.Contains(answer, `"field":"x"`) {
			t.Errorf("%s: got %d, %s", path, status, answer)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		notifications + "/1",
		notifications + "/0",
		notifications + "/x",
		notifications + "/99999999999999999999/deliveries",
	} {
		status, answer := w.call("GET", path, nil, nil)
		if status != 404 || !strings.Contains(answer, "notification_not_found") {
			t.Errorf("%s: %d, %s", path, status, answer)
		}
	}

	w.Must(w.jobs.Delete(t.Context(), jobID, noon))

	status, answer := w.call("POST", notifications, fields{}, nil)
	if status != 404 || !strings.Contains(answer, "job_not_found") {
		t.Errorf("got %d, %s", status, answer)
	}
}
