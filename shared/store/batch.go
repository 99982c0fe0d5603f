package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"
)

// Limits of DynamoDB's batch calls, and how many of them one call here has under way at once.
const (
	getBatch   = 100
	writeBatch = 25
	parallel   = 4
)

// GetMany reads the items that are there, strongly consistent, in any order. Keys must not repeat.
func GetMany[T any](ctx context.Context, t Table, keys []Key, attributes ...string) ([]T, error) {
	projection, projected := project(attributes)
	batches := slices.Collect(slices.Chunk(keys, getBatch))
	found := make([][]T, len(batches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)

	for i, batch := range batches {
		group.Go(func() error {
			asked := types.KeysAndAttributes{
				ConsistentRead:           new(true),
				ProjectionExpression:     projection,
				ExpressionAttributeNames: projected,
			}
			for _, key := range batch {
				asked.Keys = append(asked.Keys, key.item())
			}

			for try := 0; len(asked.Keys) > 0; try++ {
				got, err := t.DB.BatchGetItem(
					ctx,
					&dynamodb.BatchGetItemInput{
						RequestItems: map[string]types.KeysAndAttributes{t.Name: asked},
					},
				)
				if err != nil {
					return fmt.Errorf("get many from %s: %w", t.Name, err)
				}

				var some []T
				if err := attributevalue.UnmarshalListOfMaps(
					got.Responses[t.Name],
					&some,
				); err != nil {
					return fmt.Errorf("get many from %s: %w", t.Name, err)
				}

				found[i] = append(found[i], some...)

				asked.Keys = got.UnprocessedKeys[t.Name].Keys
				if err := pause(ctx, try, len(asked.Keys)); err != nil {
					return err
				}
			}

			return nil
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// PutMany writes items without a condition; keys must not repeat. When it answers an error, some may have been written.
func PutMany[T any](ctx context.Context, t Table, items []T) error {
	writes := make([]types.WriteRequest, len(items))
	for i, item := range items {
		marshalled, err := attributevalue.MarshalMap(item)
		if err != nil {
			return fmt.Errorf("put many into %s: %w", t.Name, err)
		}

		writes[i].PutRequest = &types.PutRequest{Item: marshalled}
	}

	return t.writeMany(ctx, writes)
}

// DeleteMany removes items without a condition; keys must not repeat. When it answers an error, some may be gone.
func DeleteMany(ctx context.Context, t Table, keys []Key) error {
	writes := make([]types.WriteRequest, len(keys))
	for i, key := range keys {
		writes[i].DeleteRequest = &types.DeleteRequest{Key: key.item()}
	}
	return t.writeMany(ctx, writes)
}

func (t Table) writeMany(ctx context.Context, writes []types.WriteRequest) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)

	for batch := range slices.Chunk(writes, writeBatch) {
		group.Go(func() error {
			for try := 0; len(batch) > 0; try++ {
				got, err := t.DB.BatchWriteItem(
					ctx,
					&dynamodb.BatchWriteItemInput{
						RequestItems: map[string][]types.WriteRequest{t.Name: batch},
					},
				)
				if err != nil {
					return fmt.Errorf("write many to %s: %w", t.Name, err)
				}

				batch = got.UnprocessedItems[t.Name]
				if err := pause(ctx, try, len(batch)); err != nil {
					return err
				}
			}

			return nil
		})
	}

	return group.Wait()
}

// pause waits before what a batch call left over is tried again: 50 ms, doubling to 3.2 s, with jitter.
func pause(ctx context.Context, try, left int) error {
	if left == 0 {
		return nil
	}

	longest := 50 * time.Millisecond << min(try, 6)

	jitter, err := rand.Int(rand.Reader, big.NewInt(int64(longest)))
	if err != nil {
		return err
	}

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(longest/2 + time.Duration(jitter.Int64())/2):
		return nil
	}
}
