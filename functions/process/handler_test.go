package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/object"
	"latchkey/shared/reach"
	"latchkey/shared/roster"
	"latchkey/shared/roster/rostertest"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

// breaking is a transport by which some calls fail, as if the instance had died at them.
type breaking struct {
	fails atomic.Pointer[func(operation, body string) bool]
	// half has a call that fails carry out those of its statements that don't have the text.
	half atomic.Pointer[string]
	// blind has indexes show nothing, as if they lagged.
	blind atomic.Bool
	mu    sync.Mutex
	calls []string // each as its operation and its body
}

var errDied = errors.New("the instance died")

func (b *breaking) RoundTrip(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")

	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	b.mu.Lock()
	b.calls = append(b.calls, operation+" "+string(body))
	b.mu.Unlock()

	if fails := b.fails.Load(); fails != nil && (*fails)(operation, string(body)) {
		if but := b.half.Load(); but != nil {
			return nil, halfDone(r, body, *but)
		}
		return nil, errDied
	}
	if b.blind.Load() && operation == "Query" && strings.Contains(string(body), "IndexName") {
		return &http.Response{
			StatusCode: http.StatusOK,
			Body:       io.NopCloser(strings.NewReader(`{"Count":0,"Items":[],"ScannedCount":0}`)),
		}, nil
	}
	return http.DefaultTransport.RoundTrip(r)
}

// forget forgets the calls that were made.
func (b *breaking) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = nil
}

// made returns how many calls of an operation were made whose body has the text.
func (b *breaking) made(operation, text string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()

	for _, call := range b.calls {
		if strings.HasPrefix(call, operation+" ") && strings.Contains(call, text) {
			n++
		}
	}
	return n
}

// halfDone carries out the statements of a call that don't have the text.
func halfDone(r *http.Request, body []byte, but string) error {
	var call map[string]json.RawMessage
	var statements, done []json.RawMessage
	if err := errors.Join(
		json.Unmarshal(body, &call), json.Unmarshal(call["Statements"], &statements),
	); err != nil {
		return err
	}

	for _, statement := range statements {
		if !strings.Contains(string(statement), but) {
			done = append(done, statement)
		}
	}

	var err error
	if call["Statements"], err = json.Marshal(done); err != nil {
		return err
	}
	if body, err = json.Marshal(call); err != nil {
		return err
	}

	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return err
	}
	response.Body.Close()
	return errDied
}

// butFor has a call of statements die half-way: only those that have the text are left.
func (b *breaking) butFor(text string) {
	b.half.Store(&text)
	b.at("BatchExecuteStatement", text)
}

// at has the calls fail of which the operation is this, and whose body has the text.
func (b *breaking) at(operation, text string) {
	b.fails.Store(new(func(got, body string) bool {
		return got == operation && strings.Contains(body, text)
	}))
}

func (b *breaking) mend() {
	b.fails.Store(nil)
	b.half.Store(nil)
}

type world struct {
	*wiretest.Twin
	handler
	breaking *breaking
	tokens   token.Store // which the function itself has no right to
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		Twin: wiretest.New(t, "process", map[string]string{
			"DEVICES":       "Work Email,SMS Phone",
			"SMS_COUNTRIES": "US",
		}),
		breaking: &breaking{},
	}
	w.Transports["dynamodb"] = w.breaking
	w.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	w.handler = newHandler(w.Wire)

	w.tokens = token.Store{Table: w.Other("tokens")}
	return w
}

// upload makes a job that is being processed, of a file that was validated: a header, and
// the rows of each chunk.
func (w *world) upload(id, header string, chunks ...string) []job.Chunk {
	w.T.Helper()
	file := roster.Copy{Bucket: w.bucket, JobID: id}
	index := rostertest.Write(w.T, file, header, chunks...)
	rows := 0
	for _, chunk := range index {
		rows += chunk.Rows
	}

	ctx := w.T.Context()
	source := job.Source{Key: "uploads/" + id + ".csv", Event: id}
	w.Must(w.jobs.Create(ctx, job.Job{
		ID:          id,
		Status:      job.AwaitingFile,
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
		job.Rows{Total: rows, Valid: rows},
		len(index),
		0,
	))
	_, err = w.jobs.Start(ctx, id, noon)
	w.Must(err)

	return index
}

// deleteObject deletes an object of the bucket.
func (w *world) deleteObject(key string) {
	w.T.Helper()
	_, err := w.S3.DeleteObject(w.T.Context(), &s3.DeleteObjectInput{
		Bucket: new(w.Required("BUCKET")),
		Key:    &key,
	})
	w.Must(err)
}

// record is a message as the queue gives it: one of package work, or any text.
func record(t testing.TB, id string, receives int, asked any) events.SQSMessage {
	t.Helper()

	body, ok := asked.(string)
	if !ok {
		encoded, err := work.Encode(asked.(work.Message))
		if err != nil {
			t.Fatal(err)
		}

		body = encoded
	}

	return events.SQSMessage{
		MessageId:  id,
		Body:       body,
		Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(receives)},
	}
}

// give hands messages to the function, and gives the ids of those that failed.
func (w *world) give(records ...events.SQSMessage) []string {
	w.T.Helper()
	response, err := w.handle(w.T.Context(), events.SQSEvent{Records: records})
	w.Must(err)

	var failed []string
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}

	return failed
}

// process hands chunks over, none of which may fail.
func (w *world) process(id string, chunks ...job.Chunk) {
	w.T.Helper()

	for _, chunk := range chunks {
		failed := w.give(record(w.T, id, 1, work.ProcessChunk{JobID: id, Chunk: chunk}))
		if failed != nil {
			w.T.Fatalf("chunk %d of %s failed", chunk.Number, id)
		}
	}
}

