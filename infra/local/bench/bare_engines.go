package main

import (
	"context"
	"errors"
	"slices"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/client"
	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/ses"
	"latchkey/infra/local/sqs"
	"latchkey/shared/parallel"
	"latchkey/shared/topology"
)

const (
	// bareItems and bareMessages are the most that are written and sent bare in a take.
	bareItems    = 5000
	bareMessages = 500
	// itemsAtOnce is BatchWriteItem's most, and keysAtOnce BatchGetItem's.
	itemsAtOnce = 25
	keysAtOnce  = 100
	// batchesAtOnce and messagesAtOnce are calls under way at once: enough to keep an
	// engine busy.
	batchesAtOnce  = 4
	messagesAtOnce = 16
)

// perSecond does n things, and returns how many that is a second.
func perSecond(n int, do func() error) (float64, error) {
	began := time.Now()
	err := do()
	return float64(n) / time.Since(began).Seconds(), err
}

// inBatches calls do with the batches of a list, several at once.
func inBatches[T any](
	ctx context.Context, all []T, size, atOnce int, do func(context.Context, []T) error,
) error {
	batches := slices.Collect(slices.Chunk(all, size))
	return parallel.Each(ctx, len(batches), atOnce, func(ctx context.Context, i int) error {
		return do(ctx, batches[i])
	})
}

// bareTable is a table that the system doesn't know.
const bareTable = "bench"

// createBareTable creates the table that is written to bare.
func createBareTable(ctx context.Context, s *system) error {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	tables := []topology.Table{{Name: bareTable, Partition: "username"}}
	return dynamodb.CreateTables(ctx, db, tables, func(name string) string { return name })
}

// bareLookup looks the names of rows up by BatchGetItem alone, as validation does for
// what each row would do. It returns names a second.
func bareLookup(ctx context.Context, s *system, rows int) (float64, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	keys := make([]map[string]types.AttributeValue, min(rows, bareItems))
	for i := range keys {
		keys[i] = map[string]types.AttributeValue{
			"username": &types.AttributeValueMemberS{Value: row("nobody", i)[0]},
		}
	}

	type batch = []map[string]types.AttributeValue
	return perSecond(len(keys), func() error {
		return inBatches(ctx, keys, keysAtOnce, batchesAtOnce,
			func(ctx context.Context, some batch) error {
				_, err := db.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{
					RequestItems: map[string]types.KeysAndAttributes{
						bareTable: {Keys: some, ConsistentRead: new(true)},
					},
				})
				return err
			})
	})
}

// bareBatchWrite writes users by BatchWriteItem alone, and returns items a second.
func bareBatchWrite(ctx context.Context, s *system, rows int) (float64, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	writes := make([]types.WriteRequest, min(rows, bareItems))
	for i := range writes {
		item := map[string]types.AttributeValue{}
		for column, value := range row("bare", i) {
			item[header[column]] = &types.AttributeValueMemberS{Value: value}
		}
		item["username"] = item[header[0]]
		writes[i].PutRequest = &types.PutRequest{Item: item}
	}

	return perSecond(len(writes), func() error {
		return inBatches(ctx, writes, itemsAtOnce, batchesAtOnce,
			func(ctx context.Context, some []types.WriteRequest) error {
				got, err := db.BatchWriteItem(ctx, &awsdynamodb.BatchWriteItemInput{
					RequestItems: map[string][]types.WriteRequest{bareTable: some},
				})
				if err == nil && len(got.UnprocessedItems) > 0 {
					err = errors.New("the engine left items over")
				}
				return err
			})
	})
}

// bareSend sends a message over and over by SendEmail alone, and returns messages a
// second.
func bareSend(ctx context.Context, s *system, rows int, like client.Message) (float64, error) {
	mail := ses.Client(s.host.Engines.SES)
	text := func(data string) *sestypes.Content { return &sestypes.Content{Data: &data} }
	sender := "no-reply@northwind.test"
	email := &sesv2.SendEmailInput{
		FromEmailAddress: &sender,
		Destination:      &sestypes.Destination{ToAddresses: []string{"bare@example.com"}},
		Content: &sestypes.EmailContent{Simple: &sestypes.Message{
			Subject: text(like.Subject),
			Body:    &sestypes.Body{Text: text(like.Text), Html: text(like.HTML)},
		}},
	}

	n := min(rows, bareMessages)
	return perSecond(n, func() error {
		return parallel.Each(ctx, n, messagesAtOnce, func(ctx context.Context, _ int) error {
			_, err := mail.SendEmail(ctx, email)
			return err
		})
	})
}

// bareGet reads one item over and over by GetItem alone, by so many clients. It returns
// how long each took, in milliseconds.
func bareGet(ctx context.Context, s *system, clients, n int) ([]float64, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	table := bareTable
	input := &awsdynamodb.GetItemInput{
		TableName: &table,
		Key: map[string]types.AttributeValue{
			"username": &types.AttributeValueMemberS{Value: row("bare", 0)[0]},
		},
	}
	each, _, err := together(ctx, clients, n, func(ctx context.Context, _, _ int) error {
		_, err := db.GetItem(ctx, input)
		return err
	})
	return each, err
}

// bareQueue creates a queue that the system doesn't know, and returns its URL.
func bareQueue(ctx context.Context, s *system) (*string, error) {
	name := bareTable
	made, err := sqs.Client(s.host.Engines.SQS).CreateQueue(ctx, &awssqs.CreateQueueInput{
		QueueName: &name,
	})
	if err != nil {
		return nil, err
	}
	return made.QueueUrl, nil
}

// bareMessage sends messages to a queue by SendMessage alone, by so many clients. It
// returns messages a second.
func bareMessage(
	ctx context.Context, s *system, queue *string, clients, n int,
) (float64, error) {
	queues := sqs.Client(s.host.Engines.SQS)
	body := "a message of about the size of one that asks for a link, or somewhat less"
	input := &awssqs.SendMessageInput{QueueUrl: queue, MessageBody: &body}
	_, rate, err := together(ctx, clients, n, func(ctx context.Context, _, _ int) error {
		_, err := queues.SendMessage(ctx, input)
		return err
	})
	return rate, err
}
