package main

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/api"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/topology"
)

var example = settings{company: "Example & Sons", supportContact: "help@example.test"}

func newTestHandler(t testing.TB, s settings) handler {
	t.Helper()

	h, err := newHandler(s, "", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}

	return h
}

// get asks the handler as API Gateway does.
func get(t testing.TB, h handler, method, path string) api.Response {
	t.Helper()
	return getWith(t, h, method, path, nil)
}

func TestHandler(t *testing.T) {
	const html, json = "text/html; charset=utf-8", "application/json"

	tests := []struct {
		name, method, path string
		status             int
		mediaType          string
		header             string // "Name: value", or empty
		body               string // a part of it; empty: there is none
	}{
		{
			"health tells the version",
			"GET",
			"/api/health",
			200,
			json,
			"",
			`{"status":"ok","version":"1.2.3"}`,
		},
		{"HEAD of health is GET without the body", "HEAD", "/api/health", 200, json, "", ""},
		{"the contract is served", "GET", "/api/openapi.json", 200, json, "", `"openapi": "3.1.0"`},
		{"the root leads to the sign-in page", "GET", "/", 302, "", "Location: /sign-in", ""},
		{"a page is HTML", "GET", "/sign-in", 200, html, "", "<h1"},
		{"HEAD of a page is GET without the body", "HEAD", "/set-password", 200, html, "", ""},
		{"a page names the company as text", "GET", "/code", 200, html, "", "Example &amp; Sons"},
		{
			"a page says whom to ask",
			"GET",
			"/forgot-password",
			200,
			html,
			"",
			`<a href="mailto:help@example.test">`,
		},
		{"a page takes no POST", "POST", "/sign-in", 405, html, "Allow: GET, HEAD", "<h1"},
		{"an unknown page is friendly", "GET", "/nowhere", 404, html, "", `href="/sign-in"`},
		{"nor has it a slash and another word", "GET", "/sign-in/x", 404, html, "", "<h1"},
		{"a page with a slash too many takes no POST", "POST", "/sign-in/", 404, html, "", "<h1"},
		{
			"a static file of another build is unknown",
			"GET",
			"/static/0000000000000000/texts.js",
			404,
			html,
			"",
			"<h1",
		},
		{
			"an unknown call is an error of the API",
			"GET",
			"/api/nothing",
			404,
			json,
			"",
			`"code":"not_found"`,
		},
		{"the API alone is no call", "GET", "/api", 404, json, "", `"code":"not_found"`},
		{
			"an unknown call is one by every method",
			"DELETE",
			"/api/nothing/at/all",
			404,
			json,
			"",
			`"code":"not_found"`,
		},
		{"HEAD of an unknown call has no body", "HEAD", "/api/nothing", 404, json, "", ""},
		{
			"another method of a call names those that there are",
			"PUT",
			"/api/jobs",
			405,
			json,
			"Allow: GET, POST",
			`"code":"method_not_allowed"`,
		},
		{
			"another method is told with parameters in the path",
			"PATCH",
			"/api/jobs/j1/notifications/2",
			405,
			json,
			"Allow: GET",
			`"code":"method_not_allowed"`,
		},
		{
			"an empty parameter is no parameter",
			"DELETE",
			"/api/jobs/",
			404,
			json,
			"",
			`"code":"not_found"`,
		},
		{
			"another method of its own calls is refused",
			"POST",
			"/api/health",
			405,
			json,
			"Allow: GET, HEAD",
			`"code":"method_not_allowed"`,
		},
	}

	h := newTestHandler(t, example)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := get(t, h, test.method, test.path)
			if r.StatusCode != test.status {
				t.Errorf("status %d, want %d", r.StatusCode, test.status)
			}

			if got := r.Headers["Content-Type"]; got != test.mediaType {
				t.Errorf("Content-Type %q, want %q", got, test.mediaType)
			}

			if name, value, ok := strings.Cut(test.header, ": "); ok && r.Headers[name] != value {
				t.Errorf("%s %q, want %q", name, r.Headers[name], value)
			}

			if !strings.Contains(r.Body, test.body) || test.body == "" && r.Body != "" {
				t.Errorf("body %q, want one with %q", r.Body, test.body)
			}

			for name, want := range map[string]string{
				"X-Request-Id":           "request-1",
				"Cache-Control":          "no-store",
				"X-Content-Type-Options": "nosniff",
			} {
				if r.Headers[name] != want {
					t.Errorf("%s %q, want %q", name, r.Headers[name], want)
				}
			}

			refused := r.StatusCode == http.StatusMethodNotAllowed
			if _, allowed := r.Headers["Allow"]; allowed != refused {
				t.Errorf("Allow is given: %v", allowed)
			}
		})
	}
}

func TestAPageIsFoundAsPeopleAndMailProgramsWriteIt(t *testing.T) {
	h := newTestHandler(t, example)
	for path, want := range map[string]string{
		"/sign-in/":                       "/sign-in",
		"/set-password/":                  "/set-password",
		"/code///":                        "/code",
		"/Forgot-Password":                "/forgot-password",
		"/SET-PASSWORD/":                  "/set-password",
		"/jobs/":                          "/jobs",
		"/Jobs/New/":                      "/jobs/new",
		"/jobs/01J2/notify/":              "/jobs/01J2/notify",
		"/Users/Ada L./":                  "/users/Ada%20L.",
		"/set-password#u1.abc":            "/set-password#u1.abc", // it was %23
		"/set-password%23u1.abc":          "/set-password#u1.abc", // it was %2523
		"/Set-Password/#u1.abc>":          "/set-password#u1.abc%3E",
		"/set-password#u1.abc?utm_source": "/set-password#u1.abc?utm_source",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := get(t, h, method, path)
			if r.StatusCode != 302 || r.Headers["Location"] != want {
				t.Errorf("%s %s: %d %s", method, path, r.StatusCode, r.Headers["Location"])
			}
		}
	}

	event := api.Event{RouteKey: "$default", RawPath: "/users/", RawQueryString: "q=a%20b&x"}
	event.RequestContext.HTTP.Method = "GET"
	r, err := h.handle(t.Context(), event)
	if err != nil || r.Headers["Location"] != "/users?q=a%20b&x" {
		t.Errorf("the query is lost: %s, %v", r.Headers["Location"], err)
	}

	for _, path := range []string{
		"//evil.example/sign-in", "//evil.example/", "/jobs//notify", "/users//a", "/static/", "//",
	} {
		if r := get(t, h, "GET", path); r.StatusCode != 404 {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.Headers["Location"])
		}
	}
}

