package store

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Query describes the items of one partition that are wanted.
type Query struct {
	Index      string // "" for the table itself
	Where      string // key condition
	Filter     string
	Values     Values
	Attributes []string // none for all
	Limit      int      // items looked at, before the filter; 0 for as many as 1 MB holds
	Backward   bool     // the last first
	After      Key      // the next of the page before
}

// Select reads one page of a partition, in the order of its sort key, strongly consistent
// unless from an index. next is nil at the end.
func Select[T any](ctx context.Context, t Table, q Query) (items []T, next Key, err error) {
	bound, err := marshal(q.Values)
	if err != nil {
		return nil, nil, fmt.Errorf("query %s: %w", t.Name, err)
	}

	projection := project(q.Attributes)
	input := &dynamodb.QueryInput{
		TableName:                 &t.Name,
		IndexName:                 optional(q.Index),
		KeyConditionExpression:    &q.Where,
		FilterExpression:          optional(q.Filter),
		ProjectionExpression:      optional(projection),
		ExpressionAttributeNames:  names(q.Where, q.Filter, projection),
		ExpressionAttributeValues: bound,
		ScanIndexForward:          new(!q.Backward),
		ConsistentRead:            new(q.Index == ""),
	}
	if q.Limit > 0 {
		input.Limit = new(int32(q.Limit))
	}
	if q.After != nil {
		input.ExclusiveStartKey = q.After.item()
	}

	page, err := t.DB.Query(ctx, input)
	if err != nil {
		return nil, nil, fmt.Errorf("query %s: %w", t.Name, err)
	}

	err = attributevalue.UnmarshalListOfMaps(page.Items, &items)
	if err == nil && page.LastEvaluatedKey != nil {
		err = attributevalue.UnmarshalMap(page.LastEvaluatedKey, &next)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("query %s: %w", t.Name, err)
	}
	return items, next, nil
}

// Pages reads a partition page by page, as Select does, and ends after an error.
func Pages[T any](ctx context.Context, t Table, q Query) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		for page := q; ; {
			items, next, err := Select[T](ctx, t, page)
			if !yield(items, err) || next == nil {
				return
			}
			page.After = next
		}
	}
}

// Items reads the items of a partition one by one, as Pages does.
func Items[T any](ctx context.Context, t Table, q Query) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages[T](ctx, t, q) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}

			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// SelectAll reads a whole partition that stays small, such as a job's chunks.
func SelectAll[T any](ctx context.Context, t Table, q Query) ([]T, error) {
	var all []T
	for page, err := range Pages[T](ctx, t, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}