// outcomes gives the job's members as "key:outcome:state", with the state that lists show.
func (w *world) outcomes(id string, names ...string) string {
	w.T.Helper()
	found, err := w.members.GetMany(w.T.Context(), id, names)
	w.Must(err)

	var all []string
	for _, name := range names {
		m, ok := found[name]
		if !ok {
			all = append(all, name+":none")
			continue
		}

		standings, err := member.Standings(
			w.T.Context(), w.tokens, w.credentials, []member.Member{m}, w.Time(),
		)
		w.Must(err)
		all = append(all, fmt.Sprintf("%s:%s:%s", name, m.Outcome, standings[0].State))
	}

	return strings.Join(all, " ")
}

func (w *world) profile(name string) (user.Profile, bool) {
	w.T.Helper()

	p, err := w.directory.Get(w.T.Context(), name)
	if errors.Is(err, store.ErrNotFound) {
		return p, false
	}

	w.Must(err)

	return p, true
}

func (w *world) job(id string) job.Job {
	w.T.Helper()
	j, err := w.jobs.Get(w.T.Context(), id)
	w.Must(err)

	return j
}

func (w *world) progress(id string) job.Progress {
	w.T.Helper()
	p, err := w.jobs.Progress(w.T.Context(), id, w.job(id).Round)
	w.Must(err)

	return p
}

// waiting returns how many messages a queue holds, those that are held back included.
func (w *world) waiting(queue work.Queue) int {
	w.T.Helper()
	got, err := w.SQS.GetQueueAttributes(w.T.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       new(w.queues.URLs[queue]),
		AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	w.Must(err)

	sum := 0
	for _, name := range []string{
		"ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesDelayed",
	} {
		n, err := strconv.Atoi(got.Attributes[name])
		w.Must(err)

		sum += n
	}

	return sum
}

const header = "Operation,User,First Name,Work Email"

func TestAChunkThatIsProcessedTwiceAddsNobodyTwice(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\nprocess,Bob,Bob,\n",
		"process,Cem,,cem@example.com\nremove,Dan,,\n",
	)
	w.process("j1", chunks...)
	first, _ := w.profile("ada")
	w.process("j1", chunks...)

	second, _ := w.profile("ada")
	if first.ID == "" || first.ID != second.ID || first.Version != second.Version {
		t.Errorf("got %+v, then %+v", first, second)
	}

	got := w.outcomes("j1", "ada", "bob", "cem", "dan")
	if got != "ada:added:pending bob:added:pending cem:added:pending dan:unchanged:removed" {
		t.Errorf("got %s", got)
	}

	want := job.Outcomes{Processed: 4, Added: 3, Unchanged: 1}
	if got := w.progress("j1"); got.Outcomes != want || got.Users.Total != 3 ||
		got.Users.Undeliverable != 1 {
		t.Errorf("got %+v", got)
	}

	if j := w.job("j1"); j.Status != job.Processed || j.Tally.Pending != 3 {
		t.Errorf("got %s, %+v", j.Status, j.Tally)
	}
}

func TestTheSameRowsByAnotherJobChangeNothing(t *testing.T) {
	w := newWorld(t)
	rows := "process,Ada,Ada,ada@example.com\n,Bob,Bob,bob@example.com\n"
	w.process("j1", w.upload("j1", header, rows)...)
	w.Must(w.credentials.Table.Put(
		t.Context(),
		credential.Credential{UserID: first(w.profile("bob")).ID, Generation: "g"},
		"",
		nil,
	))
	w.process("j2", w.upload("j2", header, rows)...)

	if got := w.outcomes("j2", "ada", "bob"); got != "ada:unchanged:pending bob:unchanged:active" {
		t.Errorf("got %s", got)
	}

	w.process(
		"j3",
		w.upload("j3", header, "process,ADA,Augusta,ada@example.com\nremove,bob,,\n")...)

	if got := w.outcomes("j3", "ada", "bob"); got != "ada:updated:pending bob:removed:removed" {
		t.Errorf("got %s", got)
	}

	if got := w.outcomes("j1", "ada", "bob"); got != "ada:added:pending bob:added:removed" {
		t.Errorf("the first job's members are %s", got)
	}

	if got := w.progress("j2").Users; got.Total != 2 || got.Active != 1 || got.Pending != 1 {
		t.Errorf("the second job counts %+v", got)
	}

	if got := w.jobsOf("ada"); got != "j3 j2 j1" {
		t.Errorf("ada is in %s", got)
	}
}

// jobsOf gives a user's jobs, the latest first.
func (w *world) jobsOf(name string) string {
	w.T.Helper()
	p, _ := w.profile(name)
	found, err := w.members.Memberships(w.T.Context(), p, 100)
	w.Must(err)

	var jobs []string
	for _, m := range found {
		jobs = append(jobs, m.JobID)
	}
	return strings.Join(jobs, " ")
}

