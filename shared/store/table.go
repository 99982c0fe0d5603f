package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

var (
	// ErrNotFound is returned if no item has the key.
	ErrNotFound = errors.New("no such item")
	// ErrCondition is returned if a write's condition didn't hold: an answer, no failure.
	ErrCondition = errors.New("condition not met")
	// ErrConflict is returned if another transaction is at one of the items: try again.
	ErrConflict = errors.New("another transaction is at the item")
)

// Table is one table. The zero value of DB is of no use.
type Table struct {
	DB   *dynamodb.Client
	Name string
}

// NewClient returns a client for tables. It compares no response with its CRC: TLS makes
// that needless, and the SDK would warn of each refused condition.
func NewClient(cfg aws.Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.DisableValidateResponseChecksum = true
		o.Retryer = tries{o.Retryer}
		o.APIOptions = append(o.APIOptions, persist)
	})
}

// Key is an item's primary key. All key attributes are strings.
type Key map[string]string

// Values are an expression's values, by their names with the colon.
type Values map[string]any

// Item is an item as DynamoDB stores it.
type Item = map[string]types.AttributeValue

// Update is a conditional update of one item. A name written as #name stands for that
// attribute, so that no reserved word gets in the way.
type Update struct {
	Set       string // "#status = :status, tries = tries + :one"
	Remove    string // "a, b"
	Condition string // "" for none
	Values    Values
}

// OncePerGap returns an update that may be made once in each gap: it sets an attribute to
// now, in milliseconds, unless it was set less than the gap ago.
func OncePerGap(attribute string, now time.Time, gap time.Duration) Update {
	name := "#" + attribute
	return Update{
		Set:       name + " = :now",
		Condition: "(attribute_not_exists(" + name + ") OR " + name + " <= :before)",
		Values:    Values{":now": now.UnixMilli(), ":before": now.Add(-gap).UnixMilli()},
	}
}

// ConditionError is an ErrCondition that holds the item as it was; nil if there was none.
type ConditionError struct{ Old Item }

func (e *ConditionError) Error() string { return ErrCondition.Error() }

// Is makes errors.Is(err, ErrCondition) true.
func (e *ConditionError) Is(target error) bool { return target == ErrCondition }

// placeholder is an attribute's name in an expression, as Update describes it.
var placeholder = regexp.MustCompile(`#(\w+)`)

// names returns the expressions' placeholders; nil for none, as DynamoDB wants it.
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

// Get reads one item into out, strongly consistent. attributes limits what is read; none
// reads all. It returns ErrNotFound if there is no such item.
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

func project(attributes []string) string {
	placeholders := make([]string, len(attributes))
	for i, name := range attributes {
		placeholders[i] = "#" + name
	}
	return strings.Join(placeholders, ",")
}

// writeID is an attribute with a random value in each conditional write. If an answer is
// lost, the SDK's second try fails the condition, and knows its first by this value.
const (
	writeID    = "write"
	notWritten = "(attribute_not_exists(#" + writeID + ") OR #" + writeID + " <> :" + writeID + ")"
)

// Put writes an item if the condition holds ("" for none). Else it returns a
// *ConditionError. It returns ErrConflict if a transaction was writing the item.
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

// Update changes an item if the condition holds, and reads it into out, unless that is
// nil. Its errors are Put's. Without a condition it creates an item that isn't there.
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
	if after == nil { // the first try has landed, and its answer was lost
		return t.Get(ctx, key, out)
	}
	return attributevalue.UnmarshalMap(after, out)
}

// UpdateIf changes an item if the condition holds, and does nothing otherwise. It reports
// whether it has changed the item.
func (t Table) UpdateIf(ctx context.Context, key Key, update Update) (updated bool, err error) {
	err = t.Update(ctx, key, update, nil)
	if errors.Is(err, ErrCondition) {
		return false, nil
	}
	return err == nil, err
}

// answer turns a failed condition into a *ConditionError, unless it failed on our own
// first try: then the write has landed.
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

func ours(found, tried types.AttributeValue) bool {
	was, ok := found.(*types.AttributeValueMemberS)
	if !ok {
		return false
	}

	own, ok := tried.(*types.AttributeValueMemberS)
	return ok && was.Value == own.Value
}

// Delete removes an item if the condition holds ("" for none). Else it returns a
// *ConditionError. An item that isn't there is no error.
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

		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})

	err = t.answer("delete from", err, nil)
	var refused *ConditionError
	if errors.As(err, &refused) && refused.Old == nil {
		return nil // perhaps by a first try, whose answer was lost
	}
	return err
}
