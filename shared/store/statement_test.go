package store_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"latchkey/shared/store"
)

// insert gives the statements that insert things.
func insert(t testing.TB, table store.Table, things ...thing) []store.Statement {
	t.Helper()

	var all []store.Statement
	for _, one := range things {
		statement, err := table.InsertStatement(one)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, statement)
	}

	return all
}

// replace gives the statement that replaces a thing that has a status.
func replace(t testing.TB, table store.Table, one thing, before string) store.Statement {
	t.Helper()
	statement, err := table.ReplaceStatement(one, key(one.Kind), "status", before, "extra")
	if err != nil {
		t.Fatal(err)
	}
	return statement
}

// counts gives the counts of ada's things, by their kind.
func counts(t testing.TB, table store.Table) map[string]int {
	t.Helper()
	found, err := store.SelectAll[thing](t.Context(), table, store.Query{
		Where:  "user_id = :ada",
		Values: store.Values{":ada": "ada"},
	})
	if err != nil {
		t.Fatal(err)
	}

	all := map[string]int{}
	for _, one := range found {
		all[one.Kind] = one.Count
	}
	return all
}

func TestEachStatementIsWrittenOrRefusedForItself(t *testing.T) {
	table := tokens(t)
	put(
		t,
		table,
		thing{"ada", "there", 1, "old"},
		thing{"ada", "changed", 1, "old"},
		thing{"ada", "others", 1, "new"},
	)

	var (
		statements []store.Statement
		want       []bool
	)
	for i := range 60 { // more than two calls
		statements = append(statements, insert(t, table, thing{"ada", fmt.Sprint(i), i, ""})...)
		want = append(want, false)
	}

	statements[7] = insert(t, table, thing{"ada", "there", 7, ""})[0]
	statements[30] = replace(t, table, thing{"ada", "changed", 30, "new"}, "old")
	statements[31] = replace(t, table, thing{"ada", "others", 31, "newer"}, "old")
	statements[59] = replace(t, table, thing{"ada", "nobody", 59, "new"}, "old")
	want[7], want[31], want[59] = true, true, true

	refused, err := table.WriteEach(t.Context(), statements)
	if err != nil || !slices.Equal(refused, want) {
		t.Fatalf("got %v, %v", refused, err)
	}

	got := counts(t, table)
	if len(got) != 59 || got["there"] != 1 || got["changed"] != 30 || got["others"] != 1 ||
		got["58"] != 58 {
		t.Errorf("got %v", got)
	}
}

func TestAReplacedItemLosesWhatTheNewOneLacks(t *testing.T) {
	table := tokens(t)
	type extra struct {
		thing
		Extra string `dynamodbav:"extra,omitempty"`
	}
	before := extra{thing{"ada", "x", 1, "old"}, "e"}
	if err := table.Put(t.Context(), before, "", nil); err != nil {
		t.Fatal(err)
	}

	statement := replace(t, table, thing{"ada", "x", 2, "new"}, "old")
	refused, err := table.WriteEach(t.Context(), []store.Statement{statement})
	if err != nil || refused[0] {
		t.Fatalf("got %v, %v", refused, err)
	}

	var got extra
	err = table.Get(t.Context(), key("x"), &got)
	if want := (extra{thing: thing{"ada", "x", 2, "new"}}); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestACallOfStatementsThatIsRepeatedIsRefusedByItsOwnWrites(t *testing.T) {
	table := tokens(t)
	put(t, table, thing{"ada", "x", 1, "old"})

	lossy := lostFirst()
	refused, err := through(table, lossy).WriteEach(t.Context(), append(
		insert(t, table, thing{"ada", "new", 2, ""}),
		replace(t, table, thing{"ada", "x", 2, "new"}, "old"),
	))
	if err != nil || !slices.Equal(refused, []bool{true, true}) || len(lossy.calls) != 2 {
		t.Errorf("got %v, %v after %v", refused, err, lossy.calls)
	}

	if got := counts(t, table); got["new"] != 2 || got["x"] != 2 {
		t.Errorf("got %v", got)
	}
}

func TestOfStatementsAtOnceOneWins(t *testing.T) {
	table := tokens(t)
	var group sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		group.Go(func() {
			refused, err := table.WriteEach(
				t.Context(), insert(t, table, thing{"ada", "x", i, ""}),
			)
			if err != nil {
				t.Error(err)
			} else if !refused[0] {
				won.Add(1)
			}
		})
	}

	group.Wait()

	if won.Load() != 1 {
		t.Errorf("%d have won", won.Load())
	}
}

func TestAStatementThatIsThrottledIsTriedAgainAlone(t *testing.T) {
	table := tokens(t)
	for _, code := range []string{
		"ThrottlingError",
		"ProvisionedThroughputExceeded",
		"RequestLimitExceeded",
		"InternalServerError",
		"TransactionConflict",
	} {
		var again []string
		faked := through(table, &transport{
			before: func(_ string, call int, body []byte) *http.Response {
				if call == 1 {
					return answer(
						200, `{"Responses":[{},{"Error":{"Code":"`+code+`"}},`+
							`{"Error":{"Code":"DuplicateItem"}}]}`,
					)
				}

				var given struct {
					Statements []struct{ Parameters []map[string]string }
				}
				if err := json.Unmarshal(body, &given); err != nil {
					t.Error(err)
				}
				for _, statement := range given.Statements {
					again = append(again, statement.Parameters[1]["S"])
				}

				return answer(200, `{"Responses":[{}]}`)
			},
		})

		refused, err := faked.WriteEach(t.Context(), insert(
			t, table, thing{"ada", "a", 1, ""}, thing{"ada", "b", 2, ""}, thing{"ada", "c", 3, ""},
		))
		if err != nil || !slices.Equal(refused, []bool{false, false, true}) ||
			!slices.Equal(again, []string{"b"}) {
			t.Errorf("%s: got %v, %v; again were %v", code, refused, err, again)
		}
	}
}

func TestAStatementThatFailsIsAnErrorThatTellsNoValue(t *testing.T) {
	table := tokens(t)
	const secret = "ada@example.com"
	for name, body := range map[string]string{
		"a right that is missing": `{"Responses":[{"Error":{"Code":"AccessDenied",` +
			`"Message":"` + secret + `"}}]}`,
		"no answer": `{"Responses":[]}`,
	} {
		faked := through(table, &transport{before: func(string, int, []byte) *http.Response {
			return answer(200, body)
		}})

		_, err := faked.WriteEach(t.Context(), insert(t, table, thing{"ada", "x", 1, ""}))
		if err == nil || strings.Contains(err.Error(), secret) ||
			!strings.Contains(err.Error(), table.Name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
