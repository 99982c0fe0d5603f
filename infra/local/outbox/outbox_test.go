package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"latchkey/infra/local/engine"
)

func newLog(t *testing.T) *Log {
	t.Helper()

	log, err := NewLog()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { log.Close() })

	return log
}

func all(t *testing.T, log *Log) []Message {
	t.Helper()

	page, _, err := log.Page("", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}

	return page
}

func TestPage(t *testing.T) {
	log := newLog(t)
	for n := range 5 {
		err := log.Add(
			Message{To: fmt.Sprintf("User%d@Example.com", n%2), Text: fmt.Sprint("text ", n)},
		)
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, test := range []struct {
		name        string
		to          string
		skip, limit int
		ids         string
		more        bool
	}{
		{"the first page is the oldest", "", 0, 2, "[1 2]", true},
		{"a page follows after those skipped", "", 2, 2, "[3 4]", true},
		{"the last page says that it is", "", 4, 2, "[5]", false},
		{"a full last page says so too", "", 3, 2, "[4 5]", false},
		{"an address is found in any case", "user1@example.COM", 0, 9, "[2 4]", false},
		{"an address has pages of its own", "user0@example.com", 1, 1, "[3]", true},
		{"a part of an address finds nothing", "user", 0, 9, "[]", false},
		{"skipping more than there is gives nothing", "", 9, 9, "[]", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, more, err := log.Page(test.to, test.skip, test.limit)
			if err != nil {
				t.Fatal(err)
			}

			ids := []string{}
			for _, m := range page {
				ids = append(ids, m.ID)
			}

			if fmt.Sprint(ids) != test.ids || more != test.more {
				t.Errorf("got %v and more %t, want %s and %t", ids, more, test.ids, test.more)
			}
		})
	}
}

// startSES starts the engine behind a gate, and returns a client that doesn't try again.
func startSES(t *testing.T, perSecond float64) (*sesv2.Client, *Log) {
	t.Helper()

	ses, err := engine.SES(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(ses.Stop)
	log := newLog(t)
	return clientOf(t, NewSES(ses.Endpoint, log, perSecond)), log
}

// clientOf serves a gate, and returns a client of it that doesn't try again.
func clientOf(t *testing.T, gate *SES) *sesv2.Client {
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

	want := []Message{
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
			gate := httptest.NewServer(NewSES("", newLog(t), test.perSecond))
			t.Cleanup(gate.Close)

			account, err := engine.SESClient(gate.URL).
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

func TestSNSKeepsTexts(t *testing.T) {
	log := newLog(t)
	gate := httptest.NewServer(NewSNS(log))
	t.Cleanup(gate.Close)

	client := sns.NewFromConfig(
		engine.Config(),
		func(o *sns.Options) { o.BaseEndpoint = &gate.URL },
	)

	answer, err := client.Publish(
		t.Context(),
		&sns.PublishInput{
			PhoneNumber: aws.String("+16502530002"),
			Message:     aws.String("your code"),
		},
	)
	if err != nil {
		t.Fatal(err)
	}

	if answer.MessageId == nil || *answer.MessageId == "" {
		t.Error("no message id")
	}

	got := all(t, log)
	if len(got) != 1 || got[0].Channel != "sms" || got[0].To != "+16502530002" ||
		got[0].Text != "your code" {
		t.Errorf("got %v", got)
	}
}
