// Command tiny is a function that does what its event says, for the tests of the local
// Runtime API.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type event struct {
	Do      string `json:"do"`
	Records []struct {
		Body string `json:"body"`
	}
}

type answer struct {
	PID         int      `json:"pid"`
	RequestID   string   `json:"request_id"`
	ARN         string   `json:"arn"`
	LeftMS      int64    `json:"left_ms"`
	Environment []string `json:"environment"`
}

func main() {
	switch os.Getenv("INIT") {
	case "fail":
		fmt.Fprintln(os.Stderr, "no such setting")
		os.Exit(3)
	case "hang":
		time.Sleep(time.Hour)
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
	case "greed":
		fill()
	case "greed for ever":
		fill()
		select {}
	case "tell much":
		return answer{Environment: []string{strings.Repeat("m", 6<<20)}}, nil
	}
	if len(e.Records) > 0 {
		return answer{}, again(ctx, e.Records[0].Body)
	}
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return answer{
		PID: os.Getpid(), RequestID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn,
		LeftMS: time.Until(deadline).Milliseconds(), Environment: os.Environ(),
	}, nil
}

// fill has 200 MB for a moment.
func fill() {
	memory := make([]byte, 200<<20)
	for at := 0; at < len(memory); at += os.Getpagesize() {
		memory[at] = 1
	}
	runtime.KeepAlive(memory)
}

// again sends a message whose body is a number of rounds to the queue once more, with one
// round less, until none is left.
func again(ctx context.Context, body string) error {
	rounds, err := strconv.Atoi(body)
	if err != nil || rounds == 0 {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	_, err = sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:    aws.String(os.Getenv("QUEUE")),
		MessageBody: aws.String(strconv.Itoa(rounds - 1)),
	})
	return err
}
