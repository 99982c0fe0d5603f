package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Among describes the items of several partitions of an index that are wanted.
type Among struct {
	Index      string
	Partition  string   // the attribute that is the index's partition key
	Values     []string // of it, 1 to 50
	Attributes []string // at least one
	After      string   // the next of the page before
}

// SelectAmong reads one page of several partitions in one call, where Select takes one for
// each. The items are in no order, and few: DynamoDB gives ten in a page. next is "" at the end
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html).
func SelectAmong[T any](ctx context.Context, t Table, a Among) (items []T, next string, err error) {
	text := fmt.Sprintf(`SELECT "%s" FROM "%s"."%s" WHERE "%s" IN [%s]`,
		strings.Join(a.Attributes, `", "`), t.Name, a.Index, a.Partition,
		strings.Repeat("?, ", len(a.Values)-1)+"?")

	input := &dynamodb.ExecuteStatementInput{Statement: &text, NextToken: optional(a.After)}
	for _, value := range a.Values {
		input.Parameters = append(input.Parameters, &types.AttributeValueMemberS{Value: value})
	}

	page, err := t.DB.ExecuteStatement(ctx, input)
	if err == nil {
		err = attributevalue.UnmarshalListOfMaps(page.Items, &items)
	}
	if err != nil {
		return nil, "", fmt.Errorf("select from %s: %w", t.Name, err)
	}
	return items, aws.ToString(page.NextToken), nil
}
