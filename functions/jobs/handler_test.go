package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/store"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

type world struct {
	*wiretest.Twin
	handler
}

func newWorld(t testing.TB) *world {
	t.Helper()
	twin := wiretest.New(t, "jobs", map[string]string{
		"DEVICES": "Work Email,SMS Phone,Work Phone",
	})
	return &world{Twin: twin, handler: newHandler(twin.Wire)}
}

// add makes a job at a status, whose first notification is to be made yet.
func (w *world) add(id string, status job.Status) {
	w.T.Helper()

	j := job.Job{
		ID:           id,
		Name:         "Staff " + id,
		Status:       status,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
		Mode:         job.Manual,
	}
	if status != job.AwaitingFile && status != job.Validating && status != job.Rejected {
		j.Rows = &job.Rows{Total: 3, Valid: 2, Invalid: 1}
	}

	if j.Finished() {
		j.Tally = &job.Tally{}
	}

	w.Must(w.jobs.Create(w.T.Context(), j))
}

// call asks the handler, without the guard, and checks the answer against the contract.
func (w *world) call(method, path, body string, header map[string]string) (int, string) {
	w.T.Helper()

	path, query, _ := strings.Cut(path, "?")
	event := api.Event{
		RawPath:               path,
		Body:                  body,
		Headers:               map[string]string{"content-type": "application/json"},
		PathParameters:        map[string]string{},
		QueryStringParameters: map[string]string{},
	}
	maps.Copy(event.Headers, header)

	given, err := url.ParseQuery(query)
	w.Must(err)

	for name, values := range given {
		event.QueryStringParameters[name] = values[0]
	}

	parts := strings.Split(path, "/")
	if len(parts) > 3 && parts[2] == "jobs" {
		event.PathParameters["id"], parts[3] = parts[3], "{id}"
	}
	if len(parts) > 3 && parts[2] == "mappings" {
		event.PathParameters["mapping"], parts[3] = parts[3], "{mapping}"
	}

	event.RouteKey, event.RequestContext.HTTP.Method = method+" "+strings.Join(parts, "/"), method
	answer, err := w.handlers().Serve(w.T.Context(), event)
	w.Must(err)
	openapitest.Check(w.T, method, path, answer.StatusCode, []byte(answer.Body))

	return answer.StatusCode, answer.Body
}

func TestCreate(t *testing.T) {
	for _, test := range []struct {
		name, body string
		status     int
		has        string
	}{
		{
			name:   "nothing is the defaults",
			body:   `{}`,
			status: 201,
			has: `"name":"User Upload 2100-03-01 12:00:00",` +
				`"file_name":"users.csv","status":"awaiting_file"`,
		},
		{
			name: "all of it",
			body: `{"name":"Staff","file_name":"C:\\dir\\a.TXT","process":"auto",` +
				`"devices":["SMS Phone"],"link_lifetime":"24h","notify":"pending",` +
				`"report_to":"a@example.com","encoding":"windows-1252","separator":"semicolon"}`,
			status: 201,
			has:    `"file_name":"a.TXT"`,
		},
		{
			name: "null is the default",
			body: `{"process":null,"link_lifetime":null,"notify":null,"report_to":null,` +
				`"encoding":null,"separator":null}`,
			status: 201,
			has:    `"link_lifetime":"72h"`,
		},
		{"a spreadsheet", `{"file_name":"a.XLSX"}`, 201, `"file_name":"a.XLSX"`},
		{"a spreadsheet of before 2007", `{"file_name":"a.xls"}`, 422, `"field":"file_name"`},
		{"a file's name with a line break", `{"file_name":"a\n.csv"}`, 422, `"field":"file_name"`},
		{"a device that can't be sent to", `{"devices":["Work Phone"]}`, 422, `"field":"devices"`},
		{"no device", `{"devices":[]}`, 422, `"field":"devices"`},
		{"a lifetime that is too long", `{"link_lifetime":"721h"}`, 422, `"field":"link_lifetime"`},
		{"an audience that there isn't", `{"notify":"named"}`, 422, `"field":"notify"`},
		{"an empty audience", `{"notify":""}`, 422, `"field":"notify"`},
		{"an empty way to process", `{"process":""}`, 422, `"field":"process"`},
		{"an empty lifetime", `{"link_lifetime":""}`, 422, `"field":"link_lifetime"`},
		{"an empty address", `{"report_to":""}`, 422, `"field":"report_to"`},
		{"an unknown encoding", `{"encoding":"ansi"}`, 422, `"field":"encoding"`},
		{"an empty encoding", `{"encoding":""}`, 422, `"field":"encoding"`},
		{"an unknown separator", `{"separator":"pipe"}`, 422, `"field":"separator"`},
		{"an empty separator", `{"separator":""}`, 422, `"field":"separator"`},
		{"a tab by its character", `{"separator":"\t"}`, 201, `"status":"awaiting_file"`},
		{"columns to map", `{"mapping":{"Nick ":"Site","x":null}}`, 201, "awaiting"},
		{"no columns", `{"mapping":null}`, 201, "awaiting"},
		{"a column that we haven't", `{"mapping":{"x":"Shoe"}}`, 422, `"field":"mapping.x"`},
		{"a column that nothing is read from", `{"mapping":{"x":"UUID"}}`, 422, `"mapping.x"`},
		{"two columns onto one", `{"mapping":{"x":"Site","y":"site"}}`, 422, `"field":"mapping.y"`},
		{"a column that is named twice", `{"mapping":{"x":"Site","X":null}}`, 422, `"mapping.x"`},
		{"a column without a name", `{"mapping":{" ":"Site"}}`, 422, `"field":"mapping. "`},
		{"a column that becomes a number", `{"mapping":{"x":7}}`, 422, `"field":"mapping`},
		{"a field of another type", `{"name":7}`, 422, `"field":"name"`},
		{"an unknown field", `{"nam":"x"}`, 422, `"field":"nam"`},
		{"no JSON", `{`, 400, `invalid_json`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)

			status, answer := w.call("POST", "/api/jobs", test.body, nil)
			if status != test.status || !strings.Contains(answer, test.has) {
				t.Errorf("got %d, %s", status, answer)
			}

			made, _, err := w.jobs.List(t.Context(), 10, "")
			if err != nil || (len(made) == 1) != (test.status == 201) {
				t.Errorf("%d jobs, %v", len(made), err)
			}
		})
	}
}

