package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/object"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/mapping"
)

// addRead makes a job whose file was read up to its header, by the hands of upload.
func (w *world) addRead(id string, lines ...string) {
	w.T.Helper()
	ctx := w.T.Context()
	var first []userfile.Record
	for i, line := range lines {
		first = append(first, userfile.Record{Row: i + 1, Fields: strings.Split(line, ",")})
	}
	header, err := json.Marshal(mapping.Find(first, w.schema(), nil, nil))
	w.Must(err)
	w.Must(w.bucket.Write(ctx, object.Mapping(id), "application/json", header))

	w.Must(w.jobs.Create(ctx, job.Job{
		ID:           id,
		Name:         id,
		Status:       job.AwaitingFile,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
	}))
	held := lease.Lease{Owner: "upload", Until: noon.Add(time.Minute)}
	_, err = w.jobs.Claim(ctx, id, job.Source{Event: id}, held, noon)
	w.Must(err)
	w.Must(w.jobs.NeedsMapping(ctx, id, held))
}

const path1 = "/api/jobs/j1/mapping"

func TestTheColumnsOfAFileAreShown(t *testing.T) {
	w := newWorld(t)
	w.addRead("j1", "login,User,nick,Frist Name", "1,ada,Ace,Ada", "2,bob,,Bob")

	status, body := w.call("GET", path1, "", nil)
	want := `{"row":1,"columns":[` +
		`{"column":"login","samples":["1","2"],"field":null,"source":null,"export":null,` +
		`"also":null},` +
		`{"column":"User","samples":["ada","bob"],"field":"User","source":"ours","export":null,` +
		`"also":null},` +
		`{"column":"nick","samples":["Ace"],"field":null,"source":null,"export":null,` +
		`"also":null},` +
		`{"column":"Frist Name","samples":["Ada","Bob"],"field":"First Name","source":"proposed",` +
		`"export":null,"also":null}]}`
	if status != 200 || body != want {
		t.Errorf("got %d %s", status, body)
	}

	for id, code := range map[string]string{
		"waits":    "409 job_not_validated",
		"reads":    "409 job_not_validated",
		"rejected": "404 not_found",
		"nobody":   "404 job_not_found",
	} {
		switch id {
		case "waits":
			w.add(id, job.AwaitingFile)
		case "reads":
			w.add(id, job.Validating)
		case "rejected":
			w.add(id, job.Rejected)
		}
		status, body := w.call("GET", "/api/jobs/"+id+"/mapping", "", nil)
		if number, text, _ := strings.Cut(code, " "); fmt.Sprint(status) != number ||
			!strings.Contains(body, `"code":"`+text+`"`) {
			t.Errorf("%s: got %d %s", id, status, body)
		}
	}
}

func TestColumnsAreMapped(t *testing.T) {
	w := newWorld(t)
	w.addRead("j1", "login,Site,nick", "ada,Rome,Ace")

	status, body := w.call("PUT", path1, `{"columns":{"LOGIN":"user","nick":null}}`, nil)
	if status != 202 || !strings.Contains(body, `"status":"validating"`) {
		t.Fatalf("got %d %s", status, body)
	}

	j, err := w.jobs.Get(t.Context(), "j1")
	w.Must(err)
	if fmt.Sprint(j.Mapping) != "map[login:User nick:]" || j.Mapped != 1 {
		t.Errorf("stored %v, %d", j.Mapping, j.Mapped)
	}
	if there, err := w.bucket.Exists(t.Context(), job.MappingKey("j1", 1)); err != nil || !there {
		t.Errorf("upload is told: %t, %v", there, err)
	}

	status, body = w.call("GET", "/api/mappings", "", nil)
	if status != 200 || !strings.Contains(body, `"header":["login","Site","nick"],`+
		`"columns":{"login":"User","nick":null},"job":"j1",`+
		`"mapped_at":"2100-03-01T12:00:00.000Z"`) {
		t.Errorf("remembered: %d %s", status, body)
	}
}

func TestOnlyWhatIsToBeRememberedIs(t *testing.T) {
	w := newWorld(t)
	for i, remember := range []string{"true", "null", "false"} {
		id := fmt.Sprint("j", i)
		w.addRead(id, "login,x"+id, "ada,1")
		body := fmt.Sprintf(`{"columns":{"login":"User","x%s":null},"remember":%s}`, id, remember)
		if status, answer := w.call("PUT", "/api/jobs/"+id+"/mapping", body, nil); status != 202 {
			t.Fatalf("%d %s", status, answer)
		}
	}

	_, body := w.call("GET", "/api/mappings", "", nil)
	if strings.Count(body, `"id":`) != 2 || strings.Contains(body, "xj2") {
		t.Errorf("remembered: %s", body)
	}
}

func TestMappingsThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		has        []string
	}{
		{"no columns", `{}`, 422, []string{`"field":"columns","code":"required"`}},
		{"columns that are null", `{"columns":null}`, 422, []string{`"field":"columns"`}},
		{"columns that are a list", `{"columns":["x"]}`, 422, []string{`"field":"columns"`}},
		{"an unknown field", `{"columns":{},"colour":1}`, 422, []string{`"field":"colour"`}},
		{"no JSON", `{`, 400, []string{"invalid_json"}},
		{
			"columns that are missing",
			`{"columns":{}}`,
			422,
			[]string{`"columns.login","code":"required"`, `"columns.nick","code":"required"`},
		},
		{
			"a column that the file hasn't",
			`{"columns":{"login":"User","nick":null,"hat":null}}`,
			422,
			[]string{`"columns.hat","code":"unknown_column"`},
		},
		{
			"a column of ours that there isn't",
			`{"columns":{"login":"User","nick":"Hat"}}`,
			422,
			[]string{`"columns.nick","code":"not_allowed"`},
		},
		{
			"two columns onto one",
			`{"columns":{"login":"User","nick":"Site"}}`,
			422,
			[]string{`"columns.nick","code":"same_field"`, `Site\" and \"nick`},
		},
		{
			"no username",
			`{"columns":{"login":"First Name","nick":null}}`,
			422,
			[]string{`"field":"columns","code":"required"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.addRead("j1", "login,Site,nick", "ada,Rome,Ace")
			status, body := w.call("PUT", path1, test.body, nil)
			if status != test.status {
				t.Errorf("got %d", status)
			}
			for _, has := range test.has {
				if !strings.Contains(body, has) {
					t.Errorf("%s isn't in %s", has, body)
				}
			}

			j, err := w.jobs.Get(t.Context(), "j1")
			if err != nil || j.Status != job.NeedsMapping || j.Mapped != 0 {
				t.Errorf("it is %s, mapped %d times, %v", j.Status, j.Mapped, err)
			}
		})
	}
}

func TestColumnsAreMappedAtTheRightTimeAlone(t *testing.T) {
	for status, code := range map[job.Status]string{
		job.AwaitingFile: "job_not_validated",
		job.Validating:   "job_busy",
		job.Rejected:     "job_not_validated",
		job.Processing:   "job_processed",
		job.Processed:    "job_processed",
		job.Failed:       "job_processed",
	} {
		w := newWorld(t)
		w.add("j1", status)
		got, body := w.call("PUT", path1, `{"columns":{"x":"User"}}`, nil)
		if got != 409 || !strings.Contains(body, `"code":"`+code+`"`) {
			t.Errorf("%s: got %d %s", status, got, body)
		}
	}

	w := newWorld(t)
	if got, _ := w.call("PUT", path1, `{"columns":{"x":"User"}}`, nil); got != 404 {
		t.Errorf("no job: got %d", got)
	}
}

func TestOfManyMappingsAtOnceOneIsTaken(t *testing.T) {
	w := newWorld(t)
	w.addRead("j1", "login,nick", "ada,Ace")

	var accepted, refused atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			status, body := w.call("PUT", path1, `{"columns":{"login":"User","nick":null}}`, nil)
			switch {
			case status == 202:
				accepted.Add(1)
			case status == 409 && strings.Contains(body, "job_busy"):
				refused.Add(1)
			}
		})
	}
	group.Wait()

	if accepted.Load() != 1 || refused.Load() != 7 {
		t.Errorf("%d accepted, %d refused", accepted.Load(), refused.Load())
	}
}

func TestAJobThatNeedsAMappingGoesNoFurther(t *testing.T) {
	w := newWorld(t)
	w.addRead("j1", "login,nick", "ada,Ace")
	for _, call := range []string{
		"POST /api/jobs/j1/process", "GET /api/jobs/j1/changes", "GET /api/jobs/j1/files/errors",
	} {
		method, path, _ := strings.Cut(call, " ")
		status, body := w.call(method, path, "", nil)
		if status != 409 || !strings.Contains(body, "job_not_validated") {
			t.Errorf("%s: got %d %s", call, status, body)
		}
	}

	_, listed := w.call("GET", "/api/jobs?status=needs_mapping", "", nil)
	if !strings.Contains(listed, `"id":"j1"`) {
		t.Errorf("listed: %s", listed)
	}
	if status, body := w.call("DELETE", "/api/jobs/j1", "", nil); status != 204 {
		t.Errorf("deleted: %d %s", status, body)
	}
}

func TestRememberedHeadersAreListedAndForgotten(t *testing.T) {
	w := newWorld(t)
	ids := []string{strings.Repeat("a", 32), strings.Repeat("b", 32)}
	for _, id := range ids {
		w.Must(w.jobs.Remember(t.Context(), job.Remembered{
			ID:      id,
			Columns: []string{"login"},
			Mapping: map[string]string{"login": "User"},
			At:      clock.Of(noon),
		}))
	}

	var page struct {
		Items []struct{ ID string }
		Next  *string `json:"next_cursor"`
	}
	_, body := w.call("GET", "/api/mappings?limit=1", "", nil)
	w.Must(json.Unmarshal([]byte(body), &page))
	if page.Next == nil || len(page.Items) != 1 || page.Items[0].ID != ids[0] {
		t.Fatalf("the first page is %s", body)
	}
	_, body = w.call("GET", "/api/mappings?cursor="+*page.Next, "", nil)
	w.Must(json.Unmarshal([]byte(body), &page))
	if len(page.Items) != 1 || page.Items[0].ID != ids[1] {
		t.Errorf("the second page is %s", body)
	}

	for _, bad := range []string{"cursor=x", "cursor=IiI", "limit=0", "x=1"} {
		if status, body := w.call("GET", "/api/mappings?"+bad, "", nil); status != 422 {
			t.Errorf("%s: got %d %s", bad, status, body)
		}
	}

	for _, want := range []int{204, 404} {
		if status, body := w.call("DELETE", "/api/mappings/"+ids[0], "", nil); status != want {
			t.Errorf("got %d %s", status, body)
		}
	}
	if status, _ := w.call("DELETE", "/api/mappings/j1", "", nil); status != 404 {
		t.Errorf("what is no header: got %d", status)
	}
}
