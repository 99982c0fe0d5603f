// Package queue puts JSON messages on SQS queues and takes them off. They may arrive
// twice, late and in any order, and whoever takes them must be built for that.
package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// MaxDelay is the longest that a message can be held back (SQS, SendMessage,
// DelaySeconds).
const MaxDelay = 15 * time.Minute

// batchSize is the most messages of one call (SQS, SendMessageBatch).
const batchSize = 10

// Queue is one queue to send to.
type Queue struct {
	Client *sqs.Client
	URL    string
}

// Send puts one message on the queue. It is held back for the delay, rounded up to
// seconds and cut to MaxDelay. Errors don't quote the message.
func (q Queue) Send(ctx context.Context, message any, delay time.Duration) error {
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}

	_, err = q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:     &q.URL,
		MessageBody:  new(string(body)),
		DelaySeconds: seconds(delay),
	})
	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	return nil
}

func seconds(delay time.Duration) int32 {
	delay = min(max(delay, 0), MaxDelay)
	return int32((delay + time.Second - 1) / time.Second)
}

// SendAll puts messages on the queue, ten with each call. When it returns an error, some
// of them may be there: it must not matter that all are sent again.
func SendAll[T any](ctx context.Context, q Queue, messages []T) error {
	for some := range slices.Chunk(messages, batchSize) {
		entries := make([]types.SendMessageBatchRequestEntry, len(some))
		for i, message := range some {
			body, err := json.Marshal(message)
			if err != nil {
				return fmt.Errorf("send messages: %w", err)
			}

			entries[i] = types.SendMessageBatchRequestEntry{
				Id:          new(strconv.Itoa(i)),
				MessageBody: new(string(body)),
			}
		}

		sent, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: &q.URL,
			Entries:  entries,
		})
		if err != nil {
			return fmt.Errorf("send messages: %w", err)
		}
		if refused := len(sent.Failed); refused > 0 {
			return fmt.Errorf("send messages: the queue refused %d of a batch", refused)
		}
	}

	return nil
}
