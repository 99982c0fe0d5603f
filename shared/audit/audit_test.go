package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/metric"
	"latchkey/shared/store"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func newLog(t testing.TB) *audit.Log {
	t.Helper()
	db, name := enginetest.Tables(t)
	return &audit.Log{
		Table: store.Table{DB: db, Name: name("audit")},
		Now:   func() time.Time { return noon },
	}
}

func record(t testing.TB, l *audit.Log, entries ...audit.Entry) {
	t.Helper()

	for _, e := range entries {
		if err := l.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// all reads a list page by page, and gives what the entries' results say.
func all(t testing.TB, l *audit.Log, q audit.Query, limit int) (results []string, pages int) {
	t.Helper()

	for {
		entries, next, err := l.List(t.Context(), q, limit)
		if err != nil {
			t.Fatal(err)
		}

		if pages++; len(entries) > limit || pages > 1000 {
			t.Fatalf("page %d has %d entries", pages, len(entries))
		}

		for _, e := range entries {
			results = append(results, e.Result)
		}

		if next == "" {
			return results, pages
		}

		q.Before = next
	}
}

func TestAnEntryIsAsItWasRecorded(t *testing.T) {
	l := newLog(t)
	full := audit.Entry{
		Actor:    "Ada",
		Action:   "user_unlocked",
		Target:   "Bob",
		Job:      "j1",
		SourceIP: "192.0.2.1",
		Result:   audit.OK,
	}
	record(t, l, full)
	got, _, err := l.List(t.Context(), audit.Query{}, 10)

	full.At = clock.Of(noon)
	if err != nil || len(got) != 1 || got[0] != full {
		t.Errorf("got %+v, %v", got, err)
	}

	items, _, err := store.Select[struct {
		DeleteAt clock.Seconds `dynamodbav:"delete_at"`
	}](t.Context(), l.Table, store.Query{
		Index:  "by_job",
		Where:  "job = :job",
		Values: store.Values{":job": "j1"},
	})
	until := clock.SecondOf(noon.Add(400 * 24 * time.Hour))
	if err != nil || len(items) != 1 || items[0].DeleteAt != until {
		t.Errorf("kept until %+v, %v", items, err)
	}
}

func TestTheSameEventTwiceIsOneEntry(t *testing.T) {
	l := newLog(t)
	at := noon
	l.Now = func() time.Time { at = at.Add(time.Minute); return at }
	row := audit.Entry{
		ID:     "j1#2",
		Action: audit.RoleGained,
		Target: "Ada",
		Result: audit.OK,
	} // its time is that of its first record
	request := audit.Entry{
		ID:     "r1",
		At:     clock.Of(noon),
		Action: "job_created",
		Result: audit.OK,
	}

	var group sync.WaitGroup

	for range 4 {
		record(t, l, row, request)
	}

	now := audit.Log{Table: l.Table, Now: func() time.Time { return noon.Add(time.Hour) }}

	other := audit.Entry{ID: "j1#3", Action: audit.RoleGained, Target: "Bob", Result: audit.OK}
	for range 8 {
		group.Go(func() { record(t, &now, other) })
	}

	group.Wait()
	record(
		t,
		&now,
		audit.Entry{ID: "j1#2", Action: audit.RoleLost, Target: "Ada", Result: "another"},
	) // of the same row

	entries, _, err := now.List(t.Context(), audit.Query{}, 100)
	if err != nil || len(entries) != 4 {
		t.Fatalf("got %+v, %v", entries, err)
	}

	for _, e := range entries {
		if e.Action == audit.RoleGained && e.Target == "Ada" &&
			e.At != clock.Of(noon.Add(time.Minute)) {
			t.Errorf("its time is %s", e.At.Time())
		}
	}
}

func TestADiedRecordIsFinishedByTheNext(t *testing.T) {
	l := newLog(t)
	e := audit.Entry{ID: "j1#2", Action: audit.RoleGained, Target: "Ada", Result: audit.OK}
	record(t, l, e)
	// As if the process had died between the event's time and the entry.
	items, _, err := store.Select[map[string]any](t.Context(), l.Table, store.Query{
		Index:      "by_target",
		Where:      "target_key = :key",
		Values:     store.Values{":key": "ada"},
		Attributes: []string{"day", "moment"},
	})
	if err != nil || len(items) != 1 {
		t.Fatalf("got %v, %v", items, err)
	}

	err = l.Table.Delete(
		t.Context(),
		store.Key{"day": items[0]["day"].(string), "moment": items[0]["moment"].(string)},
		"",
		nil,
	)
	if err != nil {
		t.Fatal(err)
	}

	l.Now = func() time.Time { return noon.Add(time.Hour) }
	record(t, l, e)

	got, _, err := l.List(t.Context(), audit.Query{}, 10)
	if err != nil || len(got) != 1 || got[0].At != clock.Of(noon) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestListIsWholeInOrderAndPaged(t *testing.T) {
	l := newLog(t)

	var want []string

	day := 24 * time.Hour
	for i, ago := range []time.Duration{
		0, time.Millisecond, time.Second, time.Second, time.Second, 11 * time.Hour, 12 * time.Hour,
		12*time.Hour + time.Millisecond, // yesterday begins
		day, day, 3 * day, 20 * day, 20 * day, 150 * day, 399 * day,
	} {
		name := fmt.Sprintf("%02d", i)
		want = append(want, name)
		record(t, l, audit.Entry{
			At:     clock.Of(noon.Add(-ago)),
			Action: audit.SignedIn,
			Target: []string{"Ada", "Bob"}[i%2],
			Job:    fmt.Sprint("j", i%3),
			Result: name,
		})
	}

	record(
		t,
		l,
		audit.Entry{
			At:     clock.Of(noon.Add(-401 * day)),
			Action: audit.SignedIn,
			Target: "Ada",
			Job:    "j0",
			Result: "too old",
		},
	)

	every := func(n, of int) (some []string) {
		for i := n; i < len(want); i += of {
			some = append(some, want[i])
		}

		return some
	}
	for _, test := range []struct {
		name  string
		query audit.Query
		want  []string
	}{
		{"all", audit.Query{}, want},
		{"a user's, in any spelling", audit.Query{Target: "aDA"}, every(0, 2)},
		{"a job's", audit.Query{Job: "j1"}, every(1, 3)},
		{"a user's of a job", audit.Query{Target: "bob", Job: "j0"}, []string{want[3], want[9]}},
		{"nobody's", audit.Query{Target: strings.Repeat("x", 2000)}, nil},
		{"no job's", audit.Query{Job: strings.Repeat("x", 2000)}, nil},
		{"from a time on, which is in it", audit.Query{From: noon.Add(-12 * time.Hour)}, want[:7]},
		{"before a time, which isn't in it", audit.Query{To: noon.Add(-12 * time.Hour)}, want[7:]},
		{
			name:  "between two times",
			query: audit.Query{From: noon.Add(-20 * day), To: noon.Add(-time.Second)},
			want:  want[5:13],
		},
		{
			name: "a user's between two times",
			query: audit.Query{
				Target: "ada",
				From:   noon.Add(-20 * day),
				To:     noon.Add(-time.Second),
			},
			want: []string{want[6], want[8], want[10], want[12]},
		},
		{
			name:  "between two times the wrong way round",
			query: audit.Query{From: noon, To: noon.Add(-time.Hour)},
		},
		{
			name:  "in days that have none",
			query: audit.Query{From: noon.Add(-100 * day), To: noon.Add(-50 * day)},
		},
		{
			name:  "from long ago to the far future",
			query: audit.Query{From: time.Unix(0, 0), To: noon.Add(9999 * day)},
			want:  want,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, limit := range []int{2, 200} {
				got, pages := all(t, l, test.query, limit)
				// Entries of one millisecond are in any order, but always in the same.
				slices.Sort(got)

				sorted := slices.Clone(test.want)
				slices.Sort(sorted)

				if !slices.Equal(got, sorted) {
					t.Errorf("limit %d: got %v", limit, got)
				}

				if most := len(test.want)/limit + 401/64 + 3; pages > most {
					t.Errorf("limit %d: %d pages", limit, pages)
				}
			}
		})
	}

	newest, _ := all(t, l, audit.Query{}, 200)
	if newest[0] != "00" || newest[1] != "01" || newest[5] != "05" || newest[14] != "14" {
		t.Errorf("the order is %v", newest)
	}
}

func TestPlacesThatAreNoneAreRefused(t *testing.T) {
	l := newLog(t)
	for _, before := range []string{
		"x",
		"2100-03-01",
		"2100-03-01T12:00:00Z",
		"2100-13-01T12:00:00.000Z",
		"2100-03-01T12:00:00.000Z" + strings.Repeat("#", 80),
		"2100-03-02T12:00:00.000Z#a",
		"ada",
		"\x00",
	} {
		_, _, err := l.List(t.Context(), audit.Query{Before: before}, 10)
		if !errors.Is(err, audit.ErrCursor) {
			t.Errorf("%q: got %v", before, err)
		}
	}
}

func TestWhatCannotBeRecordedChangesNothingForTheCaller(t *testing.T) {
	var counted strings.Builder
	now := func() time.Time { return noon }
	broken := audit.Log{
		Table:   store.Table{DB: dynamodb.New(dynamodb.Options{}), Name: "none"},
		Metrics: metric.Log{Output: &counted, Function: "f", Now: now},
		Now:     now,
	}
	if err := broken.Record(t.Context(), audit.Entry{Action: audit.SignedIn}); err == nil {
		t.Fatal("it was recorded nowhere")
	}

	broken.Note(t.Context(), audit.Entry{Action: audit.SignedIn})
	if !strings.Contains(counted.String(), `"AuditLost":1`) {
		t.Errorf("it is counted as %q", counted.String())
	}

	l := newLog(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	l.Note(ended, audit.Entry{Action: audit.SignedIn, Result: "after the request"})

	if got, _ := all(t, l, audit.Query{}, 10); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}
