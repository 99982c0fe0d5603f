package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/limit"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
)

const (
	right       = "correct horse battery staple"
	here, there = "192.0.2.1", "192.0.2.2"
)

type world struct {
	*wiretest.Twin
	handler
}

func newWorld(t testing.TB) *world {
	t.Helper()
	twin := wiretest.New(t, "signin", nil)
	w := &world{Twin: twin, handler: newHandler(twin.Wire)}

	for name, fields := range map[string]map[string]string{
		"ada":      {user.FirstName: "Ada", user.Role: "Clerk|Administrator"},
		"pending":  {},
		"inactive": {user.Status: user.Inactive},
	} {
		w.Must(w.guard.Directory.Write(t.Context(), user.Profile{
			ID:       "id-" + name,
			Key:      name,
			Username: strings.ToUpper(name),
			Fields:   fields,
		}, nil, "j1#"+name))
	}

	w.setPassword("ada", "g1")
	w.setPassword("inactive", "g1")

	return w
}

func (w *world) setPassword(name, generation string) {
	w.T.Helper()
	w.Must(w.guard.Credentials.Table.Put(w.T.Context(), credential.Credential{
		UserID:     "id-" + name,
		Hash:       credential.Hash(right),
		Generation: generation,
	}, "", nil))
}

// call asks the handler, and checks the answer against the contract.
func (w *world) call(route, from, bearer, body string) api.Response {
	w.T.Helper()

	method, path, _ := strings.Cut(route, " ")
	event := api.Event{
		RouteKey: route,
		RawPath:  path,
		Body:     body,
		Headers:  map[string]string{"content-type": "application/json"},
	}

	event.RequestContext.HTTP.Method, event.RequestContext.HTTP.SourceIP = method, from
	if bearer != "" {
		event.Headers["authorization"] = "Bearer " + bearer
	}

	answer, err := w.routes().Serve(w.T.Context(), event)
	w.Must(err)
	openapitest.Check(w.T, method, path, answer.StatusCode, []byte(answer.Body))

	return answer
}

func (w *world) signInAs(name, text, from string) api.Response {
	w.T.Helper()

	body, err := json.Marshal(map[string]string{"username": name, "password": text})
	w.Must(err)

	return w.call("POST /api/sign-in", from, "", string(body))
}

func (w *world) token(answer api.Response) string {
	w.T.Helper()

	var body struct{ Token string }
	w.Must(json.Unmarshal([]byte(answer.Body), &body))

	return body.Token
}

func TestSigningInAndOut(t *testing.T) {
	w := newWorld(t)

	in := w.signInAs(" ADA ", right, here)
	if in.StatusCode != 200 || !strings.Contains(in.Body, `"username":"ADA"`) ||
		!strings.Contains(in.Body, `"roles":["Clerk","Administrator"]`) ||
		!strings.Contains(in.Body, `"expires_at":"2100-03-02T00:00:00.000Z"`) {
		t.Fatalf("got %d, %s", in.StatusCode, in.Body)
	}

	secret := w.token(in)
	if len(in.Cookies) != 1 || !strings.HasPrefix(in.Cookies[0], "__Host-session="+secret+";") {
		t.Errorf("cookies are %v", in.Cookies)
	}

	who := w.call("GET /api/session", here, secret, "")
	if who.StatusCode != 200 || !strings.Contains(who.Body, `"first_name":"Ada"`) {
		t.Errorf("got %d, %s", who.StatusCode, who.Body)
	}

	out := w.call("POST /api/sign-out", here, secret, "")
	if out.StatusCode != 204 || len(out.Cookies) != 1 ||
		!strings.Contains(out.Cookies[0], "Max-Age=0") {
		t.Errorf("got %d, %v", out.StatusCode, out.Cookies)
	}

	for _, route := range []string{"GET /api/session", "POST /api/sign-out"} {
		if after := w.call(route, here, secret, ""); after.StatusCode != 401 {
			t.Errorf("after it, %s answers %d", route, after.StatusCode)
		}
	}
}

func TestASessionEndsByItself(t *testing.T) {
	w := newWorld(t)
	secret := w.token(w.signInAs("ada", right, here))

	w.Set(wiretest.Noon.Add(12 * time.Hour))
	if who := w.call("GET /api/session", here, secret, ""); who.StatusCode != 401 {
		t.Errorf("at its end it answers %d", who.StatusCode)
	}

	w.Set(wiretest.Noon)
	w.setPassword("ada", "g2")

	if who := w.call("GET /api/session", here, secret, ""); who.StatusCode != 401 {
		t.Errorf("after a new password it answers %d", who.StatusCode)
	}
}

