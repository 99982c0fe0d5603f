// Command forgotpassword takes a request for a new password and answers everybody the same: who has the username, and
// whether anything is sent, is decided later, by deliver.
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

type settings struct {
	Limits string `env:"TABLE_LIMITS,required"`
	Urgent string `env:"QUEUE_URGENT,required"`
}

func main() { start.Function(run) }

func run(ctx context.Context, s settings) error {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	h := handler{
		limits: limit.Store{Table: store.Table{DB: store.NewClient(aws), Name: s.Limits}},
		urgent: queue.Queue{Client: sqs.NewFromConfig(aws), URL: s.Urgent},
		now:    time.Now,
	}
	lambda.StartHandlerFunc(api.Routes{"POST /api/forgot-password": h.forgot}.Serve)

	return nil
}
