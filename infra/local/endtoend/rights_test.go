package endtoend

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"latchkey/infra/local/host"
	"latchkey/infra/local/iam"
)

// rights are what the functions of all systems were denied, and what none of them used.
var rights struct {
	sync.Mutex
	systems int
	denied  []string
	unused  []iam.Right
}

// gather adds what a system's functions did. It is called when the system has stopped.
func gather(h *host.Host) {
	rights.Lock()
	defer rights.Unlock()
	rights.denied = append(rights.denied, h.Denied()...)

	unused := slices.DeleteFunc(h.Unused(), needsABrokenTable)
	if rights.systems > 0 {
		unused = slices.DeleteFunc(unused, func(r iam.Right) bool {
			return !slices.Contains(rights.unused, r)
		})
	}
	rights.unused = unused
	rights.systems++
}

// needsABrokenTable reports whether a function uses a right only where DynamoDB fails for
// longer than an invocation: then alone feedback has its messages shown again.
func needsABrokenTable(r iam.Right) bool {
	return r.Function == "feedback" && r.Action == "sqs:ChangeMessageVisibility"
}

// start starts a system of the test's own. When it ends, its rights are gathered.
func start(t testing.TB, options host.Options) *host.Host {
	t.Helper()
	h, err := host.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.Stop()
		gather(h)
	})
	return h
}

// checkRights returns the exit code of the tests: 1 if a call was denied, or if a right is
// there that no test uses. Of some of the tests alone it doesn't ask for the latter.
func checkRights(code int) int {
	rights.Lock()
	defer rights.Unlock()
	for _, denied := range rights.denied {
		fmt.Fprintln(os.Stderr, "denied:", denied)
		code = 1
	}

	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return code
		}
	}
	for _, right := range rights.unused {
		fmt.Fprintln(os.Stderr, "no test uses the right of", right)
		code = max(code, 1)
	}
	return code
}
