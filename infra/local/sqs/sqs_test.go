package sqs_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// engine is the engine of all tests.
var engine = sync.OnceValues(func() (string, error) {
	e, err := sqs.Start(context.Background())
	if err != nil {
		return "", err
	}
	return e.Endpoint, nil
})

// start creates a queue, rows, whose messages stay hidden for six times the timeout.
func start(t *testing.T, timeout time.Duration) (client *awssqs.Client, urls map[string]string) {
	t.Helper()
	endpoint, err := engine()
	if err != nil {
		t.Fatal(err)
	}

	system := topology.Topology{
		Functions: []topology.Function{{
			Name:    "f",
			Timeout: timeout,
			Sources: []topology.Source{{Queue: "rows"}},
			Uploads: []string{"files/"},
		}},
		Queues: []topology.Queue{{Name: "rows", Receives: 2}},
	}
	client = sqs.Client(endpoint)
	own := func(queue string) string { return t.Name() + "-" + queue }
	urls, err = sqs.CreateQueues(t.Context(), client, system, own)
	if err != nil {
		t.Fatal(err)
	}
	return client, urls
}

// receive returns the message of a queue, or nil if none comes within so many seconds.
func receive(t *testing.T, client *awssqs.Client, url string, wait int32) *types.Message {
	t.Helper()
	got, err := client.ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{
		QueueUrl:        &url,
		WaitTimeSeconds: wait,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameAll,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) == 0 {
		return nil
	}
	return &got.Messages[0]
}

func TestWhatSQSRefusesIsRefused(t *testing.T) {
	const most = 1 << 20 // bytes of a message, and of a batch
	client, urls := start(t, time.Minute)
	rows := urls["rows"]

	put := func(body string, delay int32) error {
		_, err := client.SendMessage(t.Context(), &awssqs.SendMessageInput{
			QueueUrl:     &rows,
			MessageBody:  &body,
			DelaySeconds: delay,
		})
		return err
	}
	send := func(size int, delay int32) error { return put(strings.Repeat("m", size), delay) }
	batch := func(messages, size int, delay int32) error {
		var entries []types.SendMessageBatchRequestEntry
		for i := range messages {
			entries = append(entries, types.SendMessageBatchRequestEntry{
				Id:           aws.String(strconv.Itoa(i)),
				MessageBody:  aws.String(strings.Repeat("m", size)),
				DelaySeconds: delay,
			})
		}
		sent, err := client.SendMessageBatch(t.Context(), &awssqs.SendMessageBatchInput{
			QueueUrl: &rows,
			Entries:  entries,
		})
		if err == nil && len(sent.Failed) > 0 {
			err = errors.New("a message was refused")
		}
		return err
	}
	for _, test := range []struct {
		name string
		err  error
		want string // the error's code, "" for none
	}{
		{"a message of 1 MiB is taken", send(most, 0), ""},
		{"one byte more is too long", send(most+1, 0), "InvalidParameterValue"},
		{"a character that isn't XML's is refused", put("\uffff", 0), "InvalidMessageContents"},
		{"a delay of 15 minutes is taken", send(1, 900), ""},
		{"a second more is too long", send(1, 901), "InvalidParameterValue"},
		{"a batch of ten is taken", batch(10, most/10, 900), ""},
		{"eleven are too many", batch(11, 1, 0), "TooManyEntriesInBatchRequest"},
		{"a batch over 1 MiB is too long", batch(10, most/10+1, 0), "BatchRequestTooLong"},
		{"a batch is not delayed for longer", batch(2, 1, 901), "InvalidParameterValue"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var refused smithy.APIError
			code := ""
			if errors.As(test.err, &refused) {
				code = strings.TrimPrefix(refused.ErrorCode(), "AWS.SimpleQueueService.")
			}
			if code != test.want || (test.err == nil) != (test.want == "") {
				t.Errorf("got %v, want %q", test.err, test.want)
			}
		})
	}
}

func TestAReceivedMessageIsHiddenAndCountedAndEndsInTheDeadLetterQueue(t *testing.T) {
	client, urls := start(t, 500*time.Millisecond)
	rows := urls["rows"]
	_, err := client.SendMessage(t.Context(), &awssqs.SendMessageInput{
		QueueUrl:    &rows,
		MessageBody: aws.String("again and again"),
	})
	if err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	for _, count := range []string{"1", "2"} {
		m := receive(t, client, rows, 20)
		if m == nil || m.Attributes["ApproximateReceiveCount"] != count {
			t.Fatalf("got %+v, want it for time %s", m, count)
		}
	}
	if hidden := time.Since(began); hidden < 3*time.Second {
		t.Errorf("it was hidden for %s", hidden)
	}

	if m := receive(t, client, rows, 4); m != nil {
		t.Errorf("it was given out once more: %+v", m)
	}
	if receive(t, client, urls["rows-dead"], 0) == nil {
		t.Error("it isn't in the dead-letter queue")
	}
}

func TestAMessageKeepsTheTraceHeaderOfTheCallThatSentIt(t *testing.T) {
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=a87bd80c:1|68fd508a:5"
	client, urls := start(t, time.Minute)
	rows := urls["rows"]

	// The AWS SDK encodes the bar, as it encodes all that it takes from the environment.
	traced := func(o *awssqs.Options) {
		header := strings.ReplaceAll(trace, "|", "%7C")
		o.APIOptions = append(
			o.APIOptions,
			smithyhttp.AddHeaderValue("X-Amzn-Trace-Id", header),
		)
	}
	_, err := client.SendMessage(t.Context(), &awssqs.SendMessageInput{
		QueueUrl:    &rows,
		MessageBody: aws.String("traced"),
	}, traced)
	if err != nil {
		t.Fatal(err)
	}
	m := receive(t, client, rows, 0)
	if m == nil || m.Attributes["AWSTraceHeader"] != trace {
		t.Errorf("got %+v", m)
	}

	_, err = client.SendMessageBatch(t.Context(), &awssqs.SendMessageBatchInput{
		QueueUrl: &rows,
		Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("one"), MessageBody: aws.String("traced")},
		},
	}, traced)
	if err != nil {
		t.Fatal(err)
	}
	if m := receive(t, client, rows, 0); m == nil || m.Attributes["AWSTraceHeader"] != trace {
		t.Errorf("of a batch: got %+v", m)
	}

	_, err = client.SendMessage(t.Context(), &awssqs.SendMessageInput{
		QueueUrl:    &rows,
		MessageBody: aws.String("of nobody"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := receive(t, client, rows, 0); m == nil || m.Attributes["AWSTraceHeader"] != "" {
		t.Errorf("without one: got %+v", m)
	}
}

func TestThereIsAQueueForTheEventsThatAFunctionCouldNotTake(t *testing.T) {
	_, urls := start(t, time.Minute)
	if urls["f-dead"] == "" {
		t.Errorf("there are %v", urls)
	}
}
