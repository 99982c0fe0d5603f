package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/topology"
)

// lag is longer than any test.
const lag = time.Hour

// clock is a clock that a test sets.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(span time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(span)
}

// town is the table people behind a gate, with an index that lags.
type town struct {
	*testing.T
	gated, itself *dynamodb.Client
	table         string
	clock         *clock
}

// newTown makes the table. Calls pass the gate to the address that by returns, or to the
// engine if by is nil.
func newTown(t *testing.T, faults Faults, by func(engine string) string) town {
	t.Helper()
	at := &clock{at: time.Now()}
	faults.Lag = lag
	gated, itself, name := newTable(t, faults, func(g *Gate, name string) {
		g.now = at.now
		stop, err := g.Follow(t.Context(), []topology.Table{people},
			func(string) string { return name })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		if by != nil {
			g.engine = by(g.engine)
		}
	})
	return town{t, gated, itself, name, at}
}

// put puts an item.
func (w town) put(name, where string) {
	w.Helper()
	_, err := w.gated.PutItem(w.Context(),
		&dynamodb.PutItemInput{TableName: &w.table, Item: person(name, where)})
	if err != nil {
		w.Fatal(err)
	}
}

// query asks the index who is in a town, until that isn't throttled.
func (w town) query(where string) (names string, err error) {
	for {
		got, err := w.gated.Query(w.Context(), &dynamodb.QueryInput{
			TableName:                 &w.table,
			IndexName:                 aws.String("by_town"),
			KeyConditionExpression:    aws.String("town = :town"),
			ExpressionAttributeValues: attributes{":town": person("", where)["town"]},
		})
		if isWhole(err) {
			continue
		}
		if err != nil {
			return "", err
		}

		var all []string
		for _, item := range got.Items {
			all = append(all, item["name"].(*types.AttributeValueMemberS).Value)
		}
		return strings.Join(all, " "), nil
	}
}

// shows checks whom the index has in a town now.
func (w town) shows(where, want string) {
	w.Helper()
	got, err := w.query(where)
	if err != nil {
		w.Fatal(err)
	}
	if got != want {
		w.Errorf("%s has %q, want %q", where, got, want)
	}
}

// eventually lets the lag pass again and again until something is so.
func (w town) eventually(so func() bool) {
	w.Helper()
	end := time.Now().Add(time.Minute)
	for !so() {
		if time.Now().After(end) {
			w.Fatal("it takes too long")
		}
		w.clock.pass(lag)
	}
}

// becomes waits until the index shows whom it should.
func (w town) becomes(where, want string) {
	w.Helper()
	w.eventually(func() bool {
		got, err := w.query(where)
		if err != nil {
			w.Fatal(err)
		}
		return got == want
	})
}

func TestAnIndexShowsTheTableAsItWas(t *testing.T) {
	w := newTown(t, Faults{}, nil)
	w.put("ada", "Bern")
	w.put("bob", "Bern")
	w.put("eve", "Bern")
	if n := count(t, w.gated, w.table); n != 3 {
		t.Errorf("the table has %d items", n)
	}
	w.shows("Bern", "") // what is new isn't there yet
	w.becomes("Bern", "ada bob eve")

	w.put("ada", "Lima")
	w.put("bob", "")
	_, err := w.gated.DeleteItem(t.Context(),
		&dynamodb.DeleteItemInput{TableName: &w.table, Key: person("eve", "")})
	if err != nil {
		t.Fatal(err)
	}
	w.shows("Bern", "ada bob eve") // what moved, left or is gone is still there
	w.shows("Lima", "")
	w.becomes("Bern", "")
	w.becomes("Lima", "ada")
}

func TestAStatementReadsAnIndexAsItWas(t *testing.T) {
	w := newTown(t, Faults{}, nil)
	w.put("ada", "Bern")
	w.put("bob", "Lima")

	if got, _ := w.selectFrom(nil); len(got) != 0 {
		t.Errorf("what is new is there already: %s", got)
	}
	w.eventually(func() bool {
		got, _ := w.selectFrom(nil)
		return slices.Equal(got, []string{"ada", "bob"})
	})
}

// selectFrom reads a page of who is in Bern and in Lima, by a statement.
func (w town) selectFrom(after *string) (names []string, next *string) {
	w.Helper()
	text := fmt.Sprintf(`SELECT "name" FROM "%s"."by_town" WHERE "town" IN [?, ?]`, w.table)
	got, err := w.gated.ExecuteStatement(w.Context(), &dynamodb.ExecuteStatementInput{
		Statement:  &text,
		Parameters: texts("Bern", "Lima"),
		NextToken:  after,
	})
	if err != nil {
		w.Fatal(err)
	}
	for _, item := range got.Items {
		names = append(names, item["name"].(*types.AttributeValueMemberS).Value)
	}
	slices.Sort(names)
	return names, got.NextToken
}

