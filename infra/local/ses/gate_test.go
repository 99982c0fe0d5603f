package ses

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

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

// newGate returns a gate whose account may send from northwind.test.
func newGate(engine string, log *inbox.Log, perSecond float64) *Gate {
	gate := NewGate(engine, log, perSecond)
	gate.Identities = []string{"northwind.test"}
	gate.ConfigurationSets = []string{"latchkey-mail"}
	return gate
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
	return clientOf(t, newGate(ses.Endpoint, log, perSecond)), log
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

// email returns an email that SES takes.
func email() *sesv2.SendEmailInput {
	text := &types.Content{Data: aws.String("Welcome")}
	return &sesv2.SendEmailInput{
		FromEmailAddress:     aws.String("no-reply@northwind.test"),
		Destination:          &types.Destination{ToAddresses: []string{"ada@example.com"}},
		ConfigurationSetName: aws.String("latchkey-mail"),
		Content: &types.EmailContent{
			Simple: &types.Message{Subject: text, Body: &types.Body{Text: text}},
		},
	}
}

// code returns an error's code, or "".
func code(err error) string {
	var said smithy.APIError
	if errors.As(err, &said) {
		return said.ErrorCode()
	}
	return ""
}

func TestSESRefuses(t *testing.T) {
	const rejected, bad, notFound = "MessageRejected", "BadRequestException", "NotFoundException"
	ses, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ses.Stop)

	tag := func(name, value string) func(*Gate, *sesv2.SendEmailInput) {
		return func(_ *Gate, e *sesv2.SendEmailInput) {
			e.EmailTags = []types.MessageTag{{Name: &name, Value: &value}}
		}
	}
	header := func(name, value string) func(*Gate, *sesv2.SendEmailInput) {
		return func(_ *Gate, e *sesv2.SendEmailInput) {
			e.Content.Simple.Headers = []types.MessageHeader{{Name: &name, Value: &value}}
		}
	}
	from := func(address string, identities ...string) func(*Gate, *sesv2.SendEmailInput) {
		return func(g *Gate, e *sesv2.SendEmailInput) {
			e.FromEmailAddress = &address
			g.Identities = identities
		}
	}
	to := func(address string) func(*Gate, *sesv2.SendEmailInput) {
		return func(g *Gate, e *sesv2.SendEmailInput) {
			e.Destination.ToAddresses = []string{address}
			g.Sandbox = true
		}
	}

	for _, test := range []struct {
		name   string
		change func(*Gate, *sesv2.SendEmailInput)
		code   string // "" if it doesn't
	}{
		{"a sender nobody verified", from("a@b.test"), rejected},
		{"a sender beside the verified one", from("a@b.test", "b@b.test"), rejected},
		{"not the verified one", from("A Name <a@b.test>", "a@b.test"), ""},
		{"not one with an encoded name", from("=?utf-8?q?M=C3=BCller?= <a@b.test>", "b.test"), ""},
		{"not one below a verified domain", from("a@mail.b.test", "b.test"), ""},
		{"a sender in another domain that ends so", from("a@ab.test", "b.test"), rejected},
		{"a sender that is no address", from("a at b.test", "b.test"), bad},
		{"a configuration set that isn't there", func(_ *Gate, e *sesv2.SendEmailInput) {
			e.ConfigurationSetName = aws.String("other")
		}, notFound},
		{"not a plain tag", tag("notification", "job-1_2"), ""},
		{"a tag with a colon", tag("notification", "job:1"), bad},
		{"a tag with a letter beyond ASCII", tag("n", "Jürgen"), bad},
		{"a tag without a value", tag("n", ""), bad},
		{"a tag that is too long", tag("n", strings.Repeat("x", 257)), bad},
		{"not a plain header", header("Auto-Submitted", "auto-generated"), ""},
		{"a header's value beyond ASCII", header("X-Company", "Müller"), bad},
		{"a header's name with a colon", header("X:Y", "z"), bad},
		{"a header of two lines", header("X-Y", "z\r\nBcc: eve@example.com"), bad},
		{"in the sandbox, a recipient nobody verified", to("ada@example.com"), rejected},
		{"in the sandbox, not a verified one", to("ada@northwind.test"), ""},
		{"in the sandbox, not the simulator", to("success@simulator.amazonses.com"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := newLog(t)
			gate := newGate(ses.Endpoint, log, 0)
			input := email()
			test.change(gate, input)

			_, err := clientOf(t, gate).SendEmail(t.Context(), input)
			if code(err) != test.code || (err == nil) != (test.code == "") {
				t.Errorf("got %v, want %q", err, test.code)
			}
			if sent := log.Count(""); (sent == 1) != (test.code == "") {
				t.Errorf("%d were sent", sent)
			}
		})
	}
}

func TestTheAccountIsToldOnceASecond(t *testing.T) {
	client := clientOf(t, NewGate("", newLog(t), 0))
	ask := func() error {
		_, err := client.GetAccount(t.Context(), &sesv2.GetAccountInput{})
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := ask(); code(err) != "TooManyRequestsException" {
		t.Errorf("asked again at once, it got %v", err)
	}
}

func TestTheSuppressionList(t *testing.T) {
	ses, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ses.Stop)
	log := newLog(t)
	client := clientOf(t, newGate(ses.Endpoint, log, 0))

	sendTo := func(address string) {
		t.Helper()
		input := email()
		input.Destination.ToAddresses = []string{address}
		if _, err := client.SendEmail(t.Context(), input); err != nil {
			t.Fatal(err)
		}
	}
	reason := func(address string) string {
		t.Helper()
		got, err := client.GetSuppressedDestination(t.Context(),
			&sesv2.GetSuppressedDestinationInput{EmailAddress: &address})
		if code(err) == "NotFoundException" {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return string(got.SuppressedDestination.Reason)
	}

	for address, want := range map[string]string{
		"Ada+1@bounce.test":                 "BOUNCE",
		"ada@complaint.test":                "COMPLAINT",
		"ada@example.com":                   "",
		"bounce@simulator.amazonses.com":    "",
		"ooto+1@simulator.amazonses.com":    "",
		"complaint@simulator.amazonses.com": "",
	} {
		sendTo(address)
		if got := reason(address); got != want {
			t.Errorf("%s is listed for %q, want %q", address, got, want)
		}
	}

	const address = "Ada+1@bounce.test"
	before := log.Count("")
	sendTo(address)
	if log.Count("") != before {
		t.Error("what goes to an address on the list is sent")
	}

	remove := func() error {
		_, err := client.DeleteSuppressedDestination(t.Context(),
			&sesv2.DeleteSuppressedDestinationInput{EmailAddress: aws.String(address)})
		return err
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if err := remove(); code(err) != "NotFoundException" {
		t.Errorf("taken off again, it got %v", err)
	}
	sendTo(address)
	if log.Count("") != before+1 {
		t.Error("what goes to an address that was taken off isn't sent")
	}

	_, err = client.PutSuppressedDestination(t.Context(), &sesv2.PutSuppressedDestinationInput{
		EmailAddress: aws.String("eve@example.com"),
		Reason:       types.SuppressionListReasonComplaint,
	})
	if err != nil || reason("eve@example.com") != "COMPLAINT" {
		t.Errorf("put on the list, it got %v", err)
	}
}

func TestAnAddressOnTheListBouncesForThat(t *testing.T) {
	all, err := accepted{
		ID: "m1", To: []string{"ada@example.com"}, Listed: []string{"ada@example.com"},
	}.notices()
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	if got := open(t, all[0].body).short(); got != "Bounce Permanent/OnAccountSuppressionList" {
		t.Errorf("got %s", got)
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
