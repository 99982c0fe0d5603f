package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/roster"
	"latchkey/shared/roster/rostertest"
	"latchkey/shared/user"
)

// validated makes a job with a file, as validation leaves it: the header, and the good rows
// of each chunk with what they were planned to do.
func (w *world) validated(id, header string, chunks ...planned) {
	w.T.Helper()
	ctx := w.T.Context()

	var texts []string
	rows, sum := 0, &job.Planned{}
	for _, chunk := range chunks {
		texts = append(texts, strings.Join(chunk.rows, "\n")+"\n")
		rows += chunk.as.Add + chunk.as.Update + chunk.as.Unchanged + chunk.as.Remove
		*sum = sum.Plus(chunk.as)
	}

	file := roster.Copy{Bucket: w.bucket, JobID: id}
	index := rostertest.Write(w.T, file, header, texts...)
	for i, chunk := range chunks {
		index[i].Planned = chunk.as
	}
	w.Must(file.Keep(ctx, index))

	source := job.Source{Key: "jobs/" + id + "/users.csv", Event: id}
	w.Must(w.jobs.Create(ctx, job.Job{
		ID:          id,
		Status:      job.AwaitingFile,
		Mode:        job.Manual,
		Devices:     []string{"Work Email"},
		CreatedAt:   clock.Of(noon),
		UploadUntil: clock.Of(noon),
	}))
	held := lease.Lease{Owner: "upload", Until: noon.Add(time.Minute)}
	_, err := w.jobs.Claim(ctx, id, source, held, noon)
	w.Must(err)
	w.Must(w.jobs.Validated(
		ctx,
		id,
		held,
		job.Rows{Total: rows, Valid: rows, Planned: sum},
		len(index),
		0,
	))
}

type planned struct {
	as   job.Planned
	rows []string
}

// know puts a user into the directory.
func (w *world) know(name string, fields map[string]string) {
	w.T.Helper()
	w.Must(w.directory.Write(
		w.T.Context(),
		user.Profile{ID: "id-" + name, Key: user.Key(name), Username: name, Fields: fields},
		nil,
		"seed#"+name,
	))
}

// changes walks the whole list, and tells items as "row username operation {changes}".
func (w *world) changes(id, query string) (told []string, pages int) {
	w.T.Helper()

	for cursor := ""; ; pages++ {
		status, answer := w.call("GET", "/api/jobs/"+id+"/changes?"+query+cursor, "", nil)

		var page struct {
			Items []struct {
				Row                 int
				Username, Operation string
				Changes             json.RawMessage
			}
			Next *string `json:"next_cursor"`
		}
		w.Must(json.Unmarshal([]byte(answer), &page))

		if status != http.StatusOK || pages > 1000 {
			w.T.Fatalf("page %d: got %d, %s", pages, status, answer)
		}

		for _, item := range page.Items {
			told = append(
				told,
				fmt.Sprintf("%d %s %s %s", item.Row, item.Username, item.Operation, item.Changes),
			)
		}

		if page.Next == nil {
			return told, pages + 1
		}

		cursor = "&cursor=" + *page.Next
	}
}

