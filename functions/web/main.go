// Command web serves the pages that a user meets, the API's description, and the answer
// for every address that no other function has.
//
// Pages and static files are embedded. A page is rendered in a language when it is first
// asked for, so that the function starts fast. A request picks one, in the language and the
// form that the browser asks for. It touches no table, sets no cookie, and posts nothing by
// being opened.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"latchkey/shared/object"
	"latchkey/shared/wire/start"
)

// version is what /api/health returns. A build sets it by -ldflags "-X main.version=...".
var version = "development"

func main() { start.Serve(serve) }

func serve(given start.Given) error {
	told := readSettings(given.Reader)
	if err := given.Err(); err != nil {
		return err
	}
	address, err := object.New(given.AWS("s3"), told.bucket).Address(context.Background())
	if err != nil {
		return err
	}

	h, err := newHandler(told, address, version)
	if err != nil {
		return err
	}
	lambda.StartHandlerFunc(h.handle)
	return nil
}
