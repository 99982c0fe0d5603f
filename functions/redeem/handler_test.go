package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/limit"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/store"
	"latchkey/shared/throttle"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

const (
	goodPassword = "correct horse battery staple, said Ada"
	here, there  = "192.0.2.1", "192.0.2.2"
)

// world is a pending user with an email address.
type world struct {
	*wiretest.Twin
	handler
	profile user.Profile
}

func newWorld(t testing.TB) *world {
	t.Helper()
	twin := wiretest.New(t, "redeem", nil)
	w := &world{Twin: twin, handler: newHandler(twin.Wire)}
	w.profile = user.Profile{
		ID:       "u1",
		Key:      "ada",
		Username: "Ada",
		Fields:   map[string]string{"Work Email": "ada@example.com", "SMS Phone": "+16502530000"},
	}
	w.Must(w.directory.Write(t.Context(), w.profile, nil, "j1#2"))

	return w
}

func (w *world) sent(hashed string, lasts time.Duration, devices ...string) token.Sent {
	s := token.Sent{
		Hash:      hashed,
		SentAt:    clock.Of(w.Time()),
		ExpiresAt: clock.Of(wiretest.Noon.Add(lasts)),
	}
	for _, device := range devices {
		s.SentTo = append(
			s.SentTo,
			token.Target{Device: device, Channel: user.Email, Address: w.profile.Fields[device]},
		)
	}

	return s
}

// link makes the user's latest link for a purpose, and gives its token.
func (w *world) link(purpose token.Purpose) string {
	w.T.Helper()

	secret, hashed := token.New("u1")
	link := token.Link{
		UserID:   "u1",
		Purpose:  purpose,
		Username: "ada",
		Renewal:  3600,
		Sent:     w.sent(hashed, time.Hour, "Work Email"),
	}

	var before *token.Link
	if old, err := w.tokens.Link(w.T.Context(), "u1", purpose); err == nil {
		before = &old
	}

	w.Must(w.tokens.Replace(w.T.Context(), link, before))

	return secret.Reveal()
}

// code gives the user's latest reset link a code, as of a message to both devices, and
// returns it. If there is no such link, or a password was set since, it makes one.
func (w *world) code() string {
	w.T.Helper()
	key, err := w.codeKey.CodeKey(w.T.Context())
	w.Must(err)

	link, err := w.tokens.Link(w.T.Context(), "u1", token.Reset)
	current, _ := w.credentials.Get(w.T.Context(), "u1")
	if err != nil || current.SetAt >= link.SentAt {
		w.link(token.Reset)
		link, err = w.tokens.Link(w.T.Context(), "u1", token.Reset)
		w.Must(err)
	}

	secret, hashed := key.CodeOf("u1", rand.Text())
	link.SentTo = w.sent("", 0, "Work Email", "SMS Phone").SentTo
	link.Code = token.NewCode(hashed, clock.Of(wiretest.Noon.Add(10*time.Minute)))
	w.Must(w.tokens.PutMany(w.T.Context(), []token.Link{link}))

	return secret.Reveal()
}

// change writes the profile with another value of a field; a blank one clears it.
func (w *world) change(field, value string) {
	w.T.Helper()
	before, err := w.directory.Get(w.T.Context(), "ada")
	w.Must(err)

	after, _ := before.Apply(user.Change{Fields: map[string]string{field: value}})
	w.Must(w.directory.Write(w.T.Context(), after, &before, "j2#2"))
}

func (w *world) remove() {
	w.T.Helper()
	before, err := w.directory.Get(w.T.Context(), "ada")
	w.Must(err)
	w.Must(w.directory.Remove(w.T.Context(), before, "j2#2"))
}

// call asks the handler, and checks the answer against the contract.
func (w *world) call(path, from string, body any) (int, string) {
	w.T.Helper()

	encoded, err := json.Marshal(body)
	w.Must(err)

	event := api.Event{
		RouteKey: "POST " + path,
		RawPath:  path,
		Body:     string(encoded),
		Headers:  map[string]string{"content-type": "application/json"},
	}
	event.RequestContext.HTTP.Method, event.RequestContext.HTTP.SourceIP = http.MethodPost, from
	answer, err := w.routes().Serve(w.T.Context(), event)
	w.Must(err)
	openapitest.Check(w.T, http.MethodPost, path, answer.StatusCode, []byte(answer.Body))

	return answer.StatusCode, answer.Body
}