func TestWhoHasAPasswordStaysActiveWhateverFilesSay(t *testing.T) {
	const columns = "Operation,User,Status"
	w := newWorld(t)
	w.process("j1", w.upload("j1", columns, ",Ada,\n,Bob,\n")...)
	w.Must(w.credentials.Table.Put(
		t.Context(),
		credential.Credential{UserID: first(w.profile("ada")).ID, Generation: "g"},
		"",
		nil,
	))

	for i, test := range []struct{ row, state string }{
		{",Ada,INACTIVE\n", "inactive"},
		{",Ada,ACTIVE\n", "active"},
		{",Ada,ACTIVE\n", "active"},
		{",Ada,INACTIVE\n", "inactive"},
		{"remove,Ada,\n", "removed"},
	} {
		id := fmt.Sprint("j", i+2)
		chunks := w.upload(id, columns, test.row)
		for range 2 {
			w.process(id, chunks...)
			for of := range i + 2 {
				earlier := fmt.Sprint("j", of+1)
				if got := w.outcomes(earlier, "ada"); !strings.HasSuffix(got, ":"+test.state) {
					t.Errorf("after %s, %s has %s", id, earlier, got)
				}
			}
		}

		users := w.progress(id).Users
		if (users.Active == 1) != (test.state == "active") ||
			users.Total != users.Active+users.Pending+users.Inactive {
			t.Errorf("after %s: counted are %+v", id, users)
		}
	}

	if got := w.outcomes("j1", "bob"); got != "bob:added:pending" {
		t.Errorf("got %s", got)
	}
}

func first[A, B any](a A, _ B) A { return a }

// halfOf stands for a call of statements that carries out those without a text.
const halfOf = "half of BatchExecuteStatement"

// The instance dies at a write, and its message is taken again after the lease's end.
func TestADeathAtAnyWriteLosesNobodyAndAddsNobodyTwice(t *testing.T) {
	const rows = "process,Ada,Ada,ada@example.com\n" +
		"process,Bob,Bobby,bob@example.com\n" +
		"remove,Cem,,\n" +
		"process,Dan,Dan,dan@example.com\n"
	for _, test := range []struct{ name, operation, text string }{
		{"before the members", "BatchWriteItem", "members"},
		{"between the members and the directory", "BatchExecuteStatement", "directory"},
		{"between a member and one profile of several", halfOf, `"ADA"`},
		{"between a new profile and a changed one", halfOf, `UPDATE`},
		{"between the profiles and the answer", halfOf, "nothing"},
		{"between the members and a removal", "DeleteItem", "directory"},
		{"between the directory and the other jobs' marks", "UpdateItem", "members"},
		{"between the directory and the chunk's result", "PutItem", "jobs"},
		{"between the chunk's result and the job's end", "UpdateItem", "finished_at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.process("j0", w.upload(
				"j0",
				header,
				"process,Bob,Bob,bob@example.com\nprocess,Cem,Cem,cem@example.com\n",
			)...)
			chunks := w.upload("j1", header, strings.ReplaceAll(rows, "Ada,Ada", "Ada,ADA"))
			w.breaking.at(test.operation, test.text)
			if test.operation == halfOf {
				w.breaking.at("BatchExecuteStatement", "")
				w.breaking.half.Store(&test.text)
			}

			failed := w.give(record(t, "m1", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
			if failed == nil {
				t.Fatal("nothing failed")
			}

			w.breaking.mend()
			w.Pass(chunkLease + time.Millisecond)
			w.process("j1", chunks...)

			members := "ada:added:pending bob:updated:pending cem:removed:removed dan:added:pending"
			if got := w.outcomes("j1", "ada", "bob", "cem", "dan"); got != members {
				t.Errorf("got %s", got)
			}

			if got := w.outcomes("j0", "bob", "cem"); got != "bob:added:pending cem:added:removed" {
				t.Errorf("the other job's are %s", got)
			}

			want := job.Outcomes{Processed: 4, Added: 2, Updated: 1, Removed: 1}
			if got := w.progress("j1"); got.Outcomes != want ||
				w.job("j1").Status != job.Processed {
				t.Errorf("got %s with %+v", w.job("j1").Status, got)
			}

			for name, there := range map[string]bool{
				"ada": true,
				"bob": true,
				"cem": false,
				"dan": true,
			} {
				p, ok := w.profile(name)

				found, err := w.members.GetMany(t.Context(), "j1", []string{name})
				if err != nil || ok != there || ok && p.ID != found[name].UserID {
					t.Errorf(
						"%s is there: %t, as %s, the member is %s, %v",
						name,
						ok,
						p.ID,
						found[name].UserID,
						err,
					)
				}
			}

			if p, _ := w.profile("bob"); p.Fields[user.FirstName] != "Bobby" {
				t.Errorf("bob is %+v", p)
			}

			if got := w.jobsOf("ada") + ", " + w.jobsOf("bob"); got != "j1, j1 j0" {
				t.Errorf("ada's and bob's jobs are %s", got)
			}
		})
	}
}

func TestTwoJobsAtOneUserLoseNoColumn(t *testing.T) {
	w := newWorld(t)

	const users = 30

	columns := map[string]string{"j1": "First Name", "j2": "Last Name", "j3": "Site", "j4": "Desk"}

	chunks := map[string][]job.Chunk{}
	for id, column := range columns {
		rows := ""
		for i := range users {
			rows += fmt.Sprintf("user%d,%s\n", i, id)
		}

		chunks[id] = w.upload(id, "User,"+column, rows)
	}

	var group sync.WaitGroup
	for id := range columns {
		group.Go(func() {
			failed := w.give(record(t, id, 1, work.ProcessChunk{JobID: id, Chunk: chunks[id][0]}))
			if failed != nil {
				t.Errorf("%s failed", id)
			}
		})
	}

	group.Wait()

	for i := range users {
		p, _ := w.profile(fmt.Sprint("user", i))
		for id, column := range columns {
			if p.Fields[column] != id {
				t.Errorf("user%d has lost %s: %v", i, column, p.Fields)
			}
		}

		if got := w.jobsOf(fmt.Sprint("user", i)); got != "j4 j3 j2 j1" {
			t.Errorf("user%d is in %s", i, got)
		}
	}

	added := 0
	for id := range columns {
		p := w.progress(id)

		added += p.Added
		if p.Processed != users || p.Added+p.Updated != users {
			t.Errorf("%s: %+v", id, p)
		}
	}

	if added != users {
		t.Errorf("%d were added, want each once", added)
	}
}

