package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/topology"
)

func TestDocumentIsValidOpenAPI(t *testing.T) {
	doc := openapitest.Document(t)
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("the document is of version %s, want 3.1", doc.OpenAPI)
	}

	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEveryRouteIsInTheDocumentAndTheOtherWayRound(t *testing.T) {
	var routes []string

	access := map[string]topology.Access{}
	for _, f := range topology.Latchkey.Functions {
		for _, r := range f.Routes {
			if r.Key != "$default" && !strings.HasPrefix(r.Key, "ANY ") {
				routes = append(routes, r.Key)
				access[r.Key] = r.Access
			}
		}
	}

	var documented []string
	for path, item := range openapitest.Document(t).Paths.Map() {
		for method, operation := range item.Operations() {
			key := method + " " + path

			documented = append(documented, key)
			if access[key] == topology.Administrator &&
				(operation.Security == nil || len(*operation.Security) == 0) {
				t.Errorf("%s is an administrator's, but the document asks for no session", key)
			}
		}
	}

	slices.Sort(routes)
	slices.Sort(documented)

	if !slices.Equal(routes, documented) {
		t.Errorf(
			"routes:\n%s\ndocumented:\n%s",
			strings.Join(routes, "\n"),
			strings.Join(documented, "\n"),
		)
	}
}