func TestTheSameCreationTwiceMakesOneJob(t *testing.T) {
	w := newWorld(t)
	key := map[string]string{"idempotency-key": "k"}

	var ids []string
	for range 2 {
		status, answer := w.call("POST", "/api/jobs", `{"name":"Staff"}`, key)

		var made struct{ Job struct{ ID string } }
		w.Must(json.Unmarshal([]byte(answer), &made))
		ids = append(ids, fmt.Sprint(status, made.Job.ID))
		w.Pass(time.Hour)
	}

	if status, _ := w.call("POST", "/api/jobs", `{"name":"Others"}`, key); status != 422 {
		t.Errorf("another body answers %d", status)
	}

	made, _, err := w.jobs.List(t.Context(), 10, "")
	if err != nil || len(made) != 1 || ids[0] != ids[1] {
		t.Errorf("got %v, %d jobs, %v", ids, len(made), err)
	}
}

func TestProcess(t *testing.T) {
	for _, test := range []struct {
		status, want job.Status
		code, starts int
	}{
		{job.AwaitingFile, job.AwaitingFile, 409, 0},
		{job.Validating, job.Validating, 409, 0},
		{job.Rejected, job.Rejected, 409, 0},
		{job.Validated, job.Processing, 202, 1},
		// Should the call before have died before it asked.
		{job.Processing, job.Processing, 202, 1},
		{job.Processed, job.Processed, 202, 0},
		{job.Failed, job.Processing, 202, 1},
	} {
		t.Run(string(test.status), func(t *testing.T) {
			w := newWorld(t)
			w.add("j1", test.status)
			code, answer := w.call("POST", "/api/jobs/j1/process", "", nil)

			after, err := w.jobs.Get(t.Context(), "j1")
			if code != test.code || err != nil || after.Status != test.want {
				t.Errorf("got %d, %s; it is %s, %v", code, answer, after.Status, err)
			}

			want := slices.Repeat([]work.Message{work.StartJob{JobID: "j1"}}, test.starts)
			for _, gap := range []time.Duration{0, startGap} {
				w.Pass(gap)
				for range 2 { // a repeated call multiplies nothing
					w.call("POST", "/api/jobs/j1/process", "", nil)
				}
				if starts := w.Received(work.Rows); !slices.Equal(starts, want) {
					t.Errorf("after %s its starts are %+v", gap, starts)
				}
			}
		})
	}
}

