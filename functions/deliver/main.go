// Command deliver sends what notifications say to their users, and records what became of
// it. It takes batches of notifications from the bulk queue, and fallbacks to a user's
// next device. It also finds out anew which jobs can reach a user whose addresses changed.
//
// The queue delivers a message at least once. So each message to a user has a delivery,
// which is stored before the message leaves and gets its result right after (package
// dispatch): a request that comes again finds what was done. Only a death between the two
// sends a message twice.
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
