package lambda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/process"
)

// lookEvery is the pause between two looks at the memory of an instance at work.
const lookEvery = 50 * time.Millisecond

// Failures of an invocation, beside an [*Error].
var (
	// ErrTimeout means that the function overran its timeout. Its instance was killed.
	ErrTimeout = errors.New("task timed out")
	// ErrCrashed means that the instance ended while it was running the invocation.
	ErrCrashed = errors.New("instance crashed")
	// ErrMemory means that the instance had more memory than the function has. It was
	// killed.
	ErrMemory = errors.New("out of memory")
	// ErrInit means that no instance could be started.
	ErrInit = errors.New("init failed")
	// ErrRecursion means that the function was invoked too often in one chain.
	ErrRecursion = errors.New("stopped in a recursive loop")
)

// Error is a failure that the function itself returned.
type Error struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error returns the type and the message.
func (e *Error) Error() string { return "function error " + e.Type + ": " + e.Message }

// Settings are what a function is and how it is run.
type Settings struct {
	Name        string
	Binary      string        // the path of its program
	Environment []string      // all of it, beside what Lambda itself sets
	Memory      int           // MB; 128 unless given, as on Lambda
	Timeout     time.Duration // of one invocation
	InitTimeout time.Duration // of a start; 10 s unless given
	Most        int           // instances at once, at least 1
	Idle        time.Duration // after which an instance is ended
	// Recursive lets the function be invoked in one chain however often: Lambda's
	// RecursiveLoop is Allow.
	Recursive bool
	// Log receives what the instances write, and Crashes a report of each crash, timeout,
	// failed start and stopped chain. Both are written to concurrently.
	Log, Crashes io.Writer
}

// Function is a function that can be invoked. Its methods may be called concurrently.
//
// It never has more instances than Settings.Most: an invocation takes one of so many
// slots before it looks for an instance, and returns it when the instance is free again
// or gone.
type Function struct {
	Settings
	runtime *Runtime
	slots   chan struct{}

	mu          sync.Mutex
	closed      bool
	instances   []*instance // in the order of their start
	idle        []*instance // the one that was used last is the last
	invocations int
	failures    int
	dropped     int
	billed      time.Duration
}

// New returns a function without instances.
func New(runtime *Runtime, settings Settings) *Function {
	settings.Memory = cmp.Or(settings.Memory, leastMemory)
	settings.InitTimeout = cmp.Or(settings.InitTimeout, initTimeout)
	return &Function{
		Settings: settings,
		runtime:  runtime,
		slots:    make(chan struct{}, settings.Most),
	}
}

// Invoke runs the function once, and returns its answer. It waits for a free instance or
// starts one; until then the context may end it. From then on the invocation takes its
// course whoever waits, as on Lambda. The error is an [*Error], [ErrTimeout],
// [ErrMemory], [ErrCrashed], [ErrInit], [ErrRecursion], [ErrTooLarge], or the context's.
func (f *Function) Invoke(ctx context.Context, requestID string, payload []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("invoke %s: %w: over 6 MB", f.Name, ErrTooLarge)
	}

	trace, times := chained(ctx, f.arn())
	if times > mostInChain && !f.Recursive {
		return nil, f.stop()
	}

	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for an instance of %s: %w", f.Name, ctx.Err())
	}

	answer, err := f.invoke(ctx, &invocation{
		id:      requestID,
		trace:   trace,
		payload: payload,
		done:    make(chan outcome, 1),
	})

	f.mu.Lock()
	defer f.mu.Unlock()
	f.invocations++
	if err != nil {
		f.failures++
	}

	return answer, err
}

// arn returns the function's ARN.
func (f *Function) arn() string { return engine.ARN("lambda", "function:"+f.Name) }

// stop counts and reports an invocation that would be one too many of its chain.
func (f *Function) stop() error {
	f.mu.Lock()
	f.dropped++
	f.mu.Unlock()

	err := fmt.Errorf("invoke %s: %w", f.Name, ErrRecursion)
	fmt.Fprintln(f.Crashes, err)
	return err
}

// invoke hands an invocation to an instance, and waits for the outcome. The caller has a
// slot.
func (f *Function) invoke(ctx context.Context, v *invocation) ([]byte, error) {
	for {
		i, err := f.instance(ctx)
		if err != nil {
			return nil, err
		}

		// The instance takes the invocation before it hears of it: its answer may be
		// there at once.
		v.deadline = time.Now().Add(f.Timeout)
		i.take(v)
		select {
		case i.work <- v:
			return f.finish(i, v)
		case <-i.process.Done(): // it ended while it was idle: that costs the invocation nothing
		}
	}
}

// finish waits for the end of the invocation that the instance is running, and then until
// the instance is free again or gone.
func (f *Function) finish(i *instance, v *invocation) ([]byte, error) {
	began := time.Now()
	timeout := time.NewTimer(time.Until(v.deadline))
	defer timeout.Stop()

	result := f.await(i, v, timeout.C)
	f.bill(time.Since(began))

	// An instance that has answered is Lambda's again when it asks for more.
	select {
	case <-i.free:
		f.park(i)
		return result.payload, result.err
	case <-timeout.C:
		i.process.Kill()
	case <-i.process.Done():
	}

	// It is forgotten before the caller returns its slot: else there could be one too
	// many.
	f.drop(i)
	f.report(i, result.err)
	return result.payload, result.err
}

