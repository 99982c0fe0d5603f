package work_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/shared/work"
)

// record is a message as Lambda hands it over, which was given out three times.
func record(t testing.TB, id string, m work.Message) events.SQSMessage {
	t.Helper()
	body, err := work.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return events.SQSMessage{
		MessageId:  id,
		Body:       body,
		Attributes: map[string]string{"ApproximateReceiveCount": "3"},
	}
}

func TestAnEventTellsItsQueue(t *testing.T) {
	q := work.Queues{URLs: map[work.Queue]string{
		work.Walk:       "https://sqs.us-east-1.amazonaws.com/123456789012/latchkey-walk",
		work.Background: "https://sqs.us-east-1.amazonaws.com/123456789012/latchkey-background",
	}}
	for arn, want := range map[string]work.Queue{
		"arn:aws:sqs:us-east-1:123456789012:latchkey-walk":       work.Walk,
		"arn:aws:sqs:us-east-1:123456789012:latchkey-background": work.Background,
		"arn:aws:sqs:us-east-1:123456789012:latchkey-other":      "",
		"": "",
	} {
		event := events.SQSEvent{Records: []events.SQSMessage{{EventSourceARN: arn}}}
		if got := q.Of(event); got != want {
			t.Errorf("%q is of %q, want %q", arn, got, want)
		}
	}
	if got := q.Of(events.SQSEvent{}); got != "" {
		t.Errorf("no message is of %q", got)
	}
}

func TestWhatFailsAloneComesBack(t *testing.T) {
	nonsense := events.SQSMessage{MessageId: "nonsense", Body: "{}"}
	event := events.SQSEvent{Records: []events.SQSMessage{
		record(t, "good", work.StartJob{JobID: "j1"}),
		nonsense,
		record(t, "refused", work.StartJob{JobID: "j1"}),
	}}

	q := newQueues(t)
	var taken []work.Received
	got := q.Take(t.Context(), work.Rows, event, func(_ context.Context, r work.Received) error {
		taken = append(taken, r)
		if r.Owner == "refused" {
			return errors.New("refused")
		}
		return nil
	})

	failed, _ := json.Marshal(got)
	want := `{"batchItemFailures":[{"itemIdentifier":"nonsense"},{"itemIdentifier":"refused"}]}`
	if string(failed) != want {
		t.Errorf("failed are %s", failed)
	}
	first := work.Received{Message: work.StartJob{JobID: "j1"}, Owner: "good", Receives: 3}
	if len(taken) != 2 || taken[0] != first {
		t.Errorf("taken are %+v", taken)
	}

	none, _ := json.Marshal(q.Take(t.Context(), work.Rows, events.SQSEvent{}, nil))
	if string(none) != `{"batchItemFailures":[]}` {
		t.Errorf("none are %s", none)
	}
}

// fails takes no message.
func fails(context.Context, work.Received) error { return errors.New("refused") }

func TestAMessageThatFailedComesBackWithinSeconds(t *testing.T) {
	q := newQueues(t)
	if err := q.Send(t.Context(), work.StartJob{JobID: "j1"}, 0); err != nil {
		t.Fatal(err)
	}

	url := q.URLs[work.Rows]
	receive := func(wait int32) types.Message {
		t.Helper()
		got, err := q.Client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
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
			t.Fatal("it doesn't come")
		}
		return got.Messages[0]
	}

	first := receive(0)
	failed := q.Take(t.Context(), work.Rows, events.SQSEvent{Records: []events.SQSMessage{{
		MessageId:     *first.MessageId,
		ReceiptHandle: *first.ReceiptHandle,
		Body:          *first.Body,
		Attributes:    first.Attributes,
	}}}, fails)
	if len(failed.BatchItemFailures) != 1 {
		t.Fatalf("failed are %+v", failed)
	}

	// The queue itself hides it for six minutes.
	if again := receive(20); again.Attributes["ApproximateReceiveCount"] != "2" {
		t.Errorf("it came back as %+v", again.Attributes)
	}
}

// hanging is an SQS that never answers.
type hanging struct{}

func (hanging) Do(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

func TestAFunctionDoesNotWaitForThePauseOfWhatFailed(t *testing.T) {
	q := newQueues(t)
	q.URLs[work.Rows] += "-gone"
	event := events.SQSEvent{Records: []events.SQSMessage{
		record(t, "refused", work.StartJob{JobID: "j1"}),
	}}
	failed := q.Take(t.Context(), work.Rows, event, fails)
	if len(failed.BatchItemFailures) != 1 {
		t.Errorf("with a queue that is gone, failed are %+v", failed)
	}

	synctest.Test(t, func(t *testing.T) {
		cfg := engine.Config()
		cfg.HTTPClient = hanging{}
		q := work.Queues{Client: sqs.NewFromConfig(cfg), URLs: q.URLs}
		began := time.Now()
		failed := q.Take(t.Context(), work.Rows, event, fails)
		if len(failed.BatchItemFailures) != 1 || time.Since(began) > 2*time.Second {
			t.Errorf("after %s failed are %+v", time.Since(began), failed)
		}
	})
}
