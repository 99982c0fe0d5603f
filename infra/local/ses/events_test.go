package ses

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	queues "latchkey/infra/local/sqs"
)

// told is an event as its reader sees it.
type told struct {
	EventType string
	Mail      struct {
		MessageID, Source string
		Destination       []string
		Timestamp         time.Time
		Tags              map[string][]string
	}
	Delivery  *struct{ Recipients []string }
	Complaint *struct {
		ComplainedRecipients []struct{ EmailAddress string }
	}
	Bounce *struct {
		BounceType, BounceSubType string
		BouncedRecipients         []struct{ EmailAddress string }
	}
}

// short is what an event says.
func (e told) short() string {
	text := e.EventType
	if e.Bounce != nil {
		text += " " + e.Bounce.BounceType + "/" + e.Bounce.BounceSubType
	}
	return text
}

func (e told) about() []string {
	var all []string
	if e.Delivery != nil {
		all = append(all, e.Delivery.Recipients...)
	}

	if e.Complaint != nil {
		all = append(all, e.Complaint.ComplainedRecipients[0].EmailAddress)
	}

	if e.Bounce != nil {
		all = append(all, e.Bounce.BouncedRecipients[0].EmailAddress)
	}

	return all
}

func open(t *testing.T, body string) told {
	t.Helper()

	var (
		envelope struct{ Type, TopicArn, MessageId, Message string }
		e        told
	)

	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		t.Fatal(err)
	}

	if err := json.Unmarshal([]byte(envelope.Message), &e); err != nil {
		t.Fatal(err)
	}

	if envelope.Type != "Notification" || envelope.TopicArn != topicARN ||
		envelope.MessageId == "" {
		t.Errorf("the envelope is %s", body)
	}

	return e
}

func TestWhatBecomesOfAnAddress(t *testing.T) {
	for _, test := range []struct{ to, want string }{
		{"ada@example.com", "Delivery"},
		{"bounce@example.com", "Delivery"},
		{"success@simulator.amazonses.com", "Delivery"},
		{"bounce@simulator.amazonses.com", "Bounce Permanent/General"},
		{"Bounce+Ada.7@Simulator.AmazonSES.com", "Bounce Permanent/General"},
		{"bouncer@simulator.amazonses.com", "Delivery"},
		{"complaint+1@simulator.amazonses.com", "Delivery, Complaint"},
		{"suppressionlist@simulator.amazonses.com", "Bounce Permanent/Suppressed"},
		{"OOTO+x@simulator.amazonses.com", "Delivery, Bounce Transient/General"},
	} {
		t.Run(test.to, func(t *testing.T) {
			// The number 0 has nothing done to it.
			all, err := accepted{ID: "m1", To: []string{test.to}}.notices()
			if err != nil {
				t.Fatal(err)
			}

			var got []string
			for _, n := range all {
				e := open(t, n.body)

				got = append(got, e.short())
				if about := e.about(); !slices.Equal(about, []string{test.to}) ||
					!slices.Equal(e.Mail.Destination, []string{test.to}) {
					t.Errorf("%s is about %q", e.short(), about)
				}
			}

			if strings.Join(got, ", ") != test.want {
				t.Errorf("got %q, want %s", got, test.want)
			}
		})
	}
}

func TestEventsAreLateTwiceAndOutOfOrderForSome(t *testing.T) {
	var late, twice, turned, plain int

	const emails = 110
	for number := range emails {
		to := []string{"complaint@simulator.amazonses.com"}
		all, err := accepted{ID: "m1", Number: number, To: to}.notices()
		if err != nil {
			t.Fatal(err)
		}

		before := late + twice + turned

		seen := map[string]bool{}
		for _, n := range all {
			seen[open(t, n.body).EventType] = true
			if len(n.delays) == 0 || len(n.delays) > 2 {
				t.Errorf("an event is told %d times", len(n.delays))
			}

			if len(n.delays) > 1 {
				twice++
			}

			if slow := slices.Max(n.delays); slow > 3 {
				t.Errorf("an event is %d s late", slow)
			} else if slow > 0 {
				late++
			}
		}

		if len(seen) != 2 {
			t.Errorf("told are %v", seen)
		}

		if open(t, all[0].body).EventType == "Complaint" {
			turned++
		}

		if late+twice+turned == before {
			plain++
		}
	}

	if late != 40 || twice != 40 || turned != 20 || plain != 40 {
		t.Errorf("%d are late, %d twice, %d out of order, %d plain", late, twice, turned, plain)
	}
}

