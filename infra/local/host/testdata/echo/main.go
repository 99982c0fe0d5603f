// Command echo is every function of the host's tests: it answers requests with its
// environment, and anything else with nothing.
package main

import (
	"context"
	"encoding/json"
	"os"
	"syscall"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.StartHandlerFunc(handle) }

func handle(_ context.Context, event events.APIGatewayV2HTTPRequest) (*events.APIGatewayV2HTTPResponse, error) {
	switch event.RawPath {
	case "":
		return nil, nil
	case "/crash":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	body, err := json.Marshal(os.Environ())
	return &events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: string(body)}, err
}