func TestChangesTellWhatEachRowWouldDo(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Ada", "bob", "cem", "dan"} {
		w.know(name, map[string]string{"First Name": "Old", "Site": "A"})
	}

	w.validated(
		"j1",
		"Operation,User,First Name,Site,Work Email",
		planned{
			job.Planned{Update: 2, Unchanged: 1, Remove: 1},
			[]string{
				",ADA,New,,",
				"", // a row that is in error
				"process,bob,Old,A,",
				"",
				"remove,cem,,,",
				",dan,Old,A,dan@example.com",
			},
		},
		planned{
			job.Planned{Add: 1, Unchanged: 1},
			[]string{",eve,Eve,,eve@example.com", "remove,nobody,,,"},
		},
	)

	all := []string{
		`2 Ada update {"First Name":["Old","New"],"Site":["A",null]}`,
		`4 bob unchanged {}`,
		`6 cem remove {"First Name":["Old",null],"Site":["A",null]}`,
		`7 dan update {"Work Email":[null,"dan@example.com"]}`,
		`8 eve add {"First Name":[null,"Eve"],"Work Email":[null,"eve@example.com"]}`,
		`9 nobody unchanged {}`,
	}
	for query, want := range map[string][]string{
		"":                            all,
		"limit=1":                     all,
		"limit=3":                     all,
		"limit=4":                     all,
		"operation=update":            {all[0], all[3]},
		"operation=update&limit=1":    {all[0], all[3]},
		"operation=remove":            {all[2]},
		"operation=add&limit=1":       {all[4]},
		"operation=unchanged&limit=1": {all[1], all[5]},
	} {
		if got, _ := w.changes("j1", query); !slices.Equal(got, want) {
			t.Errorf("?%s: got\n%s", query, strings.Join(got, "\n"))
		}
	}

	w.Must(w.directory.Remove(t.Context(), must(w.directory.Get(t.Context(), "bob")), "other#2"))

	if got, _ := w.changes("j1", ""); len(got) != len(all) ||
		got[1] != `4 bob add {"First Name":[null,"Old"],"Site":[null,"A"]}` {
		t.Errorf("when bob is gone: got %v", got)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}

	return value
}

func TestAPageOfChangesReadsNoMoreThanItHasTo(t *testing.T) {
	w := newWorld(t)

	var chunks []planned
	for i := range 30 {
		one := planned{job.Planned{Add: 10}, nil}
		for k := range 10 {
			one.rows = append(one.rows, fmt.Sprintf(",user%d", 10*i+k))
		}

		if i == 3 || i == 25 {
			one.as = job.Planned{Add: 9, Unchanged: 1}
			one.rows[9] = fmt.Sprintf("remove,nobody%d", i)
		}

		chunks = append(chunks, one)
	}

	w.validated("j1", "Operation,User", chunks...)

	if got, pages := w.changes("j1", "limit=200"); len(got) != 300 || pages != 15 {
		t.Errorf("%d items in %d pages", len(got), pages)
	}

	if got, pages := w.changes("j1", "operation=unchanged"); len(got) != 2 || pages != 1 {
		t.Errorf("of few, that are far apart: got %v in %d pages", got, pages)
	}

	if got, pages := w.changes("j1", "operation=remove"); len(got) != 0 || pages != 1 {
		t.Errorf("of none: got %v in %d pages", got, pages)
	}

	if got, _ := w.changes("j1", "operation=add&limit=7"); len(got) != 298 {
		t.Errorf("by sevens: %d items", len(got))
	}
}

func TestChangesAreToldBeforeProcessingAlone(t *testing.T) {
	w := newWorld(t)
	for status, want := range map[job.Status]string{
		job.AwaitingFile: "job_not_validated",
		job.Validating:   "job_not_validated",
		job.Rejected:     "job_not_validated",
		job.Processing:   "job_processed",
		job.Processed:    "job_processed",
		job.Failed:       "job_processed",
	} {
		w.add(string(status), status)

		code, answer := w.call("GET", "/api/jobs/"+string(status)+"/changes", "", nil)
		if code != http.StatusConflict || !strings.Contains(answer, want) {
			t.Errorf("%s: got %d, %s", status, code, answer)
		}
	}

	w.add("lost", job.Validated)
	code, answer := w.call("GET", "/api/jobs/lost/changes", "", nil)
	if code != http.StatusNotFound {
		t.Errorf("of rows that are gone: got %d, %s", code, answer)
	}

	w.validated("j1", "User", planned{job.Planned{Add: 1}, []string{"ada"}})
	_, view := w.call("GET", "/api/jobs/j1", "", nil)
	if !strings.Contains(view, `"planned":{"add":1,"update":0,"unchanged":0,"remove":0}`) {
		t.Errorf("the job says %s", view)
	}
}
