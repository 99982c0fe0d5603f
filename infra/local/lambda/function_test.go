package lambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/infra/local/lambda"
)

var tiny string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tiny")
	if err != nil {
		panic(err)
	}

	tiny = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", tiny, "./testdata/tiny")

	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}

	code := m.Run()

	os.RemoveAll(folder)
	os.Exit(code)
}

// log is a writer that tests may read while instances write.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func start(t *testing.T, change func(*lambda.Settings)) (*lambda.Function, *log) {
	t.Helper()

	runtime, err := lambda.NewRuntime()
	if err != nil {
		t.Fatal(err)
	}

	crashes := &log{}

	settings := lambda.Settings{
		Name:    "tiny",
		Binary:  tiny,
		Memory:  128,
		Timeout: time.Minute,
		Most:    2,
		Idle:    time.Hour,
		Log:     &log{},
		Crashes: crashes,
	}
	if change != nil {
		change(&settings)
	}

	f := lambda.New(runtime, settings)
	t.Cleanup(func() {
		f.Close()
		runtime.Close()
	})

	return f, crashes
}

// eventually waits until the condition holds, for at most a minute.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()

	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()

	timeout := time.After(time.Minute)
	for !condition() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatal("it didn't come")
		}
	}
}

func do(what string) []byte { return fmt.Appendf(nil, `{"do":%q}`, what) }

type answer struct {
	PID         int      `json:"pid"`
	RequestID   string   `json:"request_id"`
	ARN         string   `json:"arn"`
	LeftMS      int64    `json:"left_ms"`
	Environment []string `json:"environment"`
}

func ask(t *testing.T, f *lambda.Function, id string) answer {
	t.Helper()

	payload, err := f.Invoke(t.Context(), id, do("answer"))
	if err != nil {
		t.Fatal(err)
	}

	var a answer
	if err := json.Unmarshal(payload, &a); err != nil {
		t.Fatal(err)
	}

	return a
}

func TestAFunctionIsToldWhatLambdaTells(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) { s.Environment = []string{"TABLE_JOBS=jobs"} })

	got := ask(t, f, "request-1")
	if got.RequestID != "request-1" ||
		got.ARN != "arn:aws:lambda:us-east-1:000000000000:function:tiny" {
		t.Errorf("got request %q of %q", got.RequestID, got.ARN)
	}

	if got.LeftMS < 1 || got.LeftMS > time.Minute.Milliseconds() {
		t.Errorf("%d ms are left, want at most a minute", got.LeftMS)
	}

	for _, want := range []string{
		"TABLE_JOBS=jobs", "AWS_LAMBDA_FUNCTION_NAME=tiny", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
	} {
		if !slices.Contains(got.Environment, want) {
			t.Errorf("the environment has no %s", want)
		}
	}

	inherited := func(entry string) bool {
		return strings.HasPrefix(entry, "GOFLAGS=") || strings.HasPrefix(entry, "PWD=")
	}
	if slices.ContainsFunc(got.Environment, inherited) {
		t.Error("the environment of the host is inherited")
	}
}

func TestAnInstanceIsUsedAgainAfter(t *testing.T) {
	for _, test := range []struct {
		name   string
		do     string
		again  bool
		want   error
		report string // in what is told of crashes
	}{
		{"an answer", "answer", true, nil, ""},
		{
			name:  "an error of the function",
			do:    "fail",
			again: true,
			want:  &lambda.Error{Type: "errorString", Message: "no luck"},
		},
		{"no panic", "panic", false, &lambda.Error{Type: "string", Message: "no way"}, "no way"},
		{
			name:   "no SIGKILL with an invocation in hand",
			do:     "crash",
			want:   lambda.ErrCrashed,
			report: "about to crash",
		},
		{"no timeout", "hang", false, lambda.ErrTimeout, "task timed out after 1s"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, crashes := start(t, func(s *lambda.Settings) { s.Timeout = time.Second })
			before := ask(t, f, "request-1").PID
			_, err := f.Invoke(t.Context(), "request-2", do(test.do))

			var failure, want *lambda.Error
			if errors.As(test.want, &want) {
				if !errors.As(err, &failure) || *failure != *want {
					t.Errorf("got %v, want %v", err, want)
				}
			} else if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}

			if again := ask(t, f, "request-3").PID == before; again != test.again {
				t.Errorf("the same instance again: %t, want %t", again, test.again)
			}

			if !strings.Contains(crashes.String(), test.report) ||
				(test.report == "") != (crashes.String() == "") {
				t.Errorf("told of crashes: %q, want %q", crashes, test.report)
			}
		})
	}
}

