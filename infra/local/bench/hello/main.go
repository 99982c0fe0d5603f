// Command hello is the least function that has the AWS clients of the others: the bench
// measures the inits of functions beside its.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// clients are what the function holds, and never calls.
type clients struct {
	tables  *dynamodb.Client
	objects *s3.Client
	mail    *sesv2.Client
	texts   *sns.Client
	queues  *sqs.Client
}

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	held := clients{
		tables:  dynamodb.NewFromConfig(cfg),
		objects: s3.NewFromConfig(cfg),
		mail:    sesv2.NewFromConfig(cfg),
		texts:   sns.NewFromConfig(cfg),
		queues:  sqs.NewFromConfig(cfg),
	}
	lambda.Start(held.handle)
}

// handle answers nothing.
func (c clients) handle(context.Context) error { return nil }