func TestOfTwoFilesThatRemoveEachAnAdministratorOneKeepsTheLast(t *testing.T) {
	w := newWorld(t)
	w.process("j0", w.upload("j0", "User,Role", "ada,Administrator\nbob,Administrator|Clerk\n")...)
	one, two := w.upload("j1", header, "remove,ada,,\n"), w.upload("j2", "User,Role", "bob,Clerk\n")

	var group sync.WaitGroup
	for id, chunks := range map[string][]job.Chunk{"j1": one, "j2": two} {
		group.Go(func() { w.process(id, chunks...) })
	}

	group.Wait()

	var names []string
	for name, err := range w.directory.Administrators(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) != 1 {
		t.Errorf("administrators are %v", names)
	}

	if failed := w.progress("j1").Failed + w.progress("j2").Failed; failed != 1 {
		t.Errorf("%d rows failed", failed)
	}

	for _, id := range []string{"j1", "j2"} {
		// Such a row is done, not given up on.
		if status := w.job(id).Status; status != job.Processed {
			t.Errorf("%s is %s", id, status)
		}
	}
}

func TestWhoHasJustBecomeAnAdministratorCountsThoughTheIndexLags(t *testing.T) {
	w := newWorld(t)
	w.process("j0", w.upload("j0", "User,Role", "ada,Administrator\n")...)
	chunks := []job.Chunk{
		w.upload("j1", "User,Role", "bob,Administrator\n")[0],
		w.upload("j2", header, "remove,ada,,\n")[0],
		w.upload("j3", header, "remove,bob,,\n")[0],
	}

	w.breaking.blind.Store(true)
	for i, chunk := range chunks {
		w.process(fmt.Sprint("j", i+1), chunk)
	}
	if got := w.outcomes("j2", "ada"); got != "ada:removed:removed" {
		t.Errorf("before another: %s", got)
	}
	if got := w.outcomes("j3", "bob"); got != "bob:failed:" {
		t.Errorf("the last one: %s", got)
	}
}

// hidden returns how many messages wait on a queue for their time.
func (w *world) hidden(queue work.Queue) string {
	w.T.Helper()
	url := w.queues.URLs[queue]
	got, err := w.SQS.GetQueueAttributes(w.T.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       &url,
		AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	w.Must(err)
	return got.Attributes["ApproximateNumberOfMessagesDelayed"]
}

func TestWhatARemovedUserLeavesIsToBeErased(t *testing.T) {
	w := newWorld(t)
	w.process("j1", w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")...)
	if got := w.hidden(work.Background); got != "0" {
		t.Errorf("%s messages ask for it before", got)
	}
	w.process("j2", w.upload("j2", header, "remove,Ada,,\n")...)
	if got := w.hidden(work.Background); got != "1" {
		t.Errorf("%s messages ask for it", got)
	}
}

func TestAUserWhoIsRemovedAndAddedAgainIsAnother(t *testing.T) {
	w := newWorld(t)
	w.process("j1", w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")...)
	before, _ := w.profile("ada")
	w.process("j2", w.upload("j2", header, "remove,Ada,,\n")...)
	w.process("j3", w.upload("j3", header, "process,Ada,Ada,ada@example.com\n")...)

	after, ok := w.profile("ada")
	if !ok || after.ID == before.ID {
		t.Errorf("got %+v after %+v", after, before)
	}

	got := w.outcomes("j1", "ada") + " " + w.outcomes("j3", "ada")
	if got != "ada:added:removed ada:added:pending" {
		t.Errorf("got %s", got)
	}
}

func TestOfSeveralMessagesOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\n",
		"process,Bob,Bob,bob@example.com\n",
	)
	missing := chunks[1]
	missing.Number, missing.From, missing.To = 7, 10_000, 10_100

	failed := w.give(
		record(t, "good", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}),
		record(t, "no JSON", 1, "{"),
		record(t, "of another queue", 1, work.TallyShard{JobID: "j1"}),
		record(t, "outside of the file", 1, work.ProcessChunk{JobID: "j1", Chunk: missing}),
		record(t, "of a deleted job", 1, work.ProcessChunk{JobID: "gone", Chunk: chunks[0]}),
		record(t, "good too", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[1]}),
	)
	want := "no JSON, of another queue, outside of the file"
	if got := strings.Join(failed, ", "); got != want {
		t.Errorf("failed: %s", got)
	}

	if got := w.outcomes("j1", "ada", "bob"); got != "ada:added:pending bob:added:pending" {
		t.Errorf("got %s", got)
	}
}

func TestAChunkInAnothersHandGoesBackAsANewMessage(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")
	another := lease.Lease{Owner: "another", Until: noon.Add(chunkLease)}
	_, err := w.jobs.ClaimChunk(t.Context(), job.Job{ID: "j1", Round: 1}, 0, another, noon)
	w.Must(err)
	w.process("j1", chunks...)

	if got := w.outcomes("j1", "ada"); got != "ada:none" || w.waiting(work.Rows) != 1 {
		t.Errorf("got %s, %d messages wait", got, w.waiting(work.Rows))
	}
}

