package endtoend

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestCtrlCLeavesNoProcess(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "local")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "..")
	if problems, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, problems)
	}

	port := freePort(t)
	system := exec.CommandContext(t.Context(), binary)

	system.Env = append(
		os.Environ(),
		"PORT="+port,
		"ADMIN_PASSWORD="+adminPassword,
		"DEMO=on",
		"LATCHKEY_SES_RATE=1",
	)
	system.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}

	var out strings.Builder

	system.Stdout, system.Stderr = &out, &out
	if err := system.Start(); err != nil {
		t.Fatal(err)
	}

	ended := make(chan error, 1)
	go func() { ended <- system.Wait() }()

	c := caller(t, "http://localhost:"+port)
	eventually(t, "the system is up", func() bool {
		a, err := c.send("GET", "/api/health", nil)
		return err == nil && a.Status == http.StatusOK
	})

	c = c.as(c.session("admin", adminPassword))
	j := c.dropped("users.csv", 1, "processed")[0]
	eventually(t, "the sample file's users are being notified", func() bool {
		n, err := c.send("GET", j.Path()+"/notifications/1", nil)
		return err == nil && n.Status == http.StatusOK
	})
	t.Run(
		"while messages are sent, slowly, a job can't be deleted or notified again",
		func(t *testing.T) {
			c := c.in(t)
			c.call("DELETE", j.Path(), nil).want(http.StatusConflict, "job_busy")
			c.call("POST", j.Path()+"/notifications", object{}).
				want(http.StatusConflict, "notification_running")
		},
	)

	children := descendants(t, system.Process.Pid)
	if len(children) < 5 { // three engines and some functions
		t.Errorf("only %d processes were started", len(children))
	}

	if err := system.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}

	eventually(t, "the system ends", func() bool { return len(ended) > 0 })

	if err := <-ended; err != nil {
		t.Errorf("%v: %s", err, out.String())
	}

	for _, p := range processes(t) {
		if slices.Contains(children, p.id) && !strings.HasPrefix(p.state, "Z") {
			t.Errorf("process %d is left: %+v", p.id, p)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// process is one of the machine's.
type process struct {
	id, parent int
	state      string
}

func processes(t *testing.T) []process {
	t.Helper()

	out, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		t.Fatal(err)
	}

	var all []process
	for line := range strings.Lines(string(out)) {
		var p process
		if _, err := fmt.Sscan(line, &p.id, &p.parent, &p.state); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}

	return all
}

// descendants returns the processes that a process has started, and those that they have.
func descendants(t *testing.T, of int) []int {
	t.Helper()
	all := processes(t)

	found := []int{of}
	for i := 0; i < len(found); i++ {
		for _, p := range all {
			if p.parent == found[i] {
				found = append(found, p.id)
			}
		}
	}

	return found[1:]
}
