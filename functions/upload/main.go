// Command upload validates an uploaded file, row by row, and splits it into chunks.
// Nothing is queued before all of it is validated.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"latchkey/shared/wire"
)

func main() { wire.Start(serve) }

func serve(w *wire.Wire) error {
	h := newHandler(w)
	if err := w.Err(); err != nil {
		return err
	}
	lambda.StartHandlerFunc(func(ctx context.Context, event events.S3Event) (any, error) {
		return nil, h.handle(ctx, event)
	})
	return nil
}
