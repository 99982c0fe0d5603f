// Command web serves the pages that a user meets, the API's description, and the answer for every address that no other
// function has.
//
// Pages and static files are embedded and rendered once, at the start: a request only picks one. It touches no table,
// sets no cookie, and posts nothing by being opened.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"latchkey/shared/config"
)

// version is what /api/health tells; a build sets it by -ldflags "-X main.version=...".
var version = "development"

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err := run(context.Background()); err != nil {
		slog.Error("web can't start", "error", err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	s, err := config.Read[settings](os.Environ())
	if err != nil {
		return err
	}
	h, err := newHandler(s, version)
	if err != nil {
		return err
	}
	lambda.StartHandlerFunc(h.handle, lambda.WithContext(ctx))
	return nil
}
