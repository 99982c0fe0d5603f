// Command deliver sends what notifications say to their users, and records what became of
// it. It takes batches of notifications from the bulk queue, and fallbacks to a user's
// next device. It also finds out anew which jobs can reach a user whose addresses changed.
//
// The queue delivers a message at least once. A batch is leased to one request, which says
// at its end who has no result. The results are facts (package delivery), so that after a
// death the next request finds what was done. Only a death between sending and recording
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
