// Package start starts a function's process. Package wire adds the tables, whose client a
// function without any doesn't link.
package start

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"latchkey/shared/setting"
)

// Given is what every function is given. Its settings are read as they are asked for; Err
// says at the end what was missing.
type Given struct {
	*setting.Reader
	// AWS returns the configuration of the client of a service: "dynamodb", "sqs", "s3",
	// "sesv2", "sns", "secretsmanager".
	AWS func(service string) aws.Config
	Now func() time.Time
	// Output is where metrics are written.
	Output io.Writer
}

// Serve serves a function: serve makes its handler and hands it to Lambda. Any error ends
// the process before the first event. What is logged goes to standard error, as JSON.
func Serve(serve func(Given) error) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	collectRarely()

	client := newHTTPClient()
	err := serve(Given{
		Reader: setting.New(os.Getenv),
		AWS: func(service string) aws.Config {
			return configuration(os.Getenv, client, service)
		},
		Now:    time.Now,
		Output: os.Stdout,
	})
	if err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
}

// Bounds of the garbage collector. What lives in a function is small beside its memory, so
// that collecting each time it has doubled would cost much and gain nothing.
const (
	growth     = 250  // percent by which the heap may grow before it is collected
	mostMemory = 0.75 // the share of the function's memory from which it is collected anyway
)

// collectRarely tells the garbage collector the bounds. The memory is in MB (AWS Lambda
// Developer Guide, "Defined runtime environment variables").
func collectRarely() {
	memory, err := strconv.ParseInt(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), 10, 64)
	if err != nil {
		return
	}
	debug.SetGCPercent(growth)
	debug.SetMemoryLimit(int64(mostMemory * float64(memory<<20)))
}

// idleConnections is how many connections to one service are kept for the next call. A
// function has at most so many calls under way at once.
const idleConnections = 32

func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = idleConnections
	})
}
