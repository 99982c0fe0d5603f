// Command process brings a chunk's rows into the directory, and makes their users members
// of the job.
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
	lambda.StartHandlerFunc(h.handle)
	return nil
}
