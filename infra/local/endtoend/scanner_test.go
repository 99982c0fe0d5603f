package endtoend

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestALinkScannerUsesNoLinkUp(t *testing.T) {
	t.Parallel()

	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium isn't installed: install Debian's package chromium")
	}

	tools, err := filepath.Abs("../../tools")
	if err != nil {
		t.Fatal(err)
	}

	admin, reader := administrator(t), anybody(t)
	file, names := staff("scanned", 2)
	j := admin.processed(object{}, file)
	admin.notify(j, object{})
	invite, first := admin.links(mailbox(names[0]))[0], admin.links(mailbox(names[1]))[0]
	reader.setPassword(first, password).want(http.StatusNoContent, "")
	reader.call("POST", "/api/forgot-password", object{"username": names[1]}).
		want(http.StatusAccepted, "")

	var reset string
	eventually(t, "the link for a new password is there", func() bool {
		all := admin.links(mailbox(names[1]))
		reset = all[len(all)-1]
		return reset != first
	})
	admin.delivered()
	sent := [2]int{len(admin.messages(mailbox(names[0]))), len(admin.messages(mailbox(names[1])))}
	before := [2]checked{reader.check(invite), reader.check(reset)}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	page := reader.URL + "/set-password#"
	scanner := exec.CommandContext(
		ctx,
		node(t),
		"../../../functions/web/testdata/scanner.mjs",
		tools,
		chromium,
		page+invite,
		page+reset,
	)
	// A browser that was started goes with its script.
	scanner.Cancel = func() error { return scanner.Process.Signal(os.Interrupt) }

	scanner.WaitDelay = 10 * time.Second
	if output, err := scanner.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}

	after := [2]checked{
		reader.check(invite),
		reader.check(reset),
	}
	if after != before || after[0].State != "valid" || after[1].State != "valid" {
		t.Errorf("the links are %+v, and were %+v", after, before)
	}

	messages := [2]int{
		len(admin.messages(mailbox(names[0]))),
		len(admin.messages(mailbox(names[1]))),
	}
	if messages != sent {
		t.Errorf("the scanner had messages sent: %v, before %v", messages, sent)
	}

	reader.session(names[1], password)
	reader.setPassword(invite, password).want(http.StatusNoContent, "")
	reader.setPassword(reset, otherPassword).want(http.StatusNoContent, "")
}
