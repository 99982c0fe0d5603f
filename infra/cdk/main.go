// Command cdk is the CDK app: it turns the topology and the context's parameters into a
// stack. The CDK's command line runs it, as cdk.json says.
//
// It builds the functions for the architecture asked for, so that what is deployed is
// never older than its source.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/infra/cdk/stack"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		os.Exit(1)
	}
}

func run() error {
	// The CDK's process unpacks itself into a folder, which is removed here. jsii.Close
	// would remove it too, but it waits for the process in two goroutines at once and
	// logs the loser's error (jsii-runtime-go 1.139.0). The process ends with this one,
	// since its input ends then.
	folder, err := os.MkdirTemp("", "latchkey-cdk-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()

	if err := os.Setenv("TMPDIR", folder); err != nil {
		return err
	}

	app := awscdk.NewApp(nil)
	parameters, err := stack.ReadParameters(func(name string) any {
		return app.Node().TryGetContext(&name)
	})
	if err != nil {
		return fmt.Errorf("the context's parameters (-c name=value) are not complete:\n%w", err)
	}

	assets, err := build(parameters.Architecture())
	if err != nil {
		return err
	}

	made := stack.New(app, parameters, assets)
	if context, ok := app.Node().GetAllContext(nil).(map[string]any); ok {
		for _, name := range stack.Unknown(context) {
			warning := "no parameter is called " + name + ": it is ignored"
			awscdk.Annotations_Of(made).AddWarning(&warning)
		}
	}

	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
	app.Synth(nil)

	return nil
}

// build makes the functions for an architecture with the Makefile's own rule. It returns
// the folder that holds <function>/bootstrap.
func build(architecture string) (string, error) {
	goArchitecture := map[string]string{"arm64": "arm64", "x86_64": "amd64"}[architecture]
	folder := filepath.Join("build", "lambda", architecture)

	command := exec.Command(
		"make", "--no-print-directory", "build",
		"FUNCTIONS="+folder,
		"GOOS=linux",
		"GOARCH="+goArchitecture,
	)
	command.Stdout = os.Stderr
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build the functions for %s: %w", architecture, err)
	}
	return folder, nil
}
