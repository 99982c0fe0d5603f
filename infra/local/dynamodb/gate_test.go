package dynamodb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"latchkey/infra/local/engine"
	"latchkey/shared/topology"
)

// start starts the engine once, unless there is one that the tests share.
var start = sync.OnceValues(func() (string, error) {
	if endpoint := os.Getenv(EndpointVariable); endpoint != "" {
		return endpoint, nil
	}
	e, err := Start(context.Background())
	if err != nil {
		return "", err
	}
	return e.Endpoint, nil
})

// people is a table with an index.
var people = topology.Table{
	Name:      "people",
	Partition: "name",
	Indexes:   []topology.Index{{Name: "by_town", Partition: "town", Sort: "name"}},
}

// newTable makes the table people, and a gate of it. The clients are of the gate, without
// a second try, and of the engine itself.
func newTable(
	t *testing.T, faults Faults, prepare func(g *Gate, name string),
) (gated, itself *dynamodb.Client, name string) {
	t.Helper()
	endpoint, err := start()
	if err != nil {
		t.Fatal(err)
	}

	itself = Client(endpoint)
	name = "t" + strings.ToLower(rand.Text()) + "-people"
	named := func(string) string { return name }
	if err := CreateTables(t.Context(), itself, []topology.Table{people}, named); err != nil {
		t.Fatal(err)
	}

	g := NewGate(endpoint, faults)
	if prepare != nil {
		prepare(g, name)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	gated = dynamodb.NewFromConfig(engine.Config(), func(o *dynamodb.Options) {
		o.BaseEndpoint = &server.URL
		o.Retryer = aws.NopRetryer{}
	})
	return gated, itself, name
}

type attributes = map[string]types.AttributeValue

// person is an item, without a town if that is "".
func person(name, town string) attributes {
	item := attributes{"name": &types.AttributeValueMemberS{Value: name}}
	if town != "" {
		item["town"] = &types.AttributeValueMemberS{Value: town}
	}
	return item
}

// count returns how many items a table has.
func count(t *testing.T, client *dynamodb.Client, table string) int {
	t.Helper()
	got, err := client.Scan(t.Context(), &dynamodb.ScanInput{
		TableName:      &table,
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(got.Items)
}

// code returns an error's code.
func code(err error) string {
	var said smithy.APIError
	if errors.As(err, &said) {
		return said.ErrorCode()
	}
	return fmt.Sprint(err)
}

// isWhole reports whether an error is that of a call that is throttled as a whole.
func isWhole(err error) bool {
	return code(err) == "ProvisionedThroughputExceededException" ||
		code(err) == "ThrottlingException"
}

func TestACallOfOneItemIsThrottledBeforeItDoesAnything(t *testing.T) {
	gated, itself, name := newTable(t, Faults{Throttle: 100}, nil)
	seen := map[string]bool{}
	for range 20 {
		_, err := gated.PutItem(t.Context(), &dynamodb.PutItemInput{
			TableName: &name,
			Item:      person("ada", ""),
		})
		if !isWhole(err) {
			t.Fatalf("got %v", err)
		}
		seen[code(err)] = true

		_, err = gated.Query(t.Context(), &dynamodb.QueryInput{
			TableName:                 &name,
			KeyConditionExpression:    aws.String("#name = :name"),
			ExpressionAttributeNames:  map[string]string{"#name": "name"},
			ExpressionAttributeValues: attributes{":name": person("ada", "")["name"]},
		})
		if !isWhole(err) {
			t.Fatalf("got %v", err)
		}
	}

	if len(seen) != 2 {
		t.Errorf("it was always one of two errors: %v", seen)
	}
	if n := count(t, itself, name); n != 0 {
		t.Errorf("%d items were written", n)
	}
	if _, err := gated.DescribeTable(t.Context(),
		&dynamodb.DescribeTableInput{TableName: &name}); err != nil {
		t.Errorf("a call about no item got %v", err)
	}
}

func TestABatchOfWritesIsThrottledWhollyOrPartly(t *testing.T) {
	gated, itself, name := newTable(t, Faults{Throttle: 100}, nil)
	written, whole, partly := 0, 0, 0
	for round := range 20 {
		var writes []types.WriteRequest
		for i := range 5 {
			writes = append(writes, types.WriteRequest{
				PutRequest: &types.PutRequest{Item: person(fmt.Sprint(round, "#", i), "")},
			})
		}
		got, err := gated.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{name: writes},
		})
		if isWhole(err) {
			whole++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}

		left := len(got.UnprocessedItems[name])
		if left == 0 || left == len(writes) {
			t.Fatalf("%d of %d are unprocessed", left, len(writes))
		}
		partly++
		written += len(writes) - left
	}

	if whole == 0 || partly == 0 {
		t.Errorf("%d were throttled wholly, %d partly", whole, partly)
	}
	if n := count(t, itself, name); n != written {
		t.Errorf("%d items were written, and it said %d", n, written)
	}
}

func TestABatchOfReadsIsThrottledWhollyOrPartly(t *testing.T) {
	gated, itself, name := newTable(t, Faults{Throttle: 100}, nil)
	var keys []attributes
	for i := range 5 {
		item := person(fmt.Sprint(i), "")
		keys = append(keys, item)
		_, err := itself.PutItem(t.Context(),
			&dynamodb.PutItemInput{TableName: &name, Item: item})
		if err != nil {
			t.Fatal(err)
		}
	}

	partly := 0
	for range 20 {
		got, err := gated.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{
				name: {Keys: keys, ConsistentRead: aws.Bool(true)},
			},
		})
		if isWhole(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}

		partly++
		left := got.UnprocessedKeys[name]
		if len(left.Keys) == 0 || len(got.Responses[name])+len(left.Keys) != len(keys) {
			t.Fatalf("%d were read, %d are left", len(got.Responses[name]), len(left.Keys))
		}
		if !aws.ToBool(left.ConsistentRead) {
			t.Error("what is left isn't asked for as the rest was")
		}
	}
	if partly == 0 {
		t.Error("none was throttled partly")
	}
}

