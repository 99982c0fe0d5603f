// Package wiretest builds a function as it is deployed, on the local engines.
//
// A Twin gives a function exactly what the topology gives it: a table, a queue or a
// parameter that the topology leaves out is missing, as it would be on AWS.
package wiretest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/enginetest"
	"latchkey/infra/local/inbox"
	"latchkey/infra/local/sns"
	"latchkey/shared/setting"
	"latchkey/shared/store"
	"latchkey/shared/topology"
	"latchkey/shared/wire"
	"latchkey/shared/wire/start"
	"latchkey/shared/work"
)

// Noon is when a twin's clock begins. It is far ahead, since DynamoDB Local deletes what
// by its own clock is past its "delete_at".
var Noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

// CodeKey is the secret that a twin's codes are hashed with.
const CodeKey = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"

// parameters are those of the deployment that have no default, as tests have them.
var parameters = map[string]string{
	"COMPANY":         "Northwind",
	"SENDER":          "no-reply@northwind.test",
	"SUPPORT_CONTACT": "help@northwind.test",
	"BASE_URL":        "https://example.test",
	"APP_URL":         "https://app.example.test",
}

// optional are the settings without which a function starts, of those that have a value
// here.
var optional = []string{"APP_URL", "CONFIGURATION_SET", "SUPPORT_CONTACT"}

// Twin is what a function works with in a test.
type Twin struct {
	*wire.Wire
	*Clock
	// The clients are for looking at what the function left. Those of the engines that it
	// isn't given are nil; SQS is always there.
	SQS  *sqs.Client
	S3   *s3.Client
	Mail func() []enginetest.Message
	SMS  *inbox.Log
	// Transports stand before an engine, by the name of its service, to inject faults.
	// They are to be set before the function's handler is made.
	Transports map[string]http.RoundTripper
	// Retryer is of each client; nil is the SDK's own, which repeats a call that failed.
	// It is to be set before the function's handler is made.
	Retryer func() aws.Retryer

	T           testing.TB
	db          *dynamodb.Client
	tables      func(table string) string // the name of each
	function    topology.Function
	environment map[string]string
	endpoints   map[string]string
}

// Clock is a clock that a test sets.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// Time returns the clock's time.
func (c *Clock) Time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass lets time pass.
func (c *Clock) Pass(span time.Duration) { c.Set(c.Time().Add(span)) }

// Set sets the clock.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// New returns the twin of a function. more are parameters other than the defaults.
func New(t testing.TB, function string, more map[string]string) *Twin {
	t.Helper()
	f := functionNamed(t, function)
	twin := &Twin{
		Clock:       &Clock{at: Noon},
		Transports:  map[string]http.RoundTripper{},
		T:           t,
		function:    f,
		environment: environment(f, more),
		endpoints:   map[string]string{},
	}
	twin.Wire = &wire.Wire{Given: start.Given{
		Reader: setting.New(func(name string) string { return twin.environment[name] }),
		AWS:    twin.config,
		Now:    twin.Time,
	}}

	twin.startTables()
	twin.startQueues()
	if twin.environment["BUCKET"] != "" {
		twin.startBucket()
	}
	if f.NeedsCodeKey {
		twin.Serve("secretsmanager", http.HandlerFunc(tellCodeKey))
	}
	if slices.Contains(f.Carriers, "email") {
		twin.startMail()
	}
	if slices.Contains(f.Carriers, "sms") {
		twin.startSMS()
	}
	return twin
}

// functionNamed finds a function in the topology.
func functionNamed(t testing.TB, name string) topology.Function {
	t.Helper()
	f, ok := topology.Latchkey.Function(name)
	if !ok {
		t.Fatalf("the topology has no function %s", name)
	}
	return f
}

// environment is what the topology gives to a function: the usual parameters, and made-up
// names of everything else.
func environment(f topology.Function, more map[string]string) map[string]string {
	given := map[string]string{}
	for _, name := range f.Variables() {
		given[name] = strings.ToLower(name)
	}

	for _, p := range topology.Latchkey.Parameters {
		if !slices.Contains(f.Parameters, p.Name) {
			continue
		}
		given[p.Name] = cmp.Or(more[p.Name], parameters[p.Name], p.Default)
	}
	return given
}

// Must ends the test at an error.
func (w *Twin) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *Twin) startTables() {
	w.db, w.tables = enginetest.Tables(w.T)
	w.endpoints["dynamodb"] = *w.db.Options().BaseEndpoint
	for _, right := range w.function.Tables {
		w.environment[topology.Variable("TABLE", right.Table)] = w.tables(right.Table)
	}
}

func (w *Twin) startQueues() {
	client, url := enginetest.Queues(w.T)
	w.SQS = client
	w.endpoints["sqs"] = *client.Options().BaseEndpoint
	for _, queue := range w.function.Sends {
		w.environment[topology.Variable("QUEUE", queue)] = url(queue)
	}
}

