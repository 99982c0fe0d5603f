package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
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

func TestAWalkThatIsDoneTwiceMakesTheSameBatches(t *testing.T) {
	w := newWorld(t)
	names := inShard(3, 250)
	w.add(names...)
	n, err := w.begin(
		t.Context(),
		notification.Notification{JobID: jobID, ID: "n1", Audience: job.Pending, BuiltIn: true},
		nil,
	)
	w.must(err)

	step := walk.Step{Kind: walk.Batch, JobID: jobID, Number: n.Number, Shard: 3}
	w.must(w.step(t.Context(), step))
	first, _ := w.batches()
	// Between the two, some of each batch have set a password, and somebody has come who
	// would be in the first.
	w.setPassword(names[0], names[120], names[249])
	w.add(strings.Replace(names[50], "user", "user0", 1))
	w.must(w.step(t.Context(), step))

	second, told := w.batches()
	if len(first) != 3 || !maps.Equal(first, second) {
		t.Errorf(
			"got %d batches, then %d: the same is %t",
			len(first),
			len(second),
			maps.Equal(first, second),
		)
	}

	for name, times := range told {
		if times != 1 {
			t.Errorf("the second walk tells of %s %d times", name, times)
		}
	}

	var all []string
	for seq := range 3 {
		all = append(all, strings.Fields(first[fmt.Sprint("1/3/", seq)])...)
	}

	if !slices.Equal(all, names) {
		t.Errorf("%d users are in batches, want %d", len(all), len(names))
	}
}

// The walk died when it had made the last batch and not told deliver yet; then all its
// users became active.
func TestABatchThatWasMadeAndNotToldOfIsToldOfThoughNobodyIsLeftInIt(t *testing.T) {
	w := newWorld(t)
	names := inShard(3, 2)
	w.add(names...)
	n, err := w.begin(
		t.Context(),
		notification.Notification{JobID: jobID, ID: "n1", Audience: job.Pending, BuiltIn: true},
		nil,
	)
	w.must(err)
	_, err = w.notifications.PutBatch(
		t.Context(),
		jobID,
		n.Number,
		3,
		0,
		notification.Cut{Usernames: names, Next: names[1], End: true},
	)
	w.must(err)
	w.setPassword(names...)
	w.walkAll()
	w.finish()

	if got := w.number(1); got.Status != notification.Sent || got.Counts.Audience != 2 {
		t.Errorf("it is %s, with %+v", got.Status, got.Counts)
	}
}

func TestEveryAudienceIsWalkedWhole(t *testing.T) {
	w := newWorld(t)

	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("user%d", i))
	}

	w.add(names...)
	w.setPassword(names[:20]...)

	for _, name := range names[20:30] { // expired
		w.must(w.Tokens.Replace(t.Context(), token.Link{
			UserID: "id-" + name,
			Kind:   token.Invite,
			Sent:   token.Sent{Hash: "h", ExpiresAt: noon.UnixMilli()},
		}, nil))
	}

	for i, name := range names[30:40] { // reached, but for the first half
		state := delivery.Bounced
		if i >= 5 {
			state = delivery.Sent
		}

		w.must(w.Deliveries.PutMany(t.Context(), []delivery.Delivery{
			{
				UserID:       "id-" + name,
				Notification: delivery.Name(jobID, 1),
				Key:          name,
				State:        state,
				At:           noon.UnixMilli(),
			},
		}))
	}

	for _, test := range []struct {
		name string
		body fields
		want int
	}{
		{"pending is the default", fields{}, 40},
		{"everyone", fields{"audience": "everyone"}, 60},
		{"expired", fields{"audience": "expired"}, 10},
		{"unreached", fields{"audience": "unreached"}, 35},
		{
			name: "named, however they are written, each once",
			body: fields{"usernames": []string{"user0", "USER0", "User59 "}},
			want: 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.call("POST", notifications, test.body, nil)
			if status != 202 {
				t.Fatalf("got %d, %s", status, answer)
			}

			w.walkAll()
			w.finish()

			n := w.number(w.job().Notifications)
			if n.Status != notification.Sent || n.Counts.Audience != test.want ||
				n.Counts.Sent != test.want {
				t.Errorf("it is %s, with %+v", n.Status, n.Counts)
			}
		})
	}
}

func TestAnAudienceOfNobodyIsSentAtOnce(t *testing.T) {
	w := newWorld(t)
	w.must2(w.call("POST", notifications, fields{}, nil))
	w.walkAll()

	if n := w.number(1); n.Status != notification.Sent || n.FinishedAt == 0 {
		t.Errorf("it is %s", n.Status)
	}
}

// must2 wants a call to be accepted.
func (w *world) must2(status int, answer string) {
	w.t.Helper()

	if status != http.StatusAccepted {
		w.t.Fatalf("got %d, %s", status, answer)
	}
}

func TestTheUploadsNotificationIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob")

	asked := walk.Step{Kind: walk.Notify, JobID: jobID}
	w.must(w.step(t.Context(), asked))
	w.must(w.step(t.Context(), asked)) // every worker that sees the job's end asks for it

	if got := w.job().Notifications; got != 1 {
		t.Fatalf("%d notifications", got)
	}

	w.walkAll()
	w.finish()
	w.must(w.step(t.Context(), asked))

	if got := w.job().Notifications; got != 1 {
		t.Fatalf("when it is sent, there are %d", got)
	}

	w.walkAll()
	w.must2(w.call("POST", notifications, fields{}, nil))
	w.walkAll()
	w.finish()
	w.must(w.step(t.Context(), asked)) // a message that comes late

	if got := w.job().Notifications; got != 2 {
		t.Errorf("after the administrator's there are %d", got)
	}
}

func TestOfSeveralStepsOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	_, err := w.begin(
		t.Context(),
		notification.Notification{JobID: jobID, ID: "n1", Audience: job.Pending, BuiltIn: true},
		nil,
	)
	w.must(err)

	body := func(step walk.Step) string {
		encoded, err := json.Marshal(step)
		w.must(err)
		return string(encoded)
	}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{
			MessageId: "good",
			Body: body(
				walk.Step{Kind: walk.Batch, JobID: jobID, Number: 1, Shard: member.ShardOf("ada")},
			),
		},
		{MessageId: "no JSON", Body: "{"},
		{MessageId: "of no kind", Body: body(walk.Step{Kind: "dance", JobID: jobID})},
		{
			MessageId: "no such notification",
			Body:      body(walk.Step{Kind: walk.Batch, JobID: jobID, Number: 9}),
		},
		{MessageId: "of a deleted job", Body: body(walk.Step{Kind: walk.Tally, JobID: "gone"})},
		{MessageId: "good too", Body: body(walk.Step{Kind: walk.Tally, JobID: jobID})},
	}}
	encoded, err := json.Marshal(event)
	w.must(err)
	answer, err := w.handle(t.Context(), encoded)
	w.must(err)

	var failed []string
	for _, failure := range answer.(events.SQSEventResponse).BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}

	if got := strings.Join(failed, ", "); got != "no JSON, of no kind, no such notification" {
		t.Errorf("failed: %s", got)
	}

	if users, _ := w.batches(); len(users) != 1 {
		t.Errorf("batches are %v", users)
	}
}

func TestOneNotificationRunsAtATime(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	key := map[string]string{"idempotency-key": "k"}
	status, first := w.call("POST", notifications, fields{}, key)
	w.must2(status, first)

	status, answer := w.call("POST", notifications, fields{}, nil)
	if status != 409 || !strings.Contains(answer, "notification_running") {
		t.Errorf("a second one: %d, %s", status, answer)
	}

	status, answer = w.call("POST", notifications, fields{}, key)
	if status != 202 || answer != first {
		t.Errorf("the same request again: %d, %s", status, answer)
	}

	status, answer = w.call("POST", notifications, fields{"audience": "everyone"}, key)
	if status != 422 {
		t.Errorf("its key with another body: %d, %s", status, answer)
	}
}

