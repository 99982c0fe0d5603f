package lambda_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// A function sends itself a message twenty times, by the AWS SDK as all functions do.
func TestAChainOfInvocationsIsStoppedAfterSixteenUnlessThatIsAllowed(t *testing.T) {
	fauxqs, err := sqs.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fauxqs.Stop)
	client := sqs.Client(fauxqs.Endpoint)

	for _, test := range []struct {
		name        string
		recursive   bool
		invocations int
		letter      string // in the dead-letter queue
	}{
		{"it is stopped", false, 16, "4"},
		{"it is allowed", true, 21, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			system := topology.Topology{
				Functions: []topology.Function{{
					Name:    "tiny",
					Timeout: 500 * time.Millisecond, // for the visibility alone
					Sources: []topology.Source{{Queue: "rounds", BatchSize: 1, Concurrency: 2}},
				}},
				Queues: []topology.Queue{{Name: "rounds", Receives: 1}},
			}
			own := func(queue string) string {
				return strings.ReplaceAll(test.name, " ", "-") + "-" + queue
			}
			urls, err := sqs.CreateQueues(t.Context(), client, system, own)
			if err != nil {
				t.Fatal(err)
			}

			f, told := start(t, func(s *lambda.Settings) {
				s.Recursive = test.recursive
				s.Environment = []string{
					"QUEUE=" + urls["rounds"],
					"AWS_ENDPOINT_URL_SQS=" + fauxqs.Endpoint,
					"AWS_REGION=" + engine.Region,
					"AWS_ACCESS_KEY_ID=" + engine.AccessKeyID,
					"AWS_SECRET_ACCESS_KEY=" + engine.SecretAccessKey,
				}
			})

			var wait sync.WaitGroup
			defer wait.Wait()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			mapping := &lambda.Mapping{
				Client:    client,
				URL:       urls["rounds"],
				Name:      own("rounds"),
				Function:  f,
				BatchSize: 1,
			}
			wait.Go(func() { mapping.Run(ctx, 2) })

			_, err = client.SendMessage(t.Context(), &awssqs.SendMessageInput{
				QueueUrl:    aws.String(urls["rounds"]),
				MessageBody: aws.String("20"),
			})
			if err != nil {
				t.Fatal(err)
			}

			letter := ""
			eventually(t, func() bool {
				letter += received(t, client, urls["rounds-dead"])
				return f.Stats().Invocations >= test.invocations && letter == test.letter
			})

			stopped := !test.recursive
			s := f.Stats()
			if s.Invocations != test.invocations || s.Dropped > 0 != stopped {
				t.Errorf("invoked %d times, dropped %d", s.Invocations, s.Dropped)
			}
			if strings.Contains(told.String(), "recursive loop") != stopped {
				t.Errorf("told of crashes: %q", told)
			}
		})
	}
}

// received returns the body of a message that waits in a queue, or "".
func received(t *testing.T, client *awssqs.Client, url string) string {
	t.Helper()
	got, err := client.ReceiveMessage(
		t.Context(),
		&awssqs.ReceiveMessageInput{QueueUrl: &url},
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) == 0 {
		return ""
	}
	return *got.Messages[0].Body
}
