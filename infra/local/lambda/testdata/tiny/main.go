// Command tiny is a function that does what its event says, for the tests of the local
// Runtime API.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do string `json:"do"`
}

type answer struct {
	PID         int      `json:"pid"`
	RequestID   string   `json:"request_id"`
	ARN         string   `json:"arn"`
	LeftMS      int64    `json:"left_ms"`
	Environment []string `json:"environment"`
}

func main() {
	if os.Getenv("INIT") == "fail" {
		fmt.Fprintln(os.Stderr, "no such setting")
		os.Exit(3)
	}
	lambda.StartHandlerFunc(handle)
}

func handle(ctx context.Context, e event) (answer, error) {
	switch e.Do {
	case "fail":
		return answer{}, errors.New("no luck")
	case "panic":
		panic("no way")
	case "crash":
		fmt.Fprintln(os.Stderr, "about to crash")
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang":
		select {}
	}
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return answer{
		PID: os.Getpid(), RequestID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn,
		LeftMS: time.Until(deadline).Milliseconds(), Environment: os.Environ(),
	}, nil
}
