package endtoend

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	api "latchkey/infra/local/client"
	"latchkey/shared/openapi/openapitest"
)

// client is somebody who calls a system, in a test. Each of their answers from the API is
// held against the contract.
type client struct {
	api.Client
	t testing.TB
}

// caller returns a client of a system, who isn't signed in.
func caller(t testing.TB, address string) client {
	return client{Client: api.Client{URL: address}}.in(t)
}

// with returns a client that sends one more header.
func (c client) with(name, value string) client {
	c.Client = c.With(name, value)
	return c
}

// as returns a client that is signed in by a session's token.
func (c client) as(token string) client { return c.with("Authorization", "Bearer "+token) }

// in returns a client that fails the given test.
func (c client) in(t testing.TB) client {
	c.t = t
	c.Check = func(a api.Answer) {
		t.Helper()
		openapitest.Check(t, a.Method, a.Path, a.Status, a.Body)
		answer{a, t}.promised()
	}
	return c
}

// answer is what a call got, in a test.
type answer struct {
	api.Answer
	t testing.TB
}

// call is what was called.
func (a answer) call() string { return a.Method + " " + a.Path }

// send makes a call once, which needn't be of the contract.
func (c client) send(method, path string, body any) (answer, error) {
	c.t.Helper()
	a, err := c.Send(c.t.Context(), method, path, body)
	return answer{a, c.t}, err
}

// call makes a call of the API.
func (c client) call(method, path string, body any) answer {
	c.t.Helper()
	a, err := c.Call(c.t.Context(), method, path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{a, c.t}
}

// promised checks what every answer of the API has.
func (a answer) promised() {
	a.t.Helper()
	if a.Header.Get("X-Request-Id") == "" || a.Header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s: the headers are %v", a.call(), a.Header)
	}
}

// refusal is an error's body.
type refusal struct {
	Error struct {
		Code   string
		Fields []struct{ Field, Code, Message string }
	}
}

// want ends the test unless the answer has the status, and the error's code where one is
// given.
func (a answer) want(status int, code string) answer {
	a.t.Helper()

	var got refusal
	if code != "" {
		a.into(&got)
	}

	if a.Status != status || got.Error.Code != code {
		a.t.Fatalf("%s: got %d %s, want %d %s", a.call(), a.Status, a.Body, status, code)
	}

	return a
}

// wantField is want for an error that is about one field.
func (a answer) wantField(status int, code, field string) {
	a.t.Helper()

	var got refusal
	a.want(status, code).into(&got)

	if len(got.Error.Fields) != 1 || got.Error.Fields[0].Field != field {
		a.t.Errorf("%s: the fields are %v, want %q", a.call(), got.Error.Fields, field)
	}
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.t.Fatalf("%s: got %d %s: %v", a.call(), a.Status, a.Body, err)
	}
}

// get reads one thing.
func get[T any](c client, path string) T {
	c.t.Helper()
	var v T
	c.call(http.MethodGet, path, nil).want(http.StatusOK, "").into(&v)
	return v
}

// all walks a list from its beginning to its end. The path has a query.
func all[T any](c client, path string) []T {
	c.t.Helper()
	var items []T
	for item, err := range api.All[T](c.t.Context(), c.Client, path) {
		if err != nil {
			c.t.Fatal(err)
		}
		items = append(items, item)
	}
	return items
}

// patience is how long a test waits for what another process does, however busy the
// machine is.
const patience = 4 * time.Minute

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	err := api.Until(ctx, 50*time.Millisecond, func(context.Context) (bool, error) {
		return so(), nil
	})
	if err != nil {
		t.Fatalf("in vain: %s", what)
	}
}

type object = map[string]any

type (
	job          = api.Job
	notification = api.Notification
	issue        = api.Issue
	delivery     = api.Delivery
	message      = api.Message
	function     = api.Function
)

type member struct {
	Username, Outcome, State string
	Row                      int
}

// checked is what a link or a code is worth.
type checked struct {
	State, Purpose, Username string
	SentAt                   time.Time `json:"sent_at"`
	ExpiresAt                time.Time `json:"expires_at"`
}

// place makes a job and puts a file where it says.
func (c client) place(options object, file string) job {
	c.t.Helper()

	var made api.Created
	c.call("POST", "/api/jobs", options).want(http.StatusCreated, "").into(&made)
	if err := made.Upload.Put(c.t.Context(), []byte(file)); err != nil {
		c.t.Fatal(err)
	}
	return made.Job
}

// reaches waits until the job has one of the statuses, and fails as soon as it has come
// to another end.
func (c client) reaches(id string, statuses ...string) job {
	c.t.Helper()

	var j job
	eventually(c.t, fmt.Sprintf("the job is %v", statuses), func() bool {
		j = get[job](c, "/api/jobs/"+id)
		return slices.Contains(statuses, j.Status) ||
			slices.Contains([]string{"processed", "rejected", "failed"}, j.Status)
	})

	if !slices.Contains(statuses, j.Status) {
		c.t.Fatalf("the job is %s (%s), want %v", j.Status, j.RejectedReason, statuses)
	}

	return j
}

// validated makes a job of a file, and waits until it is validated or rejected.
func (c client) validated(file string) job {
	c.t.Helper()
	return c.reaches(c.place(object{}, file).ID, "validated", "rejected")
}