func TestWhoClaimsAChunkFirstReadsItsMembersIfAnotherMayHaveWrittenThem(t *testing.T) {
	const row = "process,Ada,Ada,ada@example.com\n"

	t.Run("not while the lease lasts", func(t *testing.T) {
		w := newWorld(t)
		w.process("j1", w.upload("j1", header, row)...)
		if reads := w.breaking.made("BatchGetItem", "members"); reads != 0 {
			t.Errorf("they are read %d times", reads)
		}
	})

	t.Run("when it has ended before the profiles are read", func(t *testing.T) {
		w := newWorld(t)
		asked := work.ProcessChunk{JobID: "j1", Chunk: w.upload("j1", header, row)[0]}
		late := func(operation, body string) bool {
			if operation == "BatchGetItem" && strings.Contains(body, "directory") {
				w.breaking.mend()
				w.Pass(chunkLease + time.Millisecond)
				w.give(record(t, "second", 1, asked))
			}
			return false
		}
		w.breaking.fails.Store(&late)
		w.give(record(t, "first", 1, asked))

		if got := w.outcomes("j1", "ada"); got != "ada:added:pending" {
			t.Errorf("got %s", got)
		}
	})
}

func TestOnTheLastTryRowsAreGivenUpOnAndCanBeTriedAgain(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\n",
		"process,Bob,Bob,bob@example.com\n",
		"process,Cem,Cem,cem@example.com\n",
	)
	give := func(receives int) []string {
		w.Pass(chunkLease + time.Millisecond)

		var failed []string
		for _, chunk := range chunks {
			asked := work.ProcessChunk{JobID: "j1", Chunk: chunk}
			name := fmt.Sprint("chunk ", chunk.Number)
			failed = append(failed, w.give(record(t, name, receives, asked))...)
		}

		return failed
	}

	w.breaking.fails.Store(new(func(operation, body string) bool {
		return operation == "BatchExecuteStatement" && !strings.Contains(body, "ada@")
	}))

	if failed := give(tries - 1); len(failed) != 2 || w.job("j1").Status != job.Processing {
		t.Fatalf("before the last try: failed %v, %s", failed, w.job("j1").Status)
	}

	if failed := give(tries); failed != nil {
		t.Fatalf("on the last try: failed %v", failed)
	}

	w.breaking.mend()

	got := w.outcomes("j1", "ada", "bob", "cem")
	if got != "ada:added:pending bob:failed: cem:failed:" {
		t.Errorf("got %s", got)
	}

	if p := w.progress("j1"); w.job("j1").Status != job.Failed || p.GivenUp != 2 || p.Failed != 2 ||
		p.Users.Total != 1 {
		t.Fatalf("got %s with %+v", w.job("j1").Status, p)
	}
	// An administrator has it processed again: the chunks come in their order, the good one first.
	_, err := w.jobs.Start(t.Context(), "j1", noon)
	w.Must(err)

	if failed := give(1); failed != nil {
		t.Fatalf("again: failed %v", failed)
	}

	got = w.outcomes("j1", "ada", "bob", "cem")
	if got != "ada:added:pending bob:added:pending cem:added:pending" {
		t.Errorf("after it was processed again: %s", got)
	}

	want := job.Outcomes{Processed: 3, Added: 3}
	if p := w.progress("j1"); w.job("j1").Status != job.Processed || p.Outcomes != want ||
		p.GivenUp != 0 {
		t.Errorf("after it was processed again: %s with %+v", w.job("j1").Status, p)
	}

	for _, name := range []string{"ada", "bob", "cem"} {
		if got := w.jobsOf(name); got != "j1" {
			t.Errorf("%s is in %s", name, got)
		}
	}
}

func TestAFileThatCanNotBeReadAnyMoreIsGivenUpAtOnce(t *testing.T) {
	const rows = "process,Ada,Ada,ada@example.com\nprocess,Bob,Bob,bob@example.com\n"
	w := newWorld(t)
	chunks := w.upload("j1", header, rows, "process,Cem,Cem,cem@example.com\n")
	w.process("j1", chunks[1])
	w.deleteObject(object.Rows("j1"))
	w.process("j1", chunks[0])

	want := job.Outcomes{Processed: 3, Added: 1, Failed: 2}
	p, j := w.progress("j1"), w.job("j1")
	if j.Status != job.Failed || p.Outcomes != want || p.GivenUp != 2 || j.Reason != reasonGone {
		t.Errorf("it is %s (%s), with %+v", j.Status, j.Reason, p)
	}

	// Another round comes to the same, and loses nothing.
	_, err := w.jobs.Start(t.Context(), "j1", noon)
	w.Must(err)
	w.process("j1", chunks...)
	j = w.job("j1")
	if j.Status != job.Failed || *j.Outcomes != want || j.Reason != reasonGone {
		t.Errorf("then it is %s (%s), with %+v", j.Status, j.Reason, j.Outcomes)
	}
}

