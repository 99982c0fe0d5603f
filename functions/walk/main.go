// Command walk takes the steps that go over a job's members: it cuts an audience into
// batches, sends reminders that are due, counts, exports and erases. Each step is a
// message of the queue walk or, where no message to users waits for it, background. It
// promises that a step that is taken twice comes to the same.
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
