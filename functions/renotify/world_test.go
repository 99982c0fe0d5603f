package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
)

// noon is when the clock begins.
var noon = wiretest.Noon

const jobID = "j1"

// world is a processed job.
type world struct {
	*wiretest.Twin
	handler
	account string // what SES says of it
	calls   int    // how often SES was asked
	// callTime is how long a call of a table takes, by the twin's clock.
	callTime time.Duration
}

// slow lets the time of a call pass.
type slow struct{ *world }

func (s slow) RoundTrip(request *http.Request) (*http.Response, error) {
	s.Pass(s.callTime)
	return http.DefaultTransport.RoundTrip(request)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Twin: wiretest.New(t, "renotify", nil)}
	w.account = `{"ProductionAccessEnabled":true,"SendingEnabled":true,` +
		`"SendQuota":{"Max24HourSend":50000,"SentLast24Hours":0,"MaxSendRate":10}}`
	w.Serve("sesv2", http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		w.calls++
		io.WriteString(answer, w.account)
	}))
	w.Transports["dynamodb"] = slow{w}
	w.handler = newHandler(w.Wire)
	w.routes = w.handlers() // without the guard, which has tests of its own
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:           jobID,
		Status:       job.Processed,
		Devices:      []string{"Work Email", "SMS Phone"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
		Notify:       job.Pending,
		Rows:         &job.Rows{},
		Tally:        &job.Tally{},
	}))
	return w
}

// add makes users who are members of the job.
func (w *world) add(names ...string) {
	w.T.Helper()

	var members []member.Member
	for i, name := range names {
		p := user.Profile{
			ID:       "id-" + name,
			Key:      name,
			Username: strings.ToUpper(name),
			Fields:   map[string]string{"Work Email": name + "@example.com"},
		}
		w.Must(w.Directory.Write(w.T.Context(), p, nil, "j1#"+name))
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

	w.Must(w.members.PutMany(w.T.Context(), members))
}

func (w *world) setPassword(names ...string) {
	w.T.Helper()

	for _, name := range names {
		w.Must(w.Credentials.Table.Put(
			w.T.Context(),
			credential.Credential{UserID: "id-" + name, Generation: "g"},
			"",
			nil,
		))
	}
}

// batched makes the notification's batches of the users named, as walk does.
func (w *world) batched(number int, names ...string) {
	w.T.Helper()
	n := w.number(number)
	for shard := range n.Parts() {
		var users []string
		for _, name := range names {
			if user.ShardOf(name) == shard {
				users = append(users, name)
			}
		}

		ctx := w.T.Context()
		if len(users) > 0 {
			cut := notification.Cut{Usernames: users, End: true}
			ref := notification.BatchRef{JobID: jobID, Number: number, Shard: shard}
			_, err := w.notifications.PutBatch(ctx, ref, cut)
			w.Must(err)
		}
		w.Must(w.notifications.Walked(ctx, jobID, number, shard, min(len(users), 1)))
		w.settle(n, shard)
	}
}

// settle ends a shard, and with the last one the notification.
func (w *world) settle(n notification.Notification, shard int) {
	w.T.Helper()
	sum, last, err := w.notifications.SettleShard(w.T.Context(), n, shard)
	w.Must(err)
	if last {
		w.Must(w.notifications.End(w.T.Context(), n, sum, w.Time()))
	}
}

// send has the notification sent to the users named, as walk and deliver do.
func (w *world) send(number int, names ...string) {
	w.T.Helper()
	w.batched(number, names...)

	ctx := w.T.Context()
	for shard := range w.number(number).Parts() {
		ref := notification.BatchRef{JobID: jobID, Number: number, Shard: shard}
		held := lease.Lease{Owner: "test", Until: w.Time().Add(time.Minute)}
		batch, err := w.notifications.Claim(ctx, ref, held, w.Time())
		if batch.Done || errors.Is(err, store.ErrNotFound) {
			continue
		}
		w.Must(err)

		users := len(batch.Open)
		counts := notification.Counts{Audience: users, Sent: users}
		w.Must(w.notifications.FinishBatch(ctx, ref, held, counts))
		w.settle(w.number(number), shard)
	}
}

func (w *world) number(n int) notification.Notification {
	w.T.Helper()
	found, err := w.notifications.Get(w.T.Context(), jobID, n)
	w.Must(err)

	return found
}

func (w *world) job() job.Job {
	w.T.Helper()
	j, err := w.jobs.Get(w.T.Context(), jobID)
	w.Must(err)

	return j
}

type fields map[string]any

// call asks the handler, and checks the answer against the contract.
func (w *world) call(method, path string, body fields, header map[string]string) (int, string) {
	w.T.Helper()

	path, query, _ := strings.Cut(path, "?")
	event := api.Event{
		RawPath:        path,
		Headers:        map[string]string{"content-type": "application/json"},
		PathParameters: map[string]string{"id": jobID},
	}
	maps.Copy(event.Headers, header)

	if body != nil {
		encoded, err := json.Marshal(body)
		w.Must(err)

		event.Body = string(encoded)
	}

	given, err := url.ParseQuery(query)
	w.Must(err)
	if len(given) > 0 {
		event.QueryStringParameters = map[string]string{}
		for name := range given {
			event.QueryStringParameters[name] = given.Get(name)
		}
	}

	parts := strings.Split(path, "/")

	parts[3] = "{id}"
	if len(parts) > 5 && parts[5] != "preview" && parts[5] != "test" {
		event.PathParameters["n"], parts[5] = parts[5], "{n}"
	}

	event.RouteKey, event.RequestContext.HTTP.Method = method+" "+strings.Join(parts, "/"), method
	answered, err := w.handle(w.T.Context(), invocation{Event: event})
	w.Must(err)

	answer := answered.(api.Response)
	openapitest.Check(w.T, method, path, answer.StatusCode, []byte(answer.Body))

	return answer.StatusCode, answer.Body
}

const notifications = "/api/jobs/j1/notifications"

// accepted wants a call to be.
func (w *world) accepted(status int, answer string) {
	w.T.Helper()

	if status != http.StatusAccepted {
		w.T.Fatalf("got %d, %s", status, answer)
	}
}