type fields map[string]any

func (w *world) set(body fields) (int, string) {
	w.T.Helper()

	if _, ok := body["password"]; !ok {
		body["password"] = goodPassword
	}

	status, answer := w.call("/api/password", here, body)

	var refused struct{ Error struct{ Code string } }
	if answer != "" {
		w.Must(json.Unmarshal([]byte(answer), &refused))
	}

	return status, refused.Error.Code
}

func (w *world) state(body fields) token.State {
	w.T.Helper()
	_, answer := w.call("/api/password/check", here, body)

	var found struct{ State token.State }
	w.Must(json.Unmarshal([]byte(answer), &found))

	return found.State
}

// hash returns the hash of the user's password, "" without one.
func (w *world) hash() string {
	w.T.Helper()

	current, err := w.credentials.Get(w.T.Context(), "u1")
	if err != nil {
		return ""
	}
	return current.Hash
}

func TestOf64AtOnceWithOneLinkOneWins(t *testing.T) {
	w := newWorld(t)
	secret := w.link(token.Invite)
	code := w.code()

	const n = 64

	var mu sync.Mutex

	answers := map[string]int{}
	winner := ""

	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			mine := fmt.Sprintf("%s, number %d", goodPassword, i)
			status, code := w.set(fields{"token": secret, "password": mine})

			mu.Lock()
			defer mu.Unlock()

			answers[fmt.Sprint(status, " ", code)]++
			if status == http.StatusNoContent {
				winner = mine
			}
		})
	}

	group.Wait()

	if answers["204 "] != 1 || answers["400 link_invalid"] != n-1 {
		t.Fatalf("got %v", answers)
	}

	if ok, _, err := credential.Verify(w.hash(), winner); err != nil || !ok {
		t.Errorf("the winner's password isn't the one that is kept: %v", err)
	}

	if state := w.state(fields{"token": secret}); state != token.Used {
		t.Errorf("the link is %s", state)
	}

	if state := w.state(fields{"username": "ada", "code": code}); state != token.Invalid {
		t.Errorf("the code is %s", state)
	}
}

func TestOf16AtOnceWithOneCodeOneWins(t *testing.T) {
	w := newWorld(t)
	link := w.link(token.Reset)
	code := w.code()

	const n = 16

	statuses := make([]int, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			statuses[i], _ = w.call("/api/password", fmt.Sprint("198.51.100.", i), fields{
				"username": "ada",
				"code":     code,
				"password": fmt.Sprintf("%s, number %d", goodPassword, i),
			})
		})
	}

	group.Wait()
	slices.Sort(statuses)

	want := append([]int{204}, slices.Repeat([]int{400}, n-1)...)
	if !slices.Equal(statuses, want) {
		t.Errorf("got %v", statuses)
	}

	if state := w.state(fields{"username": "ada", "code": code}); state != token.Invalid {
		t.Errorf("the code is %s", state)
	}
	if state := w.state(fields{"token": link}); state != token.Used {
		t.Errorf("its link is %s", state)
	}
}

func TestAUserWhoIsRemovedWhileTheirRequestIsUnderWay(t *testing.T) {
	w := newWorld(t)
	given := proof{Token: w.link(token.Invite)}
	found, err := w.findUsable(t.Context(), given, "198.51.100.1")
	w.Must(err)

	w.remove()
	another := w.profile
	another.ID = "u2"
	w.Must(w.directory.Write(t.Context(), another, nil, "j3#2"))

	// It may win as if it had come before. Then its password is that of the removed user,
	// and not of the one who has the username now.
	next, err := w.prepare(t.Context(), found, goodPassword, "198.51.100.1")
	w.Must(err)
	w.Must(w.write(t.Context(), found, next))
	if _, err := w.credentials.Get(t.Context(), "u1"); err != nil {
		t.Errorf("the removed user: %v", err)
	}
	if _, err := w.credentials.Get(t.Context(), "u2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the one who has the username now: %v", err)
	}
}