func TestStatementsAreThrottledEachForItself(t *testing.T) {
	gated, itself, name := newTable(t, Faults{Throttle: 100}, nil)
	partly := 0
	for round := range 20 {
		var statements []types.BatchStatementRequest
		for i := range 5 {
			text := fmt.Sprintf(`INSERT INTO "%s" VALUE {'name': '%d#%d'}`, name, round, i)
			statements = append(statements, types.BatchStatementRequest{Statement: &text})
		}
		got, err := gated.BatchExecuteStatement(t.Context(),
			&dynamodb.BatchExecuteStatementInput{Statements: statements})
		if isWhole(err) {
			continue
		}
		if err != nil || len(got.Responses) != len(statements) {
			t.Fatalf("got %v with %v", got, err)
		}

		partly++
		for i, response := range got.Responses {
			found, err := itself.GetItem(t.Context(), &dynamodb.GetItemInput{
				TableName: &name,
				Key:       person(fmt.Sprintf("%d#%d", round, i), ""),
			})
			if err != nil {
				t.Fatal(err)
			}
			if throttled := response.Error != nil; throttled == (found.Item != nil) {
				t.Errorf("statement %d: throttled is %t, the item %v", i, throttled, found.Item)
			}
			if response.Error != nil &&
				response.Error.Code != types.BatchStatementErrorCodeEnumThrottlingError {
				t.Errorf("statement %d failed by %s", i, response.Error.Code)
			}
		}
	}
	if partly == 0 {
		t.Error("none was throttled partly")
	}
}

func TestAThrottledTransactionSaysWhichPartsWere(t *testing.T) {
	gated, itself, name := newTable(t, Faults{Throttle: 100}, nil)
	partly := 0
	for range 20 {
		_, err := gated.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
			TransactItems: []types.TransactWriteItem{
				{Put: &types.Put{TableName: &name, Item: person("ada", "")}},
				{Put: &types.Put{TableName: &name, Item: person("bob", "")}},
			},
		})
		if isWhole(err) {
			continue
		}
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 2 {
			t.Fatalf("got %v", err)
		}

		partly++
		if !slices.ContainsFunc(cancelled.CancellationReasons, isThrottling) {
			t.Errorf("the reasons are %v", cancelled.CancellationReasons)
		}
	}
	if n := count(t, itself, name); n != 0 || partly == 0 {
		t.Errorf("%d were throttled partly, and %d items were written", partly, n)
	}
}

func isThrottling(r types.CancellationReason) bool {
	return aws.ToString(r.Code) == "ThrottlingError"
}

func TestTheSeedSaysWhichCallsAreThrottled(t *testing.T) {
	fates := func(seed uint64) (all []bool) {
		g := NewGate("", Faults{Throttle: 10, Seed: seed})
		for range 1000 {
			all = append(all, g.choose("GetItem", &statements{}).whole != "")
		}
		return all
	}

	first := fates(1)
	n := 0
	for _, throttled := range first {
		if throttled {
			n++
		}
	}
	if n < 70 || n > 130 {
		t.Errorf("%d of 1,000 were throttled, and 10 %% were asked for", n)
	}
	if !slices.Equal(first, fates(1)) || slices.Equal(first, fates(2)) {
		t.Error("the same seed isn't the same sequence, or every seed is")
	}
}