// await returns how the invocation ended that the instance is running. It kills an
// instance that overruns its time or its memory. Memory that was had and given back counts
// as well, as soon as the invocation ends.
func (f *Function) await(i *instance, v *invocation, timeout <-chan time.Time) outcome {
	look := time.NewTicker(lookEvery)
	defer look.Stop()

	for {
		select {
		case result := <-v.done:
			if f.isOver(i) {
				return f.kill(i, ErrMemory)
			}
			return result
		case <-look.C:
			if f.isOver(i) {
				return f.kill(i, ErrMemory)
			}
		case <-timeout:
			return f.kill(i, fmt.Errorf("%w after %s", ErrTimeout, f.Timeout))
		case <-i.process.Done():
			select {
			case result := <-v.done: // it answered, and then it ended
				return result
			default:
				return f.failed(fmt.Errorf("%w: %s", ErrCrashed, i.process.State()))
			}
		}
	}
}

// isOver reports whether an instance has had more memory than the function has.
func (f *Function) isOver(i *instance) bool { return peak(i.process.PID()) > f.Memory<<20 }

// kill kills an instance, and returns the reason as the outcome of what it was running.
func (f *Function) kill(i *instance, reason error) outcome {
	i.process.Kill()
	select {
	case <-i.free: // it had answered, and asked for more
	default:
	}
	return f.failed(reason)
}

// failed returns the outcome of an invocation that failed for a reason.
func (f *Function) failed(reason error) outcome {
	return outcome{err: fmt.Errorf("invoke %s: %w", f.Name, reason)}
}

// instance returns the idle instance that was used last, or a new one.
func (f *Function) instance(ctx context.Context) (*instance, error) {
	f.mu.Lock()
	n := len(f.idle)
	if n == 0 {
		f.mu.Unlock()
		return f.start(ctx)
	}

	i := f.idle[n-1]
	f.idle = f.idle[:n-1]
	f.mu.Unlock()

	i.reaper.Stop()
	return i, nil
}

// start starts an instance, and waits until it asks for its first invocation.
func (f *Function) start(ctx context.Context) (*instance, error) {
	i := &instance{
		id:     engine.NewID(),
		arn:    f.arn(),
		free:   make(chan struct{}, 1),
		failed: make(chan error, 1),
		work:   make(chan *invocation),
	}

	// The Runtime API must know the instance before its process calls.
	f.runtime.add(i)
	started := time.Now()
	if err := f.launch(i); err != nil {
		f.runtime.remove(i)
		return nil, fmt.Errorf("%w: %w", ErrInit, err)
	}

	timeout := time.NewTimer(f.InitTimeout)
	defer timeout.Stop()

	var err error
	select {
	case <-i.free:
		took := time.Since(started)
		i.initialised(took)
		f.bill(took)
		return i, nil
	case err = <-i.failed:
	case <-i.process.Done():
		err = errors.New("it ended: " + i.process.State())
	case <-timeout.C:
		err = fmt.Errorf("it doesn't ask for work after %s", f.InitTimeout)
	case <-ctx.Done():
		i.process.Kill()
		f.drop(i)
		return nil, fmt.Errorf("start %s: %w", f.Name, ctx.Err())
	}

	i.process.Stop()
	f.drop(i)
	err = fmt.Errorf("start %s: %w: %w", f.Name, ErrInit, err)
	f.report(i, err)
	return nil, err
}

// launch starts the instance's process, unless the function is closed. It holds the lock
// meanwhile, so that Close misses no process.
func (f *Function) launch(i *instance) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return errors.New("the function is closed")
	}

	p, err := process.Start(f.command(i))
	if err != nil {
		return err
	}

	i.process = p
	f.instances = append(f.instances, i)
	go func() {
		<-p.Done()
		f.drop(i)
	}()
	return nil
}

// command returns the function's program with the environment that Lambda gives it
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
func (f *Function) command(i *instance) *exec.Cmd {
	cmd := exec.Command(f.Binary)
	cmd.Env = append(slices.Clone(f.Environment),
		"AWS_LAMBDA_RUNTIME_API="+f.runtime.Address(i.id),
		"AWS_LAMBDA_FUNCTION_NAME="+f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(f.Memory),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+f.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME="+i.id,
	)

	output := io.MultiWriter(f.Log, &i.tail)
	cmd.Stdout = output
	cmd.Stderr = output
	return cmd
}

// park keeps a free instance for the next invocation, and ends it after a while.
func (f *Function) park(i *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()

	i.take(nil)
	f.idle = append(f.idle, i)
	i.reaper = time.AfterFunc(f.Idle, func() {
		if f.unpark(i) {
			i.process.Stop()
		}
	})
}

// unpark takes an instance from those that are idle. It reports whether it was one of
// them: an invocation may have taken it in the moment in which its time was over.
func (f *Function) unpark(i *instance) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	at := slices.Index(f.idle, i)
	if at < 0 {
		return false
	}
	f.idle = slices.Delete(f.idle, at, at+1)
	return true
}

// drop forgets an instance whose process has ended. It may be called more than once.
func (f *Function) drop(i *instance) {
	f.runtime.remove(i)

	f.mu.Lock()
	defer f.mu.Unlock()
	is := func(other *instance) bool { return other == i }
	f.instances = slices.DeleteFunc(f.instances, is)
	f.idle = slices.DeleteFunc(f.idle, is)
}

// report writes how an instance ended before its time, with the end of its log. A
// function that is being closed reports nothing: its instances are killed on purpose.
func (f *Function) report(i *instance, err error) {
	f.mu.Lock()
	closed := f.closed
	f.mu.Unlock()
	if closed || err == nil {
		return
	}

	fmt.Fprintf(f.Crashes, "%v\n  the end of its log:\n%s\n", err, indent(i.tail.String()))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// Close kills all instances, whatever they are running, and waits for their ends.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	instances := slices.Clone(f.instances)
	for _, i := range f.idle {
		i.reaper.Stop()
	}

	f.mu.Unlock()

	var wait sync.WaitGroup
	for _, i := range instances {
		wait.Go(i.process.Kill)
	}

	wait.Wait()
}
