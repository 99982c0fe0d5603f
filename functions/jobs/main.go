// Command jobs makes, lists, opens, processes and deletes upload jobs, and lists their errors, what their rows would do, and their members.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/audit"
	"latchkey/shared/config"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/session"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

type settings struct {
	Jobs         string   `env:"TABLE_JOBS,required"`
	Members      string   `env:"TABLE_MEMBERS,required"`
	Directory    string   `env:"TABLE_DIRECTORY,required"`
	Credentials  string   `env:"TABLE_CREDENTIALS,required"`
	Tokens       string   `env:"TABLE_TOKENS,required"`
	Deliveries   string   `env:"TABLE_DELIVERIES,required"`
	Audit        string   `env:"TABLE_AUDIT,required"`
	Rows         string   `env:"QUEUE_ROWS,required"`
	Walk         string   `env:"QUEUE_WALK,required"`
	Bucket       string   `env:"BUCKET,required"`
	BaseURL      string   `env:"BASE_URL,required"`
	Devices      []string `env:"DEVICES,required"`
	CustomFields []string `env:"CUSTOM_FIELDS"`
	config.Lifetimes
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
		jobs:          job.Store{Table: table(s.Jobs)},
		notifications: notification.Store{Table: table(s.Jobs)},
		answers:       idempotency.Store{Table: table(s.Jobs)},
		members:       member.Store{Table: table(s.Members)},
		directory:     directory.Store{Table: table(s.Directory)},
		tokens:        token.Store{Table: table(s.Tokens)},
		credentials:   credential.Store{Table: table(s.Credentials)},
		deliveries:    delivery.Store{Table: table(s.Deliveries)},
		rows:          queue.Queue{Client: queues, URL: s.Rows},
		walk:          queue.Queue{Client: queues, URL: s.Walk},
		bucket:        object.New(aws, s.Bucket),
		devices:       user.Devices(s.Devices),
		customFields:  s.CustomFields,
		lifetimes:     s.Lifetimes,
		now:           time.Now,
	}
	guard := session.Guard{
		Directory:   h.directory,
		Credentials: h.credentials,
		Tokens:      h.tokens,
		BaseURL:     s.BaseURL,
		Now:         time.Now,
		Audit:       audit.Log{Table: table(s.Audit), Now: time.Now},
	}
	lambda.StartHandlerFunc(guard.Administrator(h.handlers()).Serve)

	return nil
}
