// Command feedback takes what SES tells of emails: sent, delivered, delayed, bounced, complained of, refused.
//
// Events come at least once, late and in any order. Each moves its delivery forward or does nothing; an address that bounced for good, or from which somebody
// complained, is marked; and where a message did not arrive, deliver is asked to go on to the user's next device.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/queue"
	"latchkey/shared/start"
	"latchkey/shared/store"
)

type settings struct {
	Deliveries string `env:"TABLE_DELIVERIES,required"`
	Addresses  string `env:"TABLE_ADDRESSES,required"`
	Bulk       string `env:"QUEUE_BULK,required"`
}

func main() { start.Function(run) }

func run(ctx context.Context, s settings) error {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db := store.NewClient(aws)
	h := handler{
		deliveries: delivery.Store{Table: store.Table{DB: db, Name: s.Deliveries}},
		addresses:  address.Store{Table: store.Table{DB: db, Name: s.Addresses}},
		bulk:       queue.Queue{Client: sqs.NewFromConfig(aws), URL: s.Bulk},
	}
	lambda.StartHandlerFunc(h.handle)

	return nil
}
