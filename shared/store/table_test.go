package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/store"
)

type thing struct {
	UserID string `dynamodbav:"user_id"`
	Kind   string `dynamodbav:"kind"`
	Count  int    `dynamodbav:"count"`
	Status string `dynamodbav:"status,omitempty"`
}

func tokens(t testing.TB) store.Table {
	t.Helper()
	db, name := enginetest.Tables(t)
	return store.Table{DB: db, Name: name("tokens")}
}

func key(kind string) store.Key { return store.Key{"user_id": "ada", "kind": kind} }

func put(t testing.TB, table store.Table, things ...thing) {
	t.Helper()
	for _, one := range things {
		if err := table.Put(t.Context(), one, "", nil); err != nil {
			t.Fatal(err)
		}
	}
}

// transport stands between the client and the engine.
type transport struct {
	mu    sync.Mutex
	calls []string // of which operations
	// before may answer in the engine's place; after may answer in the place of what the
	// engine has said.
	before, after func(operation string, call int, body []byte) *http.Response
}

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")

	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}

	r.Body = io.NopCloser(bytes.NewReader(body))

	tr.mu.Lock()
	tr.calls = append(tr.calls, operation)
	call := len(tr.calls)
	tr.mu.Unlock()

	if tr.before != nil {
		if answer := tr.before(operation, call, body); answer != nil {
			return answer, nil
		}
	}

	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || tr.after == nil {
		return response, err
	}

	if answer := tr.after(operation, call, body); answer != nil {
		response.Body.Close()
		return answer, nil
	}

	return response, nil
}

// through gives the table by way of the transport.
func through(table store.Table, tr *transport) store.Table {
	table.DB = dynamodb.New(table.DB.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: tr}
		// The fakes' answers have no checksum.
		o.DisableValidateResponseChecksum = true
	})
	return table
}

func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
}

func internalError() *http.Response {
	return answer(
		500,
		`{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"try again"}`,
	)
}

// lostFirst loses the answer to the first call: the write has landed.
func lostFirst() *transport {
	return &transport{after: func(_ string, call int, _ []byte) *http.Response {
		if call == 1 {
			return internalError()
		}
		return nil
	}}
}

func TestAConditionalWriteKnowsItsOwnFirstTry(t *testing.T) {
	whole := tokens(t)
	put(
		t,
		whole,
		thing{"ada", "count", 1, ""},
		thing{"ada", "tries", 1, ""},
		thing{"ada", "theirs", 1, ""},
	)

	for _, test := range []struct {
		name  string
		write func(table store.Table) error
		want  error
		kind  string
		count int
	}{
		{"a put that landed and was answered 500 has succeeded", func(table store.Table) error {
			item := thing{"ada", "new", 7, ""}
			return table.Put(t.Context(), item, "attribute_not_exists(user_id)", nil)
		}, nil, "new", 7},
		{"an update that landed and was answered 500 is made once", func(table store.Table) error {
			var after thing
			err := table.Update(t.Context(), key("count"), store.Update{
				Set:       "#count = #count + :one",
				Condition: "#count < :two",
				Values:    store.Values{":one": 1, ":two": 2},
			}, &after)
			if after.Count != 2 {
				return fmt.Errorf("the item read after it has the count %d", after.Count)
			}
			return err
		}, nil, "count", 2},
		{"an update whose condition still holds is made once", func(table store.Table) error {
			var after thing
			err := table.Update(t.Context(), key("tries"), store.Update{
				Set:       "#count = #count + :one",
				Condition: "#count < :many",
				Values:    store.Values{":one": 1, ":many": 10},
			}, &after)
			if after.Count != 2 {
				return fmt.Errorf("the item read after it has the count %d", after.Count)
			}
			return err
		}, nil, "tries", 2},
		{
			name: "a put over somebody else's item is refused, though its answer was lost",
			write: func(table store.Table) error {
				item := thing{"ada", "theirs", 9, ""}
				return table.Put(t.Context(), item, "attribute_not_exists(user_id)", nil)
			},
			want:  store.ErrCondition,
			kind:  "theirs",
			count: 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			lossy := lostFirst()
			if err := test.write(through(whole, lossy)); !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}

			if writes := len(lossy.calls); writes < 2 {
				t.Fatalf("%d calls: the write wasn't repeated", writes)
			}

			var got thing
			if err := whole.Get(t.Context(), key(test.kind), &got); err != nil ||
				got.Count != test.count {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestADeleteThatLandedAndWasAnswered500HasSucceeded(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "x", 1, ""})
	lossy := lostFirst()
	err := through(table, lossy).Delete(
		t.Context(), key("x"), "#count = :one", store.Values{":one": 1},
	)
	if err != nil || len(lossy.calls) != 2 {
		t.Errorf("got %v after %v", err, lossy.calls)
	}
}

func TestARefusedWriteTellsTheItemAsItWas(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "x", 3, ""})
	err := table.Put(t.Context(), thing{"ada", "x", 4, ""}, "attribute_not_exists(user_id)", nil)

	var refused *store.ConditionError
	if !errors.As(err, &refused) || refused.Old["count"] == nil ||
		!errors.Is(err, store.ErrCondition) {
		t.Errorf("got %#v", err)
	}

	err = table.Delete(t.Context(), key("x"), "#count = :four", store.Values{":four": 4})
	if !errors.Is(err, store.ErrCondition) {
		t.Errorf("a delete whose condition doesn't hold answers %v", err)
	}

	err = table.Delete(t.Context(), key("x"), "#count = :three", store.Values{":three": 3})
	if err != nil {
		t.Errorf("a delete whose condition holds answers %v", err)
	}

	if err := table.Get(t.Context(), key("x"), &thing{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the item that was deleted answers %v", err)
	}
}

