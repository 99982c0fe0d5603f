package sns_test

import (
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

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
