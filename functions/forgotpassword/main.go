// Command forgotpassword takes a request for a new password and answers everybody the
// same.
//
// Who has the username, and whether anything is sent, is decided later, where the message
// that it queues is taken.
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
