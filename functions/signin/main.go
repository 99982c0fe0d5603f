// Command signin signs users in and out, and tells who is signed in. It promises that a
// failed sign-in tells nothing of the user: not by its answer, and not by its time.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/limit"
	"latchkey/shared/session"
	"latchkey/shared/start"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

// settings is the function's environment.
type settings struct {
	Directory   string        `env:"TABLE_DIRECTORY,required"`
	Credentials string        `env:"TABLE_CREDENTIALS,required"`
	Tokens      string        `env:"TABLE_TOKENS,required"`
	Limits      string        `env:"TABLE_LIMITS,required"`
	Audit       string        `env:"TABLE_AUDIT,required"`
	BaseURL     string        `env:"BASE_URL,required"`
	Lifetime    time.Duration `env:"SESSION_LIFETIME,required"`
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
		guard: session.Guard{
			Directory:   directory.Store{Table: store.Table{DB: db, Name: s.Directory}},
			Credentials: credential.Store{Table: store.Table{DB: db, Name: s.Credentials}},
			Tokens:      token.Store{Table: store.Table{DB: db, Name: s.Tokens}},
			BaseURL:     s.BaseURL,
			Now:         time.Now,
			Audit:       audit.Log{Table: store.Table{DB: db, Name: s.Audit}, Now: time.Now},
		},
		limits:   limit.Store{Table: store.Table{DB: db, Name: s.Limits}},
		lifetime: s.Lifetime,
	}
	lambda.StartHandlerFunc(h.routes().Serve)
	return nil
}
