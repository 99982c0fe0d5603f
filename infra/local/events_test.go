package main_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/client"
	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/topology"
	"latchkey/shared/work"
)

const samples = "../../events/"

// sample returns the event of a file, by its name without the extension.
func sample(t *testing.T, name string) []byte {
	t.Helper()

	content, err := os.ReadFile(samples + name + ".json")
	if err != nil {
		t.Fatal(err)
	}

	return content
}

// sampleNames lists the files of events/, without their extensions.
func sampleNames(t *testing.T) []string {
	t.Helper()

	files, err := filepath.Glob(samples + "*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}

	for n, file := range files {
		files[n] = strings.TrimSuffix(filepath.Base(file), ".json")
	}

	return files
}

// functionOf returns the function that a file is for: "<function>[-<variant>]".
func functionOf(name string) string {
	function, _, _ := strings.Cut(name, "-")
	return function
}

// decode reads an event as its function's library does, but refuses a field that the
// service doesn't send.
func decode[T any](t *testing.T, content []byte) (event T) {
	t.Helper()

	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(&event); err != nil {
		t.Errorf("not the service's shape: %v", err)
	}

	return event
}

// trigger checks an event's shape, and returns what sends such an event to the function,
// in the words of triggers.
func trigger(t *testing.T, f topology.Function, content []byte) string {
	t.Helper()

	var kind struct {
		Version    string
		DetailType string `json:"detail-type"`
		Records    []struct{ EventSource string }
	}
	if err := json.Unmarshal(content, &kind); err != nil {
		t.Fatal(err)
	}

	switch {
	case kind.Version == "2.0":
		request := decode[events.APIGatewayV2HTTPRequest](t, content)
		known := slices.ContainsFunc(f.Routes, func(r topology.Route) bool {
			return r.Key == request.RouteKey
		})
		if !known {
			t.Errorf("%q is no route of the function", request.RouteKey)
		}

		return "request"
	case kind.DetailType != "":
		event := decode[events.EventBridgeEvent](t, content)
		_, rule, _ := strings.Cut(strings.Join(event.Resources, ","), ":rule/latchkey-")
		return "rule " + rule
	case len(kind.Records) == 0:
		t.Fatal("it is no service's event")
	case kind.Records[0].EventSource == "aws:s3":
		key := decode[events.S3Event](t, content).Records[0].S3.Object.URLDecodedKey
		prefix, _, _ := strings.Cut(key, "/")
		return "object " + prefix + "/"
	}

	messages := decode[events.SQSEvent](t, content).Records
	for _, m := range messages {
		if sum := md5.Sum([]byte(m.Body)); m.Md5OfBody != hex.EncodeToString(sum[:]) {
			t.Errorf("md5OfBody of %s isn't that of the body: %x", m.MessageId, sum)
		}
	}

	_, queue, _ := strings.Cut(messages[0].EventSourceARN, ":latchkey-")
	return "queue " + queue
}

// triggers lists what sends events to a function, by the topology.
func triggers(f topology.Function) []string {
	var all []string
	if len(f.Routes) > 0 {
		all = append(all, "request")
	}

	for _, s := range f.Sources {
		all = append(all, "queue "+s.Queue)
	}

	for _, prefix := range f.Uploads {
		all = append(all, "object "+prefix)
	}

	for _, r := range topology.Latchkey.Rules {
		if r.Function == f.Name {
			all = append(all, "rule "+r.Name)
		}
	}

	return all
}

func TestEveryTriggerHasASampleEvent(t *testing.T) {
	got := map[string]map[string]bool{}
	for _, name := range sampleNames(t) {
		t.Run(name, func(t *testing.T) {
			f, ok := topology.Latchkey.Function(functionOf(name))
			if !ok {
				t.Fatal("no function has that name")
			}

			if got[f.Name] == nil {
				got[f.Name] = map[string]bool{}
			}

			got[f.Name][trigger(t, f, sample(t, name))] = true
		})
	}

	for _, f := range topology.Latchkey.Functions {
		want := slices.Sorted(slices.Values(triggers(f)))
		if have := slices.Sorted(maps.Keys(got[f.Name])); !slices.Equal(have, want) {
			t.Errorf("%s has events of %q, but is sent those of %q", f.Name, have, want)
		}
	}
}

// What a function answers: an HTTP status, or one of these.
const (
	nothing  = "nothing"  // null
	noneBack = "0 failed" // of a batch of messages
)

// invoked feeds an event to its function, and puts the answer in short.
func invoked(t *testing.T, h *host.Host, name string, event []byte) string {
	t.Helper()

	answer, err := h.Invoke(t.Context(), functionOf(name), event)
	if err != nil {
		t.Fatal(err)
	}

	var short struct {
		StatusCode        int
		BatchItemFailures *[]events.SQSBatchItemFailure
	}
	if err := json.Unmarshal(answer, &short); err != nil {
		t.Fatalf("the answer isn't JSON: %s", answer)
	}

	switch {
	case string(answer) == "null":
		return nothing
	case short.StatusCode != 0:
		return fmt.Sprint(short.StatusCode)
	case bytes.Contains(answer, []byte(`"batchItemFailures"`)):
		if short.BatchItemFailures == nil {
			return noneBack
		}
		return fmt.Sprint(len(*short.BatchItemFailures), " failed")
	}

	return string(answer)
}

// TestEvents feeds every sample event to its function's real binary: as `make invoke`
// does, to a system that knows nobody but its administrator, and then as the steps of one
// job.
func TestEvents(t *testing.T) {
	var signIn struct{ Password string }

	request := decode[events.APIGatewayV2HTTPRequest](t, sample(t, "signin"))
	if err := json.Unmarshal([]byte(request.Body), &signIn); err != nil {
		t.Fatal(err)
	}

	h, err := host.Start(t.Context(), host.Options{
		Environment:   map[string]string{"LATCHKEY_SES_RATE": "0"},
		AdminPassword: signIn.Password,
		Logs:          t.TempDir(),
		Output:        t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(h.Stop)

	alone := map[string]string{
		"upload":            nothing,
		"upload-url":        nothing,
		"upload-mapping":    nothing,
		"renotify-schedule": nothing,
		"process":           noneBack,
		"process-start":     noneBack,
		"walk":              noneBack,
		"walk-background":   noneBack,
		"deliver":           noneBack,
		"answer":            noneBack,
		"feedback":          noneBack,
		"jobs":              "401",
		"renotify":          "401",
		"users":             "401",
		"redeem":            "400",
		"redeem-check":      "200",
		"forgotpassword":    "202",
		"signin":            "200",
		"web":               "200",
	}
	for _, name := range sampleNames(t) {
		t.Run(name+" on an empty system", func(t *testing.T) {
			if got := invoked(t, h, name, sample(t, name)); got != alone[name] {
				t.Errorf("answered %s, want %s", got, alone[name])
			}
		})

		if alone[name] != noneBack {
			continue
		}

		t.Run(name+" with messages that say nothing has them all come back", func(t *testing.T) {
			event := decode[events.SQSEvent](t, sample(t, name))
			for n := range event.Records {
				event.Records[n].Body = "nothing"
			}

			spoilt, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}

			want := fmt.Sprint(len(event.Records), " failed")
			if functionOf(name) == "feedback" {
				want = noneBack // what isn't an event of SES won't be one the next time
			}

			if got := invoked(t, h, name, spoilt); got != want {
				t.Errorf("answered %s, want %s", got, want)
			}
		})
	}

	t.Run("the events are the steps of one job", func(t *testing.T) {
		s := &steps{
			t:    t,
			host: h,
			api:  client.Client{URL: h.URL},
			jobs: job.Store{Table: table(h, "jobs")},
		}
		body := decode[events.SQSEvent](t, sample(t, "process")).Records[0].Body
		asked, err := work.Decode(body)
		s.must(err)
		s.asked = asked.(work.ProcessChunk)
		s.run()
	})
}

func table(h *host.Host, name string) store.Table {
	return store.Table{DB: dynamodb.Client(h.Engines.DynamoDB), Name: h.Tables[name]}
}

func decodeBody(t *testing.T, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatal(err)
	}
}

// steps takes the job that the events name from its upload to a password.
type steps struct {
	t     *testing.T
	host  *host.Host
	api   client.Client
	jobs  job.Store
	asked work.ProcessChunk // what process.json asks for
}

func (s *steps) run() {
	s.until("what was asked for on the empty system isn't done", func() bool {
		return s.waiting("deliver")+s.waiting("answer") == 0
	})
	s.upload()
	s.process()
	s.signIn()
	s.step("jobs", "201")
	s.step("renotify", "202")
	s.until("the notification isn't sent", func() bool {
		n, err := notification.Store{Table: s.jobs.Table}.Get(s.t.Context(), s.asked.JobID, 1)
		return err == nil && n.Status == notification.Sent
	})

	sent := s.messages()
	if sent == 0 {
		s.t.Fatal("nothing was sent")
	}

	s.step("walk", noneBack)
	s.step("walk-background", noneBack)
	s.step("deliver", noneBack)
	s.until("the batch that was walked again isn't taken", func() bool {
		return s.waiting("deliver") == 0
	})

	if again := s.messages(); again != sent {
		s.t.Errorf("%d messages after the same walk and batch again, %d before", again, sent)
	}

	s.link()
	s.step("redeem-check", "200")
	s.step("answer", noneBack)

	if after := s.messages(); after <= sent {
		s.t.Errorf("%d messages after a reset was asked for, %d before", after, sent)
	}

	s.step("redeem", "204")
	s.step("redeem", "400") // a second time
}

// step feeds an event to its function.
func (s *steps) step(name, want string) {
	s.t.Helper()
	if got := invoked(s.t, s.host, name, sample(s.t, name)); got != want {
		s.t.Fatalf("%s answered %s, want %s", name, got, want)
	}
}

func (s *steps) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// until waits for what other processes do, for at most a minute.
func (s *steps) until(otherwise string, condition func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()

	err := client.Until(ctx, 20*time.Millisecond, func(context.Context) (bool, error) {
		return condition(), nil
	})
	if err != nil {
		s.t.Fatal(otherwise)
	}
}

// messages returns the number of messages that were sent so far.
func (s *steps) messages() int {
	s.t.Helper()
	count := 0
	for _, err := range s.api.Messages(s.t.Context(), "") {
		s.must(err)
		count++
	}
	return count
}

// waiting returns the number of messages in the queues of a function.
func (s *steps) waiting(function string) int {
	s.t.Helper()
	functions, err := s.api.Functions(s.t.Context())
	s.must(err)
	for _, f := range functions {
		if f.Name == function {
			return f.QueueDepth
		}
	}
	s.t.Fatalf("no function %s", function)
	return 0
}

// upload makes the job. The event names a version of its file that isn't there, so its
// job is rejected; then it is made again, and the file comes.
func (s *steps) upload() {
	ctx, id := s.t.Context(), s.asked.JobID
	create := func() {
		s.t.Helper()

		now := time.Now()
		s.must(s.jobs.Create(ctx, job.Job{
			ID:           id,
			Name:         "Sample",
			FileName:     "users.csv",
			Status:       job.AwaitingFile,
			Mode:         job.Manual,
			CreatedAt:    clock.Of(now),
			UploadUntil:  clock.Of(now.Add(time.Hour)),
			Devices:      []string{"Work Email", "Home Email", "SMS Phone"},
			LinkLifetime: 72 * 3600,
		}))
	}
	create()
	s.step("upload-url", nothing)

	if rejected, err := s.jobs.Get(ctx, id); err != nil || rejected.Status != job.Rejected {
		s.t.Fatalf("the job is %s, %v", rejected.Status, err)
	}

	s.must(s.jobs.Table.Delete(ctx, store.Key{"job": id, "item": "job"}, "", nil))
	create()

	file, err := os.Open(samples + "users.csv")
	s.must(err)

	defer file.Close()

	key := decode[events.S3Event](s.t, sample(s.t, "upload-url")).Records[0].S3.Object.URLDecodedKey
	_, err = s3.Client(s.host.Engines.S3).
		PutObject(ctx, &awss3.PutObjectInput{Bucket: &s.host.Bucket, Key: &key, Body: file})
	s.must(err)
	s.until("the file isn't validated", func() bool {
		found, err := s.jobs.Get(ctx, id)
		return err == nil && found.Status == job.Validated
	})
}

// process feeds the chunk that process.json names, which has to be the sample file's.
func (s *steps) process() {
	ctx, id := s.t.Context(), s.asked.JobID
	key := object.Index(id)
	index, err := s3.Client(s.host.Engines.S3).
		GetObject(ctx, &awss3.GetObjectInput{Bucket: &s.host.Bucket, Key: &key})
	s.must(err)

	defer index.Body.Close()

	var chunks []job.Chunk
	s.must(json.NewDecoder(index.Body).Decode(&chunks))

	if !reflect.DeepEqual(chunks, []job.Chunk{s.asked.Chunk}) {
		s.t.Fatalf(
			"process.json asks for %+v, the chunks of users.csv are %+v",
			s.asked.Chunk,
			chunks,
		)
	}

	started, err := s.jobs.Start(ctx, id, time.Now())
	s.must(err)
	s.step("process", noneBack)
	progress, err := s.jobs.Progress(ctx, id, started.Round)
	s.must(err)

	if progress.Processed != started.Rows.Valid || progress.Added == 0 || progress.Failed != 0 {
		s.t.Fatalf("of %d good rows, %+v", started.Rows.Valid, progress.Outcomes)
	}

	s.step("process-start", noneBack)
}

// signIn gives the administrator the session whose token the events hold.
func (s *steps) signIn() {
	request := decode[events.APIGatewayV2HTTPRequest](s.t, sample(s.t, "jobs"))
	header := request.Headers["authorization"]
	id, hashed, err := token.Parse(strings.TrimPrefix(header, "Bearer "))
	s.must(err)
	credentials := credential.Store{Table: table(s.host, "credentials")}
	kept, err := credentials.WithoutHash(s.t.Context(), id)
	s.must(err)
	s.must(token.Store{Table: table(s.host, "tokens")}.PutSession(s.t.Context(), token.Session{
		UserID:     id,
		Username:   "admin",
		Generation: kept.Generation,
		ExpiresAt:  clock.Of(time.Now().Add(time.Hour)),
	}, hashed))
}

// link gives the user of the file's first row the link whose token the events hold.
func (s *steps) link() {
	var body struct{ Token string }
	decodeBody(s.t, decode[events.APIGatewayV2HTTPRequest](s.t, sample(s.t, "redeem")).Body, &body)
	id, hashed, err := token.Parse(body.Token)
	s.must(err)
	tokens := token.Store{Table: table(s.host, "tokens")}

	before, err := tokens.Link(s.t.Context(), id, token.Invite)
	if errors.Is(err, store.ErrNotFound) {
		s.t.Fatal("the events' link isn't that of a user who was notified")
	}

	s.must(err)

	now := time.Now()
	s.must(tokens.Replace(s.t.Context(), token.Link{
		UserID:   id,
		Purpose:  token.Invite,
		Username: before.Username,
		Job:      before.Job,
		Renewal:  before.Renewal,
		Sent: token.Sent{
			Hash:      hashed,
			SentAt:    clock.Of(now),
			ExpiresAt: clock.Of(now.Add(time.Hour)),
			SentTo:    before.SentTo,
		},
	}, &before))
}