func TestBadNotifications(t *testing.T) {
	w := newWorld(t)
	w.add("ada")

	many := make([]string, notification.MaxNamed+1)
	for i := range many {
		many[i] = "ada"
	}

	for _, test := range []struct {
		name   string
		body   fields
		status int
		has    string
	}{
		{"an audience that there isn't", fields{"audience": "all"}, 422, `"field":"audience"`},
		{"an empty audience", fields{"audience": ""}, 422, `"field":"audience"`},
		{
			name:   "the audience of names without names",
			body:   fields{"audience": "named"},
			status: 422,
			has:    `"field":"audience"`,
		},
		{
			name:   "an audience and names",
			body:   fields{"audience": "pending", "usernames": []string{"ada"}},
			status: 422,
			has:    `"field":"usernames"`,
		},
		{"no names", fields{"usernames": []string{}}, 422, `"field":"usernames"`},
		{"too many names", fields{"usernames": many}, 422, `"field":"usernames"`},
		{
			name:   "names that aren't members",
			body:   fields{"usernames": []string{"ada", "zoe", "yan"}},
			status: 422,
			has:    `no user \"yan\"`,
		},
		{
			name:   "a name that is longer than any",
			body:   fields{"usernames": []string{strings.Repeat("x", 3000)}},
			status: 422,
			has:    `"field":"usernames"`,
		},
		{"an empty name", fields{"usernames": []string{""}}, 422, `"field":"usernames"`},
		{
			name:   "an unknown placeholder",
			body:   fields{"body": "Hello {{name}}\n\n{{link}}"},
			status: 422,
			has:    "invalid_message",
		},
		{"a body without a link", fields{"body": "Hello"}, 422, "invalid_message"},
		{"a link in the subject", fields{"subject": "{{link}}"}, 422, "invalid_message"},
		{
			name:   "a device that isn't the job's",
			body:   fields{"devices": []string{"Home Email"}},
			status: 422,
			has:    `"field":"devices"`,
		},
		{
			name:   "a device twice",
			body:   fields{"devices": []string{"Work Email", "Work Email"}},
			status: 422,
			has:    `"field":"devices"`,
		},
		{"no device", fields{"devices": []string{}}, 422, `"field":"devices"`},
		{
			name:   "a lifetime that is too short",
			body:   fields{"link_lifetime": "9m"},
			status: 422,
			has:    `"field":"link_lifetime"`,
		},
		{
			name:   "a lifetime of another type",
			body:   fields{"link_lifetime": 3600},
			status: 422,
			has:    `"field":"link_lifetime"`,
		},
		{"an unknown field", fields{"text": "x"}, 422, `"field":"text"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.call("POST", notifications, test.body, nil)
			if status != test.status || !strings.Contains(answer, test.has) {
				t.Errorf("got %d, %s", status, answer)
			}

			if got := w.job().Notifications; got != 0 {
				t.Errorf("%d notifications were made", got)
			}
		})
	}
}

func TestCursorsThatAreMadeUpAreRefused(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.must2(w.call("POST", notifications, fields{}, nil))

	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

	part := delivery.Part(jobID, 1, 0)
	for _, path := range []string{notifications, notifications + "/1/deliveries"} {
		for name, cursor := range map[string]string{
			"a text":                   "hello",
			"another list's":           encode(`{"p":1,"i":2}`),
			"a number too large":       encode(`9223372036854775807`),
			"a shard that there isn't": encode(`{"s":16}`),
			"a shard below none":       encode(`{"s":-1}`),
			"another part's place":     encode(`{"s":1,"a":{"part":"` + part + `"}}`),
			"half a place":             encode(`{"s":0,"a":{"part":"` + part + `"}}`),
			"a place with an empty name": encode(`{"s":0,"a":{"part":"` + part +
				`","username":"","user_id":"u","notification":"n"}}`),
			"a place with a name too many": encode(`{"s":0,"a":{"part":"` + part +
				`","username":"a","user_id":"u","notification":"n","x":"y"}}`),
		} {
			t.Run(path+", "+name, func(t *testing.T) {
				status, answer := w.call("GET", path+"?cursor="+cursor, nil, nil)
				if status != 422 || !strings.Contains(answer, "invalid_cursor") {
					t.Errorf("got %d, %s", status, answer)
				}
			})
		}
	}
}

func TestAQueryOfWhatTakesNoneIsRefused(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.must2(w.call("POST", notifications, fields{}, nil))

	for _, path := range []string{notifications + "/1?x=y", "/api/jobs/" + jobID + "/message?x=y"} {
		status, answer := w.call("GET", path, nil, nil)
		if status != 422 || !strings.Contains(answer, `"field":"x"`) {
			t.Errorf("%s: got %d, %s", path, status, answer)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		notifications + "/1",
		notifications + "/0",
		notifications + "/x",
		notifications + "/99999999999999999999/deliveries",
	} {
		status, answer := w.call("GET", path, nil, nil)
		if status != 404 || !strings.Contains(answer, "notification_not_found") {
			t.Errorf("%s: %d, %s", path, status, answer)
		}
	}

	w.must(w.jobs.Delete(t.Context(), jobID, noon))

	status, answer := w.call("POST", notifications, fields{}, nil)
	if status != 404 || !strings.Contains(answer, "job_not_found") {
		t.Errorf("got %d, %s", status, answer)
	}
}

func TestTheClockRejectsJobsWhoseFileNeverCame(t *testing.T) {
	w := newWorld(t)
	for id, until := range map[string]time.Time{"late": noon, "waiting": noon.Add(time.Minute)} {
		w.must(w.jobs.Create(t.Context(), job.Job{
			ID:          id,
			Status:      job.AwaitingFile,
			CreatedAt:   noon.UnixMilli(),
			UploadUntil: until.UnixMilli(),
		}))
	}

	tick := `{"detail-type":"Scheduled Event","source":"aws.events",` +
		`"time":"2100-03-01T12:00:00Z","detail":{}}`
	for range 2 {
		_, err := w.handle(t.Context(), json.RawMessage(tick))
		w.must(err)
	}

	for id, want := range map[string]job.Status{"late": job.Rejected, "waiting": job.AwaitingFile} {
		if j, err := w.jobs.Get(t.Context(), id); err != nil || j.Status != want {
			t.Errorf("%s is %s, %v", id, j.Status, err)
		}
	}
}

func TestEventsOfNoKnownKindAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, event := range []string{`{}`, `[]`, `{"Records":"x"}`, `"text"`} {
		if _, err := w.handle(t.Context(), json.RawMessage(event)); err == nil {
			t.Errorf("%s is taken", event)
		}
	}
}