func TestAnUpdateSetsRemovesAndReadsReservedWords(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "x", 3, "old"})

	var after thing
	err := table.Update(t.Context(), key("x"), store.Update{
		Set:       "#count = :four",
		Remove:    "#status",
		Condition: "#status = :old",
		Values:    store.Values{":four": 4, ":old": "old"},
	}, &after)
	if want := (thing{"ada", "x", 4, ""}); err != nil || after != want {
		t.Errorf("got %+v, %v; want %+v", after, err, want)
	}

	err = table.Update(
		t.Context(),
		key("new"),
		store.Update{Set: "#count = :one", Values: store.Values{":one": 1}},
		nil,
	)
	if err != nil {
		t.Fatal(err)
	}

	if err := table.Get(t.Context(), key("new"), &after); err != nil || after.Count != 1 {
		t.Errorf("an update without a condition made %+v, %v", after, err)
	}
}

// unprocessed has the engine's place answer batch calls so that only the first entry of
// each is done, until the given number of calls.
func unprocessed(t testing.TB, until int) *transport {
	tr := &transport{}
	tr.before = func(operation string, call int, body []byte) *http.Response {
		if call > until {
			return nil
		}

		var request struct {
			RequestItems map[string]json.RawMessage
		}
		if err := json.Unmarshal(body, &request); err != nil {
			t.Error(err)
			return internalError()
		}

		left := map[string]any{"UnprocessedItems": request.RequestItems}
		if operation == "BatchGetItem" {
			left = map[string]any{
				"UnprocessedKeys": request.RequestItems,
				"Responses":       map[string]any{},
			}
		}

		content, err := json.Marshal(left)
		if err != nil {
			t.Error(err)
		}

		return answer(200, string(content))
	}

	return tr
}