func (w *Twin) startBucket() {
	client, bucket := enginetest.Bucket(w.T)
	w.S3 = client
	w.endpoints["s3"] = *client.Options().BaseEndpoint
	w.environment["BUCKET"] = bucket
}

func (w *Twin) startMail() {
	client, sent := enginetest.Mail(w.T, w.Time)
	w.Mail = sent
	w.endpoints["sesv2"] = *client.Options().BaseEndpoint
}

func (w *Twin) startSMS() {
	log, err := inbox.NewLog()
	if err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() { w.Must(log.Close()) })

	w.SMS = log
	w.Serve("sns", sns.New(log))
}

// tellCodeKey answers as Secrets Manager does.
func tellCodeKey(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	fmt.Fprintf(w, `{"SecretString":%q}`, CodeKey)
}

// Serve has a service answered by a test's own handler. It is to be called before the
// function's handler is made.
func (w *Twin) Serve(service string, handler http.Handler) {
	server := httptest.NewServer(handler)
	w.T.Cleanup(server.Close)
	w.endpoints[service] = server.URL
}

// config is the configuration of a service's client, which reaches the local engine.
func (w *Twin) config(service string) aws.Config {
	cfg := engine.Config()
	cfg.Retryer = w.Retryer
	if endpoint := w.endpoints[service]; endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	if transport := w.Transports[service]; transport != nil {
		cfg.HTTPClient = &http.Client{Transport: transport}
	}
	return cfg
}

// Other returns a table that the function isn't given, for what others left or find there.
func (w *Twin) Other(table string) store.Table {
	return store.Table{DB: w.db, Name: w.tables(table)}
}

// Received takes the messages that the function put on a queue.
func (w *Twin) Received(queue work.Queue) []work.Message {
	w.T.Helper()
	url := w.environment[topology.Variable("QUEUE", string(queue))]
	var all []work.Message
	for {
		got, err := w.SQS.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
			QueueUrl:            &url,
			MaxNumberOfMessages: 10,
		})
		if err != nil {
			w.T.Fatal(err)
		}
		if len(got.Messages) == 0 {
			return all
		}

		for _, text := range got.Messages {
			message, err := work.Decode(*text.Body)
			if err != nil {
				w.T.Fatal(err)
			}
			all = append(all, message)
		}
	}
}

// Received is Twin.Received for messages of one type. It fails the test at any other.
func Received[M work.Message](w *Twin) []M {
	w.T.Helper()
	var none M
	var all []M
	for _, message := range w.Received(none.Queue()) {
		m, ok := message.(M)
		if !ok {
			w.T.Fatalf("got %+v", message)
		}
		all = append(all, m)
	}
	return all
}

// CheckSettings fails the test unless build asks for what the topology gives to the
// function, and for nothing else. It makes no call. A missing setting must stop the
// function unless it is optional or blank, and so must a duration or a number that can't
// be read. All that are missing or bad come in one error.
func CheckSettings(t *testing.T, function string, build func(*wire.Wire)) {
	t.Helper()
	given := environment(functionNamed(t, function), nil)
	whole := bare(given)
	build(whole)
	if err := whole.Err(); err != nil {
		t.Errorf("what the topology gives isn't enough: %v", err)
	}
	if want := slices.Sorted(maps.Keys(given)); !slices.Equal(whole.Asked(), want) {
		t.Errorf("it asks for %q\nit is given %q", whole.Asked(), want)
	}

	nothing := bare(nil)
	build(nothing)
	spoilt := maps.Clone(given)
	for name, value := range given {
		required := value != "" && !slices.Contains(optional, name)
		if named(nothing.Err(), name) != required {
			t.Errorf("required is %t of %s, and it is missing: %v", required, name, nothing.Err())
		}
		if isMeasure(value) {
			spoilt[name] = "nonsense"
		}
	}

	bad := bare(spoilt)
	build(bad)
	for name, value := range spoilt {
		if value == "nonsense" && !named(bad.Err(), name) {
			t.Errorf("%s is nonsense, and not named in: %v", name, bad.Err())
		}
	}
}

// named reports whether an error names a setting.
func named(err error, name string) bool {
	return err != nil && slices.Contains(strings.Fields(err.Error()), name)
}

// isMeasure reports whether a setting's value is a duration or a number.
func isMeasure(value string) bool {
	_, noDuration := time.ParseDuration(value)
	_, noNumber := strconv.Atoi(value)
	return noDuration == nil || noNumber == nil
}

// bare is a Wire without engines.
func bare(environment map[string]string) *wire.Wire {
	return &wire.Wire{Given: start.Given{
		Reader: setting.New(func(name string) string { return environment[name] }),
		AWS:    func(string) aws.Config { return engine.Config() },
		Now:    time.Now,
	}}
}
