package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/text/language"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/enginetest"
	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/audience"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/walk"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

const jobID = "j1"

// world is a processed job.
type world struct {
	handler
	t       testing.TB
	clock   time.Time
	queues  *sqs.Client
	account string // what SES says of it
	calls   int    // how often SES was asked
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, name := enginetest.Tables(t)
	queues, url := enginetest.Queues(t)
	files, bucket := enginetest.Bucket(t)
	table := func(of string) store.Table { return store.Table{DB: db, Name: name(of)} }
	cfg := engine.Config()
	cfg.BaseEndpoint = files.Options().BaseEndpoint

	rules, err := reach.Settings{
		Devices:  []string{"Work Email", "Home Email", "SMS Phone", "Work Phone"},
		Language: "English",
		TimeZone: "UTC",
	}.Rules()
	if err != nil {
		t.Fatal(err)
	}

	w := &world{t: t, clock: noon, queues: queues}
	w.handler = handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: table("directory")},
			Credentials: credential.Store{Table: table("credentials")},
			Tokens:      token.Store{Table: table("tokens")},
			Deliveries:  delivery.Store{Table: table("deliveries")},
		},
		jobs:          job.Store{Table: table("jobs")},
		notifications: notification.Store{Table: table("jobs")},
		answers:       idempotency.Store{Table: table("jobs")},
		members:       member.Store{Table: table("members")},
		walk:          queue.Queue{Client: queues, URL: url("walk")},
		bulk:          queue.Queue{Client: queues, URL: url("bulk")},
		bucket:        object.New(cfg, bucket),
		message:       message.Settings{Company: "Northwind", Language: language.English},
		addresses:     address.Store{Table: table("addresses")},
		urgent:        queue.Queue{Client: queues, URL: url("urgent")},
		reach:         rules,
		baseURL:       "https://example.test",
		minimum:       10 * time.Minute,
		maximum:       720 * time.Hour,
		now:           func() time.Time { return w.clock },
	}
	ses := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		w.calls++
		io.WriteString(answer, w.account)
	}))
	t.Cleanup(ses.Close)

	w.account = `{"ProductionAccessEnabled":true,"SendingEnabled":true,` +
		`"SendQuota":{"Max24HourSend":50000,"SentLast24Hours":0,"MaxSendRate":10}}`
	w.ses = engine.SESClient(ses.URL)
	w.reports = report.Reports{Urgent: w.urgent, Now: func() time.Time { return w.clock }}
	w.notifications.Ends = w.reports.Ends(w.jobs)
	w.routes = w.handlers() // without the guard, which has tests of its own
	w.must(w.jobs.Create(t.Context(), job.Job{
		ID:           jobID,
		Status:       job.Processed,
		Devices:      []string{"Work Email", "SMS Phone"},
		LinkLifetime: 3600,
		CreatedAt:    noon.UnixMilli(),
		Notify:       job.Pending,
		Rows:         &job.Rows{},
		Tally:        &job.Tally{},
	}))

	return w
}

func (w *world) must(err error) {
	w.t.Helper()

	if err != nil {
		w.t.Fatal(err)
	}
}

// add makes users who are members of the job.
func (w *world) add(names ...string) {
	w.t.Helper()

	var members []member.Member
	for i, name := range names {
		p := user.Profile{
			ID:       "id-" + name,
			Key:      name,
			Username: strings.ToUpper(name),
			Fields:   map[string]string{"Work Email": name + "@example.com"},
		}
		w.must(w.Directory.Write(w.t.Context(), p, nil, "j1#"+name))
		members = append(members, member.Member{
			Key:      name,
			JobID:    jobID,
			Username: p.Username,
			Row:      i + 2,
			UserID:   p.ID,
			Outcome:  member.Added,
			State:    member.StatePending,
		})
	}

	w.must(w.members.PutMany(w.t.Context(), members))
}

// inShard gives n names of one shard.
func inShard(shard, n int) []string {
	var names []string
	for i := 0; len(names) < n; i++ {
		if name := fmt.Sprintf("user%06d", i); member.ShardOf(name) == shard {
			names = append(names, name)
		}
	}

	return names
}