func TestTheRowsInErrorAreKnownAfterValidation(t *testing.T) {
	w := newWorld(t)
	for status, want := range map[job.Status]string{
		job.AwaitingFile: "job_not_validated",
		job.Validating:   "job_not_validated",
		job.Rejected:     "not_found",
	} {
		w.add(string(status), status)

		_, answer := w.call("GET", "/api/jobs/"+string(status)+"/files/errors", "", nil)
		if !strings.Contains(answer, `"code":"`+want+`"`) {
			t.Errorf("%s: got %s", status, answer)
		}
	}
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	w.add("busy", job.Processing)
	w.add("sending", job.Processed)
	_, err := w.notifications.Create(
		t.Context(),
		notification.Notification{JobID: "sending", ID: "a"},
		nil,
	)
	w.Must(err)
	w.add("idle", job.Processed)

	for _, step := range []struct {
		id   string
		want int
	}{{"busy", 409}, {"sending", 409}, {"idle", 204}, {"idle", 404}, {"nobody", 404}} {
		if status, answer := w.call("DELETE", "/api/jobs/"+step.id, "", nil); status != step.want {
			t.Errorf("%s: got %d, %s", step.id, status, answer)
		}
	}

	want := []work.EraseJob{{JobID: "idle"}}
	if steps := wiretest.Received[work.EraseJob](w.Twin); !slices.Equal(steps, want) {
		t.Errorf("%+v are asked for, want %+v", steps, want)
	}

	for _, path := range []string{
		"",
		"/errors",
		"/changes",
		"/members",
		"/files/errors",
		"/files/members",
	} {
		if status, _ := w.call("GET", "/api/jobs/idle"+path, "", nil); status != 404 {
			t.Errorf("%s: got %d", path, status)
		}
	}
}

func TestAJobWhoseMessagesAreLostCanBeDeleted(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"lost", "alive"} {
		w.add(id, job.Validated)
		_, err := w.jobs.Start(t.Context(), id, noon)
		w.Must(err)
	}

	w.Set(noon.Add(2 * time.Hour))
	for id, until := range map[string]time.Time{"lost": noon, "alive": w.Time().Add(time.Minute)} {
		held := lease.Lease{Owner: "process", Until: until}
		_, err := w.jobs.ClaimChunk(t.Context(), job.Job{ID: id, Round: 1}, 0, held, noon)
		w.Must(err)
	}
	for id, want := range map[string]int{"lost": 204, "alive": 409} {
		if status, answer := w.call("DELETE", "/api/jobs/"+id, "", nil); status != want {
			t.Errorf("%s: got %d, %s", id, status, answer)
		}
	}
}

func TestListsPageToTheirEnd(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.add(fmt.Sprint("j", i), job.Validated)
	}

	w.add("full", job.Processed)

	var members []member.Member
	for i := range 60 {
		name := fmt.Sprint("user", i)
		members = append(members, member.Member{
			Key:      name,
			JobID:    "full",
			Username: name,
			Row:      i + 2,
			UserID:   "id-" + name,
			Outcome:  member.Added,
			State:    member.StatePending,
		})
	}

	w.Must(w.members.PutMany(t.Context(), members))
	w.Must(w.jobs.Table.Update(
		t.Context(),
		store.Key{"job": "full", "item": "job"},
		store.Update{Set: "issues = :two", Values: store.Values{":two": 2}},
		nil,
	))

	for part := range 2 {
		issues := `[{"row":2,"column":"User","level":"error",` +
			`"code":"required","message":"m","value":null}]`
		w.Must(w.bucket.Write(
			t.Context(),
			object.Issues("full", part),
			"application/json",
			[]byte(issues),
		))
	}

	for path, want := range map[string]int{
		"/api/jobs":              6,
		"/api/jobs/full/members": 60,
		"/api/jobs/full/errors":  2,
	} {
		got, cursor := 0, ""
		for pages := 0; ; pages++ {
			if pages > 200 {
				t.Fatalf("%s doesn't end", path)
			}

			status, answer := w.call("GET", path+cursor, "", nil)

			var page struct {
				Items []json.RawMessage
				Next  *string `json:"next_cursor"`
			}
			w.Must(json.Unmarshal([]byte(answer), &page))

			if status != 200 {
				t.Fatalf("%s: got %d, %s", path, status, answer)
			}

			if got += len(page.Items); page.Next == nil {
				break
			}

			cursor = "?cursor=" + *page.Next
		}

		if got != want {
			t.Errorf("%s has %d items, want %d", path, got, want)
		}
	}
}

