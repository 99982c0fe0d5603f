package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/client"
	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/ses"
	"latchkey/shared/topology"
	"latchkey/shared/user"
)

const (
	// bareFor is for how long encoding/csv reads a file over and over.
	bareFor = 500 * time.Millisecond
	// bareItems and bareMessages are the most that are written and sent bare.
	bareItems    = 20_000
	bareMessages = 2000
	bareHashes   = 100
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
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for from := 0; from < len(all); from += size {
		batch := all[from:min(from+size, len(all))]
		group.Go(func() error { return do(ctx, batch) })
	}
	return group.Wait()
}

// bareCSV reads the file by encoding/csv alone, and returns rows a second.
func bareCSV(file []byte, rows int) (float64, error) {
	times := 0
	began := time.Now()
	for time.Since(began) < bareFor {
		r := csv.NewReader(bytes.NewReader(file))
		r.ReuseRecord = true

		var err error
		for err == nil {
			_, err = r.Read()
		}
		if !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read the file: %w", err)
		}
		times++
	}

	return float64(times*rows) / time.Since(began).Seconds(), nil
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

// bareValidation reads the file and looks its names up, one after the other. It returns
// rows a second.
func bareValidation(ctx context.Context, s *system, file []byte, rows int) (float64, error) {
	read, err := bareCSV(file, rows)
	if err != nil {
		return 0, err
	}
	found, err := bareLookup(ctx, s, rows)
	return 1 / (1/read + 1/found), err
}

// bareBatchWrite writes profiles by BatchWriteItem alone, and returns items a second.
func bareBatchWrite(ctx context.Context, s *system, rows int) (float64, error) {
	db := dynamodb.Client(s.host.Engines.DynamoDB)
	writes := make([]types.WriteRequest, min(rows, bareItems))
	for i := range writes {
		item, err := attributevalue.MarshalMap(bareProfile(row("bare", i)))
		if err != nil {
			return 0, err
		}
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

// bareProfile returns the profile of a user by their row, as the system would write it.
func bareProfile(r []string) user.Profile {
	return user.Profile{
		ID:       user.ID(r[0]),
		Key:      r[0],
		Username: r[0],
		Version:  r[0],
		Fields: map[string]string{
			user.FirstName: r[1],
			user.LastName:  r[2],
			user.Site:      r[3],
			user.Language:  r[4],
			user.TimeZone:  r[5],
			user.Role:      r[6],
			"Work Email":   r[7],
			"SMS Phone":    r[8],
		},
	}
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
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(messagesAtOnce)
		for range n {
			group.Go(func() error {
				_, err := mail.SendEmail(ctx, email)
				return err
			})
		}
		return group.Wait()
	})
}

// bareHash computes argon2id with the costs by which passwords are stored, on all
// processors. It returns hashes a second.
func bareHash() (float64, error) {
	password := []byte("correct-horse-battery-staple")
	return perSecond(bareHashes, func() error {
		var group errgroup.Group
		group.SetLimit(runtime.GOMAXPROCS(0))
		for range bareHashes {
			group.Go(func() error {
				argon2.IDKey(password, make([]byte, 16), 2, 19*1024, 1, 32)
				return nil
			})
		}
		return group.Wait()
	})
}
