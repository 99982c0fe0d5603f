// Command feedback takes what SES tells about emails: sent, delivered, delayed, bounced,
// complained of, refused.
//
// Events come at least once, late and in any order. Each moves its delivery forward or
// does nothing. An address that bounced for good is marked, and so is one from which
// somebody complained. Where a message did not arrive, deliver is asked to go on to the
// user's next device.
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

// settings are the function's environment.
type settings struct {
	Deliveries string `env:"TABLE_DELIVERIES,required"`
	Addresses  string `env:"TABLE_ADDRESSES,required"`
	Bulk       string `env:"QUEUE_BULK,required"`
}

func main() { start.Function(run) }

// run builds the clients once, without a call over the network, and starts the handler.
func run(ctx context.Context, s settings) error {
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db := store.NewClient(cfg)
	h := handler{
		deliveries: delivery.Store{Table: store.Table{DB: db, Name: s.Deliveries}},
		addresses:  address.Store{Table: store.Table{DB: db, Name: s.Addresses}},
		bulk:       queue.Queue{Client: sqs.NewFromConfig(cfg), URL: s.Bulk},
	}

	lambda.StartHandlerFunc(h.handle)
	return nil
}