// Several ways to set a first password at once: a link, a reset link and a code.
func TestALinkAResetAndACodeAtOnceSetTheFirstPasswordOnce(t *testing.T) {
	w := newWorld(t)
	bodies := []fields{
		{"token": w.link(token.Invite)},
		{"token": w.link(token.Reset)},
		{"username": "ada", "code": w.code()},
	}
	statuses := make([]int, len(bodies))

	var group sync.WaitGroup
	for i, body := range bodies {
		group.Go(func() { statuses[i], _ = w.set(body) })
	}

	group.Wait()
	slices.Sort(statuses)

	if !slices.Equal(statuses, []int{204, 400, 400}) {
		t.Errorf("got %v", statuses)
	}

	for _, body := range bodies {
		delete(body, "password")

		if state := w.state(body); state == token.Valid {
			t.Errorf("%v still works", body)
		}
	}
}

func TestWhatALinkIsWorth(t *testing.T) {
	for _, test := range []struct {
		name    string
		purpose token.Purpose
		change  func(w *world, secret string)
		state   token.State
		status  int
		code    string
	}{
		{"a fresh invite sets a password", token.Invite, nil, token.Valid, 204, ""},
		{"so does a fresh reset", token.Reset, nil, token.Valid, 204, ""},
		{
			name:    "looking at it, however often, changes nothing",
			purpose: token.Invite,
			change: func(w *world, secret string) {
				for range 20 {
					w.state(fields{"token": secret})
				}
			},
			state:  token.Valid,
			status: 204,
		},
		{
			name:    "an expired link that is still there is refused as expired",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.Set(wiretest.Noon.Add(time.Hour)) },
			state:   token.Expired,
			status:  410,
			code:    "link_expired",
		},
		{
			name:    "a replaced one is refused",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.link(token.Invite) },
			state:   token.Replaced,
			status:  400,
			code:    "link_invalid",
		},
		{
			name:    "a used one is refused",
			purpose: token.Invite,
			change:  func(w *world, secret string) { w.set(fields{"token": secret}) },
			state:   token.Used,
			status:  400,
			code:    "link_invalid",
		},
		{
			name:    "an invite is used up by a reset",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.set(fields{"token": w.link(token.Reset)}) },
			state:   token.Used,
			status:  400,
			code:    "link_invalid",
		},
		{
			name:    "a reset is used up by a code",
			purpose: token.Reset,
			change: func(w *world, _ string) {
				w.set(fields{"username": "ADA", "code": w.code()})
			},
			state:  token.Used,
			status: 400,
			code:   "link_invalid",
		},
		{
			name:    "an invite of somebody who has a password is used",
			purpose: token.Invite,
			change: func(w *world, _ string) {
				set := credential.Credential{UserID: "u1", Hash: "h", Generation: "g"}
				w.Must(w.credentials.Table.Put(w.T.Context(), set, "", nil))
			},
			state:  token.Used,
			status: 400,
			code:   "link_invalid",
		},
		{
			name:    "an inactive user's is worth nothing",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.change(user.Status, user.Inactive) },
			state:   token.Invalid,
			status:  400,
			code:    "link_invalid",
		},
		{
			name:    "and works again when they are active",
			purpose: token.Invite,
			change: func(w *world, _ string) {
				w.change(user.Status, user.Inactive)
				w.change(user.Status, user.Active)
			},
			state:  token.Valid,
			status: 204,
		},
		{
			name:    "a removed user's is worth nothing",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.remove() },
			state:   token.Invalid,
			status:  400,
			code:    "link_invalid",
		},
		{
			name:    "nor is it when another has the username",
			purpose: token.Invite,
			change: func(w *world, _ string) {
				w.remove()
				another := w.profile
				another.ID = "u2"
				w.Must(w.directory.Write(w.T.Context(), another, nil, "j3#2"))
			},
			state:  token.Invalid,
			status: 400,
			code:   "link_invalid",
		},
		{
			name:    "one that was sent to an address that the user has no more has expired",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.change("Work Email", "ada@example.org") },
			state:   token.Expired,
			status:  410,
			code:    "link_expired",
		},
		{
			name:    "the address in another letter case is the same address",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.change("Work Email", "Ada@Example.COM") },
			state:   token.Valid,
			status:  204,
		},
		{
			name:    "so is one that was moved to another column",
			purpose: token.Invite,
			change: func(w *world, _ string) {
				w.change("Home Email", "ADA@example.com")
				w.change("Work Email", "")
			},
			state:  token.Valid,
			status: 204,
		},
		{
			name:    "or that has a new one in the column where it was",
			purpose: token.Reset,
			change: func(w *world, _ string) {
				w.change("Home Email", "ada@example.com")
				w.change("Work Email", "ada@example.org")
			},
			state:  token.Valid,
			status: 204,
		},
		{
			name:    "a column that is no device's doesn't keep a link alive",
			purpose: token.Invite,
			change: func(w *world, _ string) {
				w.change(user.ExternalKey, "ada@example.com")
				w.change("Work Email", "ada@example.org")
			},
			state:  token.Expired,
			status: 410,
			code:   "link_expired",
		},
		{
			name:    "one that was sent to an address that was taken away has expired",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.change("Work Email", "") },
			state:   token.Expired,
			status:  410,
			code:    "link_expired",
		},
		{
			name:    "another field's change doesn't matter",
			purpose: token.Invite,
			change:  func(w *world, _ string) { w.change(user.Site, "B") },
			state:   token.Valid,
			status:  204,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)

			secret := w.link(test.purpose)
			if test.change != nil {
				test.change(w, secret)
			}

			if state := w.state(fields{"token": secret}); state != test.state {
				t.Errorf("it is %s, want %s", state, test.state)
			}

			before := w.hash()

			status, code := w.set(fields{"token": secret})
			if status != test.status || code != test.code {
				t.Errorf("got %d %s, want %d %s", status, code, test.status, test.code)
			}

			if changed := w.hash() != before; changed != (test.status == 204) {
				t.Errorf("the password changed: %t", changed)
			}
		})
	}
}

