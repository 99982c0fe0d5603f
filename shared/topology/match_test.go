package topology

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestARequestIsRoutedAsAPIGatewayDoes(t *testing.T) {
	routes := public(
		"$default",
		"ANY /api/{proxy+}",
		"GET /api/jobs/{id}",
		"POST /api/jobs",
		"GET /api/jobs",
		"GET /api/jobs/latest",
		"ANY /api/jobs/{id}",
		"GET /api/jobs/{id}/notifications/{n}",
	)
	tests := []struct{ name, method, path, key, parameters string }{
		{"a path is found with its method", "POST", "/api/jobs", "POST /api/jobs", "{}"},
		{"a parameter takes one segment", "GET", "/api/jobs/7", "GET /api/jobs/{id}", `{"id":"7"}`},
		{
			name:       "two parameters are told apart",
			method:     "GET",
			path:       "/api/jobs/7/notifications/2",
			key:        "GET /api/jobs/{id}/notifications/{n}",
			parameters: `{"id":"7","n":"2"}`,
		},
		{
			name:       "an exact segment goes before a parameter",
			method:     "GET",
			path:       "/api/jobs/latest",
			key:        "GET /api/jobs/latest",
			parameters: "{}",
		},
		{"a method goes before ANY", "GET", "/api/jobs/8", "GET /api/jobs/{id}", `{"id":"8"}`},
		{"ANY takes the other methods", "PATCH", "/api/jobs/8", "ANY /api/jobs/{id}", `{"id":"8"}`},
		{
			name:       "a parameter goes before the rest of a path",
			method:     "PATCH",
			path:       "/api/jobs/latest",
			key:        "ANY /api/jobs/{id}",
			parameters: `{"id":"latest"}`,
		},
		{
			name:       "the rest of a path has several segments",
			method:     "GET",
			path:       "/api/a/b/c",
			key:        "ANY /api/{proxy+}",
			parameters: `{"proxy":"a/b/c"}`,
		},
		{"the rest of a path isn't nothing", "GET", "/api/", "$default", "null"},
		{
			name:       "a method that no route has goes to the next best",
			method:     "DELETE",
			path:       "/api/jobs",
			key:        "ANY /api/{proxy+}",
			parameters: `{"proxy":"jobs"}`,
		},
		{
			name:       "a parameter isn't nothing",
			method:     "GET",
			path:       "/api/jobs/",
			key:        "ANY /api/{proxy+}",
			parameters: `{"proxy":"jobs/"}`,
		},
		{"everything else is the default's", "GET", "/", "$default", "null"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, parameters, ok := Find(routes, test.method, test.path)
			text, err := json.Marshal(parameters)
			if err != nil {
				t.Fatal(err)
			}
			if !ok || found.Key != test.key || string(text) != test.parameters {
				t.Errorf("got %s %s, want %s %s", found.Key, text, test.key, test.parameters)
			}
		})
	}
}

func TestWithoutADefaultThereMayBeNoRoute(t *testing.T) {
	routes := public("GET /api/jobs")
	for _, path := range []string{"/api", "/api/jobs/1", "/", "/api/jobs/"} {
		if found, _, ok := Find(routes, "GET", path); ok {
			t.Errorf("%s leads to %s", path, found.Key)
		}
	}
}

func TestAPathTellsItsMethods(t *testing.T) {
	tests := map[string][]string{
		"/api/jobs":         {"GET", "POST"},
		"/api/jobs/7":       {"DELETE", "GET"},
		"/api/jobs/7/files": nil,
		"/sign-in":          nil,
	}
	for path, want := range tests {
		if got := Latchkey.Methods(path); !slices.Equal(got, want) {
			t.Errorf("%s takes %q, want %q", path, got, want)
		}
	}
}
