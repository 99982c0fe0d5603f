package main

import (
	"context"
	"errors"
	"fmt"
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
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/topology"
	"latchkey/shared/user"
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

// bareTable is a table that the system doesn't know, and begins the names of others.
const bareTable = "bench"

// createBareTables creates the tables that are written to bare: one of a single item a user,
// and copies of those that a file's users are written to.
func createBareTables(ctx context.Context, s *system) error {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	tables := []topology.Table{{Name: "", Partition: "username"}}
	for _, t := range topology.Latchkey.Tables {
		if t.Name == "members" || t.Name == "directory" {
			tables = append(tables, t)
		}
	}
	name := func(table string) string { return bareTable + table }
	return dynamodb.CreateTables(ctx, db, tables, name)
}

// bareLookup looks the names of rows up by BatchGetItem alone, as validation does for
// what each row would do. It returns names a second.
func bareLookup(ctx context.Context, s *system, rows int) (float64, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	keys := make([]item, min(rows, bareItems))
	for i := range keys {
		keys[i] = item{"username": &types.AttributeValueMemberS{Value: row("nobody", i)[0]}}
	}

	return perSecond(len(keys), func() error {
		return inBatches(ctx, keys, keysAtOnce, batchesAtOnce,
			func(ctx context.Context, some []item) error {
				_, err := db.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{
					RequestItems: map[string]types.KeysAndAttributes{
						bareTable: {Keys: some, ConsistentRead: new(true)},
					},
				})
				return err
			})
	})
}

// item is an item as DynamoDB has it.
type item = map[string]types.AttributeValue

// written reads the items that processing a job has written, by the table's name.
func written(ctx context.Context, s *system, jobID string) (map[string][]item, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	all := map[string][]item{}
	var keys []item
	for shard := range user.Shards {
		pages := awsdynamodb.NewQueryPaginator(db, &awsdynamodb.QueryInput{
			TableName:                new(s.table("members").Name),
			KeyConditionExpression:   new("#shard = :shard"),
			ExpressionAttributeNames: map[string]string{"#shard": "shard"}, // which is reserved
			ExpressionAttributeValues: item{
				":shard": &types.AttributeValueMemberS{Value: member.Partition(jobID, shard)},
			},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			all["members"] = append(all["members"], page.Items...)
			for _, m := range page.Items {
				at := &types.AttributeValueMemberS{Value: fmt.Sprintf("%02d", shard)}
				keys = append(keys, item{"shard": at, "username": m["username"]})
			}
		}
	}

	directory := s.table("directory").Name
	for some := range slices.Chunk(keys, keysAtOnce) {
		got, err := db.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{directory: {Keys: some}},
		})
		if err != nil {
			return nil, err
		}
		all["directory"] = append(all["directory"], got.Responses[directory]...)
	}
	return all, nil
}

// bareWrites writes the items of users by BatchWriteItem alone, and returns users a second.
func bareWrites(
	ctx context.Context, s *system, items map[string][]item, users int,
) (float64, error) {
	return perSecond(users, func() error {
		for _, table := range []string{"members", "directory"} {
			if len(items[table]) != users {
				return fmt.Errorf("%d items in %s, of %d users", len(items[table]), table, users)
			}
			if err := writeBare(ctx, s, bareTable+table, items[table]); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeBare writes items by BatchWriteItem, several calls at once.
func writeBare(ctx context.Context, s *system, table string, items []item) error {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	return inBatches(ctx, items, itemsAtOnce, batchesAtOnce,
		func(ctx context.Context, some []item) error {
			writes := make([]types.WriteRequest, len(some))
			for i := range some {
				writes[i].PutRequest = &types.PutRequest{Item: some[i]}
			}
			got, err := db.BatchWriteItem(ctx, &awsdynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{table: writes},
			})
			if err == nil && len(got.UnprocessedItems) > 0 {
				err = errors.New("the engine left items over")
			}
			return err
		})
}

// bareBatchWrite writes users by BatchWriteItem alone, and returns items a second.
func bareBatchWrite(ctx context.Context, s *system, rows int) (float64, error) {
	items := make([]item, min(rows, bareItems))
	for i := range items {
		items[i] = item{}
		for column, value := range row("bare", i) {
			items[i][header[column]] = &types.AttributeValueMemberS{Value: value}
		}
		items[i]["username"] = items[i][header[0]]
	}
	return perSecond(len(items), func() error { return writeBare(ctx, s, bareTable, items) })
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
		Key:       item{"username": &types.AttributeValueMemberS{Value: row("bare", 0)[0]}},
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
