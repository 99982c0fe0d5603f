package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/parallel"
)

// Statement is a conditional write of one item, in PartiQL, for WriteEach.
type Statement = types.BatchStatementRequest

// InsertStatement writes an item, if none has its key.
func (t Table) InsertStatement(item any) (Statement, error) {
	marshalled, err := attributevalue.MarshalMap(item)
	if err != nil {
		return Statement{}, fmt.Errorf("insert into %s: %w", t.Name, err)
	}

	var fields []string
	var values []types.AttributeValue
	for _, name := range slices.Sorted(maps.Keys(marshalled)) {
		fields = append(fields, "'"+name+"': ?")
		values = append(values, marshalled[name])
	}

	text := fmt.Sprintf(`INSERT INTO "%s" VALUE {%s}`, t.Name, strings.Join(fields, ", "))
	return Statement{Statement: &text, Parameters: values}, nil
}

// ReplaceStatement writes an item over the one with its key, if that has a value of an
// attribute. PartiQL replaces no item as a whole, so optional names the attributes that
// the one before may have and the item may lack. Others that the item lacks are kept.
func (t Table) ReplaceStatement(
	item any, key Key, attribute, value string, optional ...string,
) (Statement, error) {
	marshalled, err := attributevalue.MarshalMap(item)
	if err != nil {
		return Statement{}, fmt.Errorf("replace in %s: %w", t.Name, err)
	}

	text := fmt.Sprintf(`UPDATE "%s"`, t.Name)
	var values []types.AttributeValue
	for _, name := range slices.Sorted(maps.Keys(marshalled)) {
		if _, isKey := key[name]; !isKey {
			text += fmt.Sprintf(` SET "%s" = ?`, name)
			values = append(values, marshalled[name])
		}
	}
	for _, name := range optional {
		if _, there := marshalled[name]; !there {
			text += fmt.Sprintf(` REMOVE "%s"`, name)
		}
	}

	text += fmt.Sprintf(` WHERE "%s" = ?`, attribute)
	values = append(values, &types.AttributeValueMemberS{Value: value})
	for _, name := range slices.Sorted(maps.Keys(key)) {
		text += fmt.Sprintf(` AND "%s" = ?`, name)
		values = append(values, &types.AttributeValueMemberS{Value: key[name]})
	}

	return Statement{Statement: &text, Parameters: values}, nil
}

// WriteEach carries out conditional writes of items with different keys, 25 in a call.
// Each is atomic by itself, and none waits for another's condition. It reports by their
// order which were refused since their condition didn't hold. With an error, any of them
// may have been written.
//
// A call that is repeated, since its answer was lost, finds its own writes and is refused.
// Whoever cares looks at what a refused item holds.
func (t Table) WriteEach(
	ctx context.Context, statements []Statement,
) (refused []bool, err error) {
	batches := slices.Collect(slices.Chunk(statements, writeBatch))
	write := func(ctx context.Context, i int) ([]bool, error) {
		return t.executeBatch(ctx, batches[i])
	}
	found, err := parallel.Map(ctx, len(batches), callsAtOnce, write)
	if err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func (t Table) executeBatch(ctx context.Context, statements []Statement) ([]bool, error) {
	refused := make([]bool, len(statements))
	left := make([]int, len(statements)) // indexes of those that aren't answered yet
	for i := range left {
		left[i] = i
	}

	for try := 0; ; try++ {
		input := &dynamodb.BatchExecuteStatementInput{}
		for _, i := range left {
			input.Statements = append(input.Statements, statements[i])
		}

		got, err := t.DB.BatchExecuteStatement(ctx, input)
		if err == nil && len(got.Responses) != len(left) {
			err = errors.New("not every statement was answered")
		}
		if err != nil {
			return nil, fmt.Errorf("write each to %s: %w", t.Name, err)
		}

		var again []int
		for position, i := range left {
			answer, err := answerOf(got.Responses[position].Error)
			switch {
			case err != nil:
				return nil, fmt.Errorf("write each to %s: %w", t.Name, err)
			case answer == answerLater:
				again = append(again, i)
			}
			refused[i] = answer == answerRefused
		}

		left = again
		if len(left) == 0 {
			return refused, nil
		}
		if err := pause(ctx, try); err != nil {
			return nil, fmt.Errorf("write each to %s: %w", t.Name, err)
		}
	}
}

// answer is what becomes of one statement of a call.
type answer int

const (
	answerWritten answer = iota
	answerRefused
	answerLater // it is to be tried again
)

// answerOf returns a statement's answer by its error.
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html)
func answerOf(failed *types.BatchStatementError) (answer, error) {
	if failed == nil {
		return answerWritten, nil
	}

	switch failed.Code {
	case types.BatchStatementErrorCodeEnumDuplicateItem,
		types.BatchStatementErrorCodeEnumConditionalCheckFailed:
		return answerRefused, nil
	case types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded,
		types.BatchStatementErrorCodeEnumRequestLimitExceeded,
		types.BatchStatementErrorCodeEnumThrottlingError,
		types.BatchStatementErrorCodeEnumInternalServerError,
		types.BatchStatementErrorCodeEnumTransactionConflict:
		return answerLater, nil
	}

	// Its message may hold a value, and so it isn't told.
	return answerRefused, fmt.Errorf("a statement failed: %s", failed.Code)
}
