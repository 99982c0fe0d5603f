package openapitest

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	const member = `{"username":"ada","first_name":null,"last_name":null,"row":2,` +
		`"outcome":"added","state":"pending","last_delivery":null,"activated_at":null}`

	tests := []struct {
		name, method, path string
		status             int
		body               string
		fails              string // part of the failure, or empty
	}{
		{
			"an answer as documented passes",
			"GET",
			"/api/health",
			200,
			`{"status":"ok","version":"1"}`,
			"",
		},
		{"a field that isn't there fails", "GET", "/api/health", 200, `{"status":"ok"}`, "version"},
		{
			"an undocumented field fails",
			"GET",
			"/api/health",
			200,
			`{"status":"ok","version":"1","more":1}`,
			"more",
		},
		{
			"a path with parameters and a query is found",
			"GET",
			"/api/jobs/j1/members?limit=1",
			200,
			`{"items":[` + member + `],"next_cursor":null}`,
			"",
		},
		{
			"a null where none may be fails",
			"GET",
			"/api/jobs/j1/members",
			200,
			`{"items":[` + strings.Replace(member, `"ada"`, "null", 1) + `],"next_cursor":null}`,
			"username",
		},
		{
			"a time that isn't in UTC fails",
			"GET",
			"/api/jobs/j1/files/errors",
			200,
			`{"url":"https://a.test/","expires_at":"2026-01-02T03:04:05+01:00"}`,
			"expires_at",
		},
		{
			"an error has the shape of errors",
			"GET",
			"/api/jobs/j1",
			404,
			`{"error":{"code":"job_not_found","message":"There is no such job.","fields":[]}}`,
			"",
		},
		{
			"another shape of an error fails",
			"GET",
			"/api/jobs/j1",
			404,
			`{"message":"Not Found"}`,
			"error",
		},
		{"an empty body passes where the document has none", "DELETE", "/api/jobs/j1", 204, "", ""},
		{
			"a body fails where the document has none",
			"DELETE",
			"/api/jobs/j1",
			204,
			"{}",
			"no body",
		},
		{"a status that isn't documented fails", "GET", "/api/health", 201, "{}", "no status 201"},
		{
			"a method that isn't documented fails",
			"PUT",
			"/api/health",
			200,
			"{}",
			"not in the contract",
		},
		{
			"a path that isn't documented fails",
			"GET",
			"/api/healthy",
			200,
			"{}",
			"not in the contract",
		},
		{
			name:   "a link that is valid has its policy",
			method: "POST",
			path:   "/api/password/check",
			status: 200,
			body: `{"state":"valid","purpose":"invite","username":"ada",` +
				`"expires_at":"2026-01-02T03:04:05Z","sent_at":"2026-01-02T03:04:05Z",` +
				`"sent_to":"a•••@x.test"}`,
			fails: "policy",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := &recorder{TB: t}
			Check(found, test.method, test.path, test.status, []byte(test.body))

			if (test.fails == "") != (found.text == "") ||
				!strings.Contains(found.text, test.fails) {
				t.Errorf("got failure %q, want one with %q", found.text, test.fails)
			}
		})
	}
}

// recorder keeps what a check says, in the place of failing.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.text = fmt.Sprintf(format, args...) }
