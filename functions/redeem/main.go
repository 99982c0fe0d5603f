// Command redeem checks links and codes, sets passwords, and asks for fresh links. Its routes
// are public: a link or a code is the proof. It promises that looking at a link never uses
// it up, and that of any number of requests at once exactly one sets a password.
package main

import (
	"github.com/aws/aws-lambda-go/lambda"

	"latchkey/shared/wire"
)

func main() { wire.Start(serve) }

func serve(w *wire.Wire) error {
	h := newHandler(w)
	if err := w.Err(); err != nil {
		return err
	}
	lambda.StartHandlerFunc(h.routes().Serve)
	return nil
}
