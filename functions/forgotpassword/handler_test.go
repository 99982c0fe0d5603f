package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/api"
	"latchkey/shared/limit"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

const here, there = "192.0.2.1", "192.0.2.2"

func newHandler(t testing.TB) (handler, *sqs.Client) {
	t.Helper()
	db, name := enginetest.Tables(t)
	queues, url := enginetest.Queues(t)
	return handler{
		limits: limit.Store{
			Table: store.Table{DB: db, Name: name("limits")},
		},
		urgent: queue.Queue{Client: queues, URL: url("urgent")},
		now:    func() time.Time { return noon },
	}, queues
}

func ask(t testing.TB, h handler, from, body string) api.Response {
	t.Helper()

	const path = "/api/forgot-password"

	event := api.Event{
		RouteKey: "POST " + path,
		Body:     body,
		Headers:  map[string]string{"content-type": "application/json"},
	}
	event.RequestContext.HTTP.SourceIP, event.RequestContext.RequestID = from, "request-1"

	answer, err := api.Routes{event.RouteKey: h.forgot}.Serve(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}

	openapitest.Check(t, http.MethodPost, path, answer.StatusCode, []byte(answer.Body))

	return answer
}

func TestEverybodyIsAnsweredTheSameAndAMessageIsAlwaysPut(t *testing.T) {
	h, queues := newHandler(t)

	var first api.Response

	names := map[string]string{
		"ada":                       "ada",
		" ADA ":                     "ada",
		"a/b":                       "",
		strings.Repeat("x", 300):    "",
		strings.Repeat("y", 60_000): "",
		"#administrators":           "",
	}

	want := map[string]int{}
	for name, key := range names {
		got := ask(t, h, here, fmt.Sprintf(`{"username":%q}`, name))
		if first.StatusCode == 0 {
			first = got
		}

		if got.StatusCode != 202 || got.Body != "{}" || got.Body != first.Body ||
			!maps.Equal(got.Headers, first.Headers) {
			t.Errorf("%.20q: got %d, %s, %v", name, got.StatusCode, got.Body, got.Headers)
		}

		want[key]++
	}

	got, ids := map[string]int{}, map[string]bool{}
	for range len(names) { // every call gives one message at least, until there are none
		received, err := queues.ReceiveMessage(
			t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &h.urgent.URL, MaxNumberOfMessages: 10},
		)
		if err != nil {
			t.Fatal(err)
		}

		for _, m := range received.Messages {
			var one urgent.Message
			if err := json.Unmarshal([]byte(*m.Body), &one); err != nil || one.Forgot == nil {
				t.Fatalf("got %s, %v", *m.Body, err)
			}

			got[one.Forgot.Key]++
			ids[one.ID] = true
		}
	}

	if !maps.Equal(got, want) || len(ids) != len(names) {
		t.Errorf("messages for %v with %d ids, want %v", got, len(ids), want)
	}
}

func TestOneAddressMayAskSoOften(t *testing.T) {
	h, _ := newHandler(t)
	for range perSource {
		err := h.limits.Take(t.Context(), limit.Name("forgot", here), perSource, window, noon)
		if err != nil {
			t.Fatal(err)
		}
	}

	got := ask(t, h, here, `{"username":"ada"}`)
	if got.StatusCode != 429 || got.Headers["Retry-After"] != "300" {
		t.Errorf("got %d, %v", got.StatusCode, got.Headers)
	}

	if got := ask(t, h, there, `{"username":"ada"}`); got.StatusCode != 202 {
		t.Errorf("another address gets %d", got.StatusCode)
	}
}

func TestBadBodies(t *testing.T) {
	h, _ := newHandler(t)
	for body, want := range map[string]int{
		`{}`:              422,
		`{"username":""}`: 422,
		`{"username":7}`:  422,
		`{"user":"ada"}`:  422,
		`[]`:              422,
		`x`:               400,
	} {
		if got := ask(t, h, here, body); got.StatusCode != want {
			t.Errorf("%s: got %d, %s", body, got.StatusCode, got.Body)
		}
	}
}
