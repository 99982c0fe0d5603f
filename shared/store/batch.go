package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/parallel"
)

const (
	getBatch    = 100 // the most items of one BatchGetItem
	writeBatch  = 25  // the most items of one BatchWriteItem
	callsAtOnce = 4   // the batch calls that one function here makes at once
)

// GetMany reads the items that are there, strongly consistent, in any order. Keys must
// not repeat. attributes limits what is read.
func GetMany[T any](ctx context.Context, t Table, keys []Key, attributes ...string) ([]T, error) {
	batches := slices.Collect(slices.Chunk(keys, getBatch))
	read := func(ctx context.Context, i int) ([]T, error) {
		return readBatch[T](ctx, t, batches[i], attributes)
	}
	found, err := parallel.Map(ctx, len(batches), callsAtOnce, read)
	if err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// GetMap reads items as GetMany does, into a map: entry returns an item's key and value
// there. Items that aren't there are missing.
func GetMap[T any, K comparable, V any](
	ctx context.Context, t Table, keys []Key, entry func(T) (K, V), attributes ...string,
) (map[K]V, error) {
	found, err := GetMany[T](ctx, t, keys, attributes...)
	if err != nil {
		return nil, err
	}

	all := make(map[K]V, len(found))
	for _, item := range found {
		key, value := entry(item)
		all[key] = value
	}
	return all, nil
}

func readBatch[T any](
	ctx context.Context, t Table, keys []Key, attributes []string,
) (found []T, err error) {
	projection := project(attributes)
	asked := types.KeysAndAttributes{
		ConsistentRead:           new(true),
		ProjectionExpression:     optional(projection),
		ExpressionAttributeNames: names(projection),
	}
	for _, key := range keys {
		asked.Keys = append(asked.Keys, key.item())
	}

	for try := 0; ; try++ {
		got, err := t.DB.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{t.Name: asked},
		})
		if err != nil {
			return nil, fmt.Errorf("get many from %s: %w", t.Name, err)
		}

		var some []T
		err = attributevalue.UnmarshalListOfMaps(got.Responses[t.Name], &some)
		if err != nil {
			return nil, fmt.Errorf("get many from %s: %w", t.Name, err)
		}
		found = append(found, some...)

		asked.Keys = got.UnprocessedKeys[t.Name].Keys
		if len(asked.Keys) == 0 {
			return found, nil
		}
		if err := pause(ctx, try); err != nil {
			return nil, fmt.Errorf("get many from %s: %w", t.Name, err)
		}
	}
}

// PutMany writes items without a condition. Their keys must not repeat. When it returns
// an error, some may have been written.
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

// DeleteMany removes items, by the rules of PutMany.
func DeleteMany(ctx context.Context, t Table, keys []Key) error {
	writes := make([]types.WriteRequest, len(keys))
	for i, key := range keys {
		writes[i].DeleteRequest = &types.DeleteRequest{Key: key.item()}
	}
	return t.writeMany(ctx, writes)
}

func (t Table) writeMany(ctx context.Context, writes []types.WriteRequest) error {
	batches := slices.Collect(slices.Chunk(writes, writeBatch))
	write := func(ctx context.Context, i int) error { return t.writeBatch(ctx, batches[i]) }
	return parallel.Each(ctx, len(batches), callsAtOnce, write)
}

func (t Table) writeBatch(ctx context.Context, left []types.WriteRequest) error {
	for try := 0; ; try++ {
		got, err := t.DB.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{t.Name: left},
		})
		if err != nil {
			return fmt.Errorf("write many to %s: %w", t.Name, err)
		}

		left = got.UnprocessedItems[t.Name]
		if len(left) == 0 {
			return nil
		}
		if err := pause(ctx, try); err != nil {
			return fmt.Errorf("write many to %s: %w", t.Name, err)
		}
	}
}