func TestAMadeUpTokenIsWorthNothing(t *testing.T) {
	w := newWorld(t)
	w.link(token.Invite)

	other, _ := token.New("u1")
	for name, text := range map[string]string{
		"nonsense":       "nonsense",
		"another secret": other.Reveal(),
		"the sample's":   "sample",
	} {
		if state := w.state(fields{"token": text}); state != token.Invalid {
			t.Errorf("%s is %s", name, state)
		}

		if status, code := w.set(fields{"token": text}); status != 400 || code != "link_invalid" {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
}

func TestCodes(t *testing.T) {
	const wrong = "0000-0000"
	for _, test := range []struct {
		name string
		do   func(w *world, right string)
		from string
		want token.State
	}{
		{"the right one works, as people type it", nil, here, token.Valid},
		{
			name: "after four wrong ones it works",
			do:   func(w *world, _ string) { w.guess(4, wrong, here) },
			from: here,
			want: token.Valid,
		},
		{
			name: "after five wrong ones from here it is dead here",
			do:   func(w *world, _ string) { w.guess(5, wrong, here) },
			from: here,
			want: token.Invalid,
		},
		{
			name: "and lives elsewhere",
			do:   func(w *world, _ string) { w.guess(5, wrong, here) },
			from: there,
			want: token.Valid,
		},
		{
			name: "after fifty in all it is dead everywhere",
			do: func(w *world, _ string) {
				for i := range 10 {
					w.guess(5, wrong, fmt.Sprint("198.51.100.", i))
				}
			},
			from: there,
			want: token.Invalid,
		},
		{
			name: "right ones cost no try",
			do:   func(w *world, right string) { w.guess(12, right, here) },
			from: here,
			want: token.Valid,
		},
		{
			name: "what hasn't the form of a code costs no try",
			do: func(w *world, right string) {
				for _, text := range []string{right[:8], right + "0", "Uuuu-Uuuu", "my code", "-"} {
					w.guess(5, text, here)
				}
			},
			from: here,
			want: token.Valid,
		},
		{
			name: "one too late is expired, though the item is there",
			do:   func(w *world, _ string) { w.Set(wiretest.Noon.Add(10 * time.Minute)) },
			from: here,
			want: token.Expired,
		},
		{"a newer one replaces it", func(w *world, _ string) { w.code() }, here, token.Invalid},
		{
			name: "an inactive user's is worth nothing",
			do:   func(w *world, _ string) { w.change(user.Status, user.Inactive) },
			from: here,
			want: token.Invalid,
		},
		{
			name: "nor one of which an address is no more the user's",
			do:   func(w *world, _ string) { w.change("SMS Phone", "") },
			from: here,
			want: token.Invalid,
		},
		{"nor a removed user's", func(w *world, _ string) { w.remove() }, here, token.Invalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			link := w.link(token.Reset)

			right := w.code()
			if test.do != nil {
				test.do(w, right)
			}

			pasted := strings.ToLower(strings.ReplaceAll(right, "-", " – "))
			_, answer := w.call(
				"/api/password/check",
				test.from,
				fields{"username": "\ufeff aDa\u00a0\u200b", "code": "\t" + pasted + ".\u200e"},
			)
			if !strings.Contains(answer, `"state":"`+string(test.want)+`"`) {
				t.Errorf("got %s, want %s", answer, test.want)
			}

			status, _ := w.call(
				"/api/password",
				test.from,
				fields{"username": "ada", "code": right, "password": goodPassword},
			)
			want := map[token.State]int{
				token.Valid:   204,
				token.Expired: 410,
				token.Invalid: 400,
			}[test.want]
			if status != want {
				t.Errorf("to set a password answers %d, want %d", status, want)
			}
			// A dead code never kills the link that came with it.
			if strings.Contains(test.name, "dead") {
				if state := w.state(fields{"token": link}); state != token.Valid {
					t.Errorf("the link is %s", state)
				}
			}
		})
	}
}

// guess shows a code a number of times.
func (w *world) guess(times int, code, from string) {
	w.T.Helper()

	for range times {
		w.call("/api/password/check", from, fields{"username": "ada", "code": code})
	}
}

func TestWrongCodesAtOnceGetNoMoreTriesThanThereAre(t *testing.T) {
	w := newWorld(t)
	right := w.code()

	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { w.guess(1, "0000-0000", here) })
	}

	group.Wait()

	kept, err := w.tokens.Link(t.Context(), "u1", token.Reset)
	w.Must(err)

	if kept.Code.Tries != 5 {
		t.Errorf("%d tries were taken", kept.Code.Tries)
	}

	status, code := w.set(fields{"username": "ada", "code": right})
	if status != 400 || code != "link_invalid" {
		t.Errorf("the right one then answers %d %s", status, code)
	}
}