func TestWhatAnEarlierRoundHasMadeOfAChunkStaysWhenItsFileIsGone(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\nprocess,Bob,Bob,bob@example.com\n",
	)
	w.breaking.butFor("bob@")
	w.give(record(t, "m1", tries, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
	before := *w.job("j1").Outcomes

	w.breaking.mend()
	w.deleteObject(object.Rows("j1"))
	_, err := w.jobs.Start(t.Context(), "j1", noon)
	w.Must(err)
	w.process("j1", chunks...)

	j := w.job("j1")
	if j.Status != job.Failed || *j.Outcomes != before || before.Processed != 2 {
		t.Errorf("it is %s with %+v, after %+v", j.Status, j.Outcomes, before)
	}
}

func TestAJobOfWhichNobodyKnowsHowItsFileIsCutEnds(t *testing.T) {
	w := newWorld(t)
	w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")
	w.deleteObject(object.Index("j1"))
	if failed := w.give(record(t, "m1", 1, work.StartJob{JobID: "j1"})); failed != nil {
		t.Fatal("it failed")
	}

	j := w.job("j1")
	if j.Status != job.Failed || j.Outcomes.Failed != 1 || j.Reason != reasonGone {
		t.Errorf("it is %s (%s), with %+v", j.Status, j.Reason, j.Outcomes)
	}
}

func TestAJobThatIsProcessedAgainLeavesItsGoodRowsAlone(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\nprocess,Bob,Bob,bob@example.com\n",
	)
	w.breaking.butFor("bob@")

	failed := w.give(record(t, "m1", tries, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
	if failed != nil || w.job("j1").Status != job.Failed {
		t.Fatalf("failed %v, %s", failed, w.job("j1").Status)
	}

	w.breaking.mend()
	w.process("j2", w.upload("j2", header, "remove,Ada,,\n")...)
	_, err := w.jobs.Start(t.Context(), "j1", noon)
	w.Must(err)
	w.process("j1", chunks...)

	if got := w.outcomes("j1", "ada", "bob"); got != "ada:added:removed bob:added:pending" {
		t.Errorf("got %s", got)
	}

	if p, ok := w.profile("ada"); ok {
		t.Errorf("who was removed since is there again: %+v", p)
	}
}

func TestStartAsksForEveryChunk(t *testing.T) {
	w := newWorld(t)

	chunks := w.upload(
		"j1",
		header,
		"process,Ada,Ada,ada@example.com\n",
		"process,Bob,Bob,bob@example.com\n",
	)
	failed := w.give(record(t, "m", 1, work.StartJob{JobID: "j1"}))
	if failed != nil {
		t.Fatal("it failed")
	}

	asked := w.Received(work.Rows)
	for _, message := range asked {
		w.process("j1", message.(work.ProcessChunk).Chunk)
	}

	if len(asked) != len(chunks) || w.job("j1").Status != job.Processed {
		t.Errorf("%d messages, and the job is %s", len(asked), w.job("j1").Status)
	}
}

func TestTheUploadsNotificationIsAskedForAtTheEndOfEachRound(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")
	w.Must(w.jobs.Table.Update(
		t.Context(),
		store.Key{"job": "j1", "item": "job"},
		store.Update{
			Set:    "notify = :all, notifications = :one",
			Values: store.Values{":all": job.Pending, ":one": 1},
		},
		nil,
	))

	w.breaking.at("BatchExecuteStatement", "")
	w.give(record(t, "m1", tries, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
	w.breaking.mend()
	_, err := w.jobs.Start(t.Context(), "j1", noon)
	w.Must(err)
	w.process("j1", chunks...)

	var asked []int
	for _, message := range wiretest.Received[work.NotifyUploaded](w.Twin) {
		asked = append(asked, message.Round)
	}
	slices.Sort(asked)
	if !slices.Equal(asked, []int{1, 2}) {
		t.Errorf("it is asked for after the rounds %v", asked)
	}
}

func TestTheUploadsNotificationIsAskedForAtTheEnd(t *testing.T) {
	w := newWorld(t)
	chunks := w.upload("j1", header, "process,Ada,Ada,ada@example.com\n")
	w.Must(w.jobs.Table.Update(
		t.Context(),
		store.Key{"job": "j1", "item": "job"},
		store.Update{Set: "notify = :all", Values: store.Values{":all": job.Pending}},
		nil,
	))
	w.process("j1", chunks...)

	asked := w.Received(work.Walk)
	if len(asked) != 1 || asked[0] != (work.NotifyUploaded{JobID: "j1", Round: 1}) {
		t.Errorf("got %+v", asked)
	}
}

func TestWhoWasRemovedSinceIsNotBroughtBack(t *testing.T) {
	for _, row := range []string{
		"process,Ada,Ada,ada@example.com\n",
		"process,Bob,Bobby,bob@example.com\n",
	} {
		w := newWorld(t)
		w.process("j0", w.upload("j0", header, "process,Bob,Bob,bob@example.com\n")...)
		chunks := w.upload("j1", header, row)
		w.breaking.at("PutItem", "jobs") // the profile is written, the chunk's result isn't

		failed := w.give(record(t, "m1", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))
		if failed == nil {
			t.Fatal("nothing failed")
		}

		w.breaking.mend()
		w.process("j2", w.upload("j2", header, "remove,Ada,,\nremove,Bob,,\n")...)
		w.Pass(chunkLease + time.Millisecond)
		w.process("j1", chunks...)

		name := strings.ToLower(strings.Split(row, ",")[1])
		if p, ok := w.profile(name); ok {
			t.Errorf("%s is there again: %+v", name, p)
		}

		if p := w.progress("j1"); p.Processed != 1 || p.Added+p.Updated != 1 || p.Users.Total != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestAChunkGoesOnAsANewMessageWhereTheTimeIsUp(t *testing.T) {
	const rows = 2*groupRows + 50
	w := newWorld(t)
	var content strings.Builder
	for i := range rows {
		fmt.Fprintf(&content, "user%d,First\n", i)
	}
	chunks := w.upload("j1", "User,First Name", content.String())

	// A group writes its members in eight calls, and so takes 24 seconds.
	slow := func(operation, _ string) bool {
		if operation == "BatchWriteItem" {
			w.Pass(3 * time.Second)
		}
		return false
	}
	w.breaking.fails.Store(&slow)
	ctx, cancel := context.WithDeadline(t.Context(), w.Time().Add(time.Minute))
	defer cancel()
	asked := work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}
	answer, err := w.handle(ctx, events.SQSEvent{
		Records: []events.SQSMessage{record(t, "m1", 1, asked)},
	})
	w.Must(err)
	w.breaking.mend()

	if p := w.progress("j1"); len(answer.BatchItemFailures) != 0 || p.Added != 2*groupRows ||
		p.Done != 0 {
		t.Fatalf("failed are %v, and done is %+v", answer.BatchItemFailures, p)
	}
	again := wiretest.Received[work.ProcessChunk](w.Twin)
	if len(again) != 1 {
		t.Fatalf("%d messages", len(again))
	}

	w.breaking.forget()
	w.process("j1", again[0].Chunk)
	if p := w.progress("j1"); p.Added != rows || p.Processed != rows || p.Users.Total != rows ||
		w.job("j1").Status != job.Processed {
		t.Errorf("at the end the job is %s, with %+v", w.job("j1").Status, p)
	}
	if writes := w.breaking.made("BatchWriteItem", "members"); writes != 2 {
		t.Errorf("what was left took %d calls", writes)
	}
}

func TestWhatAFailedTryHasDoneIsNotDoneAgain(t *testing.T) {
	w := newWorld(t)
	var content strings.Builder
	for i := range groupRows + 1 {
		fmt.Fprintf(&content, "user%d,First\n", i)
	}
	chunks := w.upload("j1", "User,First Name", content.String())
	last := fmt.Sprintf(`"user%d"`, groupRows)
	w.breaking.at("BatchExecuteStatement", last)
	asked := work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}
	if failed := w.give(record(t, "m1", 1, asked)); failed == nil {
		t.Fatal("nothing failed")
	}

	w.breaking.mend()
	w.breaking.forget()
	w.process("j1", chunks...)
	p := w.progress("j1")
	if reads := w.breaking.made("BatchGetItem", "members"); reads != 1 || p.Added != groupRows+1 {
		t.Errorf("the second try read members %d times, and came to %+v", reads, p)
	}
}

func TestAChunkThatIsTriedAgainWritesNoMembershipThatIsAsItShouldBe(t *testing.T) {
	const (
		columns = "User,First Name,Status,Work Email"
		users   = 30
		others  = 3 // jobs that have the users, too
	)
	rows := func(name, status, address string) string {
		var all strings.Builder
		for i := range users {
			fmt.Fprintf(&all, "user%d,%s,%s,%s\n", i, name, status, address)
		}
		return all.String()
	}

	for _, test := range []struct {
		name, row     string
		looked, marks int // users whose memberships are looked at, and those that are marked
	}{
		{"other names", rows("B", "ACTIVE", "a@example.com"), 0, 0},
		{"other addresses", rows("A", "ACTIVE", ""), 0, 0},
		{"another status", rows("A", "INACTIVE", "a@example.com"), users, users * others},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			for i := range others {
				id := fmt.Sprint("j", i)
				row := rows(id, "ACTIVE", "a@example.com")
				if i == others-1 {
					row = rows("A", "ACTIVE", "a@example.com")
				}
				w.process(id, w.upload(id, columns, row)...)
			}

			chunks := w.upload("j9", columns, test.row)
			w.breaking.forget()
			w.breaking.at("PutItem", "jobs")
			w.give(record(t, "m1", 1, work.ProcessChunk{JobID: "j9", Chunk: chunks[0]}))
			if marks := w.breaking.made("UpdateItem", ":from"); marks != test.marks {
				t.Errorf("%d memberships were written at first, want %d", marks, test.marks)
			}

			w.breaking.mend()
			w.breaking.forget()
			w.Pass(chunkLease + time.Millisecond)
			asked := w.waiting(work.Bulk)
			w.process("j9", chunks...)

			looked := w.breaking.made("Query", "by_user")
			marks := w.breaking.made("UpdateItem", ":from")
			if looked != test.looked || marks != 0 {
				t.Errorf("on the second try %d were looked at, and %d written", looked, marks)
			}
			if more := w.waiting(work.Bulk) - asked; more > asked {
				t.Errorf("%d were asked to be reached, after %d", more, asked)
			}
		})
	}
}

func TestAMembershipThatTheIndexDoesNotShowYetIsMarkedLater(t *testing.T) {
	const columns = "Operation,User,Status"
	for _, test := range []struct{ row, want string }{
		{",Ada,INACTIVE\n", "ada:updated:inactive"},
		{"remove,Ada,\n", "ada:updated:removed"},
	} {
		w := newWorld(t)
		w.process("j1", w.upload("j1", columns, ",Ada,INACTIVE\n")...)
		w.process("j2", w.upload("j2", columns, ",Ada,ACTIVE\n")...)
		ada, _ := w.profile("ada")

		before := w.waiting(work.Rows)
		w.breaking.blind.Store(true)
		w.process("j3", w.upload("j3", columns, test.row)...)
		w.breaking.blind.Store(false)
		if got := w.outcomes("j2", "ada"); got != "ada:updated:pending" {
			t.Fatalf("the index shows it: %s", got)
		}
		if asked := w.waiting(work.Rows) - before; asked != 2 {
			t.Errorf("%d messages are to look again", asked)
		}

		w.give(record(t, "later", 1, work.SettleStates{
			Users: []work.ChangedUser{{Key: "ada", UserID: ada.ID, AddedBy: ada.AddedBy}},
		}))
		if got := w.outcomes("j2", "ada"); got != test.want {
			t.Errorf("later it is %s", got)
		}
	}
}

func TestWhoWasRemovedIsNotBroughtBackThoughNoMembershipTellsOfIt(t *testing.T) {
	for _, test := range []struct{ name, row, operation, text string }{
		{
			name:      "the removal has died before it marked the job that added the user",
			row:       "process,Ada,Ada,ada@example.com\n",
			operation: "UpdateItem",
			text:      ":from",
		},
		{
			name:      "the removal has died before it read the user's memberships",
			row:       "process,Bob,Bobby,bob@example.com\n",
			operation: "Query",
			text:      "by_user",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.process("j0", w.upload("j0", header, "process,Bob,Bob,bob@example.com\n")...)
			chunks := w.upload("j1", header, test.row)
			w.breaking.at("PutItem", "jobs") // the profile is written, the chunk's result isn't
			w.give(record(t, "m1", 1, work.ProcessChunk{JobID: "j1", Chunk: chunks[0]}))

			w.breaking.at(test.operation, test.text)
			removal := w.upload("j2", header, "remove,Ada,,\nremove,Bob,,\n")
			asked := work.ProcessChunk{JobID: "j2", Chunk: removal[0]}
			if failed := w.give(record(t, "m2", 1, asked)); failed == nil {
				t.Fatal("the removal hasn't died")
			}

			w.breaking.mend()
			w.Pass(chunkLease + time.Millisecond)
			w.process("j1", chunks...)

			name := strings.ToLower(strings.Split(test.row, ",")[1])
			if p, ok := w.profile(name); ok {
				t.Errorf("%s is there again: %+v", name, p)
			}
			if p := w.progress("j1"); p.Added+p.Updated != 1 || p.Users.Total != 0 {
				t.Errorf("%s is counted: %+v", name, p)
			}
		})
	}
}

// mark marks an address as undeliverable.
func (w *world) mark(channel user.Channel, to string) {
	w.T.Helper()
	w.Must(w.addresses.Mark(w.T.Context(), reach.AddressKey(channel, to), "hard_bounce", noon))
}

func TestWhoCanNotBeReachedIsUndeliverable(t *testing.T) {
	const columns = "User,Work Email,Work Email Status,SMS Phone"
	for _, test := range []struct {
		name, row string
		want      bool
	}{
		{"an address that is good", "ada,good@example.com,,", false},
		{"a marked one", "ada,marked@example.com,,", true},
		{
			name: "a marked one, and a number of a country that SMS goes to",
			row:  "ada,marked@example.com,,+16502530000",
		},
		{
			name: "a marked one, and a number of another country",
			row:  "ada,marked@example.com,,+4930123456",
			want: true,
		},
		{"a device that isn't to be used", "ada,good@example.com,INACTIVE,", true},
		{"none", "ada,,,", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.mark(user.Email, "marked@example.com")
			chunks := w.upload("j1", columns, test.row+"\n")
			w.Must(w.jobs.Table.Update(
				t.Context(),
				store.Key{"job": "j1", "item": "job"},
				store.Update{
					Set:    "devices = :both",
					Values: store.Values{":both": []string{"Work Email", "SMS Phone"}},
				},
				nil,
			))
			w.process("j1", chunks...)

			found, err := w.members.GetMany(t.Context(), "j1", []string{"ada"})
			if err != nil || found["ada"].Undeliverable != test.want {
				t.Errorf("got %+v, %v", found["ada"], err)
			}

			if p := w.progress("j1"); (p.Users.Undeliverable == 1) != test.want {
				t.Errorf("got %+v", p.Users)
			}
		})
	}
}

