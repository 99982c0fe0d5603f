package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var (
	// ErrNotFound says that no item has the key.
	ErrNotFound = errors.New("no such item")
	// ErrCondition says that a write's condition did not hold. It is an answer, not a failure.
	ErrCondition = errors.New("condition not met")
	// ErrConflict says that another transaction was at one of the items: try again.
	ErrConflict = errors.New("another transaction is at the item")
)

// Table is one table. The zero value of DB is of no use.
type Table struct {
	DB   *dynamodb.Client
	Name string
}

// NewClient makes a client for tables. It doesn't compare a response with its CRC, which TLS makes needless: the SDK would warn of
// each refused condition, since it doesn't read that answer's body through it.
func NewClient(cfg aws.Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.DisableValidateResponseChecksum = true
	})
}

// Key is an item's primary key; all key attributes are strings.
type Key map[string]string

// Values are an expression's values, by their names with the colon.
type Values map[string]any

// Item is an item as DynamoDB keeps it.
type Item = map[string]types.AttributeValue

// Update is a conditional update of one item. Names written as #name stand for the attribute of that name, so that no
// reserved word gets in the way.
type Update struct {
	Set       string // "#status = :status, tries = tries + :one"
	Remove    string // "a, b"
	Condition string // "" for none
	Values    Values
}

// ConditionError is an ErrCondition that knows the item as it was.
type ConditionError struct{ Old Item }

func (e *ConditionError) Error() string { return ErrCondition.Error() }

// Is makes errors.Is(err, ErrCondition) true.
func (e *ConditionError) Is(target error) bool { return target == ErrCondition }

var placeholder = regexp.MustCompile(`#(\w+)`)

// names gives the attribute names that the expressions' placeholders stand for.
func names(expressions ...string) map[string]string {
	found := map[string]string{}
	for _, expression := range expressions {
		for _, match := range placeholder.FindAllStringSubmatch(expression, -1) {
			found[match[0]] = match[1]
		}
	}

	if len(found) == 0 {
		return nil
	}
	return found
}

func marshal(values Values) (Item, error) {
	if len(values) == 0 {
		return nil, nil
	}
	return attributevalue.MarshalMap(map[string]any(values))
}

func (k Key) item() Item {
	item := make(Item, len(k))
	for name, value := range k {
		item[name] = &types.AttributeValueMemberS{Value: value}
	}
	return item
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// Get reads one item, strongly consistent, into out. attributes, where given, limits what is read. It answers ErrNotFound.
func (t Table) Get(ctx context.Context, key Key, out any, attributes ...string) error {
	projection := project(attributes)

	got, err := t.DB.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:                &t.Name,
		Key:                      key.item(),
		ConsistentRead:           new(true),
		ProjectionExpression:     optional(projection),
		ExpressionAttributeNames: names(projection),
	})
	if err != nil {
		return fmt.Errorf("get from %s: %w", t.Name, err)
	}
	if got.Item == nil {
		return ErrNotFound
	}
	return attributevalue.UnmarshalMap(got.Item, out)
}

// project writes the expression that limits a read to attributes; "" reads all.
func project(attributes []string) string {
	placeholders := make([]string, len(attributes))
	for i, name := range attributes {
		placeholders[i] = "#" + name
	}
	return strings.Join(placeholders, ",")
}

// writeID marks a conditional write, so that the SDK's own retry of it is known when it meets what the first try wrote.
const writeID = "write"

// Put writes an item if the condition holds ("" for none); else it answers a *ConditionError.
func (t Table) Put(ctx context.Context, item any, condition string, values Values) error {
	put, err := t.PutOp(item, condition, values)
	if err != nil {
		return err
	}

	_, err = t.DB.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &t.Name,
		Item:                                put.Put.Item,
		ConditionExpression:                 put.Put.ConditionExpression,
		ExpressionAttributeNames:            put.Put.ExpressionAttributeNames,
		ExpressionAttributeValues:           put.Put.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return t.answer("put into", err, put.Put.Item[writeID])
}

// Update changes an item if the condition holds, and reads it as it is then into out (nil: not wanted); else it answers a
// *ConditionError. An update without a condition creates the item if there is none.
func (t Table) Update(ctx context.Context, key Key, update Update, out any) error {
	op, err := t.UpdateOp(key, update)
	if err != nil {
		return err
	}

	u := op.Update
	got, err := t.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                           &t.Name,
		Key:                                 u.Key,
		UpdateExpression:                    u.UpdateExpression,
		ConditionExpression:                 u.ConditionExpression,
		ExpressionAttributeNames:            u.ExpressionAttributeNames,
		ExpressionAttributeValues:           u.ExpressionAttributeValues,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})

	var after Item
	if got != nil {
		after = got.Attributes
	}

	err = t.answer("update in", err, u.ExpressionAttributeValues[":"+writeID])
	if err != nil || out == nil {
		return err
	}
	if after == nil { // the first try had landed and its answer was lost
		return t.Get(ctx, key, out)
	}
	return attributevalue.UnmarshalMap(after, out)
}

// answer turns a failed condition into a *ConditionError, unless it is our own first try that stands in the way.
func (t Table) answer(operation string, err error, write types.AttributeValue) error {
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		if ours(failed.Item[writeID], write) {
			return nil
		}
		return &ConditionError{Old: failed.Item}
	}

	var conflict *types.TransactionConflictException
	if errors.As(err, &conflict) {
		return ErrConflict
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", operation, t.Name, err)
	}
	return nil
}

// ours says whether the write that was found is the one that was tried.
func ours(found, tried types.AttributeValue) bool {
	was, ok := found.(*types.AttributeValueMemberS)
	if !ok {
		return false
	}

	own, ok := tried.(*types.AttributeValueMemberS)
	return ok && was.Value == own.Value
}

// Delete removes an item if the condition holds; else it answers a *ConditionError.
func (t Table) Delete(ctx context.Context, key Key, condition string, values Values) error {
	bound, err := marshal(values)
	if err != nil {
		return fmt.Errorf("delete from %s: %w", t.Name, err)
	}

	_, err = t.DB.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &t.Name,
		Key:                       key.item(),
		ConditionExpression:       optional(condition),
		ExpressionAttributeNames:  names(condition),
		ExpressionAttributeValues: bound,
	})
	return t.answer("delete from", err, nil)
}
