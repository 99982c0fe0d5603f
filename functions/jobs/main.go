// Command jobs makes, lists, opens, processes and deletes upload jobs. It lists their
// errors, what their rows would do, and their members, and maps the columns of their files.
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
