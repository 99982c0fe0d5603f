package endtoend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/openapi/openapitest"
)

// client is somebody who calls a system. Each of its answers from the API is held against
// the contract.
type client struct {
	t       testing.TB
	url     string
	headers map[string]string
	// tries is how often a call is made that is answered 502, for its function's process
	// was killed; 0 is once.
	tries int
}

// with returns a client that sends one more header.
func (c client) with(name, value string) client {
	headers := maps.Clone(c.headers)
	if headers == nil {
		headers = map[string]string{}
	}

	headers[name] = value
	c.headers = headers
	return c
}

// as returns a client that is signed in by a session's token.
func (c client) as(token string) client { return c.with("Authorization", "Bearer "+token) }

// in returns a client that fails the given test.
func (c client) in(t testing.TB) client {
	c.t = t
	return c
}

// answer is what a call got.
type answer struct {
	t      testing.TB
	call   string
	status int
	header http.Header
	body   []byte
}

// send makes a call: body is sent as it is if it is bytes, else as JSON; nil is none.
func (c client) send(method, path string, body any) (answer, error) {
	c.t.Helper()

	content, raw := body.([]byte)
	if !raw && body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}

	request, err := http.NewRequestWithContext(
		c.t.Context(),
		method,
		c.url+path,
		bytes.NewReader(content),
	)
	if err != nil {
		c.t.Fatal(err)
	}

	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}

	for name, value := range c.headers {
		request.Header.Set(name, value)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()

	got, err := io.ReadAll(response.Body)
	return answer{c.t, method + " " + path, response.StatusCode, response.Header, got}, err
}

// call makes a call of the API.
func (c client) call(method, path string, body any) answer {
	c.t.Helper()

	a, err := c.send(method, path, body)
	for try := 1; try < c.tries && err == nil && a.status == http.StatusBadGateway; try++ {
		a, err = c.send(method, path, body)
	}

	if err != nil {
		c.t.Fatal(err)
	}

	openapitest.Check(c.t, method, path, a.status, a.body)
	a.promised()

	return a
}

// promised checks what every answer of the API has.
func (a answer) promised() {
	a.t.Helper()
	if a.header.Get("X-Request-Id") == "" || a.header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s: the headers are %v", a.call, a.header)
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

	if a.status != status || got.Error.Code != code {
		a.t.Fatalf("%s: got %d %s, want %d %s", a.call, a.status, a.body, status, code)
	}

	return a
}

// wantField is want for an error that is about one field.
func (a answer) wantField(status int, code, field string) {
	a.t.Helper()

	var got refusal
	a.want(status, code).into(&got)

	if len(got.Error.Fields) != 1 || got.Error.Fields[0].Field != field {
		a.t.Errorf("%s: the fields are %v, want %q", a.call, got.Error.Fields, field)
	}
}

func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: got %d %s: %v", a.call, a.status, a.body, err)
	}
}

// get reads one thing.
func get[T any](c client, path string) T {
	c.t.Helper()
	var v T
	c.call("GET", path, nil).want(http.StatusOK, "").into(&v)
	return v
}

// list is a page of a list.
type list[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor"`
}

// all walks a list from its beginning to its end. The path has a query.
func all[T any](c client, path string) []T {
	c.t.Helper()

	var items []T
	for next := ""; ; {
		page := get[list[T]](c, path+next)

		items = append(items, page.Items...)
		if page.Next == nil {
			return items
		}

		next = "&cursor=" + url.QueryEscape(*page.Next)
	}
}

// patience is how long a test waits for what another process does, however busy the
// machine is.
const patience = 4 * time.Minute

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()

	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()

	timeout := time.After(patience)
	for !so() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("in vain: %s", what)
		}
	}
}

type object = map[string]any

type job struct {
	ID             string
	Name           string
	Status         string
	RejectedReason string    `json:"rejected_reason"`
	CreatedAt      time.Time `json:"created_at"`
	CreatedBy      string    `json:"created_by"`
	Devices        []string
	LinkLifetime   string `json:"link_lifetime"`
	Rows           struct {
		Total, Valid, Invalid, Processed, Added, Updated, Unchanged, Removed, Failed int
	}
	Users struct {
		Total, Active, Pending, Expired, Inactive, Undeliverable int
	}
	Notifications int
}

func (j job) path() string { return "/api/jobs/" + j.ID }

type notification struct {
	ID        int
	Audience  string
	Usernames []string
	Status    string
	Reason    *string
	Trigger   string
	Counts    counts
	// FinishedAt is when nothing was left to do.
	FinishedAt *time.Time `json:"finished_at"`
}

type counts struct{ Audience, Queued, Sent, Delivered, Bounced, Complained, Failed, Skipped int }

