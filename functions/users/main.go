// Command users finds users and shows what is known of one, sends one a fresh link, and ends locks, sessions and marks. It also lists the audit, and tells
// the deployment's settings.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/config"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/session"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

type settings struct {
	Jobs        string `env:"TABLE_JOBS,required"`
	Members     string `env:"TABLE_MEMBERS,required"`
	Directory   string `env:"TABLE_DIRECTORY,required"`
	Credentials string `env:"TABLE_CREDENTIALS,required"`
	Tokens      string `env:"TABLE_TOKENS,required"`
	Deliveries  string `env:"TABLE_DELIVERIES,required"`
	Addresses   string `env:"TABLE_ADDRESSES,required"`
	Limits      string `env:"TABLE_LIMITS,required"`
	Audit       string `env:"TABLE_AUDIT,required"`
	Urgent      string `env:"QUEUE_URGENT,required"`
	Deployment
}

// Deployment is what GET /api/settings tells of the parameters; some of them are used here, too.
type Deployment struct {
	BaseURL string `env:"BASE_URL,required"`
	Company string `env:"COMPANY,required"`
	Sender  string `env:"SENDER,required"`
	ReplyTo string `env:"REPLY_TO"`
	Support string `env:"SUPPORT_CONTACT"`
	AppURL  string `env:"APP_URL"`
	reach.Settings
	CustomFields []string `env:"CUSTOM_FIELDS"`
	config.Lifetimes
	ResetLifetime   time.Duration `env:"RESET_LIFETIME,required"`
	CodeLifetime    time.Duration `env:"CODE_LIFETIME,required"`
	SessionLifetime time.Duration `env:"SESSION_LIFETIME,required"`
	PasswordMinimum int           `env:"PASSWORD_MINIMUM,required"`
	ForgotPerHour   int           `env:"FORGOT_PER_HOUR,required"`
	RenewGap        time.Duration `env:"RENEW_GAP,required"`
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

	db, ses := store.NewClient(aws), carrier.Mail(aws)
	table := func(name string) store.Table { return store.Table{DB: db, Name: name} }
	h := handler{
		jobs:        job.Store{Table: table(s.Jobs)},
		answers:     idempotency.Store{Table: table(s.Jobs)},
		members:     member.Store{Table: table(s.Members)},
		directory:   directory.Store{Table: table(s.Directory)},
		credentials: credential.Store{Table: table(s.Credentials)},
		tokens:      token.Store{Table: table(s.Tokens)},
		deliveries:  delivery.Store{Table: table(s.Deliveries)},
		addresses:   address.Store{Table: table(s.Addresses)},
		limits:      limit.Store{Table: table(s.Limits)},
		audit:       audit.Log{Table: table(s.Audit), Now: time.Now},
		urgent:      queue.Queue{Client: sqs.NewFromConfig(aws), URL: s.Urgent},
		account:     func(ctx context.Context) (carrier.Account, error) { return carrier.ReadAccount(ctx, ses) },
		reach:       rules,
		message: message.Settings{
			Company:    s.Company,
			Support:    s.Support,
			Language:   rules.Language,
			LinkLength: token.LinkLength(s.BaseURL),
		},
		deployment: s.Deployment,
		now:        time.Now,
	}
	guard := session.Guard{
		Directory:   h.directory,
		Credentials: h.credentials,
		Tokens:      h.tokens,
		BaseURL:     s.BaseURL,
		Now:         time.Now,
		Audit:       h.audit,
	}
	lambda.StartHandlerFunc(guard.Administrator(h.handlers()).Serve)

	return nil
}