func TestOtherJobsAreLookedAtAgainWhereADeviceBecomesGoodOrBad(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		asked               int
	}{
		{
			name:   "a good address for a marked one",
			before: "ada,Ada,marked@example.com",
			after:  "ada,Ada,good@example.com",
			asked:  1,
		},
		{
			name:   "a marked one for a good one",
			before: "ada,Ada,good@example.com",
			after:  "ada,Ada,marked@example.com",
			asked:  1,
		},
		{"none for a good one", "ada,Ada,good@example.com", "ada,Ada,", 1},
		{
			name:   "another good one, to which the user's link wasn't sent",
			before: "ada,Ada,good@example.com",
			after:  "ada,Ada,better@example.com",
			asked:  1,
		},
		{
			name:   "the same in another letter case",
			before: "ada,Ada,good@example.com",
			after:  "ada,Ada,Good@Example.com",
		},
		{"another name", "ada,Ada,marked@example.com", "ada,Augusta,marked@example.com", 0},
		{"nothing new", "ada,Ada,good@example.com", "ada,Ada,good@example.com", 0},
		{"a new user", "bob,Bob,marked@example.com", "ada,Ada,good@example.com", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.mark(user.Email, "marked@example.com")
			w.process("j1", w.upload("j1", "User,First Name,Work Email", test.before+"\n")...)

			if asked := w.waiting(work.Bulk); asked != 0 {
				t.Fatalf("of new users %d are asked for", asked)
			}

			chunks := w.upload("j2", "User,First Name,Work Email", test.after+"\n")
			w.process("j2", chunks...)
			w.process("j2", chunks...)

			if asked := w.waiting(work.Bulk); asked != test.asked {
				t.Errorf("%d are asked for, want %d", asked, test.asked)
			}
		})
	}
}