func TestAnUnknownUsersCodeAnswersAsAWrongOne(t *testing.T) {
	w := newWorld(t)
	w.code()
	_, known := w.call("/api/password/check", here, fields{"username": "ada", "code": "0000-0000"})

	_, unknown := w.call(
		"/api/password/check",
		here,
		fields{"username": "nobody", "code": "0000-0000"},
	)
	if known != unknown {
		t.Errorf("got %s and %s", known, unknown)
	}
}

func TestACodesCheckMakesTheSameCallsForEverybody(t *testing.T) {
	var operations []string
	twin := wiretest.New(t, "redeem", nil)
	twin.Transports["dynamodb"] = counting(func(operation string) {
		operations = append(operations, operation)
	})
	w := &world{Twin: twin, handler: newHandler(twin.Wire)}
	for i, name := range []string{"ada", "bob"} { // bob has no code
		w.Must(w.directory.Write(t.Context(), user.Profile{
			ID:       fmt.Sprint("u", i+1),
			Key:      name,
			Username: name,
		}, nil, "j1#2"))
	}
	w.code()

	var first []string
	for _, name := range []string{"ada", "bob", "nobody"} {
		operations = nil
		w.call("/api/password/check", here, fields{"username": name, "code": "0000-0000"})
		if first == nil {
			first = operations
		}
		if len(operations) == 0 || !slices.Equal(operations, first) {
			t.Errorf("%s: %v, want %v", name, operations, first)
		}
	}
}

// counting tells of each call to DynamoDB before it goes on.
type counting func(operation string)

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c(r.Header.Get("X-Amz-Target"))
	return http.DefaultTransport.RoundTrip(r)
}

func TestCodesOfOneAddressAreBounded(t *testing.T) {
	w := newWorld(t)
	body := fields{"username": "nobody", "code": "0000-0000", "password": goodPassword}
	for i := range throttle.PerSource {
		path := "/api/password/check"
		if i%2 == 0 {
			path = "/api/password"
		}
		status, _ := w.call(path, here, forPath(body, path))
		if status == http.StatusTooManyRequests {
			t.Fatalf("request %d is one too many", i+1)
		}
	}

	for _, path := range []string{"/api/password/check", "/api/password"} {
		if status, _ := w.call(path, here, forPath(body, path)); status != 429 {
			t.Errorf("%s then answers %d", path, status)
		}
		if status, _ := w.call(path, there, forPath(body, path)); status == 429 {
			t.Errorf("%s from elsewhere answers %d", path, status)
		}
	}
}

// forPath returns a body without the fields that a route doesn't have.
func forPath(body fields, path string) fields {
	if path == "/api/password" {
		return body
	}

	without := maps.Clone(body)
	delete(without, "password")
	return without
}