func TestCursorsAndQueriesThatAreMadeUpAreRefused(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)

	encode := func(text string) string {
		return "cursor=" + base64.RawURLEncoding.EncodeToString([]byte(text))
	}
	for path, queries := range map[string][]string{
		"/api/jobs": {
			"cursor=hello",
			encode(`"x"`),
			encode(`"#j1"`),
			encode(`{"s":1}`),
			encode(`7`),
			encode(`"000000000000000#"`),
			"limit=0", "limit=201", "limit=x", "status=done", "page=2",
		},
		"/api/jobs/j1/members": {
			"cursor=hello",
			encode(`{"s":16}`),
			encode(`{"s":-1}`),
			encode(`{"s":"1"}`),
			encode(`{"s":1,"a":"` + strings.Repeat("x", 1001) + `"}`),
			encode(`{"p":1}`),
			"limit=0", "state=asleep", "audience=named", "x=y", "q=" + strings.Repeat("x", 1001),
		},
		"/api/jobs/j1/errors": {
			"cursor=hello",
			encode(`{"p":-1}`),
			encode(`{"p":1}`),
			encode(`{"i":-1}`),
			encode(`{"p":9223372036854775807}`),
			"level=bad",
			"limit=1.5",
		},
		"/api/jobs/j1/files/members": {"state=asleep", "x=y"},
		"/api/jobs/j1/files/errors":  {"state=active"},
		"/api/jobs/j1":               {"x=y"},
		"/api/template.csv":          {"x=y"},
		"/api/jobs/j1/changes": {
			"cursor=hello",
			encode(`{"r":-1}`),
			encode(`{"s":1}`),
			encode(`"x"`),
			"operation=process",
			"limit=0",
			"x=y",
		},
	} {
		for _, query := range queries {
			t.Run(path+"?"+query[:min(len(query), 40)], func(t *testing.T) {
				if status, answer := w.call("GET", path+"?"+query, "", nil); status != 422 {
					t.Errorf("got %d, %s", status, answer)
				}
			})
		}
	}

	t.Run("a place that nobody is at is the end", func(t *testing.T) {
		for _, query := range []string{encode(`{"s":15,"a":"zzz"}`), encode(`{"s":3}`)} {
			status, answer := w.call("GET", "/api/jobs/j1/members?"+query, "", nil)
			if status != 200 || !strings.Contains(answer, `"next_cursor":null`) {
				t.Errorf("got %d, %s", status, answer)
			}
		}
	})
}

func TestTheFileOfMembersIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)

	const path = "/api/jobs/j1/files/members"
	for range 3 {
		if status, _ := w.call("GET", path, "", nil); status != 202 {
			t.Fatalf("got %d", status)
		}
	}

	want := []work.Message{work.ExportMembers{JobID: "j1"}}
	if asked := w.Received(work.Background); !slices.Equal(asked, want) {
		t.Errorf("what was asked for is %+v", asked)
	}

	// However long it takes: an export that is under way isn't begun again.
	held := lease.Lease{Owner: "walk", Until: noon.Add(2 * exportAge)}
	_, err := w.jobs.ClaimExport(t.Context(), "j1", "", held, noon)
	w.Must(err)
	w.Set(held.Until)
	if status, _ := w.call("GET", path, "", nil); status != 202 {
		t.Fatalf("got %d", status)
	}
	if asked := w.Received(work.Background); len(asked) != 0 {
		t.Errorf("while it is made, what is asked for is %+v", asked)
	}

	done := job.Export{DoneAt: clock.Of(w.Time())}
	w.Must(w.jobs.SaveExport(t.Context(), "j1", "", done, held))

	status, answer := w.call("GET", path, "", nil)
	if status != 200 || !strings.Contains(answer, "members.csv") {
		t.Errorf("got %d, %s", status, answer)
	}

	w.Pass(exportAge)
	if status, _ := w.call("GET", path, "", nil); status != 202 {
		t.Errorf("when it is old: got %d", status)
	}
}

func TestAJobWhoseNotificationIsNotOverIsNotDeleted(t *testing.T) {
	for status, want := range map[notification.Status]string{
		notification.Preparing: "being processed or sent",
		notification.Sending:   "being processed or sent",
		notification.Paused:    "Cancel it first",
		notification.Sent:      "",
		notification.Cancelled: "",
	} {
		t.Run(string(status), func(t *testing.T) {
			w := newWorld(t)
			w.add("j1", job.Processed)
			w.Must(w.jobs.Table.Update(
				t.Context(),
				store.Key{"job": "j1", "item": "job"},
				store.Update{Set: "notifications = :one", Values: store.Values{":one": 1}},
				nil,
			))
			w.Must(w.notifications.Table.Put(
				t.Context(),
				notification.Notification{
					JobID:  "j1",
					Item:   "notification#000001",
					Number: 1,
					Status: status,
				},
				"",
				nil,
			))

			code, answer := w.call("DELETE", "/api/jobs/j1", "", nil)
			if deleted := want == ""; deleted != (code == 204) ||
				!deleted && (code != 409 || !strings.Contains(answer, want)) {
				t.Errorf("got %d, %s", code, answer)
			}
		})
	}
}