func TestWhatABatchCallLeavesOverIsDoneAgain(t *testing.T) {
	table := tokens(t)

	var (
		things []thing
		keys   []store.Key
	)
	for i := range 60 { // more than two batches of writes
		things = append(things, thing{"ada", fmt.Sprintf("kind-%03d", i), i, ""})
		keys = append(keys, key(things[i].Kind))
	}

	writing := unprocessed(t, 3)
	if err := store.PutMany(t.Context(), through(table, writing), things); err != nil {
		t.Fatal(err)
	}

	if calls := len(writing.calls); calls != 6 {
		t.Errorf("%d calls for three batches that are left over once", calls)
	}

	reading := unprocessed(t, 2)

	got, err := store.GetMany[thing](t.Context(), through(table, reading), keys)
	if err != nil {
		t.Fatal(err)
	}

	slices.SortFunc(got, func(a, b thing) int { return a.Count - b.Count })

	if !slices.Equal(got, things) || len(reading.calls) != 3 {
		t.Errorf("got %d things in %d calls", len(got), len(reading.calls))
	}

	deleting := unprocessed(t, 1)
	if err := store.DeleteMany(t.Context(), through(table, deleting), keys); err != nil {
		t.Fatal(err)
	}

	if got, err := store.GetMany[thing](t.Context(), table, keys); err != nil || len(got) > 0 {
		t.Errorf("%d things are left, %v", len(got), err)
	}
}

func TestWhoStopsWaitingGetsNoHalfAnswer(t *testing.T) {
	table := tokens(t)
	ctx, stop := context.WithCancel(t.Context())
	never := unprocessed(t, 1<<30)
	wrapped := never.before

	never.before = func(operation string, call int, body []byte) *http.Response {
		stop()
		return wrapped(operation, call, body)
	}
	err := store.PutMany(ctx, through(table, never), []thing{{"ada", "x", 1, ""}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestGetManyReadsMoreThanABatchAndLeavesOutWhatIsNotThere(t *testing.T) {
	table := tokens(t)

	var (
		things []thing
		keys   []store.Key
	)
	for i := range 250 {
		kind := fmt.Sprintf("kind-%03d", i)

		keys = append(keys, key(kind))
		if i%2 == 0 {
			things = append(things, thing{"ada", kind, i, "shown"})
		}
	}

	if err := store.PutMany(t.Context(), table, things); err != nil {
		t.Fatal(err)
	}

	got, err := store.GetMany[thing](t.Context(), table, keys, "kind", "count")
	if err != nil || len(got) != len(things) {
		t.Fatalf("got %d, %v; want %d", len(got), err, len(things))
	}

	for _, one := range got {
		if one.UserID != "" || one.Status != "" {
			t.Fatalf("%+v has more than was asked for", one)
		}
	}

	if got, err := store.GetMany[thing](t.Context(), table, nil); err != nil || len(got) > 0 {
		t.Errorf("no keys give %v, %v", got, err)
	}
}

func TestGetMapMakesEntriesOfWhatIsThere(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "a", 1, ""}, thing{"ada", "b", 2, ""})

	count := func(one thing) (string, int) { return one.Kind, one.Count }
	got, err := store.GetMap(
		t.Context(), table, []store.Key{key("a"), key("b"), key("none")}, count, "kind", "count",
	)
	if err != nil || !maps.Equal(got, map[string]int{"a": 1, "b": 2}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestUpdateIfDoesNothingUnlessTheConditionHolds(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "a", 1, ""})

	raise := store.Update{
		Set:       "#count = :two",
		Condition: "#count = :one",
		Values:    store.Values{":one": 1, ":two": 2},
	}
	for _, want := range []bool{true, false} {
		updated, err := table.UpdateIf(t.Context(), key("a"), raise)
		if err != nil || updated != want {
			t.Errorf("got %t, %v; want %t", updated, err, want)
		}
	}

	_, err := table.UpdateIf(t.Context(), key("a"), store.Update{Set: "no expression"})
	if err == nil {
		t.Error("an error of the table is none of UpdateIf")
	}
}

func TestSelectPagesInBothDirections(t *testing.T) {
	table := tokens(t)
	put(
		t,
		table,
		thing{"ada", "a1", 1, ""},
		thing{"ada", "a2", 2, "x"},
		thing{"ada", "a3", 3, ""},
		thing{"ada", "b", 4, ""},
		thing{"bob", "a1", 5, ""},
	)

	all := store.Query{
		Where:  "user_id = :user AND begins_with(kind, :a)",
		Values: store.Values{":user": "ada", ":a": "a"},
	}
	for _, test := range []struct {
		name  string
		query func(q store.Query) store.Query
		pages [][]int
	}{
		{"all in one page", func(q store.Query) store.Query { return q }, [][]int{{1, 2, 3}}},
		{
			name:  "two at a time",
			query: func(q store.Query) store.Query { q.Limit = 2; return q },
			pages: [][]int{{1, 2}, {3}},
		},
		{
			name:  "the last first",
			query: func(q store.Query) store.Query { q.Limit, q.Backward = 2, true; return q },
			pages: [][]int{{3, 2}, {1}},
		},
		{"a filter leaves pages short", func(q store.Query) store.Query {
			q.Limit, q.Filter = 1, "attribute_exists(#status)"
			return q
		}, [][]int{{}, {2}, {}, {}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q := test.query(all)

			var pages [][]int
			for things, err := range store.Pages[thing](t.Context(), table, q) {
				if err != nil {
					t.Fatal(err)
				}

				page := []int{}
				for _, one := range things {
					page = append(page, one.Count)
				}

				pages = append(pages, page)
			}

			if !slices.EqualFunc(pages, test.pages, slices.Equal) {
				t.Errorf("got %v, want %v", pages, test.pages)
			}

			whole, err := store.SelectAll[thing](t.Context(), table, q)
			if err != nil || len(whole) != len(slices.Concat(test.pages...)) {
				t.Errorf("all are %v, %v", whole, err)
			}

			var items []thing
			for item, err := range store.Items[thing](t.Context(), table, q) {
				if err != nil {
					t.Fatal(err)
				}
				items = append(items, item)
			}

			if !slices.Equal(items, whole) {
				t.Errorf("one by one they are %v, not %v", items, whole)
			}
		})
	}
}

func TestItemsEndWithTheirReaderOrAnError(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "a", 1, ""}, thing{"ada", "b", 2, ""}, thing{"ada", "c", 3, ""})

	tr := &transport{before: func(_ string, call int, _ []byte) *http.Response {
		if call == 3 {
			return answer(400, `{"__type":"com.amazon.coral.validate#ValidationException"}`)
		}
		return nil
	}}
	items := store.Items[thing](t.Context(), through(table, tr), store.Query{
		Where:  "user_id = :user",
		Values: store.Values{":user": "ada"},
		Limit:  1,
	})

	for item, err := range items {
		if item.Kind != "a" || err != nil {
			t.Errorf("the first is %v, %v", item, err)
		}
		break
	}
	if len(tr.calls) != 1 {
		t.Errorf("one item took %d queries", len(tr.calls))
	}

	var read []string
	for item, err := range items {
		read = append(read, fmt.Sprint(item.Kind, err == nil))
	}
	if want := []string{"atrue", "false"}; !slices.Equal(read, want) {
		t.Errorf("before the error and with it were read %v, want %v", read, want)
	}
}

