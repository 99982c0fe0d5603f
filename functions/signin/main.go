// Command signin signs users in and out, and tells who is signed in. It promises that a
// failed sign-in tells nothing of the user: not by its answer, and not by its time.
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