func TestAStatementReadsSeveralPartitionsInPages(t *testing.T) {
	gated, itself, name := newTable(t, Faults{}, nil)
	w := town{t, gated, itself, name, nil}
	var want []string
	for i := range 23 {
		want = append(want, fmt.Sprintf("n%02d", i))
		w.put(want[i], []string{"Bern", "Lima"}[i%2])
	}

	var got []string
	var sizes []int
	var after *string
	for more := true; more; more = after != nil {
		var page []string
		page, after = w.selectFrom(after)
		sizes = append(sizes, len(page))
		got = append(got, page...)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) || !slices.Equal(sizes, []int{10, 10, 3}) {
		t.Errorf("pages of %d: %s", sizes, got)
	}

	odd := "first"
	_, err := gated.ExecuteStatement(t.Context(), &dynamodb.ExecuteStatementInput{
		Statement: aws.String(`SELECT * FROM "` + name + `"."by_town" WHERE "town" IN ['Bern']`),
		NextToken: &odd,
	})
	if err == nil || !strings.Contains(err.Error(), "ValidationException") {
		t.Errorf("an odd token: %v", err)
	}
}

// texts are values.
func texts(all ...string) (values []types.AttributeValue) {
	for _, text := range all {
		values = append(values, &types.AttributeValueMemberS{Value: text})
	}
	return values
}

func TestAnIndexFollowsEveryKindOfWrite(t *testing.T) {
	put := func(name, where string) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: person(name, where)}}
	}
	remove := func(name string) types.WriteRequest {
		return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: person(name, "")}}
	}

	for _, test := range []struct {
		name  string
		write func(w town) error
		want  string // who is in Bern after that: it was ada and bob
	}{
		{"PutItem", func(w town) error {
			_, err := w.gated.PutItem(w.Context(), &dynamodb.PutItemInput{
				TableName: &w.table,
				Item:      person("eve", "Bern"),
			})
			return err
		}, "ada bob eve"},
		{"UpdateItem", func(w town) error {
			_, err := w.gated.UpdateItem(w.Context(), &dynamodb.UpdateItemInput{
				TableName:                 &w.table,
				Key:                       person("eve", ""),
				UpdateExpression:          aws.String("SET town = :town"),
				ExpressionAttributeValues: attributes{":town": person("", "Bern")["town"]},
			})
			return err
		}, "ada bob eve"},
		{"DeleteItem", func(w town) error {
			_, err := w.gated.DeleteItem(w.Context(), &dynamodb.DeleteItemInput{
				TableName: &w.table,
				Key:       person("ada", ""),
			})
			return err
		}, "bob"},
		{"BatchWriteItem", func(w town) error {
			_, err := w.gated.BatchWriteItem(w.Context(), &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{
					w.table: {put("eve", "Bern"), remove("bob")},
				},
			})
			return err
		}, "ada eve"},
		{"TransactWriteItems", func(w town) error {
			_, err := w.gated.TransactWriteItems(w.Context(), &dynamodb.TransactWriteItemsInput{
				TransactItems: []types.TransactWriteItem{
					{Put: &types.Put{TableName: &w.table, Item: person("eve", "Bern")}},
					{Update: &types.Update{
						TableName:        &w.table,
						Key:              person("ada", ""),
						UpdateExpression: aws.String("REMOVE town"),
					}},
					{Delete: &types.Delete{TableName: &w.table, Key: person("bob", "")}},
				},
			})
			return err
		}, "eve"},
		{"INSERT", func(w town) error {
			return w.execute(`INSERT INTO "%s" VALUE {'town': ?, 'name': ?}`, "Bern", "eve")
		}, "ada bob eve"},
		{"UPDATE", func(w town) error {
			return w.execute(`UPDATE "%s" SET "town" = ? WHERE "name" = ?`, "Lima", "ada")
		}, "bob"},
		{"DELETE", func(w town) error {
			return w.execute(`DELETE FROM "%s" WHERE name = 'bob'`)
		}, "ada"},
		{"BatchExecuteStatement", func(w town) error {
			leave := w.text(`DELETE FROM "%s" WHERE name = ?`)
			come := w.text(`INSERT INTO "%s" VALUE {'name': 'o''hara', 'town': 'Bern'}`)
			_, err := w.gated.BatchExecuteStatement(w.Context(),
				&dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{
					{Statement: leave, Parameters: texts("bob")},
					{Statement: come},
				}})
			return err
		}, "ada o'hara"},
		{"ExecuteTransaction", func(w town) error {
			_, err := w.gated.ExecuteTransaction(w.Context(), &dynamodb.ExecuteTransactionInput{
				TransactStatements: []types.ParameterizedStatement{
					{
						Statement:  w.text(`UPDATE "%s" REMOVE "town" WHERE "name" = ?`),
						Parameters: texts("bob"),
					},
					{Statement: w.text(`INSERT INTO "%s" VALUE {'name': 'eve', 'town': 'Bern'}`)},
				},
			})
			return err
		}, "ada eve"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, Faults{}, nil)
			w.put("ada", "Bern")
			w.put("bob", "Bern")
			w.becomes("Bern", "ada bob")

			if err := test.write(w); err != nil {
				t.Fatal(err)
			}
			w.shows("Bern", "ada bob")
			w.becomes("Bern", test.want)
		})
	}
}

