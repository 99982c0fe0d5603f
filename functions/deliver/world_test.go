package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/enginetest"
	"latchkey/infra/local/outbox"
	"latchkey/shared/address"
	"latchkey/shared/audience"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/mailbox"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

// faults stands between the carrier and SES. Each function may answer in its place:
// before a message is taken, or after, when it is on its way.
type faults struct {
	mu            sync.Mutex
	before, after func(to string) *http.Response
}

func (f *faults) RoundTrip(r *http.Request) (*http.Response, error) {
	var content []byte
	if r.Body != nil {
		var err error
		if content, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}

		r.Body = io.NopCloser(bytes.NewReader(content))
	}

	var sent struct {
		Destination struct{ ToAddresses []string }
	}
	if json.Unmarshal(content, &sent) != nil || sent.Destination.ToAddresses == nil {
		return http.DefaultTransport.RoundTrip(r)
	}

	ask := func(fault func(to string) *http.Response) *http.Response {
		f.mu.Lock()
		defer f.mu.Unlock()

		if fault == nil {
			return nil
		}
		return fault(sent.Destination.ToAddresses[0])
	}
	if answer := ask(f.before); answer != nil {
		return answer, nil
	}
	// What was begun is finished though its instance dies meanwhile, so that what has
	// left can be counted.
	response, err := http.DefaultTransport.RoundTrip(
		r.WithContext(context.WithoutCancel(r.Context())),
	)
	if err != nil {
		return nil, err
	}

	if answer := ask(f.after); answer != nil {
		response.Body.Close()
		return answer, nil
	}

	return response, nil
}

func refuse(status int, code string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"X-Amzn-Errortype": {code}, "Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(`{"message":"of ada0@example.com"}`)),
	}
}

func throttled(string) *http.Response { return refuse(429, "TooManyRequestsException") }

func quotaUsedUp(string) *http.Response {
	response := refuse(429, "TooManyRequestsException")
	response.Body = io.NopCloser(strings.NewReader(`{"message":"Daily message quota exceeded."}`))
	return response
}

// world is a job with users, and a notification to them.
type world struct {
	handler
	t      testing.TB
	now    time.Time
	queues *sqs.Client
	faults *faults
	emails func() []enginetest.Message
	texts  *outbox.Log
}

const jobID = "j1"

func newWorld(t testing.TB) *world {
	t.Helper()
	db, name := enginetest.Tables(t)
	queues, url := enginetest.Queues(t)
	ses, emails := enginetest.Mail(t)

	texts, err := outbox.NewLog()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { texts.Close() })

	sns := httptest.NewServer(outbox.NewSNS(texts))
	t.Cleanup(sns.Close)

	w := &world{t: t, now: noon, queues: queues, faults: &faults{}, emails: emails, texts: texts}
	table := func(of string) store.Table { return store.Table{DB: db, Name: name(of)} }

	key, err := token.ParseCodeKey(strings.Repeat("k", 32))
	w.must(err)

	rules, err := reach.Settings{
		Devices:  []string{"Work Email", "Home Email", "SMS Phone", "Work Phone"},
		Language: "English",
		TimeZone: "UTC",
	}.Rules()
	w.must(err)

	mail := engine.Config()
	mail.BaseEndpoint = ses.Options().BaseEndpoint
	mail.HTTPClient = &http.Client{Transport: w.faults}

	text := engine.Config()
	text.BaseEndpoint = &sns.URL

	// A throttled call is made again at once.
	sender := carrier.Mail(mail)
	sender = sesv2.New(sender.Options(), func(o *sesv2.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Nanosecond)
	})

	now := func() time.Time { return w.now }
	limits := limit.Store{Table: table("limits")}
	w.handler = handler{
		Judge: audience.Judge{
			Directory:   directory.Store{Table: table("directory")},
			Credentials: credential.Store{Table: table("credentials")},
			Tokens:      token.Store{Table: table("tokens")},
			Deliveries:  delivery.Store{Table: table("deliveries")},
		},
		jobs:          job.Store{Table: table("jobs")},
		notifications: notification.Store{Table: table("jobs")},
		members:       member.Store{Table: table("members")},
		addresses:     address.Store{Table: table("addresses")},
		limits:        limits,
		carrier: carrier.Carrier{
			SES:    sender,
			SNS:    carrier.Text(text),
			Sender: mailbox.Mailbox{Local: "no-reply", Domain: "northwind.test"},
		},
		rate:   &carrier.Rate{SES: sender, Limits: limits, Now: now},
		bulk:   queue.Queue{Client: queues, URL: url("bulk")},
		urgent: queue.Queue{Client: queues, URL: url("urgent")},
		reach:  rules,
		message: message.Settings{
			Company:    "Northwind",
			Language:   rules.Language,
			LinkLength: token.LinkLength("https://example.test"),
		},
		baseURL:       "https://example.test",
		codeKey:       token.KnownCodeKey(key),
		resetLifetime: time.Hour,
		codeLifetime:  10 * time.Minute,
		forgotPerHour: 5,
		renewGap:      5 * time.Minute,
		audit:         audit.Log{Table: table("audit"), Now: now},
		now:           now,
	}

	w.must(w.jobs.Create(t.Context(), job.Job{
		ID:           jobID,
		Status:       job.Processed,
		Devices:      []string{"Work Email", "Home Email", "SMS Phone"},
		LinkLifetime: 3600,
		CreatedAt:    noon.UnixMilli(),
	}))

	return w
}

func (w *world) must(err error) {
	w.t.Helper()

	if err != nil {
		w.t.Fatal(err)
	}
}

