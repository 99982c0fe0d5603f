package ses

import (
	"context"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/infra/local/engine"
)

// Start starts aws-ses-v2-local.
func Start(ctx context.Context) (*engine.Engine, error) {
	node, err := engine.Node()
	if err != nil {
		return nil, err
	}

	script, err := engine.Tool("aws-ses-v2-local", "dist", "cli.js")
	if err != nil {
		return nil, err
	}

	return engine.Start(ctx, "aws-ses-v2-local", "/health-check", func(port string) *exec.Cmd {
		return exec.Command(node, script, "--host", "127.0.0.1", "--port", port)
	})
}

// Client returns a client of the engine at the endpoint.
func Client(endpoint string) *sesv2.Client {
	return sesv2.NewFromConfig(engine.Config(), func(o *sesv2.Options) {
		o.BaseEndpoint = &endpoint
	})
}