func TestTheTokenIsJudgedBeforeThePassword(t *testing.T) {
	w := newWorld(t)

	secret := w.link(token.Invite)
	status, code := w.set(fields{"token": "nonsense", "password": "short"})
	if status != 400 || code != "link_invalid" {
		t.Errorf("got %d %s", status, code)
	}

	status, code = w.set(fields{"token": secret, "password": "short"})
	if status != 422 || code != "password_rejected" {
		t.Errorf("got %d %s", status, code)
	}

	if state := w.state(fields{"token": secret}); state != token.Valid || w.hash() != "" {
		t.Errorf("after a refused password the link is %s", state)
	}

	w.Set(wiretest.Noon.Add(time.Hour))
	status, code = w.set(fields{"token": secret, "password": "short"})
	if status != 410 || code != "link_expired" {
		t.Errorf("got %d %s", status, code)
	}
}

func TestBadBodies(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name, path string
		body       fields
		field      string
	}{
		{"nothing", "/api/password/check", fields{}, "token"},
		{
			name:  "a token and a code",
			path:  "/api/password/check",
			body:  fields{"token": "t", "username": "ada", "code": "c"},
			field: "token",
		},
		{"a code without its username", "/api/password/check", fields{"code": "c"}, "username"},
		{
			name:  "a username without a code",
			path:  "/api/password",
			body:  fields{"username": "ada", "password": goodPassword},
			field: "code",
		},
		{
			name:  "a token of another type",
			path:  "/api/password",
			body:  fields{"token": 5, "password": goodPassword},
			field: "token",
		},
		{
			name:  "an unknown field",
			path:  "/api/password",
			body:  fields{"token": "t", "passwort": goodPassword},
			field: "passwort",
		},
		{"a renewal of nothing", "/api/link/renew", fields{}, "token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.call(test.path, here, test.body)
			if status != 422 || !strings.Contains(answer, `"field":"`+test.field+`"`) {
				t.Errorf("got %d, %s", status, answer)
			}
		})
	}
}

func TestCheckTellsWhereItWasSentMasked(t *testing.T) {
	w := newWorld(t)

	_, answer := w.call("/api/password/check", here, fields{"token": w.link(token.Invite)})
	for _, part := range []string{
		`"purpose":"invite"`,
		`"username":"Ada"`,
		`"sent_at":"2100-03-01T12:00:00.000Z"`,
		`"policy":{"min_length":15,"max_length":128}`,
	} {
		if !strings.Contains(answer, part) {
			t.Errorf("%s lacks %s", answer, part)
		}
	}

	if strings.Contains(answer, "ada@example.com") {
		t.Errorf("%s tells the address", answer)
	}
}

func TestCheckTellsOfAReplacedLinkWhereTheLatestWent(t *testing.T) {
	for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
		w := newWorld(t)
		first := w.link(purpose)
		w.Set(wiretest.Noon.Add(time.Minute))
		second := w.link(purpose)
		w.change("Work Email", "Ada@Example.COM")
		w.Set(wiretest.Noon.Add(2 * time.Minute))
		latest := w.link(purpose)

		for _, old := range []string{first, second} {
			_, answer := w.call("/api/password/check", here, fields{"token": old})
			for _, part := range []string{
				`"state":"replaced"`,
				`"sent_to":"a••••@e••••.com"`,
				`"latest_sent_at":"2100-03-01T12:02:00.000Z"`,
				`"latest_sent_to":"a••••@e••••.com"`,
			} {
				if !strings.Contains(answer, part) {
					t.Errorf("%s: %s lacks %s", purpose, answer, part)
				}
			}
		}

		_, answer := w.call("/api/password/check", here, fields{"token": latest})
		if !strings.Contains(answer, `"latest_sent_at":null,"latest_sent_to":null`) {
			t.Errorf("%s: of the latest it tells %s", purpose, answer)
		}
	}
}

