// Command answer sends what one person waits for: a reset, a renewed link, one user's
// link, notices, reports and test messages. It takes the requests from the urgent queue,
// which has a share of the send rate of its own. It also finds out which jobs can reach a
// user, where an administrator waits for that.
//
// The queue delivers a request at least once. So each message is claimed before it leaves,
// and its result is recorded right after (packages delivery and dispatch): a request that
// comes again finds what was done. Only a death between the two sends a message twice.
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
