// Command deliver makes links and codes, sends messages, and records what became of them.
//
// From the bulk queue it takes the batches of notifications and the fallbacks to a user's
// next device. From the urgent queue it takes what one person waits for: a reset, a
// renewed link, one user's link, notices, reports and test messages.
//
// Both queues deliver a message at least once. So each message to a user has a delivery,
// which is stored before the message leaves and gets its result right after: a request
// that comes again finds what was done. Only a death between the two sends a message
// twice.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/audience"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/mailbox"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

// settings are the function's environment.
type settings struct {
	Jobs        string          `env:"TABLE_JOBS,required"`
	Members     string          `env:"TABLE_MEMBERS,required"`
	Directory   string          `env:"TABLE_DIRECTORY,required"`
	Credentials string          `env:"TABLE_CREDENTIALS,required"`
	Tokens      string          `env:"TABLE_TOKENS,required"`
	Deliveries  string          `env:"TABLE_DELIVERIES,required"`
	Addresses   string          `env:"TABLE_ADDRESSES,required"`
	Limits      string          `env:"TABLE_LIMITS,required"`
	Audit       string          `env:"TABLE_AUDIT,required"`
	Bulk        string          `env:"QUEUE_BULK,required"`
	Urgent      string          `env:"QUEUE_URGENT,required"`
	Sender      mailbox.Mailbox `env:"SENDER,required"`
	ReplyTo     mailbox.Mailbox `env:"REPLY_TO"`
	// ConfigurationSet is the SES configuration set whose events go to feedback. Without
	// one, nothing is known of a message after it was sent.
	ConfigurationSet string `env:"CONFIGURATION_SET"`
	// CodeKey is the name of the secret that holds the key of the codes.
	CodeKey string `env:"CODE_KEY_SECRET,required"`
	Company string `env:"COMPANY,required"`
	Support string `env:"SUPPORT_CONTACT"`
	BaseURL string `env:"BASE_URL,required"`
	reach.Settings
	// ResetLifetime and CodeLifetime are how long a link and a code of a reset work (NIST
	// SP 800-63B-4 4.2.1.2: a day by email, ten minutes by SMS at most).
	ResetLifetime time.Duration `env:"RESET_LIFETIME,required"`
	CodeLifetime  time.Duration `env:"CODE_LIFETIME,required"`
	// ForgotPerHour is how many forgot-password messages a user is sent in an hour at
	// most.
	ForgotPerHour int `env:"FORGOT_PER_HOUR,required"`
	// RenewGap is the time after a renewal in which the same user gets no other one.
	RenewGap time.Duration `env:"RENEW_GAP,required"`
}

func main() { start.Function(run) }

// run builds the clients once, without a call over the network, and starts the handler.
func run(ctx context.Context, s settings) error {
	rules, err := s.Rules()
	if err != nil {
		return err
	}

	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db := store.NewClient(cfg)
	table := func(name string) store.Table { return store.Table{DB: db, Name: name} }

	queues := sqs.NewFromConfig(cfg)
	bulk := queue.Queue{Client: queues, URL: s.Bulk}
	urgent := queue.Queue{Client: queues, URL: s.Urgent}

	ses := carrier.Mail(cfg)
	limits := limit.Store{Table: table(s.Limits)}
	jobs := job.Store{Table: table(s.Jobs)}

	h := handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: table(s.Directory)},
			Credentials: credential.Store{Table: table(s.Credentials)},
			Tokens:      token.Store{Table: table(s.Tokens)},
			Deliveries:  delivery.Store{Table: table(s.Deliveries)},
		},
		jobs: jobs,
		notifications: notification.Store{
			Table: table(s.Jobs),
			Ends:  report.Reports{Urgent: urgent, Now: time.Now}.Ends(jobs),
		},
		members:   member.Store{Table: table(s.Members)},
		addresses: address.Store{Table: table(s.Addresses)},
		limits:    limits,
		carrier:   newCarrier(s, cfg, ses),
		// One for all invocations: it knows what SES said of the quota, which may be
		// asked rarely.
		rate:   &carrier.Rate{SES: ses, Limits: limits, Now: time.Now},
		bulk:   bulk,
		urgent: urgent,
		reach:  rules,
		message: message.Settings{
			Company:    s.Company,
			Support:    s.Support,
			Language:   rules.Language,
			LinkLength: token.LinkLength(s.BaseURL),
		},
		baseURL: s.BaseURL,
		codeKey: &token.KeptCodeKey{
			Client: secretsmanager.NewFromConfig(cfg),
			Secret: s.CodeKey,
		},
		resetLifetime: s.ResetLifetime,
		codeLifetime:  s.CodeLifetime,
		forgotPerHour: s.ForgotPerHour,
		renewGap:      s.RenewGap,
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

// newCarrier returns the carrier that sends in the deployment's name.
func newCarrier(s settings, cfg aws.Config, ses *sesv2.Client) carrier.Carrier {
	return carrier.Carrier{
		SES:              ses,
		SNS:              carrier.Text(cfg),
		Sender:           s.Sender,
		ReplyTo:          s.ReplyTo,
		ConfigurationSet: s.ConfigurationSet,
	}
}