// feedback is a queue on which events are told.
type feedback struct {
	client *sqs.Client
	url    string
	events *Events
}

func startFeedback(t *testing.T) feedback {
	t.Helper()

	e, err := queues.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(e.Stop)
	client := queues.Client(e.Endpoint)

	queue, err := client.CreateQueue(
		t.Context(),
		&sqs.CreateQueueInput{QueueName: aws.String("feedback")},
	)
	if err != nil {
		t.Fatal(err)
	}

	events, err := NewEvents(client, *queue.QueueUrl)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { events.Close() })

	return feedback{client, *queue.QueueUrl, events}
}

// until receives events until the condition is met.
func (f feedback) until(t *testing.T, met func(told) bool) {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	for {
		got, err := f.client.ReceiveMessage(
			ctx,
			&sqs.ReceiveMessageInput{QueueUrl: &f.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1},
		)
		if err != nil {
			t.Fatal(err)
		}

		for _, m := range got.Messages {
			if met(open(t, *m.Body)) {
				return
			}
		}
	}
}

func TestEveryEmailIsToldOf(t *testing.T) {
	f := startFeedback(t)

	const emails = 300
	for n := range emails {
		err := f.events.add(accepted{ID: fmt.Sprint("m", n), To: []string{"ada@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
	}

	open := map[string]bool{}
	for n := range emails {
		open[fmt.Sprint("m", n, " Delivery")] = true
	}

	f.until(t, func(e told) bool {
		delete(open, e.Mail.MessageID+" "+e.EventType)
		return len(open) == 0
	})
	f.events.mu.Lock()
	defer f.events.mu.Unlock()

	if f.events.end != 0 {
		t.Errorf("the file holds %d bytes of what was told", f.events.end)
	}
}

func TestClosingDoesNotWaitForWhatIsUntold(t *testing.T) {
	events, err := NewEvents(queues.Client("http://127.0.0.1:1"), "http://127.0.0.1:1/nobody")
	if err != nil {
		t.Fatal(err)
	}

	if err := events.add(accepted{ID: "m1", To: []string{"ada@example.com"}}); err != nil {
		t.Fatal(err)
	}

	if err := events.Close(); err != nil {
		t.Error(err)
	}
}

func TestSESTellsWithTheIDAndTheTagsOfTheRequest(t *testing.T) {
	f := startFeedback(t)

	ses, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(ses.Stop)
	log := newLog(t)
	gate := newGate(ses.Endpoint, log, 0)
	gate.Events = f.events
	server := httptest.NewServer(gate)
	t.Cleanup(server.Close)
	client := Client(server.URL)

	email := func(set *string) *sesv2.SendEmailInput {
		return &sesv2.SendEmailInput{
			FromEmailAddress:     aws.String("Northwind <no-reply@northwind.test>"),
			ConfigurationSetName: set,
			Destination: &types.Destination{
				ToAddresses: []string{"Ada <bounce+ada@simulator.amazonses.com>"},
			},
			EmailTags: []types.MessageTag{
				{Name: aws.String("delivery"), Value: aws.String("J_000001")},
				{Name: aws.String("user"), Value: aws.String("u1")},
			},
			Content: &types.EmailContent{Simple: &types.Message{
				Subject: &types.Content{Data: aws.String("Welcome")},
				Body:    &types.Body{Text: &types.Content{Data: aws.String("Hello")}},
			}},
		}
	}
	if _, err := client.SendEmail(t.Context(), email(nil)); err != nil { // nobody is told
		t.Fatal(err)
	}

	sent, err := client.SendEmail(t.Context(), email(aws.String("latchkey-mail")))
	if err != nil {
		t.Fatal(err)
	}

	f.until(t, func(e told) bool {
		m := e.Mail
		if m.MessageID != *sent.MessageId || m.Source != "Northwind <no-reply@northwind.test>" ||
			time.Since(m.Timestamp) > time.Minute {
			t.Errorf("the email is %+v", m)
		}

		want := map[string][]string{
			"delivery":              {"J_000001"},
			"user":                  {"u1"},
			"ses:configuration-set": {"latchkey-mail"},
			"ses:source-ip":         {"127.0.0.1"},
			"ses:from-domain":       {"northwind.test"},
			"ses:caller-identity":   {"local"},
		}
		if !maps.EqualFunc(m.Tags, want, slices.Equal) {
			t.Errorf("the tags are %v", m.Tags)
		}

		return e.EventType == "Bounce"
	})

	if n := log.Count("bounce+ada@simulator.amazonses.com"); n != 2 {
		t.Errorf("%d messages are in the inbox", n)
	}
}