// text returns a statement of the table.
func (w town) text(statement string) *string {
	return aws.String(fmt.Sprintf(statement, w.table))
}

// execute carries out a statement of the table.
func (w town) execute(statement string, parameters ...string) error {
	_, err := w.gated.ExecuteStatement(w.Context(), &dynamodb.ExecuteStatementInput{
		Statement:  w.text(statement),
		Parameters: texts(parameters...),
	})
	return err
}

func TestAWriteWhoseItemIsNotFoundIsRefused(t *testing.T) {
	w := newTown(t, Faults{}, nil)
	for _, test := range []struct{ name, statement string }{
		{"a key that is worked out", `INSERT INTO "%s" VALUE {'name': upper('a')}`},
		{"two attributes with the key's name",
			`INSERT INTO "%s" VALUE {'name': 'ada', 'child': {'name': 'bob'}}`},
		{"a key after its value", `DELETE FROM "%s" WHERE 'ada' = "name"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := w.execute(test.statement)
			if code(err) != "ValidationException" ||
				!strings.Contains(err.Error(), errNotFollowed.Error()) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnIndexFollowsWhatIsThrottledInParts(t *testing.T) {
	w := newTown(t, Faults{Throttle: 50}, nil)
	var names []string
	for round := range 10 {
		var left []types.WriteRequest
		for i := range 5 {
			name := fmt.Sprint(round, "#", i)
			names = append(names, name)
			item := person(name, "Bern")
			left = append(left, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
		}

		for len(left) > 0 {
			got, err := w.gated.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{w.table: left},
			})
			switch {
			case err == nil:
				left = got.UnprocessedItems[w.table]
			case !isWhole(err):
				t.Fatal(err)
			}
		}
	}
	w.becomes("Bern", strings.Join(names, " "))
}

func TestWhatOneCallDoesNotReadIsReadByTheNext(t *testing.T) {
	const items, size = 60, 300_000 // 18 MB, and a call answers 16
	var f *follower
	_, itself, name := newTable(t, Faults{}, func(g *Gate, name string) {
		f = g.follower(people, name)
	})
	for i := range items {
		item := person(fmt.Sprint(i), "")
		item["filling"] = &types.AttributeValueMemberS{Value: strings.Repeat("x", size)}
		_, err := itself.PutItem(t.Context(),
			&dynamodb.PutItemInput{TableName: &name, Item: item})
		if err != nil {
			t.Fatal(err)
		}
		f.note(key{fmt.Sprint(i)})
	}

	var read []int
	found := map[key]bool{}
	for keys := f.take(); len(keys) > 0; keys = f.take() {
		writes, err := f.read(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range writes {
			if w.PutRequest == nil {
				t.Fatal("an item that is there would be deleted")
			}
			found[f.keyOf(w.PutRequest.Item)] = true
		}
		read = append(read, len(writes))
	}
	if len(found) != items || len(read) != 2 {
		t.Errorf("%d of %d were read, by calls of %d", len(found), items, read)
	}
}

func TestAnIndexFollowsAWriteWhoseCallerIsGone(t *testing.T) {
	arrived, goOn := make(chan bool), make(chan bool)
	w := newTown(t, Faults{}, func(engine string) string {
		address, err := url.Parse(engine)
		if err != nil {
			t.Fatal(err)
		}

		proxy := httputil.NewSingleHostReverseProxy(address)
		slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") {
				arrived <- true
				<-goOn
			}
			proxy.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
		}))
		t.Cleanup(slow.Close)
		return slow.URL
	})

	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := w.gated.PutItem(ctx,
			&dynamodb.PutItemInput{TableName: &w.table, Item: person("ada", "Bern")})
		left <- err
	}()

	<-arrived
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	w.clock.pass(lag)
	w.shows("Bern", "")
	goOn <- true
	w.becomes("Bern", "ada")
}

func TestAnIndexThatDoesNotFollowAnyMoreIsNotRead(t *testing.T) {
	w := newTown(t, Faults{}, nil)
	_, err := w.itself.DeleteTable(t.Context(),
		&dynamodb.DeleteTableInput{TableName: aws.String(latePrefix + w.table)})
	if err != nil {
		t.Fatal(err)
	}

	w.put("ada", "Bern")
	w.eventually(func() bool {
		_, err := w.query("Bern")
		return code(err) == "InternalServerError"
	})
}
