package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/sqs"
)

const (
	// pollFor is how many seconds a poll waits for messages: SQS's longest.
	pollFor = 20
	// pauseAfterFailure is the pause after a poll that failed.
	pauseAfterFailure = time.Second
	// pauseWithin is the pause within a window after a poll that found nothing.
	pauseWithin = 50 * time.Millisecond
	// entries is the most messages of one call of SQS.
	entries = 10
)

// Mapping is an event source mapping of an SQS queue, with partial batch responses
// (ReportBatchItemFailures).
//
// It deletes the messages that the function took, and leaves the others alone: they are
// hidden until the queue's visibility is over, or as long as the function itself asks for.
// SQS itself moves a message that failed too often to the dead-letter queue.
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)
type Mapping struct {
	Client    *awssqs.Client
	URL, Name string
	Function  Invoker
	BatchSize int // messages
	// Window is how long messages are gathered before an invocation, unless they are
	// BatchSize before. 0 gathers none: then BatchSize is at most 10.
	Window time.Duration
}

// Run polls until the context ends, and then until the batches under way have ended.
// Each of the workers polls only when it has nothing else to do, so that at most so many
// batches are under way.
func (m *Mapping) Run(ctx context.Context, workers int) {
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() { m.work(ctx) })
	}
	wait.Wait()
}

// work polls until the context ends.
func (m *Mapping) work(ctx context.Context) {
	for ctx.Err() == nil {
		if m.poll(ctx) == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pauseAfterFailure):
		}
	}
}

// poll invokes the function with one batch, if there is one, and deletes what was taken.
func (m *Mapping) poll(ctx context.Context) error {
	messages, err := m.gather(ctx)
	if err != nil {
		return fmt.Errorf("poll queue %s: %w", m.Name, err)
	}
	if len(messages) == 0 {
		return nil
	}

	return m.take(ctx, messages)
}

// take invokes the function with a batch. A batch whose event would be too large is halved:
// Lambda invokes as soon as the event's limit is reached.
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html)
func (m *Mapping) take(ctx context.Context, messages []types.Message) error {
	payload, err := json.Marshal(m.event(messages))
	if err != nil {
		return fmt.Errorf("make the event of queue %s: %w", m.Name, err)
	}
	if half := len(messages) / 2; len(payload) > maxPayload && half > 0 {
		return errors.Join(m.take(ctx, messages[:half]), m.take(ctx, messages[half:]))
	}

	// The context may end meanwhile: what the function took must still be deleted.
	answer, err := m.Function.Invoke(traced(ctx, longest(messages)), engine.NewID(), payload)
	failed := failures(answer, err, messages)
	return m.remove(context.WithoutCancel(ctx), messages, failed)
}

// longest returns the trace header of the longest chain that a batch goes on from. AWS
// doesn't say which one it takes.
func longest(messages []types.Message) string {
	const attribute = string(types.MessageSystemAttributeNameAWSTraceHeader)
	found := ""
	for _, message := range messages {
		if header := message.Attributes[attribute]; length(header) > length(found) {
			found = header
		}
	}
	return found
}

// gather receives the messages of one batch. It waits for the first of them, and then
// gathers others until the window's end
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html,
// "Batching behavior").
func (m *Mapping) gather(ctx context.Context) ([]types.Message, error) {
	messages, err := m.receive(ctx, m.BatchSize, pollFor)
	if err != nil || len(messages) == 0 {
		return nil, err
	}

	end := time.Now().Add(m.Window)
	for len(messages) < m.BatchSize && time.Now().Before(end) {
		some, err := m.receive(ctx, m.BatchSize-len(messages), 0)
		if err != nil {
			break // what was received is taken; the next poll tells the error
		}
		if len(some) == 0 {
			time.Sleep(pauseWithin)
		}
		messages = append(messages, some...)
	}
	return messages, nil
}

// receive receives at most most messages, and waits so many seconds for the first.
func (m *Mapping) receive(ctx context.Context, most, seconds int) ([]types.Message, error) {
	received, err := m.Client.ReceiveMessage(ctx, &awssqs.ReceiveMessageInput{
		QueueUrl:            &m.URL,
		MaxNumberOfMessages: int32(min(most, entries)),
		WaitTimeSeconds:     int32(seconds),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameAll,
		},
		MessageAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, err
	}
	return received.Messages, nil
}

// event returns the event of a batch
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
func (m *Mapping) event(messages []types.Message) events.SQSEvent {
	var event events.SQSEvent
	for _, message := range messages {
		event.Records = append(event.Records, m.record(message))
	}
	return event
}

func (m *Mapping) record(message types.Message) events.SQSMessage {
	record := events.SQSMessage{
		MessageId:         *message.MessageId,
		ReceiptHandle:     *message.ReceiptHandle,
		Body:              *message.Body,
		Md5OfBody:         *message.MD5OfBody,
		Attributes:        message.Attributes,
		MessageAttributes: map[string]events.SQSMessageAttribute{},
		EventSourceARN:    sqs.ARN(m.Name),
		EventSource:       "aws:sqs",
		AWSRegion:         engine.Region,
	}
	if message.MD5OfMessageAttributes != nil {
		record.Md5OfMessageAttributes = *message.MD5OfMessageAttributes
	}

	for name, value := range message.MessageAttributes {
		record.MessageAttributes[name] = events.SQSMessageAttribute{
			StringValue: value.StringValue,
			BinaryValue: value.BinaryValue,
			DataType:    *value.DataType,
		}
	}

	return record
}

// failures returns the ids of the messages that must be tried again: those that the
// answer names. They are all of them if the invocation failed, if the answer names a
// message that isn't of the batch, or if it is no such answer
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
func failures(answer []byte, err error, messages []types.Message) map[string]bool {
	all := make(map[string]bool, len(messages))
	for _, message := range messages {
		all[*message.MessageId] = true
	}

	var response events.SQSEventResponse
	if err != nil || len(answer) > 0 && json.Unmarshal(answer, &response) != nil {
		return all
	}

	failed := make(map[string]bool, len(response.BatchItemFailures))
	for _, failure := range response.BatchItemFailures {
		if !all[failure.ItemIdentifier] {
			return all
		}
		failed[failure.ItemIdentifier] = true
	}

	return failed
}

// remove deletes the messages that the function took.
func (m *Mapping) remove(
	ctx context.Context, messages []types.Message, failed map[string]bool,
) error {
	var taken []types.DeleteMessageBatchRequestEntry
	for _, message := range messages {
		if failed[*message.MessageId] {
			continue
		}
		taken = append(taken, types.DeleteMessageBatchRequestEntry{
			Id:            message.MessageId,
			ReceiptHandle: message.ReceiptHandle,
		})
	}

	for some := range slices.Chunk(taken, entries) {
		input := &awssqs.DeleteMessageBatchInput{QueueUrl: &m.URL, Entries: some}
		if _, err := m.Client.DeleteMessageBatch(ctx, input); err != nil {
			return fmt.Errorf("delete from queue %s: %w", m.Name, err)
		}
	}

	return nil
}