// out is how many have been sent a message, whether SES has told that it arrived or not
// yet.
func (c counts) out() int { return c.Sent + c.Delivered }

func (c counts) total() int {
	return c.Queued + c.Sent + c.Delivered + c.Bounced + c.Complained + c.Failed + c.Skipped
}

type issue struct {
	Row                                 int
	Column, Level, Code, Value, Message string
}

type member struct {
	Username, Outcome, State string
	Row                      int
}

type delivery struct{ Username, Device, Channel, State, Reason string }

// checked is what a link or a code is worth.
type checked struct {
	State, Purpose, Username string
	SentAt                   time.Time `json:"sent_at"`
	ExpiresAt                time.Time `json:"expires_at"`
}

// place makes a job and puts a file where it says.
func (c client) place(options object, file string) job {
	c.t.Helper()

	var made struct {
		Job    job
		Upload struct {
			Method, URL string
			Headers     map[string]string
		}
	}
	c.call("POST", "/api/jobs", options).want(http.StatusCreated, "").into(&made)

	request, err := http.NewRequestWithContext(
		c.t.Context(),
		made.Upload.Method,
		made.Upload.URL,
		strings.NewReader(file),
	)
	if err != nil {
		c.t.Fatal(err)
	}

	for name, value := range made.Upload.Headers {
		request.Header.Set(name, value)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}

	response.Body.Close()

	if response.StatusCode != http.StatusOK {
		c.t.Fatalf("the upload got %s", response.Status)
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
	c.call("POST", j.path()+"/notifications", body).want(http.StatusAccepted, "").into(&n)
	return c.sent(j, n.ID)
}

func (c client) sent(j job, number int) notification {
	c.t.Helper()

	var n notification
	eventually(c.t, "the notification is sent", func() bool {
		n = get[notification](c, fmt.Sprintf("%s/notifications/%d", j.path(), number))
		return n.Status == "sent"
	})

	return n
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

// message is an email or SMS that was sent.
type message struct{ Channel, To, Subject, Text, HTML string }

// local reads one of the host's own calls.
func local[T any](c client, path string) (T, error) {
	c.t.Helper()

	var v T

	a, err := c.send("GET", path, nil)
	if err != nil {
		return v, err
	}
	if a.status != http.StatusOK {
		return v, fmt.Errorf("%s: got %d %s", a.call, a.status, a.body)
	}
	return v, json.Unmarshal(a.body, &v)
}

// messages returns those sent to an address, oldest first; to anybody if it is empty.
func (c client) messages(to string) []message {
	c.t.Helper()

	var items []message
	for next := ""; ; {
		page, err := local[list[message]](
			c,
			"/_local/messages?limit=200&to="+url.QueryEscape(to)+next,
		)
		if err != nil {
			c.t.Fatal(err)
		}

		items = append(items, page.Items...)
		if page.Next == nil {
			return items
		}

		next = "&cursor=" + *page.Next
	}
}

var (
	linkLine = regexp.MustCompile(`(?m)^\S+/set-password#(\S+)$`)
	codeText = regexp.MustCompile(`\b[0-9A-Z]{4}-[0-9A-Z]{4}\b`)
)

// links returns the tokens of the links sent to an address, oldest first. A link is alone
// on its line, and a message holds one at most.
func (c client) links(to string) []string {
	c.t.Helper()

	var tokens []string
	for _, m := range c.messages(to) {
		if strings.Contains(m.Text, "/set-password") {
			tokens = append(tokens, m.token(c.t))
		}
	}

	return tokens
}

func (m message) token(t testing.TB) string {
	t.Helper()

	found := linkLine.FindAllStringSubmatch(m.Text, -1)
	if len(found) != 1 {
		t.Fatalf("a message has not one link alone on its line: %q", m.Text)
	}

	return found[0][1]
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

// delivered waits until there is nothing left for deliver to do.
func (c client) delivered() {
	c.t.Helper()
	eventually(c.t, "all messages are sent", func() bool {
		functions, err := c.functions()
		if err != nil {
			c.t.Fatal(err)
		}

		return !slices.ContainsFunc(
			functions,
			func(f function) bool { return f.Name == "deliver" && f.QueueDepth > 0 },
		)
	})
}

// function is what the host tells of one.
type function struct {
	Name       string
	Instances  []instance
	QueueDepth int `json:"queue_depth"`
}

type instance struct {
	PID   int
	State string
}

func (c client) functions() ([]function, error) {
	c.t.Helper()
	page, err := local[list[function]](c, "/_local/functions")
	return page.Items, err
}

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
	if n := c.notify(j, object{}); n.Counts.out() != count {
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
