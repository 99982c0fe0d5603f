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

	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

type settings struct {
	Jobs         string   `env:"TABLE_JOBS,required"`
	Members      string   `env:"TABLE_MEMBERS,required"`
	Directory    string   `env:"TABLE_DIRECTORY,required"`
	Credentials  string   `env:"TABLE_CREDENTIALS,required"`
	Rows         string   `env:"QUEUE_ROWS,required"`
	Walk         string   `env:"QUEUE_WALK,required"`
	Bucket       string   `env:"BUCKET,required"`
	Devices      []string `env:"DEVICES,required"`
	CustomFields []string `env:"CUSTOM_FIELDS"`
}

func main() { start.Function(run) }

func run(ctx context.Context, s settings) error {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	db, queues := store.NewClient(aws), sqs.NewFromConfig(aws)
	table := func(name string) store.Table { return store.Table{DB: db, Name: name} }
	h := handler{
		jobs:         job.Store{Table: table(s.Jobs)},
		members:      member.Store{Table: table(s.Members)},
		directory:    directory.Store{Table: table(s.Directory)},
		credentials:  credential.Store{Table: table(s.Credentials)},
		rows:         queue.Queue{Client: queues, URL: s.Rows},
		walk:         queue.Queue{Client: queues, URL: s.Walk},
		bucket:       object.New(aws, s.Bucket),
		devices:      user.Devices(s.Devices),
		customFields: s.CustomFields,
		metrics:      metric.Log{Output: os.Stdout, Function: lambdacontext.FunctionName, Now: time.Now},
		now:          time.Now,
	}
	lambda.StartHandlerFunc(h.handle)
	return nil
}
