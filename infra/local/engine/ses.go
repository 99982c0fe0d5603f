package engine

import (
	"context"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/infra/local/process"
)

// SES starts aws-ses-v2-local. It needs Node.js.
func SES(ctx context.Context) (*Engine, error) {
	node, err := process.Find("node", installNode)
	if err != nil {
		return nil, err
	}
	script, err := tool("aws-ses-v2-local", "dist", "cli.js")
	if err != nil {
		return nil, err
	}

	return run(ctx, "aws-ses-v2-local", "/health-check", func(port string) *exec.Cmd {
		return exec.Command(node, script, "--host", "127.0.0.1", "--port", port)
	})
}

// SESClient returns a client of the engine at the endpoint.
func SESClient(endpoint string) *sesv2.Client {
	return sesv2.NewFromConfig(Config(), func(o *sesv2.Options) { o.BaseEndpoint = &endpoint })
}
