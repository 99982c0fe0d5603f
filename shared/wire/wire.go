// Package wire gives a function what it works with: its settings, tables, queues, clients
// and clock.
//
// A function's newHandler asks a Wire for what it needs, and so says all that it depends
// on. A test asks package wiretest for a Wire on the local engines, and builds the very
// handler that main serves; another holds what newHandler asks for against what the
// topology gives to the function.
package wire

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/audit"
	"latchkey/shared/metric"
	"latchkey/shared/setting"
	"latchkey/shared/store"
	"latchkey/shared/topology"
	"latchkey/shared/work"
)

// Wire is what a function works with. Its settings are read as they are asked for; Err
// says at the end what was missing.
type Wire struct {
	*setting.Reader
	// AWS returns the configuration of the client of a service: "dynamodb", "sqs", "s3",
	// "sesv2", "sns", "secretsmanager".
	AWS func(service string) aws.Config
	Now func() time.Time
	// Output is where metrics are written.
	Output io.Writer

	tables *dynamodb.Client
}

// Start serves a function: serve makes its handler and hands it to Lambda. Any error ends
// the process before the first event. What is logged goes to standard error, as JSON.
func Start(serve func(*Wire) error) {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))

	cfg, err := awsconfig.LoadDefaultConfig(
		context.Background(),
		awsconfig.WithHTTPClient(newHTTPClient()),
	)
	if err == nil {
		err = serve(&Wire{
			Reader: setting.New(os.Getenv),
			AWS:    func(string) aws.Config { return cfg },
			Now:    time.Now,
			Output: os.Stdout,
		})
	}
	if err != nil {
		slog.Error("the function can't start", "error", err.Error())
		os.Exit(1)
	}
}

// idleConnections is how many connections to one service are kept for the next call. A
// function has at most so many calls under way at once.
const idleConnections = 32

func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = idleConnections
	})
}

// Table returns a table by its name in the topology.
func (w *Wire) Table(name string) store.Table {
	if w.tables == nil {
		w.tables = store.NewClient(w.AWS("dynamodb"))
	}
	return store.Table{DB: w.tables, Name: w.Required(topology.Variable("TABLE", name))}
}

// Queues returns the queues that the function sends to.
func (w *Wire) Queues(names ...work.Queue) work.Queues {
	urls := make(map[work.Queue]string, len(names))
	for _, name := range names {
		urls[name] = w.Required(topology.Variable("QUEUE", string(name)))
	}
	return work.Queues{Client: sqs.NewFromConfig(w.AWS("sqs")), URLs: urls}
}

// Audit returns the log of who did what.
func (w *Wire) Audit() audit.Log { return audit.Log{Table: w.Table("audit"), Now: w.Now} }

// Metrics returns the log of what is counted.
func (w *Wire) Metrics() metric.Log {
	return metric.Log{Output: w.Output, Function: lambdacontext.FunctionName, Now: w.Now}
}
