// Command upload validates an uploaded file, row by row, and splits it into chunks. Nothing is queued before all of it is
// validated.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/audit"
	"latchkey/shared/config"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/report"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

type settings struct {
	Jobs         string   `env:"TABLE_JOBS,required"`
	Directory    string   `env:"TABLE_DIRECTORY,required"`
	Audit        string   `env:"TABLE_AUDIT,required"`
	Rows         string   `env:"QUEUE_ROWS,required"`
	Urgent       string   `env:"QUEUE_URGENT,required"`
	Bucket       string   `env:"BUCKET,required"`
	Devices      []string `env:"DEVICES,required"`
	CustomFields []string `env:"CUSTOM_FIELDS"`
	Language     string   `env:"LANGUAGE,required"`
	config.Lifetimes
}

func main() { start.Function(run) }

func run(ctx context.Context, s settings) error {
	_, language, ok := user.LanguageNamed(s.Language)
	if !ok {
		return errors.New("LANGUAGE is no language")
	}

	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db, queues := store.NewClient(aws), sqs.NewFromConfig(aws)
	devices := user.Devices(s.Devices)
	h := handler{
		jobs:      job.Store{Table: store.Table{DB: db, Name: s.Jobs}},
		directory: directory.Store{Table: store.Table{DB: db, Name: s.Directory}},
		rows:      queue.Queue{Client: queues, URL: s.Rows},
		reports: report.Reports{
			Urgent: queue.Queue{Client: queues, URL: s.Urgent},
			Now:    time.Now,
		},
		bucket:       object.New(aws, s.Bucket),
		devices:      devices,
		customFields: s.CustomFields,
		limits: job.Limits{
			Devices: user.SendableDevices(devices), DefaultDevices: user.DefaultDevices(devices),
			Lifetime: s.Default, Minimum: s.Minimum, Maximum: s.Maximum,
		},
		language: language,
		metrics: metric.Log{
			Output:   os.Stdout,
			Function: lambdacontext.FunctionName,
			Now:      time.Now,
		},
		audit: audit.Log{Table: store.Table{DB: db, Name: s.Audit}, Now: time.Now},
		now:   time.Now,
	}
	lambda.StartHandlerFunc(
		func(ctx context.Context, event events.S3Event) (any, error) { return nil, h.handle(ctx, event) },
	)

	return nil
}
