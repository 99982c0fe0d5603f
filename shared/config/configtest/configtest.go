// Package configtest compares a function's settings with the topology: the function must
// read what it is given, and be given what it reads.
package configtest

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/config"
	"latchkey/shared/topology"
)

// given returns the environment that the topology gives to a function, with samples.
func given(t testing.TB, function string) map[string]string {
	t.Helper()

	f, ok := topology.Latchkey.Function(function)
	if !ok {
		t.Fatalf("the topology has no function %s", function)
	}

	const queueURL = "https://sqs.us-east-1.amazonaws.com/000000000000/latchkey-"

	environment := map[string]string{}
	for _, right := range f.Tables {
		environment[topology.Variable("TABLE", right.Table)] = "latchkey-" + right.Table
	}
	for _, queue := range f.Sends {
		environment[topology.Variable("QUEUE", queue)] = queueURL + queue
	}
	if len(f.Objects) > 0 || f.LetsUpload {
		environment["BUCKET"] = "latchkey-uploads"
	}
	if f.NeedsCodeKey {
		environment["CODE_KEY_SECRET"] = "latchkey-code-key"
	}

	// Parameters without a default.
	samples := map[string]string{
		"COMPANY":  "Northwind",
		"SENDER":   "no-reply@northwind.test",
		"BASE_URL": "https://example.test",
		"APP_URL":  "https://app.example.test",
	}
	for _, p := range topology.Latchkey.Parameters {
		if slices.Contains(f.Parameters, p.Name) {
			environment[p.Name] = cmp.Or(samples[p.Name], p.Default)
		}
	}

	return environment
}

// variable is one that a settings struct reads.
type variable struct {
	required bool
	bad      string // a value that its type can't have, or "" if there is none
}

// variables returns what a settings struct reads, by its tags.
func variables(of reflect.Type) map[string]variable {
	found := map[string]variable{}
	for _, field := range reflect.VisibleFields(of) {
		name, options, _ := strings.Cut(field.Tag.Get("env"), ",")
		if name == "" {
			continue
		}

		v := variable{required: options == "required"}
		if field.Type == reflect.TypeFor[time.Duration]() || field.Type.Kind() == reflect.Int {
			v.bad = "nonsense"
		}
		found[name] = v
	}

	return found
}

// list returns an environment as os.Environ does.
func list(environment map[string]string) []string {
	var entries []string
	for name, value := range environment {
		entries = append(entries, name+"="+value)
	}
	return entries
}

// Check fails the test unless the settings S are those that the topology gives to the
// function. It also fails if a missing or bad setting doesn't stop the function, or if
// one error doesn't name all of them. optional are variables that are set by other means.
func Check[S any](t *testing.T, function string, optional ...string) {
	t.Helper()

	environment := given(t, function)
	read := variables(reflect.TypeFor[S]())
	if _, err := config.Read[S](list(environment)); err != nil {
		t.Errorf("what the topology gives isn't enough: %v", err)
	}

	for name := range environment {
		if _, ok := read[name]; !ok {
			t.Errorf("%s is given, and not read", name)
		}
	}
	for name := range read {
		if _, ok := environment[name]; !ok && !slices.Contains(optional, name) {
			t.Errorf("%s is read, and not given", name)
		}
	}

	checkMissing[S](t, read)
	checkBad[S](t, read)
}

// checkMissing fails the test unless exactly the required settings are named as missing.
func checkMissing[S any](t *testing.T, read map[string]variable) {
	t.Helper()

	_, err := config.Read[S](nil)
	if err == nil {
		t.Fatal("it starts without any settings")
	}

	for name, v := range read {
		if names := strings.Contains(err.Error(), name); names != v.required {
			t.Errorf(
				"without any settings: %s is required: %t, and named: %t",
				name, v.required, names,
			)
		}
	}
}

// checkBad fails the test unless all bad and all missing settings are named.
func checkBad[S any](t *testing.T, read map[string]variable) {
	t.Helper()

	broken := map[string]string{}
	for name, v := range read {
		if v.bad != "" {
			broken[name] = v.bad
		}
	}
	if len(broken) == 0 {
		return
	}

	_, err := config.Read[S](list(broken))
	if err == nil {
		t.Fatal("it starts with bad settings")
	}
	for name, v := range read {
		if (v.bad != "" || v.required) && !strings.Contains(err.Error(), name) {
			t.Errorf("%s is bad or missing, and not named in: %v", name, err)
		}
	}
}