func TestAFailedStartIsAnErrorThatSaysWhy(t *testing.T) {
	f, crashes := start(t, func(s *lambda.Settings) { s.Environment = []string{"INIT=fail"} })

	_, err := f.Invoke(t.Context(), "request-1", do("answer"))
	if !errors.Is(err, lambda.ErrInit) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v, want %v with the exit status", err, lambda.ErrInit)
	}

	if !strings.Contains(crashes.String(), "no such setting") {
		t.Errorf("told of the crash: %q", crashes)
	}
}

func TestAStartThatTakesTooLongFails(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) {
		s.Environment = []string{"INIT=hang"}
		s.InitTimeout = 100 * time.Millisecond
	})
	_, err := f.Invoke(t.Context(), "request-1", do("answer"))
	if !errors.Is(err, lambda.ErrInit) || !strings.Contains(err.Error(), "after 100ms") {
		t.Errorf("got %v", err)
	}

	usual, _ := start(t, nil)
	if usual.InitTimeout != 10*time.Second {
		t.Errorf("it may take %s, if nothing else is said", usual.InitTimeout)
	}
}

func TestAnAnswerOver6MBIsAFailure(t *testing.T) {
	f, _ := start(t, nil)
	_, err := f.Invoke(t.Context(), "request-1", do("tell much"))

	var failure *lambda.Error
	if !errors.As(err, &failure) || failure.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("got %v", err)
	}
}

func TestAnEventOver6MBIsRefused(t *testing.T) {
	f, _ := start(t, nil)
	for length, want := range map[int]error{6 << 20: nil, 6<<20 + 1: lambda.ErrTooLarge} {
		payload := []byte(`{"do":"answer"}`)
		payload = append(payload, bytes.Repeat([]byte(" "), length-len(payload))...)
		if _, err := f.Invoke(t.Context(), "request", payload); !errors.Is(err, want) {
			t.Errorf("with %d bytes: got %v, want %v", length, err, want)
		}
	}
}

func TestAnInstanceKilledWhileIdleIsReplaced(t *testing.T) {
	f, _ := start(t, nil)

	before := ask(t, f, "request-1").PID
	if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}

	eventually(t, func() bool { return len(f.Stats().Instances) == 0 })

	if after := ask(t, f, "request-2").PID; after == before {
		t.Error("the killed instance answered")
	}
}

func TestInstancesAreAsManyAsInvocationsAtOnceUpToTheMost(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) { s.Timeout = 2 * time.Second })

	var wait sync.WaitGroup
	for n := range 3 {
		wait.Go(func() {
			_, err := f.Invoke(context.Background(), fmt.Sprint("hanging ", n), do("hang"))
			if !errors.Is(err, lambda.ErrTimeout) {
				t.Errorf("got %v, want a timeout", err)
			}
		})
	}

	most := 0
	eventually(t, func() bool {
		s := f.Stats()
		most = max(most, len(s.Instances))
		return s.Errors == 3
	})
	wait.Wait()

	if most != 2 {
		t.Errorf("%d instances at once, want 2", most)
	}
}

func TestAnIdleInstanceEnds(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) { s.Idle = time.Millisecond })
	ask(t, f, "request-1")
	eventually(t, func() bool { return len(f.Stats().Instances) == 0 })
}

func TestBilledIsEachInitAndInvocationByTheMillisecondBegun(t *testing.T) {
	f, _ := start(t, nil)
	if billed := f.Stats().Billed; billed != 0 {
		t.Errorf("%s before anything ran", billed)
	}

	took, err := f.Init(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	inits := f.Stats().Billed
	if inits < took || inits >= took+time.Millisecond || len(f.Stats().Instances) != 0 {
		t.Errorf("billed %s for an init of %s, after which are %v",
			inits, took, f.Stats().Instances)
	}

	ask(t, f, "one")
	ask(t, f, "one")
	both := f.Stats().Billed - inits
	if both < 3*time.Millisecond || both%time.Millisecond != 0 {
		t.Errorf("billed %s for an init and two invocations", both)
	}
}

func TestWaitingForAnInstanceEndsWithTheContext(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) { s.Most = 1; s.Timeout = time.Second })

	var wait sync.WaitGroup
	wait.Go(func() { f.Invoke(context.Background(), "hanging", do("hang")) })
	eventually(t, func() bool { return len(f.Stats().Instances) == 1 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	if _, err := f.Invoke(ctx, "request-2", do("answer")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}

	wait.Wait()
}