func TestWhoMayNotSignInIsToldTheSame(t *testing.T) {
	w := newWorld(t)

	var answers []string
	for _, try := range [][2]string{
		{"ada", "wrong"},
		{"pending", right},
		{"inactive", right},
		{"nobody", right},
		{strings.Repeat("x", 5000), right},
		{"#administrators", right},
	} {
		got := w.signInAs(try[0], try[1], here)
		answers = append(answers, fmt.Sprint(got.StatusCode, got.Body, len(got.Cookies)))
	}

	for _, answer := range answers {
		if answer != answers[0] || !strings.HasPrefix(answer, "401") ||
			!strings.Contains(answer, "invalid_credentials") {
			t.Errorf("got %s", answer)
		}
	}
}

func TestTenFailuresFromOneAddressLockThePair(t *testing.T) {
	for _, name := range []string{"ada", "nobody"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 10 {
				if got := w.signInAs(name, "wrong", here); got.StatusCode != 401 {
					t.Fatalf("got %d", got.StatusCode)
				}
			}

			locked := w.signInAs(name, right, here)
			if locked.StatusCode != 429 || !strings.Contains(locked.Body, `"locked"`) ||
				locked.Headers["Retry-After"] != "900" {
				t.Errorf("got %d, %s, %v", locked.StatusCode, locked.Body, locked.Headers)
			}

			if got := w.signInAs(name, "wrong", there); got.StatusCode != 401 {
				t.Errorf("from elsewhere it answers %d", got.StatusCode)
			}

			w.Set(wiretest.Noon.Add(limit.LockTime))
			got := w.signInAs(name, right, here)
			if (got.StatusCode == 200) != (name == "ada") || got.StatusCode == 429 {
				t.Errorf("after the lock it answers %d", got.StatusCode)
			}
		})
	}
}

func TestASuccessForgetsTheFailuresBefore(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		for range 9 {
			w.signInAs("ada", "wrong", here)
		}

		if got := w.signInAs("ada", right, here); got.StatusCode != 200 {
			t.Fatalf("got %d", got.StatusCode)
		}
	}
}

func TestBadBodies(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]int{
		`{}`:                            422,
		`{"username":"ada"}`:            422,
		`{"username":1,"password":"x"}`: 422,
		`{"username":"ada","password":"x","remember":true}`: 422,
		`{`: 400,
	} {
		if got := w.call("POST /api/sign-in", here, "", body); got.StatusCode != want {
			t.Errorf("%s: got %d, %s", body, got.StatusCode, got.Body)
		}
	}

	if got := w.call("GET /api/session", here, "", ""); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody's session answers %d", got.StatusCode)
	}
}

// recorded gives the audit entries, oldest first.
func (w *world) recorded() []string {
	w.T.Helper()
	entries, _, err := w.guard.Audit.List(w.T.Context(), audit.Query{}, 200)
	w.Must(err)

	var texts []string
	for _, e := range entries {
		texts = append(
			texts,
			fmt.Sprintf(
				"%s actor=%s target=%s from=%s %s",
				e.Action,
				e.Actor,
				e.Target,
				e.SourceIP,
				e.Result,
			),
		)
	}

	slices.Reverse(texts)

	return texts
}

func TestWhatHappensAtASignInIsRecorded(t *testing.T) {
	w := newWorld(t)
	tick := func() { w.Pass(time.Second) }

	w.signInAs("ada", "wrong", here)
	tick()

	secret := w.token(w.signInAs("ada", right, there))

	tick()
	w.call("POST /api/sign-out", there, secret, "")
	tick()
	w.signInAs("my password, typed in the wrong field", right, here)
	tick()
	w.signInAs("inactive", right, here)

	want := []string{
		"sign_in_failed actor= target=ADA from=192.0.2.1 invalid_credentials",
		"signed_in actor=ADA target=ADA from=192.0.2.2 ok",
		"signed_out actor=ADA target=ADA from=192.0.2.2 ok",
		"sign_in_failed actor= target= from=192.0.2.1 invalid_credentials",
		"sign_in_failed actor= target=INACTIVE from=192.0.2.1 invalid_credentials",
	}
	if got := w.recorded(); !slices.Equal(got, want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
}

func TestALockIsRecordedOnce(t *testing.T) {
	for name, target := range map[string]string{"pending": "PENDING", "nobody": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for range 14 {
				w.signInAs(name, "wrong", here)
			}

			counted := map[string]int{}
			for _, text := range w.recorded() {
				counted[text]++
			}

			failed := "sign_in_failed actor= target=" + target +
				" from=192.0.2.1 invalid_credentials"
			locked := "sign_in_locked actor= target=" + target + " from=192.0.2.1 ok"
			if len(counted) != 2 || counted[failed] != 10 || counted[locked] != 1 {
				t.Errorf("got %v", counted)
			}
		})
	}
}

func TestAnAuditThatFailsChangesNoAnswer(t *testing.T) {
	w := newWorld(t)

	w.guard.Audit.Table.Name = "none"
	if got := w.signInAs("ada", right, here); got.StatusCode != 200 {
		t.Errorf("got %d, %s", got.StatusCode, got.Body)
	}

	if got := w.signInAs("ada", "wrong", here); got.StatusCode != 401 {
		t.Errorf("got %d, %s", got.StatusCode, got.Body)
	}
}
