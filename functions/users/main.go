// Command users finds users and shows what is known of one, sends one a fresh link, and
// ends locks, sessions and marks. It also lists the audit and the settings.
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
	lambda.StartHandlerFunc(h.routes.Serve)
	return nil
}
