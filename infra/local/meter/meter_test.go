package meter_test

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/enginetest"
	"latchkey/infra/local/meter"
	"latchkey/shared/topology"
)

// tables are what the tests write to: one index has all of an item, the other one
// attribute of it.
var tables = []topology.Table{{
	Name: "things", Partition: "name",
	Indexes: []topology.Index{
		{Name: "by_owner", Partition: "owner", All: true},
		{Name: "by_place", Partition: "place", Sort: "name", Include: []string{"colour"}},
	},
}}

// thing returns an item by pairs of names and values.
func thing(pairs ...string) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		item[pairs[i]] = &types.AttributeValueMemberS{Value: pairs[i+1]}
	}
	return item
}

func values(all ...string) []types.AttributeValue {
	var list []types.AttributeValue
	for _, value := range all {
		list = append(list, &types.AttributeValueMemberS{Value: value})
	}
	return list
}

// long is a value that makes an item larger than a kilobyte.
var long = strings.Repeat("x", 1500)

// started returns a client that a meter counts, and the meter. The table holds "lamp",
// which is in both indexes, and "rug", which is in none and larger than a kilobyte.
func started(t *testing.T) (db *awsdynamodb.Client, name string, m *meter.Meter) {
	t.Helper()
	bare, _ := enginetest.Tables(t)
	name = "t" + strings.ToLower(rand.Text()[:10]) + "-things"
	named := func(string) string { return name }
	if err := dynamodb.CreateTables(t.Context(), bare, tables, named); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input := &awsdynamodb.DeleteTableInput{TableName: &name}
		_, _ = bare.DeleteTable(context.WithoutCancel(t.Context()), input) // gone with the engine
	})
	for _, item := range []map[string]types.AttributeValue{
		thing("name", "lamp", "owner", "ada", "place", "desk", "colour", "red"),
		thing("name", "rug", "note", long),
	} {
		input := &awsdynamodb.PutItemInput{TableName: &name, Item: item}
		if _, err := bare.PutItem(t.Context(), input); err != nil {
			t.Fatal(err)
		}
	}

	engine, err := url.Parse(*bare.Options().BaseEndpoint)
	if err != nil {
		t.Fatal(err)
	}
	m = meter.New(tables)
	function := topology.Function{Name: "keep"}
	server := httptest.NewServer(
		m.Before(function, "dynamodb", httputil.NewSingleHostReverseProxy(engine)))
	t.Cleanup(server.Close)
	return dynamodb.Client(server.URL), name, m
}

// A call is one that a test makes. It returns only an error that the test doesn't want.
type call func(ctx context.Context, db *awsdynamodb.Client, name string) error

func put(item map[string]types.AttributeValue) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		_, err := db.PutItem(ctx, &awsdynamodb.PutItemInput{TableName: &name, Item: item})
		return err
	}
}

func getMany(consistent bool, names ...string) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		var keys []map[string]types.AttributeValue
		for _, n := range names {
			keys = append(keys, thing("name", n))
		}
		_, err := db.BatchGetItem(ctx, &awsdynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{
				name: {Keys: keys, ConsistentRead: &consistent},
			},
		})
		return err
	}
}

func query(index *string, attribute, value string) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		condition := "#n = :v"
		_, err := db.Query(ctx, &awsdynamodb.QueryInput{
			TableName: &name, IndexName: index, KeyConditionExpression: &condition,
			ExpressionAttributeNames:  map[string]string{"#n": attribute},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": values(value)[0]},
		})
		return err
	}
}

func transact(parts ...func(table *string) types.TransactWriteItem) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		input := &awsdynamodb.TransactWriteItemsInput{}
		for _, part := range parts {
			input.TransactItems = append(input.TransactItems, part(&name))
		}
		_, err := db.TransactWriteItems(ctx, input)
		return err
	}
}

func puts(item map[string]types.AttributeValue) func(*string) types.TransactWriteItem {
	return func(table *string) types.TransactWriteItem {
		return types.TransactWriteItem{Put: &types.Put{TableName: table, Item: item}}
	}
}

func deletes(key map[string]types.AttributeValue) func(*string) types.TransactWriteItem {
	return func(table *string) types.TransactWriteItem {
		return types.TransactWriteItem{Delete: &types.Delete{TableName: table, Key: key}}
	}
}

// execute runs one statement in a batch; TABLE stands for the table's name.
func execute(text string, parameters ...string) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		text := strings.ReplaceAll(text, "TABLE", `"`+name+`"`)
		_, err := db.BatchExecuteStatement(ctx, &awsdynamodb.BatchExecuteStatementInput{
			Statements: []types.BatchStatementRequest{
				{Statement: &text, Parameters: values(parameters...)},
			},
		})
		return err
	}
}

// selectFrom executes one statement that reads.
func selectFrom(text string, parameters ...string) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		text := strings.ReplaceAll(text, "TABLE", `"`+name+`"`)
		_, err := db.ExecuteStatement(ctx, &awsdynamodb.ExecuteStatementInput{
			Statement:  &text,
			Parameters: values(parameters...),
		})
		return err
	}
}

