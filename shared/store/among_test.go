package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/store"
)

func TestPartitionsOfAnIndexAreReadTogether(t *testing.T) {
	type holding struct {
		Shard string `dynamodbav:"shard"`
		Name  string `dynamodbav:"username"`
		Holds string `dynamodbav:"holds,omitempty"`
	}
	db, name := enginetest.Tables(t)
	table := store.Table{DB: db, Name: name("directory")}

	const odd = `o'"? ]`
	var items []holding
	for i := range 8 {
		items = append(items, holding{"00", fmt.Sprint("a", i), "a"})
	}
	items = append(items, holding{"00", "b0", "b"}, holding{"01", "c0", odd})
	items = append(items, holding{"02", "d0", ""})
	if err := store.PutMany(t.Context(), table, items); err != nil {
		t.Fatal(err)
	}

	found, next, err := store.SelectAmong[holding](t.Context(), table, store.Among{
		Index:      "by_address",
		Partition:  "holds",
		Values:     []string{odd, "a", "none"},
		Attributes: []string{"username", "holds"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range found {
		got = append(got, item.Name+"="+item.Holds)
	}
	slices.Sort(got)
	const want = "a0=a a1=a a2=a a3=a a4=a a5=a a6=a a7=a c0=" + odd
	if strings.Join(got, " ") != want || next != "" {
		t.Errorf("got %q, next %q", got, next)
	}

	_, _, err = store.SelectAmong[holding](t.Context(), table, store.Among{
		Index: "by_nothing", Partition: "holds", Values: []string{"a"},
		Attributes: []string{"username"},
	})
	if err == nil || !strings.Contains(err.Error(), "select from "+table.Name) {
		t.Errorf("without such an index: %v", err)
	}
}
