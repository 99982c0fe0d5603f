// Command redeem checks links and codes, sets passwords, and asks for fresh links. Its routes
// are public: a link or a code is the proof. It promises that looking at a link never uses
// it up, and that of any number of requests at once exactly one sets a password.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/limit"
	"latchkey/shared/metric"
	"latchkey/shared/password"
	"latchkey/shared/queue"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

// settings is the function's environment.
type settings struct {
	Directory       string `env:"TABLE_DIRECTORY,required"`
	Credentials     string `env:"TABLE_CREDENTIALS,required"`
	Tokens          string `env:"TABLE_TOKENS,required"`
	Limits          string `env:"TABLE_LIMITS,required"`
	Audit           string `env:"TABLE_AUDIT,required"`
	Urgent          string `env:"QUEUE_URGENT,required"`
	CodeKey         string `env:"CODE_KEY_SECRET,required"`
	Company         string `env:"COMPANY,required"`
	PasswordMinimum int    `env:"PASSWORD_MINIMUM,required"` // code points
}

func main() { start.Function(run) }

// run builds the clients once and starts the handler. Any error of the set-up ends it.
func run(ctx context.Context, s settings) error {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}

	db := store.NewClient(aws)
	h := handler{
		directory:   directory.Store{Table: store.Table{DB: db, Name: s.Directory}},
		credentials: credential.Store{Table: store.Table{DB: db, Name: s.Credentials}},
		tokens:      token.Store{Table: store.Table{DB: db, Name: s.Tokens}},
		limits:      limit.Store{Table: store.Table{DB: db, Name: s.Limits}},
		urgent:      queue.Queue{Client: sqs.NewFromConfig(aws), URL: s.Urgent},
		codeKey: &token.KeptCodeKey{
			Client: secretsmanager.NewFromConfig(aws),
			Secret: s.CodeKey,
		},
		policy: password.Policy{Minimum: s.PasswordMinimum, Company: s.Company},
		metrics: metric.Log{
			Output:   os.Stdout,
			Function: lambdacontext.FunctionName,
			Now:      time.Now,
		},
		audit: audit.Log{Table: store.Table{DB: db, Name: s.Audit}, Now: time.Now},
		now:   time.Now,
	}
	lambda.StartHandlerFunc(h.routes().Serve)
	return nil
}
