package ses

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/inbox"
)

func newLog(t *testing.T) *inbox.Log {
	t.Helper()

	log, err := inbox.NewLog()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { log.Close() })

	return log
}

func all(t *testing.T, log *inbox.Log) []inbox.Message {
	t.Helper()

	page, _, err := log.Page("", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}

	return page
}

// startSES starts the engine behind a gate, and returns a client that doesn't try again.
func startSES(t *testing.T, perSecond float64) (*sesv2.Client, *inbox.Log) {
	t.Helper()

	ses, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(ses.Stop)
	log := newLog(t)
	return clientOf(t, NewGate(ses.Endpoint, log, perSecond)), log
}

// clientOf serves a gate, and returns a client of it that doesn't try again.
func clientOf(t *testing.T, gate *Gate) *sesv2.Client {
	t.Helper()

	server := httptest.NewServer(gate)
	t.Cleanup(server.Close)

	return sesv2.New(sesv2.Options{
		BaseEndpoint: &server.URL,
		Region:       engine.Region,
		Credentials:  engine.Config().Credentials,
		Retryer:      aws.NopRetryer{},
	})
}

func TestAnAddressBeyondASCIIIsRefused(t *testing.T) {
	client, log := startSES(t, 0)
	plain := "no-reply@northwind.test"

	tests := []struct{ name, from, replyTo, to string }{
		{"the sender's name", "Müller GmbH <no-reply@northwind.test>", plain, plain},
		{"the sender's domain", "no-reply@müller.test", plain, plain},
		{"the answers' name", plain, "Müller <help@northwind.test>", plain},
		{"the recipient's domain", plain, plain, "ada@müller.test"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := &types.Content{Data: aws.String("Welcome")}
			_, err := client.SendEmail(t.Context(), &sesv2.SendEmailInput{
				FromEmailAddress: &test.from,
				ReplyToAddresses: []string{test.replyTo},
				Destination:      &types.Destination{ToAddresses: []string{test.to}},
				Content: &types.EmailContent{
					Simple: &types.Message{Subject: text, Body: &types.Body{Text: text}},
				},
			})

			var bad *types.BadRequestException
			if !errors.As(err, &bad) {
				t.Errorf("got %v", err)
			}
		})
	}

	if kept := all(t, log); len(kept) != 0 {
		t.Errorf("%d were sent", len(kept))
	}
}

func send(ctx context.Context, client *sesv2.Client, to ...string) error {
	_, err := client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("no-reply@northwind.test"),
		Destination:      &types.Destination{ToAddresses: to},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Welcome")},
			Body: &types.Body{
				Text: &types.Content{Data: aws.String("Grüezi")},
				Html: &types.Content{Data: aws.String("<p>Grüezi")},
			},
			Headers: []types.MessageHeader{{Name: aws.String("X-Job"), Value: aws.String("7")}},
		}},
	})

	return err
}

func TestSESKeepsWhatTheEngineAccepted(t *testing.T) {
	client, log := startSES(t, 0)
	if err := send(t.Context(), client, "Ada Lovelace <ada@example.com>"); err != nil {
		t.Fatal(err)
	}

	if err := send(t.Context(), client, "dora@example.com"); err != nil {
		t.Fatal(err)
	}

	got := all(t, log)

	want := []inbox.Message{
		{
			ID:      "1",
			Channel: "email",
			To:      "ada@example.com",
			Subject: "Welcome",
			Text:    "Grüezi",
			HTML:    "<p>Grüezi",
		},
		{
			ID:      "2",
			Channel: "email",
			To:      "dora@example.com",
			Subject: "Welcome",
			Text:    "Grüezi",
			HTML:    "<p>Grüezi",
		},
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}

	if got[0].Headers["X-Job"] != "7" {
		t.Errorf("headers %v", got[0].Headers)
	}

	for n, m := range got {
		m.Headers, m.At = nil, want[n].At
		if fmt.Sprint(m) != fmt.Sprint(want[n]) {
			t.Errorf("got %v, want %v", m, want[n])
		}
	}
}

func TestSESThrottlesAboveTheRate(t *testing.T) {
	// So slow that no message is allowed again while the test runs.
	client, log := startSES(t, 0.001)
	if err := send(t.Context(), client, "ada@example.com"); err != nil {
		t.Fatal(err)
	}

	var throttled *types.TooManyRequestsException
	if err := send(t.Context(), client, "bob@example.com"); !errors.As(err, &throttled) {
		t.Errorf("got %v, want %T", err, throttled)
	}

	if n := log.Count(""); n != 1 {
		t.Errorf("%d messages were sent, want 1", n)
	}
}

func TestAnEmailToTwoIsTwoMessagesOfTheRate(t *testing.T) {
	client, log := startSES(t, 0.001) // one at once, and no other while the test runs

	var throttled *types.TooManyRequestsException
	err := send(t.Context(), client, "ada@example.com", "bob@example.com")
	if !errors.As(err, &throttled) {
		t.Errorf("got %v, want %T", err, throttled)
	}

	if n := log.Count(""); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestSESRefusesWhatThisSystemDoesNotSend(t *testing.T) {
	client, log := startSES(t, 0)
	email := sesv2.SendEmailInput{
		FromEmailAddress: aws.String("no-reply@northwind.test"),
		Destination:      &types.Destination{ToAddresses: []string{"ada@example.com"}},
		Content: &types.EmailContent{
			Raw: &types.RawMessage{Data: []byte("Subject: Welcome\r\n\r\nHello")},
		},
	}

	var bad *types.BadRequestException
	if _, err := client.SendEmail(t.Context(), &email); !errors.As(err, &bad) {
		t.Errorf("a raw message got %v", err)
	}

	if err := send(t.Context(), client); !errors.As(err, &bad) {
		t.Errorf("a message to nobody got %v", err)
	}

	if n := log.Count(""); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

func TestSESTellsTheAccountsRate(t *testing.T) {
	for _, test := range []struct {
		name      string
		perSecond float64
		want      float64
	}{
		{"a limit is told", 200, 200},
		{"no limit is a high rate", 0, 100_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			gate := httptest.NewServer(NewGate("", newLog(t), test.perSecond))
			t.Cleanup(gate.Close)

			account, err := Client(gate.URL).
				GetAccount(t.Context(), &sesv2.GetAccountInput{})
			if err != nil {
				t.Fatal(err)
			}

			if account.SendQuota.MaxSendRate != test.want || !account.ProductionAccessEnabled {
				t.Errorf(
					"got %v a second, production %t",
					account.SendQuota.MaxSendRate,
					account.ProductionAccessEnabled,
				)
			}
		})
	}
}
