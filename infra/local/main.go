// Command local runs Latchkey on this machine, and tells in the terminal what it does.
//
//	local                        the whole system on http://localhost:8080, until Ctrl-C
//	local invoke FUNCTION EVENT  one function with a file's event; prints its answer
//	local with-dynamodb COMMAND  a command whose tests share one DynamoDB Local
//
// It reads from the environment: PORT, ADMIN_PASSWORD, DEMO=off, the host's own settings
// (LATCHKEY_…, infra/local/host/settings.go) and the deployment's parameters
// (shared/topology).
package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/engine"
	"latchkey/infra/local/host"
)

// dropsAtOnce is how many dropped files may wait to be told of; more at once make no
// story.
const dropsAtOnce = 100

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	err := command(ctx, os.Args[1:])
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil && ctx.Err() == nil:
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		os.Exit(1)
	}
}

// command runs the command that the arguments name.
func command(ctx context.Context, arguments []string) error {
	switch {
	case len(arguments) == 0:
		return run(ctx)
	case len(arguments) == 3 && arguments[0] == "invoke":
		return invoke(ctx, arguments[1], arguments[2])
	case len(arguments) > 1 && arguments[0] == "with-dynamodb":
		return withDynamoDB(ctx, arguments[1:])
	}
	return errors.New("usage: local | local invoke FUNCTION EVENT | local with-dynamodb COMMAND")
}

// run serves until the context ends.
func run(ctx context.Context) error {
	port, err := strconv.Atoi(cmp.Or(os.Getenv("PORT"), "8080"))
	if err != nil || port < 0 || port > 65535 {
		return fmt.Errorf("PORT is %q: it is a number from 0 to 65535", os.Getenv("PORT"))
	}

	password := cmp.Or(os.Getenv("ADMIN_PASSWORD"), strings.ToLower(rand.Text()))

	fmt.Println("Starting the engines and the functions, in memory ...")
	drops := make(chan string, dropsAtOnce)
	h, err := host.Start(ctx, host.Options{
		Port:          port,
		Environment:   environment(),
		AdminPassword: password,
		Output:        os.Stderr,
		Dropped: func(key string) {
			select {
			case drops <- key:
			default:
			}
		},
	})
	if err != nil {
		return err
	}

	defer h.Stop()

	if err := writeVariables(h); err != nil {
		return err
	}

	tell(ctx, h, password, drops)
	return nil
}

// writeVariables writes the file that the SAM command line is given as --env-vars, to run
// a function of the template against these engines.
func writeVariables(h *host.Host) error {
	root, err := engine.Root()
	if err != nil {
		return err
	}

	content, err := json.MarshalIndent(map[string]any{"Parameters": h.Environment()}, "", "  ")
	if err != nil {
		return err
	}

	file := filepath.Join(root, "build", "sam-variables.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return fmt.Errorf("write SAM's variables: %w", err)
	}

	return nil
}

// environment returns this process's own, for what the host reads from it.
func environment() map[string]string {
	all := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		all[name] = value
	}

	// Where LANGUAGE holds locales it is gettext's, not our parameter of that name.
	if strings.ContainsAny(all["LANGUAGE"], "_:") {
		delete(all, "LANGUAGE")
	}

	return all
}

// invoke runs one function with the event of a file, and prints its answer.
func invoke(ctx context.Context, function, file string) error {
	event, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read the event: %w", err)
	}

	h, err := host.Start(ctx, host.Options{Environment: environment(), Output: os.Stderr})
	if err != nil {
		return err
	}

	defer h.Stop()

	answer, err := h.Invoke(ctx, function, event)
	if err != nil {
		return err
	}

	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer, "", "  "); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}

	fmt.Println(&pretty)
	return nil
}

// withDynamoDB runs a command whose tests find a DynamoDB Local by their environment.
func withDynamoDB(ctx context.Context, arguments []string) error {
	e, err := dynamodb.Start(ctx)
	if err != nil {
		return err
	}

	defer e.Stop()

	cmd := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	cmd.Stdin = os.Stdin
	cmd.Stdout = os.Stdout
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), dynamodb.EndpointVariable+"="+e.Endpoint)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd.Run()
}
