package endtoend

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestTheConsole goes through what an administrator does, in Chromium, with a system of
// its own: from the first administrator's link to reminders and bounces.
// LATCHKEY_PICTURES names a folder to put pictures of each page and state in.
func TestTheConsole(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium isn't installed: install Debian's package chromium")
	}

	tools, err := filepath.Abs("../../tools")
	if err != nil {
		t.Fatal(err)
	}

	admin := system(
		t,
		"console",
		map[string]string{
			"LATCHKEY_SES_RATE":     "0",
			"LINK_LIFETIME_MINIMUM": "1s",
			"RENEW_GAP":             "1s",
		},
	)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()

	script := exec.CommandContext(
		ctx,
		node(t),
		"../../../functions/web/testdata/console.mjs",
		tools,
		chromium,
		admin.URL,
		"../../../events/users.csv",
	)
	// A browser that was started goes with its script.
	script.Cancel = func() error { return script.Process.Signal(os.Interrupt) }

	script.WaitDelay = 10 * time.Second
	if output, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
