package work_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/work"
)

func newQueues(t testing.TB) work.Queues {
	t.Helper()
	client, url := enginetest.Queues(t)
	return work.Queues{Client: client, URLs: map[work.Queue]string{work.Rows: url("rows")}}
}

// received takes the jobs that the messages of the queue are about.
func received(t testing.TB, q work.Queues) []string {
	t.Helper()
	url := q.URLs[work.Rows]
	var all []string
	for {
		got, err := q.Client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl:            &url,
			MaxNumberOfMessages: 10,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Messages) == 0 {
			return all
		}

		for _, text := range got.Messages {
			m, err := work.Decode(*text.Body)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, m.(work.StartJob).JobID)
		}
	}
}

func TestSendAllPutsEveryMessage(t *testing.T) {
	q := newQueues(t)
	var messages []work.StartJob
	want := map[string]bool{}
	for i := range 23 {
		id := fmt.Sprint("job", i)
		messages = append(messages, work.StartJob{JobID: id})
		want[id] = true
	}
	if err := work.SendAll(t.Context(), q, messages); err != nil {
		t.Fatal(err)
	}

	got := map[string]bool{}
	for _, id := range received(t, q) {
		got[id] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v", slices.Sorted(maps.Keys(got)))
	}
}

func TestSendHoldsAMessageBack(t *testing.T) {
	q := newQueues(t)
	// An hour is cut to what SQS takes, and a millisecond is a second.
	for _, delay := range []time.Duration{time.Hour, time.Minute, time.Millisecond} {
		if err := q.Send(t.Context(), work.StartJob{JobID: "later"}, delay); err != nil {
			t.Fatal(err)
		}
	}
	for _, delay := range []time.Duration{0, -time.Second} {
		if err := q.Send(t.Context(), work.StartJob{JobID: "now"}, delay); err != nil {
			t.Fatal(err)
		}
	}

	now := 0
	for _, id := range received(t, q) {
		if id == "now" {
			now++
		}
	}
	if now != 2 {
		t.Errorf("%d are there at once", now)
	}
}

func TestErrorsSayNothingOfTheMessage(t *testing.T) {
	q := newQueues(t)
	q.URLs[work.Rows] += "-gone"
	m := work.StartJob{JobID: "ada@example.com"}
	for name, err := range map[string]error{
		"one":     q.Send(t.Context(), m, 0),
		"several": work.SendAll(t.Context(), q, []work.StartJob{m}),
	} {
		if err == nil || strings.Contains(err.Error(), "ada@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
