package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// fake is a function in this process.
type fake func(requestID string, payload []byte) ([]byte, error)

func (f fake) Invoke(_ context.Context, requestID string, payload []byte) ([]byte, error) {
	return f(requestID, payload)
}

func TestFailures(t *testing.T) {
	id := func(s string) types.Message { return types.Message{MessageId: &s} }

	batch := []types.Message{id("a"), id("b")}
	for _, test := range []struct {
		name   string
		answer string
		err    error
		want   int
	}{
		{"an empty answer is a success", ``, nil, 0},
		{"null is a success", `null`, nil, 0},
		{"no failures are a success", `{"batchItemFailures":[]}`, nil, 0},
		{
			name:   "a named message has failed alone",
			answer: `{"batchItemFailures":[{"itemIdentifier":"b"}]}`,
			want:   1,
		},
		{"a failed invocation has failed for all", ``, errors.New("crashed"), 2},
		{
			name:   "an unknown message has failed for all",
			answer: `{"batchItemFailures":[{"itemIdentifier":"c"}]}`,
			want:   2,
		},
		{
			name:   "an empty identifier has failed for all",
			answer: `{"batchItemFailures":[{"itemIdentifier":""}]}`,
			want:   2,
		},
		{"an answer of another form has failed for all", `"done"`, nil, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := failures([]byte(test.answer), test.err, batch); len(got) != test.want {
				t.Errorf("%d failed, want %d", len(got), test.want)
			}
		})
	}
}

func TestAQueueWithPartialFailuresEndsInTheDeadLetterQueue(t *testing.T) {
	fauxqs, err := sqs.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(fauxqs.Stop)
	client := sqs.Client(fauxqs.Endpoint)
	system := topology.Topology{
		Functions: []topology.Function{
			{
				Name:    "f",
				Timeout: 200 * time.Millisecond,
				Sources: []topology.Source{{Queue: "rows", BatchSize: 10, Concurrency: 2}},
			},
		},
		Queues: []topology.Queue{{Name: "rows", Receives: 2}},
	}

	itself := func(queue string) string { return queue }
	urls, err := sqs.CreateQueues(t.Context(), client, system, itself)
	if err != nil {
		t.Fatal(err)
	}

	rows, dead := urls["rows"], urls["rows"+topology.DeadLetterSuffix]
	if !strings.HasPrefix(rows, fauxqs.Endpoint+"/") {
		t.Errorf("queue at %s, want it below %s", rows, fauxqs.Endpoint)
	}

	for _, body := range []string{"good", "bad", "good too"} {
		_, err := client.SendMessage(
			t.Context(),
			&awssqs.SendMessageInput{QueueUrl: &rows, MessageBody: &body},
		)
		if err != nil {
			t.Fatal(err)
		}
	}

	var (
		mu   sync.Mutex
		seen []string
	)

	function := fake(func(_ string, payload []byte) ([]byte, error) {
		var event events.SQSEvent
		if err := json.Unmarshal(payload, &event); err != nil {
			return nil, err
		}

		mu.Lock()
		defer mu.Unlock()

		var response events.SQSEventResponse
		for _, record := range event.Records {
			receives := record.Attributes["ApproximateReceiveCount"]
			seen = append(seen, record.Body+" "+receives+" of "+record.EventSourceARN)
			if record.Body == "bad" {
				response.BatchItemFailures = append(
					response.BatchItemFailures,
					events.SQSBatchItemFailure{ItemIdentifier: record.MessageId},
				)
			}
		}

		return json.Marshal(response)
	})
	ctx, cancel := context.WithCancel(t.Context())

	var wait sync.WaitGroup

	mapping := &Mapping{
		Client:    client,
		URL:       rows,
		Name:      "rows",
		Function:  function,
		BatchSize: 10,
	}
	wait.Go(func() { mapping.Run(ctx, 2) })

	var letters []types.Message
	for len(letters) == 0 && t.Context().Err() == nil {
		received, err := client.ReceiveMessage(
			t.Context(),
			&awssqs.ReceiveMessageInput{QueueUrl: &dead, WaitTimeSeconds: pollFor},
		)
		if err != nil {
			t.Fatal(err)
		}

		letters = received.Messages
	}

	cancel()
	wait.Wait()

	if *letters[0].Body != "bad" {
		t.Errorf("%q is in the dead-letter queue", *letters[0].Body)
	}

	slices.Sort(seen)

	const arn = " of arn:aws:sqs:us-east-1:000000000000:rows"
	want := []string{
		"bad 1" + arn,
		"bad 2" + arn,
		"good 1" + arn,
		"good too 1" + arn,
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the function saw %q, want %q", seen, want)
	}
}

func TestABatchGoesOnFromItsLongestChain(t *testing.T) {
	message := func(header string) types.Message {
		return types.Message{Attributes: map[string]string{"AWSTraceHeader": header}}
	}
	got := longest([]types.Message{
		message("Root=1-a;Sampled=0;Lineage=00000001:9"),
		message("Root=1-b;Sampled=0;Lineage=00000001:3|00000002:7"),
		message(""),
	})
	if !strings.HasPrefix(got, "Root=1-b;") {
		t.Errorf("got %q", got)
	}
}

func TestABatchWhoseEventWouldBeTooLargeIsHalved(t *testing.T) {
	var records []int
	mapping := &Mapping{
		Name: "rows",
		Function: fake(func(_ string, payload []byte) ([]byte, error) {
			var event events.SQSEvent
			if err := json.Unmarshal(payload, &event); err != nil {
				return nil, err
			}
			if len(payload) > maxPayload {
				t.Errorf("an event of %d bytes", len(payload))
			}
			records = append(records, len(event.Records))
			return nil, errors.New("not taken")
		}),
	}

	var batch []types.Message
	for i := range 8 {
		batch = append(batch, types.Message{
			MessageId:     new(fmt.Sprint(i)),
			ReceiptHandle: new(""),
			Body:          new(strings.Repeat("m", 1<<20)),
			MD5OfBody:     new(""),
		})
	}
	if err := mapping.take(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(records, []int{4, 4}) {
		t.Errorf("events of %v messages", records)
	}
}

// endless is an SQS whose queue always has one more message.
type endless struct{}

func (endless) Do(request *http.Request) (*http.Response, error) {
	body := "{}"
	if strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".ReceiveMessage") {
		body = `{"Messages":[{"MessageId":"m","ReceiptHandle":"r",` +
			`"Body":"work","MD5OfBody":"67e92c8765a9bc7fb2d335c459de9eb5"}]}`
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}, nil
}

func TestNoMoreBatchesAreUnderWayThanTheConcurrencyOfTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := engine.Config()
		cfg.HTTPClient = endless{}

		var present atomic.Int32
		ending := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		mapping := &Mapping{
			Client:    awssqs.NewFromConfig(cfg),
			URL:       "http://queue.test/rows",
			Name:      "rows",
			BatchSize: 1,
			Function: fake(func(string, []byte) ([]byte, error) {
				present.Add(1)
				<-ending
				return nil, nil
			}),
		}

		const workers = 2
		var wait sync.WaitGroup
		wait.Go(func() { mapping.Run(ctx, workers) })
		synctest.Wait()
		if n := present.Load(); n != workers {
			t.Errorf("%d batches are under way, want %d", n, workers)
		}

		cancel()
		close(ending)
		wait.Wait()
	})
}
