package sns_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/inbox"
	local "latchkey/infra/local/sns"
)

func TestSNSKeepsTexts(t *testing.T) {
	log, err := inbox.NewLog()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })

	gate := httptest.NewServer(local.New(log))
	t.Cleanup(gate.Close)

	client := sns.NewFromConfig(engine.Config(), func(o *sns.Options) {
		o.BaseEndpoint = &gate.URL
	})

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

	got, _, err := log.Page("", 0, 1000)
	if err != nil {
		t.Fatal(err)
	}

	if len(got) != 1 || got[0].Channel != "sms" || got[0].To != "+16502530002" ||
		got[0].Text != "your code" {
		t.Errorf("got %v", got)
	}
}

func TestSNSKeepsBack(t *testing.T) {
	const ada, bob = "+16502530002", "+16502530003"
	for _, test := range []struct {
		name   string
		change func(*local.Service)
		to     []string
		code   string // of the last one
		sent   int
	}{
		{"nothing from anybody", func(*local.Service) {}, []string{ada, bob}, "", 2},
		{"a number without its country", func(*local.Service) {}, []string{"6502530002"},
			"InvalidParameter", 0},
		{"a number with spaces", func(*local.Service) {}, []string{"+1 650 253 0002"},
			"InvalidParameter", 0},
		{"a number that is too long", func(*local.Service) {}, []string{"+1650253000212345"},
			"InvalidParameter", 0},
		{"what goes to who opted out", func(s *local.Service) { s.OptedOut = []string{bob} },
			[]string{ada, bob}, "OptedOut", 1},
		{"in the sandbox, what goes to others than the verified", func(s *local.Service) {
			s.Sandbox = true
			s.Verified = []string{bob}
		}, []string{ada, bob}, "", 1},
		{"what is beyond the month's limit", func(s *local.Service) { s.MonthlyLimit = 0.02 },
			[]string{ada, ada, ada}, "", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			log, err := inbox.NewLog()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { log.Close() })
			service := local.New(log)
			test.change(service)
			gate := httptest.NewServer(service)
			t.Cleanup(gate.Close)
			client := sns.NewFromConfig(engine.Config(), func(o *sns.Options) {
				o.BaseEndpoint = &gate.URL
			})

			for _, to := range test.to {
				_, err = client.Publish(t.Context(), &sns.PublishInput{
					PhoneNumber: &to,
					Message:     aws.String("your code"),
				})
			}

			var said smithy.APIError
			if errors.As(err, &said) && said.ErrorCode() != test.code ||
				(err == nil) != (test.code == "") {
				t.Errorf("got %v, want %q", err, test.code)
			}
			if got := log.Count(""); got != test.sent {
				t.Errorf("%d were sent, want %d", got, test.sent)
			}
		})
	}
}