func (w *world) setPassword(names ...string) {
	w.t.Helper()

	for _, name := range names {
		w.must(w.Credentials.Table.Put(
			w.t.Context(),
			credential.Credential{UserID: "id-" + name, Generation: "g"},
			"",
			nil,
		))
	}
}

func received[T any](w *world, q queue.Queue) []T {
	w.t.Helper()

	var all []T
	for {
		got, err := w.queues.ReceiveMessage(
			w.t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: 10},
		)
		w.must(err)

		if len(got.Messages) == 0 {
			return all
		}

		for _, m := range got.Messages {
			var one T
			w.must(json.Unmarshal([]byte(*m.Body), &one))
			all = append(all, one)
		}
	}
}

// steps takes the walk's steps until there are none.
func (w *world) walkAll() {
	w.t.Helper()

	for {
		steps := received[walk.Step](w, w.walk)
		if len(steps) == 0 {
			return
		}

		for _, step := range steps {
			w.must(w.step(w.t.Context(), step))
		}
	}
}

// batches gives the users of each batch that was made, and of which deliver was told, by
// its name; and how often it was told of each.
func (w *world) batches() (users map[string]string, told map[string]int) {
	w.t.Helper()

	users, told = map[string]string{}, map[string]int{}
	for _, m := range received[notification.BatchMessage](w, w.bulk) {
		name := fmt.Sprintf("%d/%d/%d", m.Number, m.Shard, m.Seq)
		told[name]++
		names, done, err := w.notifications.Claim(
			w.t.Context(),
			m.JobID,
			m.Number,
			m.Shard,
			m.Seq,
			"test",
			w.clock,
			w.clock,
		)
		w.must(err)

		if !done {
			users[name] = strings.Join(names, " ")
		}
	}

	return users, told
}

// finish has all batches of a notification done.
func (w *world) finish() {
	w.t.Helper()

	users, _ := w.batches()
	for name, list := range users {
		var number, shard, seq int

		_, err := fmt.Sscanf(name, "%d/%d/%d", &number, &shard, &seq)
		w.must(err)

		n := len(strings.Fields(list))
		w.must(w.notifications.FinishBatch(
			w.t.Context(),
			jobID,
			number,
			shard,
			seq,
			"test",
			notification.Counts{Audience: n, Sent: n},
		))
		w.must(w.notifications.Settle(w.t.Context(), w.number(number), shard, w.clock))
	}
}

func (w *world) number(n int) notification.Notification {
	w.t.Helper()
	found, err := w.notifications.Get(w.t.Context(), jobID, n)
	w.must(err)

	return found
}

func (w *world) job() job.Job {
	w.t.Helper()
	j, err := w.jobs.Get(w.t.Context(), jobID)
	w.must(err)

	return j
}

type fields map[string]any

// call asks the handler, and checks the answer against the contract.
func (w *world) call(method, path string, body fields, header map[string]string) (int, string) {
	w.t.Helper()

	path, query, _ := strings.Cut(path, "?")
	event := api.Event{
		RawPath:        path,
		Headers:        map[string]string{"content-type": "application/json"},
		PathParameters: map[string]string{"id": jobID},
	}
	maps.Copy(event.Headers, header)

	if body != nil {
		encoded, err := json.Marshal(body)
		w.must(err)

		event.Body = string(encoded)
	}

	if name, value, ok := strings.Cut(query, "="); ok {
		event.QueryStringParameters = map[string]string{name: value}
	}

	parts := strings.Split(path, "/")

	parts[3] = "{id}"
	if len(parts) > 5 && parts[5] != "preview" && parts[5] != "test" {
		event.PathParameters["n"], parts[5] = parts[5], "{n}"
	}

	event.RouteKey, event.RequestContext.HTTP.Method = method+" "+strings.Join(parts, "/"), method
	encoded, err := json.Marshal(event)
	w.must(err)
	answered, err := w.handle(w.t.Context(), encoded)
	w.must(err)

	answer := answered.(api.Response)
	openapitest.Check(w.t, method, path, answer.StatusCode, []byte(answer.Body))

	return answer.StatusCode, answer.Body
}

const notifications = "/api/jobs/j1/notifications"

// must2 wants a call to be accepted.
func (w *world) must2(status int, answer string) {
	w.t.Helper()

	if status != http.StatusAccepted {
		w.t.Fatalf("got %d, %s", status, answer)
	}
}