// add makes a user who is a member of the job. Its id is "id-" and the key.
func (w *world) add(name string, fields map[string]string) {
	w.t.Helper()

	p := user.Profile{ID: "id-" + name, Key: name, Username: strings.ToUpper(name), Fields: fields}
	w.must(w.Directory.Write(w.t.Context(), p, nil, "j1#"+name))
	w.must(w.members.PutMany(w.t.Context(), []member.Member{
		{
			Key:      name,
			JobID:    jobID,
			Username: p.Username,
			UserID:   p.ID,
			Outcome:  member.Added,
			State:    member.StatePending,
		},
	}))
}

func (w *world) addMany(n int) []string {
	w.t.Helper()

	var names []string
	for i := range n {
		name := fmt.Sprint("ada", i)
		w.add(name, map[string]string{"Work Email": name + "@example.com"})
		names = append(names, name)
	}

	return names
}

// mark marks an email address as undeliverable.
func (w *world) mark(to, reason string) {
	w.t.Helper()
	w.must(w.addresses.Mark(w.t.Context(), address.Key(user.Email, to), reason, noon))
}

func (w *world) setPassword(name, generation string) {
	w.t.Helper()
	w.must(w.Credentials.Table.Put(
		w.t.Context(),
		credential.Credential{UserID: "id-" + name, Hash: "h", Generation: generation},
		"",
		nil,
	))
}

// change writes the profile with another value of a field; a blank one clears it.
func (w *world) change(name, field, value string) {
	w.t.Helper()
	before, err := w.Directory.Get(w.t.Context(), name)
	w.must(err)

	after := before
	after.Fields, _ = before.Apply(user.Change{Fields: map[string]string{field: value}})
	w.must(w.Directory.Write(w.t.Context(), after, &before, "j2#"+name))
}

func (w *world) remove(name string) {
	w.t.Helper()
	before, err := w.Directory.Get(w.t.Context(), name)
	w.must(err)
	w.must(w.Directory.Remove(w.t.Context(), before, "j3#"+name))
}

// notify makes a notification whose only batch has the names.
func (w *world) notify(to job.Audience, names ...string) notification.BatchMessage {
	w.t.Helper()
	ctx := w.t.Context()
	n, err := w.notifications.Create(ctx, notification.Notification{
		JobID:        jobID,
		ID:           fmt.Sprint(to, w.now.UnixNano()),
		Audience:     to,
		BuiltIn:      true,
		Devices:      []string{"Work Email", "Home Email", "SMS Phone"},
		LinkLifetime: 72 * 3600,
	}, nil)
	w.must(err)
	_, err = w.notifications.PutBatch(
		ctx,
		jobID,
		n.Number,
		0,
		0,
		notification.Cut{Usernames: names, End: true},
	)
	w.must(err)

	for shard := range n.Parts() {
		batches := 0
		if shard == 0 {
			batches = 1
		}

		w.must(w.notifications.Walked(ctx, jobID, n.Number, shard, batches))

		if shard > 0 {
			w.must(w.notifications.Settle(ctx, n, shard, w.now))
		}
	}

	return notification.BatchMessage{JobID: jobID, Number: n.Number}
}

func record(t testing.TB, id, queue string, body any) events.SQSMessage {
	t.Helper()

	content, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}

		content = string(encoded)
	}

	return events.SQSMessage{
		MessageId:      id,
		Body:           content,
		EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:latchkey-" + queue,
	}
}

// give hands messages to the function, and gives the ids of those that failed.
func (w *world) give(ctx context.Context, records ...events.SQSMessage) []string {
	w.t.Helper()
	response, err := w.handle(ctx, events.SQSEvent{Records: records})
	w.must(err)

	var failed []string
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}

	return failed
}

// succeed hands one message over, which must not fail.
func (w *world) succeed(queue string, body any) {
	w.t.Helper()

	if failed := w.give(w.t.Context(), record(w.t, "m", queue, body)); failed != nil {
		w.t.Fatal("the message failed")
	}
}

// to counts the emails by their address.
func (w *world) to() map[string]int {
	w.t.Helper()

	count := map[string]int{}
	for _, m := range w.emails() {
		count[m.To]++
	}

	return count
}

func (w *world) counts(number int) notification.Notification {
	w.t.Helper()
	n, err := w.notifications.Get(w.t.Context(), jobID, number)
	w.must(err)

	return n
}

func (w *world) delivery(name, notification string) delivery.Delivery {
	w.t.Helper()
	found, err := w.Deliveries.GetMany(w.t.Context(), notification, []string{"id-" + name})
	w.must(err)

	return found["id-"+name]
}

// waiting counts a queue's messages, those that are held back as well.
func (w *world) waiting(q queue.Queue) int {
	w.t.Helper()
	got, err := w.queues.GetQueueAttributes(w.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       &q.URL,
		AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	w.must(err)

	sum := 0
	for _, name := range []string{
		"ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesDelayed",
	} {
		n, err := strconv.Atoi(got.Attributes[name])
		w.must(err)

		sum += n
	}

	return sum
}

// invite gives the user a link, as a notification would have, and gives its hash.
func (w *world) invite(name string, lasts time.Duration) string {
	w.t.Helper()

	_, hashed := token.New("id-" + name)
	link := token.Link{
		UserID:   "id-" + name,
		Kind:     token.Invite,
		Username: name,
		Lifetime: 7200,
		Job:      jobID,
		Sent: token.Sent{
			Hash:      hashed,
			ExpiresAt: w.now.Add(lasts).UnixMilli(),
			SentTo: []token.Target{
				{Device: "Work Email", Channel: user.Email, Address: name + "@example.com"},
			},
		},
	}

	var before *token.Link
	if old, err := w.Tokens.Link(w.t.Context(), link.UserID, token.Invite); err == nil {
		before = &old
	}

	w.must(w.Tokens.Replace(w.t.Context(), link, before))

	return hashed
}
