package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// system answers calls in turn, and remembers their addresses and headers.
type system struct {
	answers   []string // a status, a space and a body
	addresses []string
	header    http.Header
}

func (s *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.addresses = append(s.addresses, r.URL.String())
	s.header = r.Header

	var status int
	fmt.Sscan(s.answers[0], &status)
	w.WriteHeader(status)
	fmt.Fprint(w, s.answers[0][len("200 "):])
	s.answers = s.answers[1:]
}

func start(t *testing.T, answers ...string) (Client, *system) {
	t.Helper()
	s := &system{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return Client{URL: server.URL}, s
}

func TestAListIsWalkedToItsEnd(t *testing.T) {
	c, s := start(t,
		`200 {"items":[1,2],"next_cursor":"a b"}`,
		`200 {"items":[3],"next_cursor":null}`)

	var got []int
	for n, err := range All[int](t.Context(), c, "/list?limit=2") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}

	if fmt.Sprint(got) != "[1 2 3]" || s.addresses[1] != "/list?limit=2&cursor=a+b" {
		t.Errorf("got %v by %q", got, s.addresses)
	}
}

func TestAnErrorEndsTheWalk(t *testing.T) {
	c, _ := start(t, `200 {"items":[1],"next_cursor":"x"}`, `422 no`)

	var last error
	for _, err := range All[int](t.Context(), c, "/list?limit=1") {
		last = err
	}

	var refused *Error
	if !errors.As(last, &refused) || refused.Status != 422 || string(refused.Body) != "no" {
		t.Errorf("got %v", last)
	}
}

func TestACallIsMadeAgainAfter502(t *testing.T) {
	for _, test := range []struct {
		name    string
		tries   int
		answers []string
		status  int
		calls   int
	}{
		{"as often as there are tries", 3, []string{"502 ", "502 ", "200 ok"}, 200, 3},
		{"and not more often", 2, []string{"502 ", "502 ", "200 ok"}, 502, 2},
		{"but not without tries", 0, []string{"502 ", "200 ok"}, 502, 1},
		{"and not after another status", 3, []string{"500 ", "200 ok"}, 500, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, s := start(t, test.answers...)
			c.Tries = test.tries
			checked := 0
			c.Check = func(Answer) { checked++ }

			a, err := c.Call(t.Context(), "GET", "/api/health", nil)
			if err != nil {
				t.Fatal(err)
			}
			if a.Status != test.status || len(s.addresses) != test.calls || checked != 1 {
				t.Errorf("got %d by %d calls, checked %d", a.Status, len(s.addresses), checked)
			}
		})
	}
}

func TestASessionIsSentWithEachCall(t *testing.T) {
	c, s := start(t, `200 {"token":"secret"}`, `200 {}`, `200 {}`)
	admin, err := c.SignIn(t.Context(), "admin", "p")
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name   string
		client Client
		want   string
	}{
		{"by the client that signed in", admin.With("X-Other", "1"), "Bearer secret"},
		{"and by no other", c, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.client.Do(t.Context(), "GET", "/api/session", nil, nil); err != nil {
				t.Fatal(err)
			}
			if got := s.header.Get("Authorization"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTokenOfAMessage(t *testing.T) {
	const link = "http://localhost:8080/set-password#"
	for _, test := range []struct{ name, text, want string }{
		{"with a link alone on its line", "Hello\n\n" + link + "abc.DEF-_\n\nBye.\n", "abc.DEF-_"},
		{"with a link in a sentence", "Go to " + link + "abc to set it.\n", ""},
		{"with two links", link + "abc\n" + link + "def\n", ""},
		{"without a link", "Your password was set.\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (Message{Text: test.text}).Token(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