func TestItsOwnCallsAreAsTheContractSays(t *testing.T) {
	h := newTestHandler(t, example)
	for _, path := range []string{"/api/health", "/api/openapi.json"} {
		openapitest.Check(t, "GET", path, http.StatusOK, []byte(get(t, h, "GET", path).Body))
	}
}

func TestEveryRouteTellsItsMethods(t *testing.T) {
	h := newTestHandler(t, example)
	for _, f := range topology.Latchkey.Functions {
		for _, route := range f.Routes {
			method, path, _ := strings.Cut(route.Key, " ")
			if path == "" || method == "ANY" {
				continue
			}

			r := get(t, h, "TRACE", path)
			if !slices.Contains(strings.Split(r.Headers["Allow"], ", "), method) {
				t.Errorf("TRACE %s allows %q, want %s among it", path, r.Headers["Allow"], method)
			}
		}
	}
}

var (
	reference = regexp.MustCompile(`(?:href|src)="(/[^"]*)"`)
	// inPage finds the scripts and styles that stand in a page. In what is left of it, inline
	// finds what would run or show besides.
	inPage = regexp.MustCompile(`(?s)<(style|script type="module")>(.*?)</(?:style|script)>`)
	inline = regexp.MustCompile(
		`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:>|[^>]*type="(?:text|application)/)|javascript:`,
	)
	hashed = regexp.MustCompile(`^/static/[0-9a-f]{16}/[a-z/-]+\.(?:css|js|svg)$`)
)

func TestEveryPageIsWholeAndRunsNothingButTheSitesOwnFiles(t *testing.T) {
	h := newTestHandler(
		t,
		settings{
			company:        "Example",
			supportContact: "https://help.example.test/",
			appURL:         "https://app.example.test/",
		},
	)

	requests := []string{"GET /nowhere", "POST /sign-in"}
	for _, p := range pages {
		for _, path := range p.paths {
			requests = append(requests, "GET "+strings.NewReplacer("{", "", "}", "").Replace(path))
		}
	}

	for _, request := range requests {
		method, path, _ := strings.Cut(request, " ")
		page := get(t, h, method, path)
		policy := strings.Split(page.Headers["Content-Security-Policy"], "; ")
		sources := map[string]string{"script-src": "'self'", "style-src": "'self'"}
		if strings.Contains(page.Body, "<style>") {
			sources["script-src"] = "'none'"
		}
		for _, found := range inPage.FindAllStringSubmatch(page.Body, -1) {
			sum := sha256.Sum256([]byte(found[2]))
			kind, _, _ := strings.Cut(found[1], " ")
			sources[kind+"-src"] = "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
		}
		for _, directive := range []string{
			"default-src 'none'",
			"script-src " + sources["script-src"],
			"style-src " + sources["style-src"],
			"connect-src 'self'",
			"img-src 'self' data:",
			"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		} {
			if !slices.Contains(policy, directive) {
				t.Errorf("%s: the content security policy has no %s", path, directive)
			}
		}

		if page.Headers["Referrer-Policy"] != "no-referrer" {
			t.Errorf("%s: a link would tell where it is", path)
		}

		if found := inline.FindString(inPage.ReplaceAllString(page.Body, "")); found != "" {
			t.Errorf("%s has %q in line", path, found)
		}

		for _, link := range reference.FindAllStringSubmatch(page.Body, -1) {
			target := get(t, h, "GET", link[1])
			if target.StatusCode != http.StatusOK {
				t.Errorf("%s leads to %s, which answers %d", path, link[1], target.StatusCode)
			}

			if strings.HasPrefix(link[1], "/static/") && !hashed.MatchString(link[1]) {
				t.Errorf("%s loads %s, which has no hash in its name", path, link[1])
			}
		}
	}
}

func TestStaticFilesMayBeKeptForEver(t *testing.T) {
	h := newTestHandler(t, example)

	seen := 0
	for path := range h.answers {
		if !strings.HasPrefix(path, "/static/") {
			continue
		}

		seen++

		r := get(t, h, "GET", path)
		if got := r.Headers["Cache-Control"]; got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}

		if r.Headers["Content-Type"] == "" {
			t.Errorf("%s has no media type", path)
		}
	}

	if seen == 0 {
		t.Error("there are no static files")
	}
}

func TestContactLink(t *testing.T) {
	tests := []struct{ name, contact, want string }{
		{"an email address is written to", "help@example.test", "mailto:help@example.test"},
		{
			"a web address is opened",
			"https://help.example.test/latchkey",
			"https://help.example.test/latchkey",
		},
		{"words are words", "the service desk, extension 4711", ""},
		{"a script is not run", "javascript:alert(1)", ""},
		{"nothing leads nowhere", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := contactLink(test.contact); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
