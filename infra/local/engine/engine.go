// Package engine starts the local engines that stand in for AWS, each on a free port, and
// says what their account is. The packages beside it know what each engine does.
//
// All engines store their data in memory and forget it when they stop. They listen on
// 127.0.0.1, except DynamoDB Local, which has no option for it and listens on every
// interface. They come from the packages that infra/tools pins, and from a Go module
// (S3).
package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/uuid"

	"latchkey/infra/local/process"
)

// The account of this machine, and what every local client signs with. The engines accept
// any key.
const (
	Region          = "us-east-1"
	AccessKeyID     = "local"
	SecretAccessKey = "local"
	Account         = "000000000000"
)

const (
	// startTimeout is how long an engine may take to answer after its start, on a busy
	// machine.
	startTimeout = 60 * time.Second
	// pollEvery is the pause between two looks whether it answers.
	pollEvery = 25 * time.Millisecond
	// attempts is how often an engine is started anew because another program took its
	// port.
	attempts = 3
)

// Engine is an engine that runs.
type Engine struct {
	Endpoint string // "http://127.0.0.1:<port>"
	stop     func()
}

// Stop ends the engine, and waits for its end.
func (e *Engine) Stop() { e.stop() }

// Config returns what an AWS client of a local engine is made from.
func Config() aws.Config {
	return aws.Config{
		Region:      Region,
		Credentials: credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
	}
}

// ARN returns the ARN of a resource of a service in this machine's account.
func ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + Account + ":" + resource
}

// NewID returns a new id in the form of AWS's request and message ids: a UUID.
func NewID() string { return uuid.NewString() }

// Root returns the project's folder: the nearest one upwards that holds go.mod.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}

	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("find the project: no go.mod in this folder or above it")
		}
		folder = parent
	}
}

// Tool returns the path of a file below infra/tools/node_modules.
func Tool(path ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}

	name := filepath.Join(path...)
	file := filepath.Join(root, "infra", "tools", "node_modules", name)
	if _, err := os.Stat(file); err != nil {
		return "", fmt.Errorf("find %s: run `npm ci --prefix infra/tools` first", name)
	}

	return file, nil
}

// Start starts an engine's process on a free port, and waits until it answers HTTP at the
// path with any status. It tries again on another port: between the look for a free one
// and the engine's start another program may have taken it.
func Start(
	ctx context.Context, name, path string, command func(port string) *exec.Cmd,
) (*Engine, error) {
	var err error
	for range attempts {
		var e *Engine
		e, err = startOnce(ctx, name, path, command)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			break
		}
	}

	return nil, err
}

func startOnce(
	ctx context.Context, name, path string, command func(port string) *exec.Cmd,
) (*Engine, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}

	output := &process.Tail{}
	cmd := command(port)
	cmd.Stdout = output
	cmd.Stderr = output
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + os.Getenv("HOME"),
		"TMPDIR=" + os.TempDir(),
		"JAVA_TOOL_OPTIONS=" + os.Getenv("JAVA_TOOL_OPTIONS"),
	}
	p, err := process.Start(cmd)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	e := &Engine{Endpoint: "http://127.0.0.1:" + port, stop: p.Stop}
	if err := answers(ctx, e.Endpoint+path, p.Done()); err != nil {
		p.Kill()
		return nil, fmt.Errorf("start %s: %w (%s)\n%s", name, err, p.State(), output)
	}

	return e, nil
}

// answers waits until a GET of the address has any answer. It returns an error if the
// context ends before that, or the process that should answer.
func answers(ctx context.Context, address string, ended <-chan struct{}) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}

	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			return response.Body.Close()
		}

		select {
		case <-ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("it doesn't answer: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// idle is how long a connection is kept that nothing uses: less than the five seconds after
// which Node.js ends it, so that no call comes upon one that has just been ended.
const idle = 4 * time.Second

// Transport returns a transport that keeps as many connections to an engine as there are calls
// at once. The default one keeps two, and connects anew for all others.
func Transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = t.MaxIdleConns
	t.IdleConnTimeout = idle
	return t
}

// Serve starts an engine that is a handler of this process, on a free port.
func Serve(handler http.Handler) (*Engine, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}

	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }() // until Stop
	return &Engine{
		Endpoint: "http://" + listener.Addr().String(),
		stop:     func() { _ = server.Close() },
	}, nil
}

// Node returns the path of the Node.js that infra/tools pins: engines run on it, whatever
// the machine has.
func Node() (string, error) { return Tool("node", "bin", "node") }

// freePort returns a port that nobody listened on a moment ago.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
