// Package openapitest checks a test's real answers against the contract of the API.
package openapitest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/shared/openapi"
)

// load reads the contract once.
var load = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(openapi.Document)
})

// Document returns the contract.
func Document(t testing.TB) *openapi3.T {
	t.Helper()

	doc, err := load()
	if err != nil {
		t.Fatalf("load the contract: %v", err)
	}
	return doc
}

// Check fails the test unless the contract knows the call, its status and its body. An
// unknown field counts as much as a missing one. The path may have a query.
func Check(t testing.TB, method, path string, status int, body []byte) {
	t.Helper()

	path, _, _ = strings.Cut(path, "?")
	operation := find(Document(t), method, path)
	if operation == nil {
		t.Errorf("%s %s is not in the contract", method, path)
		return
	}
	response := operation.Responses.Value(strconv.Itoa(status))
	if response == nil {
		t.Errorf("%s %s: the contract has no status %d", method, path, status)
		return
	}

	if len(response.Value.Content) == 0 {
		if len(body) > 0 {
			t.Errorf(
				"%s %s: %d has no body in the contract, but %d bytes came",
				method, path, status, len(body),
			)
		}
		return
	}
	content := response.Value.Content.Get("application/json")
	if content == nil {
		return
	}

	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Errorf("%s %s: the body of %d is not JSON: %v", method, path, status, err)
		return
	}
	err := content.Schema.Value.VisitJSON(
		value,
		openapi3.EnableJSONSchema2020(),
		openapi3.MultiErrors(),
	)
	if err != nil {
		t.Errorf("%s %s: the body of %d is not as the contract says: %v", method, path, status, err)
	}
}

// find returns the operation of a real path, or nil. Fewer variables go first.
func find(doc *openapi3.T, method, path string) *openapi3.Operation {
	var found *openapi3.Operation
	fewest := 0
	for pattern, item := range doc.Paths.Map() {
		operation := item.GetOperation(method)
		if operation == nil || !matches(pattern, path) {
			continue
		}

		variables := strings.Count(pattern, "{")
		if found == nil || variables < fewest {
			found = operation
			fewest = variables
		}
	}

	return found
}

// matches reports whether a real path is one of the contract's pattern.
func matches(pattern, path string) bool {
	segment := func(want, got string) bool {
		return want == got || strings.HasPrefix(want, "{") && got != ""
	}
	return slices.EqualFunc(strings.Split(pattern, "/"), strings.Split(path, "/"), segment)
}