// ops makes the parts of a transaction, which can't fail.
func ops(t testing.TB, makers ...func() (store.Op, error)) []store.Op {
	t.Helper()

	var all []store.Op
	for _, maker := range makers {
		op, err := maker()
		if err != nil {
			t.Fatal(err)
		}

		all = append(all, op)
	}

	return all
}

func TestATransactionIsMadeWholeOrNotAtAll(t *testing.T) {
	table := tokens(t)
	for _, test := range []struct {
		name      string
		condition string // of the item "changed", whose count is 1
		want      error
	}{
		{"all is written when each condition holds", "#count = :one", nil},
		{"nothing is written when one doesn't", "#count > :one", store.ErrCondition},
	} {
		t.Run(test.name, func(t *testing.T) {
			put(
				t,
				table,
				thing{"ada", "changed", 1, ""},
				thing{"ada", "gone", 1, ""},
			)

			if err := table.Delete(t.Context(), key("new"), "", nil); err != nil {
				t.Fatal(err)
			}

			err := store.Transact(t.Context(), table.DB, ops(
				t,
				func() (store.Op, error) {
					return table.PutOp(
						thing{"ada", "new", 2, ""},
						"attribute_not_exists(user_id)",
						nil,
					)
				},
				func() (store.Op, error) {
					return table.UpdateOp(key("changed"), store.Update{
						Set:       "#count = :two",
						Condition: test.condition,
						Values:    store.Values{":one": 1, ":two": 2},
					})
				},
				func() (store.Op, error) { return table.DeleteOp(key("gone"), "", nil) },
			)...)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}

			found, err := store.GetMany[thing](
				t.Context(),
				table,
				[]store.Key{key("new"), key("changed"), key("gone")},
			)
			if err != nil {
				t.Fatal(err)
			}

			counts := map[string]int{}
			for _, one := range found {
				counts[one.Kind] = one.Count
			}

			want := "map[changed:2 new:2]"
			if test.want != nil {
				want = "map[changed:1 gone:1]"
			}

			if got := fmt.Sprint(counts); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestErrorsOfATransaction(t *testing.T) {
	table := tokens(t)

	cancelled := func(codes ...string) string {
		var reasons []string
		for _, code := range codes {
			reasons = append(reasons, `{"Code":"`+code+`"}`)
		}

		const kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
		list := strings.Join(reasons, ",")
		return `{"__type":"` + kind + `","CancellationReasons":[` + list + `]}`
	}
	for _, test := range []struct {
		name, body string
		want       error
	}{
		{
			name: "a failed condition is an answer",
			body: cancelled("None", "ConditionalCheckFailed"),
			want: store.ErrCondition,
		},
		{
			name: "another transaction at an item is to be tried again",
			body: cancelled("TransactionConflict", "None"),
			want: store.ErrConflict,
		},
		{
			name: "a failed condition counts more than a conflict",
			body: cancelled("TransactionConflict", "ConditionalCheckFailed"),
			want: store.ErrCondition,
		},
		{
			name: "a conflict of its own kind is one, too",
			body: `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}`,
			want: store.ErrConflict,
		},
		{"anything else is a failure", cancelled("ValidationError"), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			faked := through(table, &transport{
				before: func(string, int, []byte) *http.Response {
					return answer(400, test.body)
				},
			})
			remove := ops(t, func() (store.Op, error) { return faked.DeleteOp(key("x"), "", nil) })

			err := store.Transact(t.Context(), faked.DB, remove...)
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}

			answered := errors.Is(err, store.ErrCondition) || errors.Is(err, store.ErrConflict)
			if test.want == nil && (err == nil || answered) {
				t.Errorf("got %v, want a failure", err)
			}
		})
	}

	t.Run("a plain write that meets a transaction is to be tried again", func(t *testing.T) {
		faked := through(table, &transport{before: func(string, int, []byte) *http.Response {
			return answer(
				400,
				`{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException"}`,
			)
		}})
		err := faked.Put(t.Context(), thing{"ada", "x", 1, ""}, "", nil)
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestATransactionWhoseAnswerIsLostLandsOnce(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "x", 1, ""})

	lossy := lostFirst()
	faked := through(table, lossy)

	err := store.Transact(t.Context(), faked.DB, ops(t, func() (store.Op, error) {
		return faked.UpdateOp(key("x"), store.Update{
			Set:       "#count = #count + :one",
			Condition: "#count = :one",
			Values:    store.Values{":one": 1},
		})
	})...)
	if err != nil || len(lossy.calls) != 2 {
		t.Fatalf("got %v after %v", err, lossy.calls)
	}

	var got thing
	if err := table.Get(t.Context(), key("x"), &got); err != nil || got.Count != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestErrorsNameTheTableAndNoValue(t *testing.T) {
	table := tokens(t)
	table.Name += "-missing"

	const secret = "ada@example.com"
	item := store.Key{"user_id": secret, "kind": "x"}
	update := store.Update{Set: "a = :a", Values: store.Values{":a": secret}}
	for name, err := range map[string]error{
		"get":    table.Get(t.Context(), item, &thing{}),
		"put":    table.Put(t.Context(), thing{secret, "x", 1, ""}, "", nil),
		"update": table.Update(t.Context(), item, update, nil),
		"delete": table.Delete(t.Context(), item, "", nil),
	} {
		if err == nil || !strings.Contains(err.Error(), table.Name) ||
			strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
