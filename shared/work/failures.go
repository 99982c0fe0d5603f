package work

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	firstPause  = 2 * time.Second
	pauseGrowth = 8
	// patience is how long a function waits for SQS to take the pauses.
	patience = 2 * time.Second
)

// Failures are the messages of an event of a queue that are to come back.
type Failures struct {
	queues  Queues
	from    Queue
	records []events.SQSMessage
}

// Failures returns an empty list for the messages of a queue.
func (q Queues) Failures(from Queue) *Failures { return &Failures{queues: q, from: from} }

// Add adds a message that failed, and logs why.
func (f *Failures) Add(ctx context.Context, record events.SQSMessage, err error) {
	slog.ErrorContext(ctx, "message failed", "message_id", record.MessageId, "error", err.Error())
	f.records = append(f.records, record)
}

// Response returns what tells Lambda of them. Its list is never null: not every event
// source of SQS takes that for "none".
func (f *Failures) Response(ctx context.Context) events.SQSEventResponse {
	f.showSoon(ctx)

	failed := make([]events.SQSBatchItemFailure, len(f.records))
	for i, record := range f.records {
		failed[i].ItemIdentifier = record.MessageId
	}
	return events.SQSEventResponse{BatchItemFailures: failed}
}

// showSoon asks SQS to show the messages again after a pause. Without that they come back
// when the queue's visibility is over, which is meant for a receiver that died. It is no
// error if SQS refuses: then they are late.
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html)
func (f *Failures) showSoon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	url := f.queues.URLs[f.from]
	for some := range slices.Chunk(f.records, maxEntries) {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(some))
		for i, record := range some {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id:                new(strconv.Itoa(i)),
				ReceiptHandle:     &record.ReceiptHandle,
				VisibilityTimeout: seconds(pause(receives(record))),
			}
		}

		changed, err := f.queues.Client.ChangeMessageVisibilityBatch(
			ctx,
			&sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: entries},
		)
		switch {
		case err != nil:
			slog.WarnContext(ctx, "messages come back late", "error", err.Error())
			return
		case len(changed.Failed) > 0:
			slog.WarnContext(ctx, "messages come back late", "messages", len(changed.Failed))
		}
	}
}

// pause returns how long a message rests that failed after so many receives: 2 s, 16 s,
// 128 s, and then MaxDelay. Five receives outlast a fault of a quarter of an hour.
func pause(receives int) time.Duration {
	rest := firstPause
	for range receives - 1 {
		rest = min(rest*pauseGrowth, MaxDelay)
	}
	return rest
}

// receives returns how often a message was given out, this time included.
func receives(record events.SQSMessage) int {
	n, _ := strconv.Atoi(record.Attributes["ApproximateReceiveCount"])
	return n
}
