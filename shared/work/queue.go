package work

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/setting"
	"latchkey/shared/topology"
)

const (
	// MaxDelay is the longest that a message can be held back (SQS, SendMessage,
	// DelaySeconds).
	MaxDelay = 15 * time.Minute
	// maxEntries is the most messages of one SendMessageBatch.
	maxEntries = 10
)

// Queues are the queues that a function sends to or takes messages from.
type Queues struct {
	Client *sqs.Client
	URLs   map[Queue]string
}

// NewQueues returns the queues of these names, by the URLs that the settings tell.
func NewQueues(cfg aws.Config, settings *setting.Reader, names ...Queue) Queues {
	urls := make(map[Queue]string, len(names))
	for _, name := range names {
		urls[name] = settings.Required(topology.Variable("QUEUE", string(name)))
	}
	return Queues{Client: sqs.NewFromConfig(cfg), URLs: urls}
}

// Of returns the queue that an event's messages are from: its name ends ARN and URL.
func (q Queues) Of(event events.SQSEvent) Queue {
	if len(event.Records) == 0 {
		return ""
	}

	arn := event.Records[0].EventSourceARN
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	for queue, url := range q.URLs {
		if strings.HasSuffix(url, "/"+name) {
			return queue
		}
	}
	return ""
}

// Send puts one message on its queue, to be taken after the delay: rounded up to whole
// seconds, at most MaxDelay.
func (q Queues) Send(ctx context.Context, m Message, delay time.Duration) error {
	body, err := Encode(m)
	if err != nil {
		return err
	}

	url := q.URLs[m.Queue()]
	_, err = q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:     &url,
		MessageBody:  &body,
		DelaySeconds: seconds(delay),
	})
	if err != nil {
		return fmt.Errorf("send to %s: %w", m.Queue(), err)
	}
	return nil
}

// seconds rounds a delay up, so that nothing comes before its time.
func seconds(delay time.Duration) int32 {
	delay = min(max(delay, 0), MaxDelay)
	return int32((delay + time.Second - 1) / time.Second)
}

// SendAll puts messages of one queue on it, ten a call. After an error some may be there:
// sending all of them again must not matter.
func SendAll[M Message](ctx context.Context, q Queues, messages []M) error {
	for some := range slices.Chunk(messages, maxEntries) {
		entries := make([]types.SendMessageBatchRequestEntry, len(some))
		for i, m := range some {
			body, err := Encode(m)
			if err != nil {
				return err
			}
			entries[i] = types.SendMessageBatchRequestEntry{
				Id:          new(strconv.Itoa(i)),
				MessageBody: &body,
			}
		}

		queue := some[0].Queue()
		url := q.URLs[queue]
		sent, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: &url,
			Entries:  entries,
		})
		if err != nil {
			return fmt.Errorf("send to %s: %w", queue, err)
		}
		if n := len(sent.Failed); n > 0 {
			return fmt.Errorf("send to %s: the queue refused %d of a batch", queue, n)
		}
	}
	return nil
}
