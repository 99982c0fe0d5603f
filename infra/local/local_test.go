package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/infra/local/client"
)

func TestTheStory(t *testing.T) {
	const signIn = "POST /api/sign-in"
	for _, test := range []struct {
		name    string
		asked   bool // that users be notified
		answers map[string]string
		want    string
	}{
		{"of a file with rows in error whose users are notified", true, map[string]string{
			"GET /api/jobs": `{"items":[{"id":"7","file_name":"users.csv","status":"processed",
				"rows":{"total":24,"valid":21,"invalid":3,"added":21,"updated":0,"unchanged":0,
				"removed":0,"failed":0}}],"next_cursor":null}`,
			"GET /api/jobs/7/errors": `{"items":[
				{"row":5,"column":"SMS Phone","level":"error",
				"message":"it isn't a phone number"},
				{"row":9,"column":null,"level":"error",
				"message":"it has 3 fields, the header has 5"}],"next_cursor":"x"}`,
			"GET /api/jobs/7/notifications": `{"items":[{"id":1,"status":"sent"}],
				"next_cursor":null}`,
			"GET /api/jobs/7/notifications/1/deliveries": `{"items":[
				{"channel":"email","state":"sent"},
				{"channel":"sms","state":"sent"},
				{"channel":"email","state":"failed"}],"next_cursor":null}`,
		}, `users.csv: seen in the upload bucket
  24 rows read: 21 valid, 3 in error
    row 5: SMS Phone: it isn't a phone number
    row 9: it has 3 fields, the header has 5
    ...
  users: 21 added
  2 notified: 1 by email, 1 by SMS
`},
		{"of the same file once more", false, map[string]string{
			"GET /api/jobs": `{"items":[{"id":"8","file_name":"users.csv","status":"processed",
				"rows":{"total":1,"valid":1,"invalid":0,"added":0,"updated":0,"unchanged":1,
				"removed":0,"failed":0}}],"next_cursor":null}`,
			"GET /api/jobs/8/notifications": `{"items":[],"next_cursor":null}`,
		}, `users.csv: seen in the upload bucket
  1 row read: 1 valid, 0 in error
  users: 1 unchanged
  nothing changed
`},
		{"of a file whose columns nobody has mapped", true, map[string]string{
			"GET /api/jobs": `{"items":[{"id":"9","file_name":"users.csv",
				"status":"needs_mapping","rows":{"total":null}}],"next_cursor":null}`,
		}, `users.csv: seen in the upload bucket
  it waits: say in the job's step Validate what its columns are
`},
		{"of a file that is rejected", true, map[string]string{
			"GET /api/jobs": `{"items":[{"id":"9","file_name":"users.csv","status":"rejected",
				"rejected_reason":"no column is called User","rows":{"total":null}}],
				"next_cursor":null}`,
		}, `users.csv: seen in the upload bucket
  rejected, nothing was changed: no column is called User
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			begun := !test.asked
			api := httptest.NewServer(
				http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					call := r.Method + " " + r.URL.Path
					switch {
					case call == signIn:
						fmt.Fprint(w, `{"token":"secret"}`)
					case r.Header.Get("Authorization") != "Bearer secret":
						w.WriteHeader(http.StatusUnauthorized)
					case strings.HasSuffix(call, "/notifications") && !begun:
						// It begins a moment after the job has been processed.
						begun = true
						fmt.Fprint(w, `{"items":[],"next_cursor":null}`)
					default:
						fmt.Fprint(w, test.answers[call])
					}
				}),
			)
			t.Cleanup(api.Close)

			var out bytes.Buffer

			s := &story{
				out:      &out,
				api:      client.Client{URL: api.URL},
				password: "p",
				told:     map[string]bool{},
			}

			s.notifies = func(context.Context, string) bool { return test.asked }
			if err := s.file(t.Context(), "uploads/users.csv"); err != nil {
				t.Fatal(err)
			}

			if out.String() != test.want {
				t.Errorf("got %s\nwant %s", &out, test.want)
			}
		})
	}
}

func TestTheStorySignsInOnlyWhereItHasNoSession(t *testing.T) {
	signIns := 0
	ended := map[string]bool{} // sessions
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session := fmt.Sprint("session", signIns)
		switch {
		case r.URL.Path == "/api/sign-in":
			signIns++
			fmt.Fprintf(w, `{"token":"session%d"}`, signIns)
		case r.Header.Get("Authorization") != "Bearer "+session || ended[session]:
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, `{"items":[{"id":"1","file_name":"a.csv","status":"rejected"}]}`)
		}
	}))
	t.Cleanup(api.Close)

	s := &story{out: io.Discard, api: client.Client{URL: api.URL}}
	for _, step := range []struct {
		name  string
		ended bool // the session is, before the file comes
		want  int
	}{
		{name: "for the first file", want: 1},
		{name: "not for the next", want: 1},
		{name: "after its session has ended", ended: true, want: 2},
	} {
		ended[fmt.Sprint("session", signIns)] = step.ended
		s.told = map[string]bool{}
		if err := s.file(t.Context(), "uploads/a.csv"); err != nil || signIns != step.want {
			t.Errorf("%s: it has signed in %d times: %v", step.name, signIns, err)
		}
	}
}

func TestLanguageIsOursUnlessItHoldsLocales(t *testing.T) {
	for value, want := range map[string]string{
		"German": "German", "pt-BR": "pt-BR", "en_US:en": "", "de_DE": "",
	} {
		t.Setenv("LANGUAGE", value)
		if got := environment()["LANGUAGE"]; got != want {
			t.Errorf("%s gives %q, want %q", value, got, want)
		}
	}
}
