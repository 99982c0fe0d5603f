package process_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/infra/local/process"
)

// parentVariable makes this test's program a parent that starts a child, tells its pid,
// and waits to be killed.
const parentVariable = "PROCESS_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) == "" {
		os.Exit(m.Run())
	}

	p, err := process.Start(exec.Command("sleep", "1000"))
	if err != nil {
		panic(err)
	}

	fmt.Println(p.PID())
	os.Stdout.Close()
	<-p.Done()
}

func TestAChildEnds(t *testing.T) {
	for _, test := range []struct {
		name   string
		script string
		end    func(*process.Process)
		want   string
	}{
		{"when it is stopped", "sleep 1000", (*process.Process).Stop, "signal: terminated"},
		{"when it is killed", "sleep 1000", (*process.Process).Kill, "signal: killed"},
		{"by itself", "exit 3", func(p *process.Process) { <-p.Done() }, "exit status 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := process.Start(exec.Command("sh", "-c", test.script))
			if err != nil {
				t.Fatal(err)
			}

			test.end(p)

			if p.State() != test.want {
				t.Errorf("it ended by %q, want %q", p.State(), test.want)
			}

			p.Stop() // once more does nothing
		})
	}
}

func TestAChildDiesWithItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux does this")
	}

	parent := exec.CommandContext(t.Context(), os.Args[0])

	parent.Env = append(os.Environ(), parentVariable+"=1")

	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}

	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}

	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}

	var child int
	if _, err := fmt.Sscan(string(text), &child); err != nil {
		t.Fatal(err)
	}

	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}

	if err := parent.Wait(); err == nil {
		t.Error("the parent wasn't killed")
	}

	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()

	timeout := time.After(time.Minute)
	for alive(child) {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatal("the child is there")
		}
	}
}

// alive reports whether a process runs; one that has ended may still be listed until it
// is waited for.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestTailKeepsTheEnd(t *testing.T) {
	tail := &process.Tail{}
	for n := range 2000 {
		fmt.Fprintf(tail, "line %d\n", n)
	}

	got := tail.String()
	if len(got) != 4096 || !strings.HasSuffix(got, "line 1998\nline 1999\n") {
		t.Errorf("%d bytes are kept, ending in %q", len(got), got[len(got)-20:])
	}
}

func TestFindSaysWhatToInstall(t *testing.T) {
	if _, err := process.Find("sh", "a shell"); err != nil {
		t.Error(err)
	}

	_, err := process.Find("no-such-program", "the package that has it")
	if err == nil || !strings.Contains(err.Error(), "the package that has it") {
		t.Errorf("got %v", err)
	}
}
