package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/openapi/openapitest"
)

// TestPagesInABrowser opens every page in every state in Chromium, against answers that
// are as the contract says. LATCHKEY_PICTURES names a folder to put pictures of them in,
// and LATCHKEY_ONLY how the names of states begin that alone are opened.
func TestPagesInABrowser(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium isn't installed: install Debian's package chromium")
	}

	if _, err := exec.LookPath("node"); err != nil {
		t.Fatal("node isn't installed: install Node.js")
	}

	tools, err := filepath.Abs("../../infra/tools")
	if err != nil {
		t.Fatal(err)
	}

	if _, err := os.Stat(filepath.Join(tools, "node_modules", "playwright-core")); err != nil {
		t.Fatal("the browser's driver isn't installed: run npm ci in infra/tools")
	}

	plain := serveSite(t, example)
	withApp := serveSite(
		t,
		settings{company: "Example", appURL: plain + "/forgot-password"},
	)

	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()

	script := exec.CommandContext(
		ctx,
		"node",
		"testdata/browser.mjs",
		tools,
		chromium,
		plain,
		withApp,
	)
	// A browser that was started goes with its script.
	script.Cancel = func() error { return script.Process.Signal(os.Interrupt) }

	script.WaitDelay = 10 * time.Second
	if output, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// serveSite puts the pages and an API that knows a few users and links on a port of
// their own.
func serveSite(t *testing.T, s settings) string {
	t.Helper()
	made, err := newSite(s, "", translated(t))
	if err != nil {
		t.Fatal(err)
	}

	h := serving(made, "1.2.3")
	known := &fakeAPI{t: t, over: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := h.answers[r.URL.Path]; !ok && strings.HasPrefix(r.URL.Path, "/api/") {
			known.ServeHTTP(w, r)
			return
		}

		answer := getWith(
			t,
			h,
			r.Method,
			r.URL.Path,
			map[string]string{"accept-language": r.Header.Get("Accept-Language")},
		)
		for name, value := range answer.Headers {
			w.Header().Set(name, value)
		}

		w.WriteHeader(answer.StatusCode)
		io.WriteString(w, answer.Body)
	}))
	t.Cleanup(server.Close)

	return server.URL
}

// fakeAPI answers by what it is sent: the name of a link says its state.
type fakeAPI struct {
	t  *testing.T
	mu sync.Mutex
	// over has the state of links that ended while their page was open.
	over map[string]string
}

const (
	goodPassword = "correct-horse-battery"
	linkTimes    = `"expires_at":"2030-03-04T12:00:00Z","sent_at":"2030-03-01T12:00:00Z"`
	latest       = `"latest_sent_at":"2030-03-02T12:00:00Z","latest_sent_to":"•••42"`
	sessionEnds  = `"expires_at":"2030-03-01T20:00:00Z"`
	analyst      = `{
		"username": "ada",
		"first_name": "Ada",
		"last_name": "Lovelace",
		"roles": ["Analyst"]
	}`
	administrator = `{
		"username": "admin",
		"first_name": "Grace",
		"last_name": "Hopper",
		"roles": ["Administrator"]
	}`
	refusedFields = `{"field":"password","code":"common","message":"m"},
		{"field":"password","code":"contains_name","message":"m"}`
)

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Error(err)
	}

	var sent struct{ Username, Password, Token, Code string }
	if r.Method == http.MethodPost {
		if r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(raw, &sent) != nil {
			f.t.Errorf("%s is sent %q, which is not JSON", r.URL.Path, r.Header.Get("Content-Type"))
		}

		if r.Header.Get("Origin") != "http://"+r.Host {
			f.t.Errorf(
				"%s is sent from %q: no write by cookie would be taken",
				r.URL.Path,
				r.Header.Get("Origin"),
			)
		}
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	w.Header().Set("Content-Type", "application/json")

	status, body := http.StatusNotFound, problem("not_found", "")
	switch r.URL.Path {
	case "/api/session":
		status, body = http.StatusUnauthorized, problem("unauthenticated", "")
		if cookie, err := r.Cookie("session"); err == nil && cookie.Value != "over" {
			status, body = http.StatusOK, `{`+who(cookie.Value)+`}`
		}
	case "/api/sign-in":
		switch {
		case sent.Username == "locked":
			w.Header().Set("Retry-After", "900")

			status, body = http.StatusTooManyRequests, problem("locked", "")
		case sent.Password == goodPassword:
			http.SetCookie(
				w,
				&http.Cookie{
					Name:     "session",
					Value:    sent.Username,
					Path:     "/",
					HttpOnly: true,
					SameSite: http.SameSiteLaxMode,
				},
			)
			status, body = http.StatusOK, `{"token":"t",`+who(sent.Username)+`}`
		default:
			status, body = http.StatusUnauthorized, problem("invalid_credentials", "")
		}
	case "/api/sign-out":
		http.SetCookie(w, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})

		status, body = http.StatusNoContent, ""
	case "/api/forgot-password":
		status, body = http.StatusAccepted, "{}"
		if sent.Username == "often" {
			w.Header().Set("Retry-After", "60")

			status, body = http.StatusTooManyRequests, problem("too_many_requests", "")
		}
	case "/api/password/check":
		status, body = http.StatusOK, f.check(sent.Token, sent.Code)
	case "/api/password":
		status, body = f.set(sent.Token, sent.Password)
	case "/api/link/renew":
		status, body = http.StatusAccepted, "{}"
	}

	for _, path := range []string{"/api/users", "/api/audit", "/api/settings", "/api/mappings"} {
		if strings.HasPrefix(r.URL.Path, path) {
			status, body = f.administrators(r)
		}
	}

	openapitest.Check(f.t, r.Method, r.URL.Path, status, []byte(body))
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// who gives the session of a user.
func who(username string) string {
	user := analyst
	if username == "admin" {
		user = administrator
	}
	return sessionEnds + `,"user":` + user
}

// check gives the state of a link or code.
func (f *fakeAPI) check(token, code string) string {
	if code != "" {
		token = map[string]string{"GOOD-2345": "reset-valid", "LATE-2345": "reset-expired"}[code]
	}

	if over, ok := f.over[token]; ok {
		token = over
	}

	purpose, state := "invite", token
	if rest, ok := strings.CutPrefix(token, "reset-"); ok {
		purpose, state = "reset", rest
	}

	known := `"purpose":"` + purpose + `",` +
		`"username":"ada","sent_to":"a•••@example.test",` + linkTimes
	switch state {
	case "valid", "late", "later", "raced":
		return `{"state":"valid",` + known + `,"policy":{"min_length":15,"max_length":128}}`
	case "replaced":
		return `{"state":"replaced",` + known + `,` + latest + `}`
	case "expired", "used":
		return `{"state":"` + state + `",` + known + `,"latest_sent_at":null,"latest_sent_to":null}`
	default:
		return `{"state":"invalid"}`
	}
}

// set sets a password, or says why not.
func (f *fakeAPI) set(token, password string) (status int, body string) {
	switch {
	case token == "late" || token == "later":
		f.over[token] = "expired"
		return http.StatusGone, problem("link_expired", "")
	case token == "raced":
		f.over[token] = "used"
		return http.StatusBadRequest, problem("link_invalid", "")
	case password != goodPassword:
		return http.StatusUnprocessableEntity, problem("password_rejected", refusedFields)
	default:
		return http.StatusNoContent, ""
	}
}

func problem(code, fields string) string {
	return `{"error":{"code":"` + code + `","message":"A sentence.","fields":[` + fields + `]}}`
}
