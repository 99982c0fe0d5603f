package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/s3"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// fake is a function in this process.
type fake func(requestID string, payload []byte) ([]byte, error)

func (f fake) Invoke(_ context.Context, requestID string, payload []byte) ([]byte, error) {
	return f(requestID, payload)
}

func TestAnAsynchronousInvocation(t *testing.T) {
	for _, test := range []struct {
		name     string
		failures int
		tries    int
		after    time.Duration
		dropped  string
	}{
		{"succeeds at once", 0, 1, 0, ""},
		{"is tried again after a failure", 1, 2, time.Second, ""},
		{
			name:     "is dropped after three tries",
			failures: 9,
			tries:    3,
			after:    3 * time.Second,
			dropped:  "an event of upload is dropped after 3 tries: no luck\n",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var (
					ids     []string
					dropped bytes.Buffer
				)

				a := NewAsynchronous(t.Context(), &dropped)
				began := time.Now()

				a.Go("upload", fake(func(id string, _ []byte) ([]byte, error) {
					ids = append(ids, id)
					if len(ids) <= test.failures {
						return nil, errors.New("no luck")
					}
					return nil, nil
				}), "event")
				a.Wait()

				if len(ids) != test.tries || len(slices.Compact(ids)) != 1 {
					t.Errorf("request ids %v, want %d times the same", ids, test.tries)
				}

				if after := time.Since(began); after != test.after {
					t.Errorf("it took %s, want %s", after, test.after)
				}

				if dropped.String() != test.dropped {
					t.Errorf("told %q, want %q", &dropped, test.dropped)
				}
			})
		})
	}
}

func TestObjectIsWhatS3Sends(t *testing.T) {
	got, err := json.Marshal(Object(s3.Created{
		Name:    "ObjectCreated:Put",
		Bucket:  "uploads",
		Key:     "uploads/my users+1 ü.csv",
		Size:    42,
		ETag:    "0cc1",
		Version: "v1",
		At:      time.Date(2026, 11, 22, 16, 40, 53, 7_000_000, time.UTC),
	}))
	if err != nil {
		t.Fatal(err)
	}

	want := `{"Records":[{"awsRegion":"us-east-1","eventName":"ObjectCreated:Put",` +
		`"eventSource":"aws:s3","eventTime":"2026-11-22T16:40:53.007Z","eventVersion":"2.1",` +
		`"requestParameters":{"sourceIPAddress":"127.0.0.1"},` +
		`"responseElements":{"x-amz-id-2":"local","x-amz-request-id":"local"},` +
		`"s3":{"bucket":{"arn":"arn:aws:s3:::uploads","name":"uploads",` +
		`"ownerIdentity":{"principalId":"000000000000"}},"configurationId":"uploads",` +
		`"object":{"eTag":"0cc1","key":"uploads/my+users%2B1+%C3%BC.csv",` +
		`"sequencer":"18EA6B8C956B61C0","size":42,"versionId":"v1"},` +
		`"s3SchemaVersion":"1.0"},"userIdentity":{"principalId":"000000000000"}}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	var event events.S3Event
	if err := json.Unmarshal(got, &event); err != nil {
		t.Fatal(err)
	}

	if key := event.Records[0].S3.Object.URLDecodedKey; key != "uploads/my users+1 ü.csv" {
		t.Errorf("the key decodes to %q", key)
	}
}

func TestScheduledIsWhatEventBridgeSends(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 40, 0, 0, time.UTC)

	b, err := json.Marshal(Scheduled("schedule", at))
	if err != nil {
		t.Fatal(err)
	}

	var event events.EventBridgeEvent
	if err := json.Unmarshal(b, &event); err != nil {
		t.Fatal(err)
	}

	if event.DetailType != "Scheduled Event" || event.Source != "aws.events" ||
		!event.Time.Equal(at) ||
		!slices.Equal(
			event.Resources,
			[]string{"arn:aws:events:us-east-1:000000000000:rule/schedule"},
		) {
		t.Errorf("got %s", b)
	}
}

func TestEvery(t *testing.T) {
	for _, test := range []struct {
		name     string
		schedule string
		want     time.Duration
	}{
		{"minutes", "rate(5 minutes)", 5 * time.Minute},
		{"one hour", "rate(1 hour)", time.Hour},
		{"days", "rate(2 days)", 48 * time.Hour},
		{"a cron expression is refused", "cron(0 12 * * ? *)", 0},
		{"no time at all is refused", "rate(0 minutes)", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Every(test.schedule)
			if got != test.want || (err != nil) != (test.want == 0) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
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

func TestPauseGrowsUpToTheVisibility(t *testing.T) {
	q := &Queue{Visibility: 30 * time.Second}
	for receives, want := range map[string]int32{
		"": 1, "1": 1, "2": 4, "3": 16, "4": 30, "1000": 30,
	} {
		m := types.Message{Attributes: map[string]string{"ApproximateReceiveCount": receives}}
		if got := q.pause(m); got != want {
			t.Errorf("after %q receives %d s, want %d", receives, got, want)
		}
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
				Timeout: time.Minute,
				Sources: []topology.Source{{Queue: "rows", BatchSize: 10, Concurrency: 2}},
			},
		},
		Queues: []topology.Queue{{Name: "rows", Receives: 2}},
	}

	urls, err := sqs.CreateQueues(
		t.Context(),
		client,
		system,
		func(queue string) string { return queue },
	)
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

	queue := &Queue{
		Client:     client,
		URL:        rows,
		Name:       "rows",
		Function:   function,
		BatchSize:  10,
		Visibility: system.Visibility("rows"),
	}
	wait.Go(func() { queue.Run(ctx, 2) })

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
