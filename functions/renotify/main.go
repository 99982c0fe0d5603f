// Command renotify stores a notification and walks the job's members to make its batches.
// It does whatever else goes over all members of a job, and what is due by the clock.
//
// Three kinds of events start it: requests of the API, the schedule's tick, and the messages
// of the walk queue. The first two decide and ask; whatever takes long is a step of the walk
// queue, which may be taken twice and comes to the same.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/audience"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/session"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

// settings is the function's environment.
type settings struct {
	Jobs        string `env:"TABLE_JOBS,required"`
	Members     string `env:"TABLE_MEMBERS,required"`
	Directory   string `env:"TABLE_DIRECTORY,required"`
	Credentials string `env:"TABLE_CREDENTIALS,required"`
	Tokens      string `env:"TABLE_TOKENS,required"`
	Deliveries  string `env:"TABLE_DELIVERIES,required"`
	Audit       string `env:"TABLE_AUDIT,required"`
	Addresses   string `env:"TABLE_ADDRESSES,required"`
	Walk        string `env:"QUEUE_WALK,required"`
	Bulk        string `env:"QUEUE_BULK,required"`
	Urgent      string `env:"QUEUE_URGENT,required"`
	Bucket      string `env:"BUCKET,required"`
	BaseURL     string `env:"BASE_URL,required"`
	Company     string `env:"COMPANY,required"`
	Support     string `env:"SUPPORT_CONTACT"`
	reach.Settings
	Minimum time.Duration `env:"LINK_LIFETIME_MINIMUM,required"` // of what a notification may ask
	Maximum time.Duration `env:"LINK_LIFETIME_MAXIMUM,required"`
}

func main() { start.Function(run) }

// run builds the clients once and starts the handler. Any error of the set-up ends it.
func run(ctx context.Context, s settings) error {
	rules, err := s.Rules()
	if err != nil {
		return err
	}

	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db := store.NewClient(aws)
	queues := sqs.NewFromConfig(aws)
	table := func(name string) store.Table { return store.Table{DB: db, Name: name} }
	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: table(s.Directory)},
			Credentials: credential.Store{Table: table(s.Credentials)},
			Tokens:      token.Store{Table: table(s.Tokens)},
			Deliveries:  delivery.Store{Table: table(s.Deliveries)},
		},
		jobs:      job.Store{Table: table(s.Jobs)},
		answers:   idempotency.Store{Table: table(s.Jobs)},
		members:   member.Store{Table: table(s.Members)},
		addresses: address.Store{Table: table(s.Addresses)},
		walk:      queue.Queue{Client: queues, URL: s.Walk},
		bulk:      queue.Queue{Client: queues, URL: s.Bulk},
		urgent:    queue.Queue{Client: queues, URL: s.Urgent},
		bucket:    object.New(aws, s.Bucket),
		message: message.Settings{
			Company:    s.Company,
			Support:    s.Support,
			Language:   rules.Language,
			LinkLength: token.LinkLength(s.BaseURL),
		},
		ses:     carrier.Mail(aws),
		reach:   rules,
		baseURL: s.BaseURL,
		minimum: s.Minimum,
		maximum: s.Maximum,
		now:     time.Now,
	}

	h.reports = report.Reports{Urgent: h.urgent, Now: time.Now}
	h.notifications = notification.Store{Table: table(s.Jobs), Ends: h.reports.Ends(h.jobs)}

	// Every route is an administrator's.
	guard := session.Guard{
		Directory:   h.Directory,
		Credentials: h.Credentials,
		Tokens:      h.Tokens,
		BaseURL:     s.BaseURL,
		Now:         time.Now,
		Audit:       audit.Log{Table: table(s.Audit), Now: time.Now},
	}
	h.routes = guard.Administrator(h.handlers())
	lambda.StartHandlerFunc(h.handle)
	return nil
}
