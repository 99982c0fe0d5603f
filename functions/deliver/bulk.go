package main

import (
	"context"
	"encoding/json"
	"errors"

	"latchkey/shared/notification"
)

// takeBulk handles a message of the bulk queue: a batch of a notification, a fallback to
// a user's next device, or a look at which jobs can reach a user.
func (h handler) takeBulk(ctx context.Context, body, owner string) error {
	var request notification.BulkMessage
	if err := json.Unmarshal([]byte(body), &request); err != nil {
		return errors.New("the message is no batch")
	}

	switch {
	case request.Fallback != nil:
		return h.fallBack(ctx, *request.Fallback, owner)
	case request.Reach != nil:
		return h.updateReach(ctx, *request.Reach)
	}
	return h.deliverBatch(ctx, request.BatchMessage, owner)
}
