package queue_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/queue"
)

func newQueue(t testing.TB) queue.Queue {
	t.Helper()
	client, url := enginetest.Queues(t)
	return queue.Queue{Client: client, URL: url("rows")}
}

func received(t testing.TB, q queue.Queue) []string {
	t.Helper()

	var all []string
	for {
		got, err := q.Client.ReceiveMessage(
			t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10},
		)
		if err != nil {
			t.Fatal(err)
		}

		if len(got.Messages) == 0 {
			return all
		}

		for _, m := range got.Messages {
			all = append(all, *m.Body)
		}
	}
}

func TestSendAllPutsEveryMessage(t *testing.T) {
	q := newQueue(t)

	var messages []map[string]int
	want := map[string]bool{}
	for i := range 23 {
		messages = append(messages, map[string]int{"n": i})
		want[fmt.Sprintf(`{"n":%d}`, i)] = true
	}

	if err := queue.SendAll(t.Context(), q, messages); err != nil {
		t.Fatal(err)
	}

	got := map[string]bool{}
	for _, body := range received(t, q) {
		got[body] = true
	}

	if !maps.Equal(got, want) {
		t.Errorf("got %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestSendHoldsAMessageBack(t *testing.T) {
	q := newQueue(t)
	// an hour is cut to what SQS takes, a millisecond is a second
	for _, delay := range []time.Duration{time.Hour, time.Minute, time.Millisecond} {
		if err := q.Send(t.Context(), "later", delay); err != nil {
			t.Fatal(err)
		}
	}

	for _, delay := range []time.Duration{0, -time.Second} {
		if err := q.Send(t.Context(), "now", delay); err != nil {
			t.Fatal(err)
		}
	}

	now := 0
	for _, body := range received(t, q) {
		if body == `"now"` {
			now++
		}
	}

	if now != 2 {
		t.Errorf("%d are there at once", now)
	}
}

func TestErrorsSayNothingOfTheMessage(t *testing.T) {
	q := newQueue(t)
	q.URL += "-gone"

	body := json.RawMessage(`"ada@example.com"`)
	for name, err := range map[string]error{
		"one":     q.Send(t.Context(), body, 0),
		"several": queue.SendAll(t.Context(), q, []json.RawMessage{body}),
	} {
		if err == nil || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
