package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Op is one part of a transaction.
type Op = types.TransactWriteItem

// PutOp writes an item if the condition holds ("" for none).
func (t Table) PutOp(item any, condition string, values Values) (Op, error) {
	marshalled, err := attributevalue.MarshalMap(item)
	if err != nil {
		return Op{}, fmt.Errorf("put into %s: %w", t.Name, err)
	}

	bound, err := marshal(values)
	if err != nil {
		return Op{}, fmt.Errorf("put into %s: %w", t.Name, err)
	}

	if condition != "" {
		marshalled[writeID] = &types.AttributeValueMemberS{Value: rand.Text()}
	}

	return Op{Put: &types.Put{
		TableName:                 &t.Name,
		Item:                      marshalled,
		ConditionExpression:       optional(condition),
		ExpressionAttributeNames:  names(condition),
		ExpressionAttributeValues: bound,
	}}, nil
}

// UpdateOp changes an item if the condition holds ("" for none).
func (t Table) UpdateOp(key Key, update Update) (Op, error) {
	values := maps.Clone(update.Values)
	set := update.Set
	condition := update.Condition
	if condition != "" {
		if values == nil {
			values = Values{}
		}
		values[":"+writeID] = rand.Text()

		if set != "" {
			set += ", "
		}
		set += "#" + writeID + " = :" + writeID

		// After the first try, the condition may still hold. What it adds is added once.
		if !enclosed(condition) { // DynamoDB refuses redundant parentheses
			condition = "(" + condition + ")"
		}
		condition += " AND " + notWritten
	}

	expression := ""
	if set != "" {
		expression = "SET " + set
	}
	if update.Remove != "" {
		expression += " REMOVE " + update.Remove
	}

	bound, err := marshal(values)
	if err != nil {
		return Op{}, fmt.Errorf("update in %s: %w", t.Name, err)
	}
	return Op{Update: &types.Update{
		TableName:                 &t.Name,
		Key:                       key.item(),
		UpdateExpression:          &expression,
		ConditionExpression:       optional(condition),
		ExpressionAttributeNames:  names(expression, condition),
		ExpressionAttributeValues: bound,
	}}, nil
}

// enclosed reports whether one pair of parentheses is around a whole condition.
func enclosed(condition string) bool {
	depth := 0
	for i, c := range condition {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return c == ')' && i == len(condition)-1
		}
	}
	return false
}

// DeleteOp removes an item if the condition holds ("" for none).
func (t Table) DeleteOp(key Key, condition string, values Values) (Op, error) {
	bound, err := marshal(values)
	if err != nil {
		return Op{}, fmt.Errorf("delete from %s: %w", t.Name, err)
	}
	return Op{Delete: &types.Delete{
		TableName:                 &t.Name,
		Key:                       key.item(),
		ConditionExpression:       optional(condition),
		ExpressionAttributeNames:  names(condition),
		ExpressionAttributeValues: bound,
	}}, nil
}

// Transact writes all parts or none. It returns ErrCondition if a condition didn't hold,
// and ErrConflict if another transaction was writing one of the items. The SDK's retries
// carry one token, so that they land once.
func Transact(ctx context.Context, db *dynamodb.Client, ops ...Op) error {
	_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems:      ops,
		ClientRequestToken: new(rand.Text()),
	})

	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		codes := cancellationCodes(cancelled)
		switch {
		case slices.Contains(codes, "ConditionalCheckFailed"):
			return ErrCondition
		case slices.Contains(codes, "TransactionConflict"):
			return ErrConflict
		}
	}

	var conflict *types.TransactionConflictException
	if errors.As(err, &conflict) {
		return ErrConflict
	}
	if err != nil {
		return fmt.Errorf("write transaction: %w", err)
	}
	return nil
}

// cancellationCodes returns why a transaction was cancelled, by its parts.
func cancellationCodes(cancelled *types.TransactionCanceledException) []string {
	codes := make([]string, len(cancelled.CancellationReasons))
	for i, reason := range cancelled.CancellationReasons {
		codes[i] = aws.ToString(reason.Code)
	}
	return codes
}
