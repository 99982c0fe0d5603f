// Command feedback takes what SES tells about emails: delivered, delayed, bounced,
// complained of, refused.
//
// Events come at least once, late and in any order. Each is stored as a fact of its
// delivery, many at a time, and nothing is read for that: all that a fact needs is in the
// email's tags. An address that bounced for good is marked, and so is one from which
// somebody complained. Where a message did not arrive, deliver is asked to go on to the
// user's next device.
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
