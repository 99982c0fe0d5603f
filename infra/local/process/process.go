// Package process runs child processes that never outlive their parent, and makes files
// that don't either.
//
// Each child leads a process group of its own, so that a Ctrl-C in the terminal reaches
// the parent alone, which stops its children in order. On Linux the kernel kills a child
// whose parent dies without doing so; elsewhere it stays.
package process

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	// grace is how long a child may take to end after SIGTERM.
	grace = 2 * time.Second
	// outputDelay is how long the output of a child that ended is still waited for.
	outputDelay = time.Second
)

// Process is a child process that was started.
type Process struct {
	pid   int
	done  chan struct{}
	state *os.ProcessState // set when done is closed
}

// Start starts the command, and waits for its end in the background. The command's fields
// say where its output goes.
func Start(cmd *exec.Cmd) (*Process, error) {
	cmd.SysProcAttr = attributes()
	// Output that a grandchild holds open must not keep Wait from returning.
	cmd.WaitDelay = outputDelay

	p := &Process{done: make(chan struct{})}
	started := make(chan error)
	go p.run(cmd, started)
	if err := <-started; err != nil {
		return nil, err
	}

	return p, nil
}

// run starts the command, sends whether that succeeded, and waits for its end.
func (p *Process) run(cmd *exec.Cmd, started chan<- error) {
	// The kernel takes the death of the thread that started a child for that of its
	// parent: the thread must live until the child has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	if err := cmd.Start(); err != nil {
		started <- fmt.Errorf("start %s: %w", cmd.Path, err)
		return
	}

	p.pid = cmd.Process.Pid
	started <- nil

	// How the child ended is in its state; a failed copy of its output is of no interest.
	_ = cmd.Wait()
	p.state = cmd.ProcessState
	close(p.done)
}

// PID returns the child's process id, which is that of its group as well.
func (p *Process) PID() int { return p.pid }

// Done returns a channel that is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// State returns how the child ended ("exit status 1", "signal: killed"), or "running".
func (p *Process) State() string {
	select {
	case <-p.done:
		return p.state.String()
	default:
		return "running"
	}
}

// Kill ends the child and its group at once, and waits for its end.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// Stop asks the child to end, kills it if it hasn't after two seconds, and waits for its
// end.
func (p *Process) Stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(grace):
		p.Kill()
	}
}

// signal sends a signal to the child's group, unless the child has ended.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done: // the number may be another process's by now
		return
	default:
	}
	_ = syscall.Kill(-p.pid, s) // it may have ended meanwhile
}

// Tail holds the last bytes that are written to it. It may be used concurrently.
type Tail struct {
	mu   sync.Mutex
	kept []byte
}

// tailSize is the most bytes of a tail.
const tailSize = 4096

// Write appends to what is held, and drops what is too much from its beginning.
func (t *Tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - tailSize; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

// String returns at most the last 4,096 bytes.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// TemporaryFile creates a file without a name, which is gone as soon as nobody has it
// open: at the latest when this process ends.
func TemporaryFile(pattern string) (*os.File, error) {
	file, err := os.CreateTemp("", pattern)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Find returns the path of a program, or an error that says what to install.
func Find(program, install string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("find %s: it is missing: install %s", program, install)
	}
	return path, nil
}
