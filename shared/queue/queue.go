// Package queue puts messages on SQS queues.
//
// Messages are JSON. They may arrive twice, late and in any order; whoever takes them is built for that.
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

// MaxDelay is the longest that a message can be held back (SendMessage, DelaySeconds).
const MaxDelay = 15 * time.Minute

// batchSize is the most messages of one SendMessageBatch.
const batchSize = 10

// Queue is one queue to send to.
type Queue struct {
	Client *sqs.Client
	URL    string
}

// Send puts one message on the queue, to be taken after the delay: rounded up to whole seconds, at most MaxDelay.
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

// SendAll puts messages on the queue, ten a call. When it answers an error, some may be there: sending all again must not matter.
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
