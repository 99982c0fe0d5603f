// Command forgotpassword takes a request for a new password and answers everybody the
// same.
//
// Who has the username, and whether anything is sent, is decided later, where the message
// that it queues is taken.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/api"
	"latchkey/shared/limit"
	"latchkey/shared/queue"
	"latchkey/shared/start"
	"latchkey/shared/store"
)

// settings are the function's environment.
type settings struct {
	Limits string `env:"TABLE_LIMITS,required"`
	Urgent string `env:"QUEUE_URGENT,required"`
}

func main() { start.Function(run) }

// run builds the clients once, without a call over the network, and starts the handler.
func run(ctx context.Context, s settings) error {
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	h := handler{
		limits: limit.Store{Table: store.Table{DB: store.NewClient(cfg), Name: s.Limits}},
		urgent: queue.Queue{Client: sqs.NewFromConfig(cfg), URL: s.Urgent},
		now:    time.Now,
	}

	lambda.StartHandlerFunc(api.Routes{"POST /api/forgot-password": h.forgot}.Serve)
	return nil
}
