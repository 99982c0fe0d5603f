// Package endtoend tests the whole system over HTTP, as its users see it: the functions'
// real binaries on the local host.
//
// The tests share one system, in which each has users of its own.
package endtoend

import (
	"context"
	"fmt"
	"os"
	"testing"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/host"
)

// adminPassword is that of the user admin of the shared system.
const adminPassword = "correct horse battery staple"

// logs is where the functions' logs are.
const logs = "../../../build/log/"

// shared is the system of all tests but those that break one.
var shared *host.Host

func TestMain(m *testing.M) {
	var err error

	shared, err = host.Start(context.Background(), host.Options{
		Environment: map[string]string{
			"LATCHKEY_SES_RATE":     "0",
			"LINK_LIFETIME_MINIMUM": "1s",
			"RENEW_GAP":             "1s",
		},
		AdminPassword: adminPassword,
		Logs:          logs + "endtoend",
		Output:        os.Stderr,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	code := m.Run()

	shared.Stop()
	gather(shared)
	os.Exit(checkRights(code))
}

// anybody is a client of the shared system who isn't signed in.
func anybody(t testing.TB) client { return caller(t, shared.URL) }

// administrator is a client of the shared system with a session of admin's own.
func administrator(t testing.TB) client {
	t.Helper()
	c := anybody(t)
	return c.as(c.session("admin", adminPassword))
}

// node returns the path of the pinned Node.js.
func node(t testing.TB) string {
	t.Helper()
	path, err := engine.Node()
	if err != nil {
		t.Fatal(err)
	}
	return path
}