// refused is a call whose condition fails.
func refused(c call) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		_ = c(ctx, db, name) // what it costs is looked at, not what it answers
		return nil
	}
}

func putAnew(item map[string]types.AttributeValue) call {
	return func(ctx context.Context, db *awsdynamodb.Client, name string) error {
		condition := "attribute_not_exists(#n)"
		_, err := db.PutItem(ctx, &awsdynamodb.PutItemInput{
			TableName: &name, Item: item, ConditionExpression: &condition,
			ExpressionAttributeNames: map[string]string{"#n": "name"},
		})
		return err
	}
}

// units are what is expected, by index; "" is the table.
type units map[string]meter.Units

func read(n float64) meter.Units { return meter.Units{Read: n} }

func written(n float64) meter.Units { return meter.Units{Write: n} }

func TestUnitsAreThoseThatAWSDocuments(t *testing.T) {
	index := "by_owner"
	for _, test := range []struct {
		name string
		call call
		want units
	}{
		{"a new item", put(thing("name", "cup")), units{"": written(1)}},
		{
			"a new item in both indexes",
			put(thing("name", "cup", "owner", "ada", "place", "desk")),
			units{"": written(1), "by_owner": written(1), "by_place": written(1)},
		},
		{
			"an item larger than a kilobyte",
			put(thing("name", "cup", "owner", "ada", "note", long)),
			units{"": written(2), "by_owner": written(2)},
		},
		{
			"a write whose condition fails costs what the item costs that is there",
			refused(putAnew(thing("name", "rug"))),
			units{"": written(2)},
		},
		{
			"items that aren't there are read as well",
			getMany(true, "lamp", "none", "nor this"),
			units{"": read(3)},
		},
		{"at half the price by an eventual read", getMany(false, "none"), units{"": read(0.5)}},
		{
			"a query that finds nothing is a read",
			query(nil, "name", "none"), units{"": read(0.5)},
		},
		{"a query of an index", query(&index, "owner", "ada"), units{"by_owner": read(0.5)}},
		{
			"each action of a transaction costs twice",
			transact(puts(thing("name", "cup", "note", long)), puts(thing("name", "pot"))),
			units{"": written(6)},
		},
		{
			"and so does one that deletes nothing",
			transact(deletes(thing("name", "none"))), units{"": written(2)},
		},
		{
			"a statement that inserts, as a put",
			execute("INSERT INTO TABLE VALUE {'name': ?, 'owner': ?}", "cup", "ada"),
			units{"": written(1), "by_owner": written(1)},
		},
		{
			"a statement that changes an attribute of one index alone",
			execute("UPDATE TABLE SET colour = ?, weight = ? WHERE name = ?", "blue", "1", "lamp"),
			units{"": written(1), "by_owner": written(1), "by_place": written(1)},
		},
		{
			"a statement that changes an index's key, which is two writes of it",
			execute("UPDATE TABLE SET place = ? WHERE name = ?", "floor", "lamp"),
			units{"": written(1), "by_owner": written(1), "by_place": written(2)},
		},
		{
			"a statement whose condition fails",
			execute("UPDATE TABLE SET note = ? WHERE name = ? AND owner = ?", "", "rug", "ada"),
			units{"": written(2)},
		},
		{
			"a statement that deletes",
			execute("DELETE FROM TABLE WHERE name = 'lamp'"),
			units{"": written(1), "by_owner": written(1), "by_place": written(1)},
		},
		{
			"a statement that reads",
			execute("SELECT * FROM TABLE WHERE name = ?", "lamp"), units{"": read(0.5)},
		},
		{
			"a statement that reads partitions of an index",
			selectFrom(`SELECT "name", "owner" FROM TABLE."by_owner" WHERE "owner" IN [?, ?, ?]`,
				"ada", "bob", "eve"),
			units{"by_owner": read(1.5)},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, name, m := started(t)
			if err := test.call(t.Context(), db, name); err != nil {
				t.Fatal(err)
			}

			counts := m.Take()
			got := units{}
			for place, n := range counts.Units {
				if place.Function != "keep" || place.Table != "things" {
					t.Errorf("units of %+v", place)
				}
				got[place.Index] = n
			}
			if !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if len(counts.Calls) != 1 {
				t.Errorf("%d kinds of calls: %v", len(counts.Calls), counts.Calls)
			}
		})
	}
}

func TestTakeBeginsAnew(t *testing.T) {
	db, name, m := started(t)
	for range 2 {
		if err := put(thing("name", "cup"))(t.Context(), db, name); err != nil {
			t.Fatal(err)
		}
	}

	first := m.Take().Calls[meter.Call{Function: "keep", Service: "dynamodb", Operation: "PutItem"}]
	if first.Calls != 2 || first.Requested == 0 || first.Responded == 0 {
		t.Errorf("counted %+v", first)
	}
	if again := m.Take(); len(again.Calls)+len(again.Units) != 0 {
		t.Errorf("after that %+v", again)
	}
}