// processed makes a job of a file, and waits until it is processed.
func (c client) processed(options object, file string) job {
	c.t.Helper()
	options["process"] = "auto"
	return c.reaches(c.place(options, file).ID, "processed")
}

// notify has a notification sent, and waits until it is.
func (c client) notify(j job, body object) notification {
	c.t.Helper()
	var n notification
	c.call("POST", j.Path()+"/notifications", body).want(http.StatusAccepted, "").into(&n)
	return c.sent(j, n.ID)
}

func (c client) sent(j job, number int) notification {
	c.t.Helper()

	var n notification
	eventually(c.t, "the notification is sent", func() bool {
		n = get[notification](c, fmt.Sprintf("%s/notifications/%d", j.Path(), number))
		return n.Status == "sent"
	})

	return n
}

// sentByUpload waits for the notification that a job asks for itself. It is made after the
// job is processed, so it need not be there at once.
func (c client) sentByUpload(j job) notification {
	c.t.Helper()

	eventually(c.t, "the job has its notification", func() bool {
		return get[job](c, j.Path()).Notifications == 1
	})

	return c.sent(j, 1)
}

func (c client) check(token string) checked {
	c.t.Helper()
	var v checked
	c.call("POST", "/api/password/check", object{"token": token}).want(http.StatusOK, "").into(&v)
	return v
}

func (c client) setPassword(token, password string) answer {
	c.t.Helper()
	return c.call("POST", "/api/password", object{"token": token, "password": password})
}

func (c client) signIn(username, password string) answer {
	c.t.Helper()
	return c.call("POST", "/api/sign-in", object{"username": username, "password": password})
}

// session signs in, and returns the session's token.
func (c client) session(username, password string) string {
	c.t.Helper()
	var s struct{ Token string }
	c.signIn(username, password).want(http.StatusOK, "").into(&s)
	return s.Token
}

// messages returns those sent to an address, oldest first; to anybody if it is empty.
func (c client) messages(to string) []message {
	c.t.Helper()
	var items []message
	for m, err := range c.Messages(c.t.Context(), to) {
		if err != nil {
			c.t.Fatal(err)
		}
		items = append(items, m)
	}
	return items
}

// codeText is a code in a text.
var codeText = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)

// links returns the tokens of the links sent to an address, oldest first. A link is alone
// on its line, and a message holds one at most.
func (c client) links(to string) []string {
	c.t.Helper()

	var tokens []string
	for _, m := range c.messages(to) {
		if strings.Contains(m.Text, "/set-password") {
			tokens = append(tokens, linkOf(c.t, m))
		}
	}

	return tokens
}

// linkOf returns the token of the one link in a message.
func linkOf(t testing.TB, m message) string {
	t.Helper()
	found := m.Token()
	if found == "" {
		t.Fatalf("a message has not one link alone on its line: %q", m.Text)
	}
	return found
}

// link waits until so many links were sent to an address, and returns the last one.
func (c client) link(to string, count int) string {
	c.t.Helper()

	var tokens []string
	eventually(c.t, fmt.Sprintf("link %d is sent to %s", count, to), func() bool {
		tokens = c.links(to)
		return len(tokens) >= count
	})

	if len(tokens) != count {
		c.t.Fatalf("%d links were sent to %s, want %d", len(tokens), to, count)
	}

	return tokens[count-1]
}

// delivered waits until there is nothing left to send.
func (c client) delivered() {
	c.t.Helper()
	eventually(c.t, "all messages are sent", func() bool {
		functions, err := c.functions()
		if err != nil {
			c.t.Fatal(err)
		}

		return !slices.ContainsFunc(functions, func(f function) bool {
			return sends(f) && f.QueueDepth > 0
		})
	})
}

// functions returns all functions of the system.
func (c client) functions() ([]function, error) { return c.Functions(c.t.Context()) }

// sends reports whether the function sends messages.
func sends(f function) bool { return f.Name == "deliver" || f.Name == "answer" }

// mailbox is the address of a user of staff.
func mailbox(username string) string { return username + "@example.com" }

// staff writes a file of users who have nothing but a first name and an address, and
// returns their names.
func staff(prefix string, count int) (file string, names []string) {
	var b strings.Builder
	b.WriteString("User,First Name,Work Email\n")

	for n := range count {
		name := fmt.Sprintf("%s%d", prefix, n)
		names = append(names, name)
		fmt.Fprintf(&b, "%s,Sam,%s\n", name, mailbox(name))
	}

	return b.String(), names
}

// invited brings users of staff in, and returns each one's link.
func (c client) invited(prefix string, count int) (j job, names, tokens []string) {
	c.t.Helper()

	file, names := staff(prefix, count)

	j = c.processed(object{}, file)
	if n := c.notify(j, object{}); n.Counts.Out() != count {
		c.t.Fatalf("the counts are %+v", n.Counts)
	}

	for _, name := range names {
		tokens = append(tokens, c.link(mailbox(name), 1))
	}

	return j, names, tokens
}

// A password that the policy takes, and another one.
const (
	password      = "seven violet otters dance"
	otherPassword = "nine amber herons whistle"
)

// steps runs parts of a story, of which each needs those before it.
func steps(t *testing.T) func(name string, step func(t *testing.T)) {
	return func(name string, step func(t *testing.T)) {
		t.Helper()
		if !t.Run(name, step) {
			t.FailNow()
		}
	}
}
