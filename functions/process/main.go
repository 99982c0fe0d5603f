// Command process brings a chunk's rows into the directory, and makes their users members of the job.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/start"
	"latchkey/shared/store"
)

type settings struct {
	Jobs        string `env:"TABLE_JOBS,required"`
	Members     string `env:"TABLE_MEMBERS,required"`
	Directory   string `env:"TABLE_DIRECTORY,required"`
	Credentials string `env:"TABLE_CREDENTIALS,required"`
	Addresses   string `env:"TABLE_ADDRESSES,required"`
	Audit       string `env:"TABLE_AUDIT,required"`
	Rows        string `env:"QUEUE_ROWS,required"`
	Walk        string `env:"QUEUE_WALK,required"`
	Bulk        string `env:"QUEUE_BULK,required"`
	Urgent      string `env:"QUEUE_URGENT,required"`
	Bucket      string `env:"BUCKET,required"`
	reach.Settings
	CustomFields []string `env:"CUSTOM_FIELDS"`
}

func main() { start.Function(run) }

func run(ctx context.Context, s settings) error {
	rules, err := s.Rules()
	if err != nil {
		return err
	}

	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db, queues := store.NewClient(aws), sqs.NewFromConfig(aws)
	table := func(name string) store.Table { return store.Table{DB: db, Name: name} }
	h := handler{
		jobs:         job.Store{Table: table(s.Jobs)},
		members:      member.Store{Table: table(s.Members)},
		directory:    directory.Store{Table: table(s.Directory), Devices: rules.Devices},
		credentials:  credential.Store{Table: table(s.Credentials)},
		addresses:    address.Store{Table: table(s.Addresses)},
		rows:         queue.Queue{Client: queues, URL: s.Rows},
		walk:         queue.Queue{Client: queues, URL: s.Walk},
		bulk:         queue.Queue{Client: queues, URL: s.Bulk},
		urgent:       queue.Queue{Client: queues, URL: s.Urgent},
		bucket:       object.New(aws, s.Bucket),
		rules:        rules,
		customFields: s.CustomFields,
		metrics: metric.Log{
			Output:   os.Stdout,
			Function: lambdacontext.FunctionName,
			Now:      time.Now,
		},
		audit: audit.Log{Table: table(s.Audit), Now: time.Now},
		now:   time.Now,
	}
	lambda.StartHandlerFunc(h.handle)

	return nil
}
