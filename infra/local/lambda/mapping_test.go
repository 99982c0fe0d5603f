package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

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
