package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/process"
)

const (
	// gather is how long emails are gathered before their events go out together.
	gather = 20 * time.Millisecond
	// batchSize is how many messages SQS takes at once.
	batchSize = 10
	// crowded is how many messages may wait in the queue, which has them in memory. More
	// events are put on it when they are fewer.
	crowded = 5000
	// countEvery is after how many messages those that wait are counted.
	countEvery = 500
	// retryAfter is the pause before what SQS didn't take is sent again, and before a
	// crowded queue is counted again.
	retryAfter = 200 * time.Millisecond
)

// Events tells on a queue what becomes of emails, as SES does by an SNS topic: most
// within 50 ms, some late, twice or in the wrong order.
//
// Nobody who sends waits for that. Emails stand in a temporary file until their events
// are on the queue, so that memory holds no more of them than a batch, and the queue no
// more than a few thousand.
type Events struct {
	client *sqs.Client
	queue  string // its URL
	stop   context.CancelFunc
	done   chan struct{}
	more   chan struct{} // holds one when there is something to tell
	told   atomic.Int64  // messages

	mu     sync.Mutex
	file   *os.File
	end    int64 // of what the file holds
	number int   // of the next email
}

// NewEvents returns one that tells on the queue with the URL given, until Close.
func NewEvents(client *sqs.Client, queue string) (*Events, error) {
	file, err := process.TemporaryFile("events")
	if err != nil {
		return nil, fmt.Errorf("create the file of events: %w", err)
	}

	ctx, stop := context.WithCancel(context.Background())
	e := &Events{
		client: client,
		queue:  queue,
		stop:   stop,
		done:   make(chan struct{}),
		more:   make(chan struct{}, 1),
		file:   file,
	}
	go e.run(ctx)
	return e, nil
}

// Close ends the telling, and forgets what isn't told yet.
func (e *Events) Close() error {
	e.stop()
	<-e.done
	return e.file.Close()
}

// Told returns how many messages were put on the queue.
func (e *Events) Told() int { return int(e.told.Load()) }

// add has the events of an email told. It doesn't wait for that.
func (e *Events) add(a accepted) error {
	e.mu.Lock()
	defer e.mu.Unlock()

	a.Number = e.number
	b, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keep an event: %w", err)
	}
	if _, err := e.file.WriteAt(b, e.end); err != nil {
		return fmt.Errorf("keep an event: %w", err)
	}

	e.number++
	e.end += int64(len(b))
	select {
	case e.more <- struct{}{}:
	default:
	}

	return nil
}

// run tells of emails until the context ends.
func (e *Events) run(ctx context.Context) {
	defer close(e.done)

	var from int64 // where the emails begin that aren't told of yet
	b := &batch{Events: e}
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.more:
		}
		if wait(ctx, gather) != nil {
			return
		}

		end := e.filled()
		if e.tell(ctx, b, io.NewSectionReader(e.file, from, end-from)) != nil {
			return
		}
		from = e.passed(end)
	}
}

// tell puts the events of all emails in the section on the queue.
func (e *Events) tell(ctx context.Context, b *batch, section io.Reader) error {
	emails := json.NewDecoder(section)
	for emails.More() {
		var a accepted
		if err := emails.Decode(&a); err != nil {
			return err // never: nobody else has the file
		}
		if err := b.add(ctx, a); err != nil {
			return err
		}
	}

	return b.send(ctx)
}

// filled returns where the file ends.
func (e *Events) filled() int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.end
}

// passed marks all emails up to the end given as told of, and returns where the next one
// begins. If there is no next one, the file is used from its beginning again.
func (e *Events) passed(end int64) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if end == e.end {
		e.end = 0
	}
	return min(end, e.end)
}

// batch is a batch of messages that is being filled.
type batch struct {
	*Events
	entries []types.SendMessageBatchRequestEntry
	sent    int // since those that wait were counted
}

// add puts the events of an email in, and sends the batch when it is full.
func (b *batch) add(ctx context.Context, a accepted) error {
	notices, err := a.notices()
	if err != nil {
		return err
	}

	for _, n := range notices {
		for _, delay := range n.delays {
			id := strconv.Itoa(len(b.entries))
			b.entries = append(b.entries, types.SendMessageBatchRequestEntry{
				Id:           &id,
				MessageBody:  &n.body,
				DelaySeconds: delay,
			})
			if len(b.entries) < batchSize {
				continue
			}
			if err := b.send(ctx); err != nil {
				return err
			}
		}
	}

	return nil
}

// send hands the batch over. It doesn't give up before the context ends.
func (b *batch) send(ctx context.Context) error {
	if len(b.entries) == 0 {
		return nil
	}

	for {
		answer, err := b.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: &b.queue,
			Entries:  b.entries,
		})
		if err == nil && len(answer.Failed) == 0 {
			break
		}
		if err := wait(ctx, retryAfter); err != nil {
			return err
		}
	}

	b.sent += len(b.entries)
	b.told.Add(int64(len(b.entries)))
	b.entries = b.entries[:0]
	if b.sent < countEvery {
		return nil
	}

	b.sent = 0
	return b.waitWhileCrowded(ctx)
}

// waitWhileCrowded waits until fewer than crowded messages wait in the queue.
func (b *batch) waitWhileCrowded(ctx context.Context) error {
	for {
		if n, err := b.waiting(ctx); err == nil && n < crowded {
			return nil
		}
		if err := wait(ctx, retryAfter); err != nil {
			return err
		}
	}
}

// waiting returns about how many messages wait in the queue.
func (b *batch) waiting(ctx context.Context) (int, error) {
	const count = types.QueueAttributeNameApproximateNumberOfMessages
	got, err := b.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       &b.queue,
		AttributeNames: []types.QueueAttributeName{count},
	})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(got.Attributes[string(count)])
}

// wait waits for a while, or returns an error as soon as the context has ended.
func wait(ctx context.Context, while time.Duration) error {
	select {
	case <-ctx.Done():
		return errors.New("the telling has ended")
	case <-time.After(while):
		return nil
	}
}