func TestRenewAnswersTheSameAndTellsOnlyTheHash(t *testing.T) {
	w := newWorld(t)
	secret := w.link(token.Invite)
	unknown, _ := token.New("nobody")

	var answers []string
	for _, text := range []string{secret, unknown.Reveal(), "nonsense"} {
		status, body := w.call("/api/link/renew", here, fields{"token": text})
		answers = append(answers, fmt.Sprint(status, body))
	}

	if answers[0] != "202{}" || answers[1] != answers[0] || answers[2] != answers[0] {
		t.Errorf("got %v", answers)
	}

	messages := w.Received(work.Urgent)
	if len(messages) != 2 { // nonsense names nobody
		t.Fatalf("%d messages", len(messages))
	}

	for _, m := range messages {
		if strings.Contains(secret, m.(work.Renew).Hash) {
			t.Errorf("got %+v", m)
		}
	}
}

func TestRenewalsOfOneAddressAreBounded(t *testing.T) {
	w := newWorld(t)
	for range throttle.PerSource {
		w.Must(w.limits.Take(
			t.Context(),
			limit.Name("renew", here),
			throttle.PerSource,
			throttle.Window,
			wiretest.Noon,
		))
	}

	if status, _ := w.call("/api/link/renew", here, fields{"token": "nonsense"}); status != 429 {
		t.Errorf("got %d", status)
	}

	if status, _ := w.call("/api/link/renew", there, fields{"token": "nonsense"}); status != 202 {
		t.Errorf("another address gets %d", status)
	}
}

func TestANewPasswordForgetsFailedSignIns(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		_, err := w.limits.Attempt(t.Context(), "ada", here, wiretest.Noon)
		w.Must(err)
	}

	if status, _ := w.set(fields{"token": w.link(token.Invite)}); status != 204 {
		t.Fatal(status)
	}

	if _, err := w.limits.Attempt(t.Context(), "ada", here, wiretest.Noon); err != nil {
		t.Errorf("still locked: %v", err)
	}
}

func TestAResetKeepsWhenTheFirstPasswordWasSet(t *testing.T) {
	w := newWorld(t)
	w.set(fields{"token": w.link(token.Invite)})
	first, err := w.credentials.Get(t.Context(), "u1")
	w.Must(err)

	w.Set(wiretest.Noon.Add(time.Minute))
	if status, _ := w.set(fields{"token": w.link(token.Reset)}); status != 204 {
		t.Fatal(status)
	}

	second, err := w.credentials.Get(t.Context(), "u1")
	w.Must(err)

	if second.FirstSetAt != first.FirstSetAt || second.SetAt != clock.Of(w.Time()) ||
		second.Generation == first.Generation {
		t.Errorf("got %+v after %+v", second, first)
	}
}

func TestHowAPasswordWasSetIsRecorded(t *testing.T) {
	w := newWorld(t)

	recorded := func() string {
		t.Helper()
		entries, _, err := w.audit.List(t.Context(), audit.Query{Target: "ada"}, 1)
		w.Must(err)

		if len(entries) == 0 {
			return ""
		}

		e := entries[0]
		return fmt.Sprintf(
			"%s actor=%s target=%s from=%s %s",
			e.Action,
			e.Actor,
			e.Target,
			e.SourceIP,
			e.Result,
		)
	}
	for i, test := range []struct {
		name string
		body func() fields
		want string
	}{
		{
			name: "the first, by a link",
			body: func() fields { return fields{"token": w.link(token.Invite)} },
			want: "password_set_by_link",
		},
		{
			name: "a new one, by a link",
			body: func() fields { return fields{"token": w.link(token.Reset)} },
			want: "password_reset_by_link",
		},
		{
			name: "a new one, by a code",
			body: func() fields { return fields{"username": "ada", "code": w.code()} },
			want: "password_reset_by_code",
		},
		{
			name: "the first, by a code",
			body: func() fields {
				w.Must(w.credentials.Table.Delete(t.Context(), store.Key{"user_id": "u1"}, "", nil))
				return fields{"username": "ada", "code": w.code()}
			},
			want: "password_set_by_code",
		},
	} {
		w.Set(wiretest.Noon.Add(time.Duration(i) * time.Second))
		if status, answer := w.set(test.body()); status != 204 {
			t.Fatalf("%s: got %d, %s", test.name, status, answer)
		}

		if got := recorded(); got != test.want+" actor=Ada target=Ada from=192.0.2.1 ok" {
			t.Errorf("%s: got %q", test.name, got)
		}
	}

	status, _ := w.set(fields{"token": w.link(token.Invite)})
	last := "password_set_by_code actor=Ada target=Ada from=192.0.2.1 ok"
	if status == 204 || recorded() != last {
		t.Errorf("what was refused is recorded: %s", recorded())
	}
}
