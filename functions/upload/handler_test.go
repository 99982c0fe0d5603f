package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

const goodFile = "User,First Name,Work Email\n" +
	"ada,Ada,ada@example.com\n" +
	"bob,Bob,nonsense\n" +
	"cem,Cem,cem@example.com\n" +
	"ada,Ada,ada@example.com\n"

type world struct {
	*wiretest.Twin
	handler
	bucketName string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldThrough(t, http.DefaultTransport)
}

// worldThrough is newWorld with a transport before DynamoDB.
func worldThrough(t testing.TB, tables http.RoundTripper) *world {
	t.Helper()
	twin := wiretest.New(t, "upload", map[string]string{
		"DEVICES": "Work Email,SMS Phone,Work Phone",
	})
	twin.Transports["dynamodb"] = tables
	return &world{
		Twin:       twin,
		handler:    newHandler(twin.Wire),
		bucketName: twin.Required("BUCKET"),
	}
}

// drop puts an object, and gives the record of its event.
func (w *world) drop(key, content string, metadata map[string]string) events.S3EventRecord {
	w.T.Helper()
	put, err := w.S3.PutObject(w.T.Context(), &s3.PutObjectInput{
		Bucket:   &w.bucketName,
		Key:      &key,
		Body:     bytes.NewReader([]byte(content)),
		Metadata: metadata,
	})
	w.Must(err)

	record := events.S3EventRecord{EventTime: noon, EventName: "ObjectCreated:Put"}
	record.S3.Bucket.Name = w.bucketName
	record.S3.Object = events.S3Object{
		Key:           strings.ReplaceAll(url.QueryEscape(key), "%2F", "/"),
		URLDecodedKey: key,
		VersionID:     aws.ToString(put.VersionId),
		ETag:          strings.Trim(aws.ToString(put.ETag), `"`),
		Size:          int64(len(content)),
		Sequencer:     "0055AED6DCD90281E5",
	}

	return record
}

// invoke hands records to the function, as the request of the id.
func (w *world) invoke(request string, records ...events.S3EventRecord) error {
	ctx := lambdacontext.NewContext(
		w.T.Context(),
		&lambdacontext.LambdaContext{AwsRequestID: request},
	)
	return w.handle(ctx, events.S3Event{Records: records})
}

func (w *world) all() []job.Job {
	w.T.Helper()
	found, _, err := w.jobs.List(w.T.Context(), 100, "")
	w.Must(err)

	return found
}

// only gives the one job that there is.
func (w *world) only() job.Job {
	w.T.Helper()

	found := w.all()
	if len(found) != 1 {
		w.T.Fatalf("%d jobs", len(found))
	}

	return found[0]
}

func TestTheSameEventTwiceMakesOneJob(t *testing.T) {
	for _, test := range []struct {
		name   string
		events func(w *world, r events.S3EventRecord)
		starts int
	}{
		{"one after the other", func(w *world, r events.S3EventRecord) {
			w.Must(w.invoke("r1", r))
			w.Must(w.invoke("r2", r))
		}, 2}, // should the first have died before it could start the processing
		{
			name:   "twice in one event",
			events: func(w *world, r events.S3EventRecord) { w.Must(w.invoke("r1", r, r)) },
			starts: 2,
		},
		{"long after", func(w *world, r events.S3EventRecord) {
			w.Must(w.invoke("r1", r))
			found := w.only()
			w.Must(w.jobs.Finish(
				w.T.Context(),
				found.ID,
				found.Round,
				job.Processed,
				job.Progress{},
				noon,
			))
			w.Set(noon.Add(24 * time.Hour))
			w.Must(w.invoke("r2", r))
		}, 1},
		{"many at once", func(w *world, r events.S3EventRecord) {
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					if err := w.invoke(fmt.Sprint("r", i), r); err != nil {
						w.T.Error(err)
					}
				})
			}

			group.Wait()
		}, 0}, // one at least
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.drop("uploads/users.csv", goodFile, nil)
			test.events(w, r)

			found := w.only()
			if r := found.Rows; r == nil || r.Total != 4 || r.Valid != 2 || r.Invalid != 2 ||
				*r.Planned != (job.Planned{Add: 2}) ||
				found.Chunks != 1 ||
				found.Name != "users.csv" ||
				found.CreatedBy != droppedBy {
				t.Errorf("got %+v", found)
			}

			started := w.Received(work.Rows)
			if test.starts != 0 && len(started) != test.starts || len(started) == 0 {
				t.Errorf("%d starts", len(started))
			}

			for _, m := range started {
				if m != (work.StartJob{JobID: found.ID}) {
					t.Errorf("got %+v", m)
				}
			}
		})
	}
}

func TestTheSameBytesDroppedAgainAreAnotherJob(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.Must(w.invoke("r", w.drop("uploads/users.csv", goodFile, nil)))
	}

	if found := w.all(); len(found) != 2 {
		t.Errorf("%d jobs", len(found))
	}
}

func TestWithoutVersionsAndSequencersTheTimeTellsEventsApart(t *testing.T) {
	r := newWorld(t).drop("uploads/users.csv", goodFile, nil)
	r.S3.Object.VersionID, r.S3.Object.Sequencer = "", "0"
	later := r

	later.EventTime = r.EventTime.Add(time.Second)
	if sourceOf(r).Event == sourceOf(later).Event {
		t.Error("the same bytes a second later are the same event")
	}
}

func TestACrashIsTakenUpAgainAfterItsLease(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/users.csv", goodFile, nil)
	source := sourceOf(r)
	id, _, err := w.createJob(t.Context(), source, r)
	w.Must(err)
	dead := lease.Lease{Owner: "dead", Until: noon.Add(15 * time.Minute)}
	_, err = w.jobs.Claim(t.Context(), id, source, dead, noon)
	w.Must(err)
	w.Must(w.invoke("r2", r))

	if found := w.only(); found.Status != job.Validating || len(w.Received(work.Rows)) != 0 {
		t.Fatalf("while the lease lives it is %s", found.Status)
	}

	w.Set(noon.Add(15*time.Minute + time.Millisecond))
	w.Must(w.invoke("r2", r))

	if found := w.only(); found.Status != job.Processing || len(w.Received(work.Rows)) != 1 {
		t.Errorf("after it, it is %s", found.Status)
	}
}

func TestTheSameRequestGoesOnAtOnce(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/users.csv", goodFile, nil)
	id, _, err := w.createJob(t.Context(), sourceOf(r), r)
	w.Must(err)
	first := lease.Lease{Owner: "r1", Until: noon.Add(15 * time.Minute)}
	_, err = w.jobs.Claim(t.Context(), id, sourceOf(r), first, noon)
	w.Must(err)
	w.Must(w.invoke("r1", r)) // S3's second try has the id of the first

	if found := w.only(); found.Status != job.Processing {
		t.Errorf("it is %s", found.Status)
	}
}

func TestADeathBeforeTheStartIsMadeUpForByARepeat(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/users.csv", goodFile, nil)
	rows := w.queues.URLs[work.Rows]
	w.queues.URLs[work.Rows] += "-gone"
	if err := w.invoke("r1", r); err == nil {
		t.Fatal("it didn't fail")
	}

	w.queues.URLs[work.Rows] = rows
	w.Must(w.invoke("r1", r))

	if found := w.only(); found.Status != job.Processing || len(w.Received(work.Rows)) != 1 {
		t.Errorf("it is %s", found.Status)
	}
}

func TestMetadata(t *testing.T) {
	for _, test := range []struct {
		name     string
		metadata map[string]string
		reason   string // of the rejection; "" for none
		check    func(j job.Job) bool
	}{
		{"nothing is the defaults", nil, "", func(j job.Job) bool {
			return j.Mode == job.Auto && j.LinkLifetime == 72*3600 && j.Notify == "" &&
				fmt.Sprint(j.Devices) == "[Work Email SMS Phone]"
		}},
		{"all of it", map[string]string{
			"name":           "New%20staff%20%E2%82%AC",
			"process":        "manual",
			"devices":        "SMS Phone , Work Email",
			"link-lifetime":  "24h",
			"notify":         "pending",
			"report-to":      "boss@example.com",
			"remind-every":   "24h",
			"remind-maximum": "3",
			"encoding":       "UTF-8",
			"separator":      "comma",
		}, "", func(j job.Job) bool {
			options := j.Name == "New staff €" && j.Mode == job.Manual &&
				fmt.Sprint(j.Devices) == "[SMS Phone Work Email]" &&
				j.LinkLifetime == 24*3600 && j.Notify == job.Pending &&
				j.ReportTo == "boss@example.com" &&
				j.Encoding == "utf-8" && j.Separator == ","
			reminders := j.Reminders.Every == 24*3600 && j.Reminders.Maximum == 3 &&
				j.Reminders.BuiltIn && j.Reminders.Audience == job.Pending &&
				strings.Contains(j.Reminders.Body, "{{link}}") && j.RemindAt() == 0
			return options && reminders
		}},
		{
			name:     "other tools' names are let be",
			metadata: map[string]string{"mtime": "1"},
			check:    func(j job.Job) bool { return j.Mode == job.Auto },
		},
		{"a bad process", map[string]string{"process": "now"}, "process", nil},
		{
			name:     "a device that nothing can be sent to",
			metadata: map[string]string{"devices": "Work Phone"},
			reason:   "devices",
		},
		{"no device", map[string]string{"devices": ","}, "devices", nil},
		{
			name:     "a lifetime that is too long",
			metadata: map[string]string{"link-lifetime": "721h"},
			reason:   "link-lifetime",
		},
		{"an audience that there isn't", map[string]string{"notify": "all"}, "notify", nil},
		{"an address that is none", map[string]string{"report-to": "boss"}, "report-to", nil},
		{"an encoding that there isn't", map[string]string{"encoding": "ansi"}, "encoding", nil},
		{"another separator", map[string]string{"separator": "|"}, "separator", nil},
		{"a name that isn't encoded", map[string]string{"name": "100%"}, "name", nil},
		{"a name with a line break", map[string]string{"name": "a%0Ab"}, "name", nil},
		{"a name that isn't UTF-8", map[string]string{"name": "%FF"}, "name", nil},
		{
			name:     "reminders that come too often",
			metadata: map[string]string{"remind-every": "59m", "remind-maximum": "3"},
			reason:   "remind-every",
		},
		{
			name:     "reminders without a maximum",
			metadata: map[string]string{"remind-every": "24h"},
			reason:   "remind-maximum",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Must(w.invoke("r1", w.drop("uploads/users.csv", goodFile, maps.Clone(test.metadata))))

			found := w.only()
			if test.reason != "" {
				if found.Status != job.Rejected ||
					!strings.HasPrefix(found.Reason, "Metadata "+test.reason+":") ||
					len(w.Received(work.Rows)) != 0 ||
					found.Name != "users.csv" {
					t.Errorf("%q is %s: %s", found.Name, found.Status, found.Reason)
				}

				return
			}

			if found.Status == job.Rejected || !test.check(found) {
				t.Errorf("got %+v", found)
			}

			if auto := len(w.Received(work.Rows)) > 0; auto != (found.Mode == job.Auto) {
				t.Errorf("%s, started: %t", found.Mode, auto)
			}
		})
	}
}

func TestFilesThatAreRejectedChangeNothing(t *testing.T) {
	for _, test := range []struct{ name, key, content, reason string }{
		{"a spreadsheet", "uploads/users.xlsx", "PK", "spreadsheet"},
		{"another kind of file", "uploads/users.pdf", "x", ".csv, .txt or .xlsx"},
		{"no valid row", "uploads/users.csv", "User,Work Email\nada,nonsense\n", ""},
		{"a column that is there twice", "uploads/users.csv", "User,x,X\nada,7,8\n", `"x"`},
		{"a column without a name", "uploads/users.csv", "User,,x\nada,7,8\n", "column 2"},
		{"no username", "uploads/users.csv", "First Name\nAda\n", "User"},
		{"blank lines alone", "uploads/users.csv", "\n\n", ""},
		{"what breaks off in the middle", "uploads/users.csv", "User\nada\n\"bob\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Must(w.invoke(
				"r1",
				w.drop(test.key, test.content, map[string]string{"notify": "pending"}),
			))

			found := w.only()
			if found.Status != job.Rejected || found.Reason == "" ||
				!strings.Contains(found.Reason, test.reason) ||
				found.FinishedAt == 0 ||
				len(w.Received(work.Rows)) != 0 {
				t.Errorf("it is %s: %s", found.Status, found.Reason)
			}
		})
	}
}

func TestAPresignedFileIsThatOfItsJobAndTheFirstCounts(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:          "j1",
		Status:      job.AwaitingFile,
		Mode:        job.Manual,
		Devices:     []string{"Work Email"},
		CreatedAt:   clock.Of(noon),
		UploadUntil: clock.Of(noon.Add(time.Hour)),
	}))
	w.Must(w.invoke("r1", w.drop("jobs/j1/users.csv", goodFile, nil)))
	w.Must(w.invoke("r2", w.drop("jobs/j1/users.csv", "User\nzoe\n", nil)))

	if found := w.only(); found.Status != job.Validated || found.Rows.Total != 4 ||
		len(w.Received(work.Rows)) != 0 {
		t.Errorf("it is %s, %+v", found.Status, found.Rows)
	}

	for _, key := range []string{
		"jobs/nobody/users.csv",
		"jobs/",
		"jobs//x.csv",
		"reports/j1/errors.csv",
	} {
		w.Must(w.invoke("r3", w.drop(key, goodFile, nil)))
	}

	if len(w.all()) != 1 {
		t.Error("an object that isn't a job's made one")
	}
}

func TestAnEmptyFileOfAJobIsRejected(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:          "j1",
		Status:      job.AwaitingFile,
		CreatedAt:   clock.Of(noon),
		UploadUntil: clock.Of(noon.Add(time.Hour)),
	}))
	w.Must(w.invoke("r1", w.drop("jobs/j1/users.csv", "", nil)))

	if found := w.only(); found.Status != job.Rejected ||
		!strings.Contains(found.Reason, "empty") {
		t.Errorf("it is %s: %s", found.Status, found.Reason)
	}
}

func TestObjectsThatAreNoFilesMakeNoJob(t *testing.T) {
	w := newWorld(t)
	for _, key := range []string{
		"uploads/",
		"uploads/may/",
		"uploads/users.csv.filepart",
		"uploads/users.FilePart",
		"uploads/users.csv.part",
		"uploads/may/users.PART",
		"uploads/users.csv.tmp",
		"uploads/users.Tmp",
		"uploads/.users.csv",
		"uploads/may/.DS_Store",
		"uploads/~$users.csv",
		"uploads/may/~$users.xlsx",
	} {
		w.Must(w.invoke("r1", w.drop(key, goodFile, nil)))
	}
	w.Must(w.invoke("r1", w.drop("uploads/users.csv", "", nil)))
	if found := w.all(); len(found) != 0 {
		t.Errorf("there is %+v", found)
	}

	w.Must(w.invoke("r1", w.drop("uploads/users.csv", goodFile, nil)))
	for _, key := range []string{"uploads/tmp/a.part.csv", "uploads/.may/~users.csv"} {
		w.Must(w.invoke("r1", w.drop(key, goodFile, nil)))
	}
	if found := w.all(); len(found) != 3 {
		t.Errorf("there are %d jobs of files", len(found))
	}
}

// TestAnyKeyIsRead hands in the event as S3 writes it: with the key encoded as a form is.
func TestAnyKeyIsRead(t *testing.T) {
	for _, test := range []struct{ key, name string }{
		{"uploads/new users.csv", "new users.csv"},
		{"uploads/a+b.csv", "a+b.csv"},
		{"uploads/100%.csv", "100%.csv"},
		{"uploads/100%25 %2B.csv", "100%25 %2B.csv"},
		{"uploads/#1 & co?.csv", "#1 & co?.csv"},
		{"uploads/may/👩🏽‍🚀 users.csv", "👩🏽‍🚀 users.csv"},
		{"uploads/Zu\u0308rich.csv", "Zu\u0308rich.csv"},
		{"uploads/Zürich.csv", "Zürich.csv"},
		{
			"uploads/" + strings.Repeat("x", 1024-len("uploads/.csv")) + ".csv",
			strings.Repeat("x", 1024-len("uploads/.csv")) + ".csv",
		},
	} {
		w := newWorld(t)
		record := w.drop(test.key, goodFile, nil)
		sent, err := json.Marshal(events.S3Event{Records: []events.S3EventRecord{record}})
		w.Must(err)

		var event events.S3Event
		w.Must(json.Unmarshal(sent, &event))
		w.Must(w.invoke("r1", event.Records...))

		found := w.only()
		if found.Name != test.name || found.FileName != test.name ||
			found.Status != job.Processing || found.Source.Key != test.key {
			t.Errorf("%s is %q, %s", test.key, found.Name, found.Status)
		}
	}
}

func TestADroppedFileThatIsGoneMakesNoJob(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/users.csv", goodFile, nil)
	_, err := w.S3.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket:    &w.bucketName,
		Key:       aws.String("uploads/users.csv"),
		VersionId: &r.S3.Object.VersionID,
	})
	w.Must(err)
	w.Must(w.invoke("r1", r))

	if len(w.all()) != 0 {
		t.Errorf("there is %+v", w.all())
	}
}

func TestTheLastAdministratorsRowIsAnError(t *testing.T) {
	for _, test := range []struct {
		name, file string
		invalid    int
	}{
		{"removed", "Operation,User\nremove,root\n,ada\n", 1},
		{"made inactive", "User,Status\nroot,INACTIVE\nada,\n", 1},
		{"demoted", "User,Role\nROOT,Clerk\nada,\n", 1},
		{"kept", "User,Role\nroot,Clerk|Administrator\nada,\n", 0},
		{"both of two", "Operation,User\nremove,root\nremove,second\n,ada\n", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)

			names := []string{"root"}
			if strings.Contains(test.file, "second") {
				names = append(names, "second")
			}

			for _, name := range names {
				p := user.Profile{
					ID:       name,
					Key:      name,
					Username: name,
					Fields:   map[string]string{user.Role: user.AdministratorRole},
				}
				w.Must(w.directory.Write(t.Context(), p, nil, "seed#"+name))
			}

			w.Must(w.invoke("r1", w.drop("uploads/users.csv", test.file, nil)))

			if found := w.only(); found.Rows == nil || found.Rows.Invalid != test.invalid {
				t.Errorf("got %+v: %s", found.Rows, found.Reason)
			}
		})
	}
}

// blind is a transport by which the index of administrators shows nobody.
type blind struct{}

func (blind) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !strings.Contains(string(body), "by_administrator") {
		return http.DefaultTransport.RoundTrip(r)
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Body:       io.NopCloser(strings.NewReader(`{"Count":0,"Items":[]}`)),
	}, nil
}

func TestTheLastAdministratorIsKnownThoughTheIndexLags(t *testing.T) {
	for announced, invalid := range map[string]int{"root": 1, "root second": 0} {
		w := worldThrough(t, blind{})
		for _, name := range strings.Fields(announced) {
			p := user.Profile{
				ID:       name,
				Key:      name,
				Username: name,
				Fields:   map[string]string{user.Role: user.AdministratorRole},
			}
			w.Must(w.directory.AnnounceAdministrators(t.Context(), []string{name}))
			w.Must(w.directory.Write(t.Context(), p, nil, "seed#"+name))
		}

		const file = "Operation,User\nremove,root\n,ada\n"
		w.Must(w.invoke("r1", w.drop("uploads/users.csv", file, nil)))
		if found := w.only(); found.Rows == nil || found.Rows.Invalid != invalid {
			t.Errorf("of %s: got %+v: %s", announced, found.Rows, found.Reason)
		}
	}
}

func TestADroppedFileIsRecordedOnce(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/users.csv", goodFile, nil)
	r.RequestParameters.SourceIPAddress = "192.0.2.1"
	w.Must(w.invoke("r1", r))
	w.Set(noon.Add(time.Minute))
	w.Must(w.invoke("r2", r))
	w.Must(w.invoke("r3", w.drop("jobs/none/users.csv", goodFile, nil)))
	entries, _, err := w.audit.List(t.Context(), audit.Query{}, 10)

	want := audit.Entry{
		At:       clock.Of(noon),
		Action:   audit.JobDropped,
		Job:      w.only().ID,
		SourceIP: "192.0.2.1",
		Result:   audit.OK,
	}
	if err != nil || len(entries) != 1 || entries[0] != want {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestARejectionIsReportedToWhomTheFileSays(t *testing.T) {
	for _, test := range []struct {
		name, file string
		metadata   map[string]string
		asked      string
	}{
		{"of a bad file", "User;Email\n", map[string]string{"report-to": "boss@example.com"}, "1"},
		{
			name:     "of bad metadata",
			file:     goodFile,
			metadata: map[string]string{"report-to": "boss@example.com", "notify": "all"},
			asked:    "1",
		},
		{
			name:     "of a good file",
			file:     goodFile,
			metadata: map[string]string{"report-to": "boss@example.com", "process": "manual"},
			asked:    "0",
		},
		{"to nobody", "User;Email\n", nil, "0"},
		{"to what is no address", goodFile, map[string]string{"report-to": "boss"}, "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Must(w.invoke("r1", w.drop("uploads/users.csv", test.file, test.metadata)))
			got, err := w.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
				QueueUrl:       new(w.Required("QUEUE_URGENT")),
				AttributeNames: []sqstypes.QueueAttributeName{"All"},
			})
			w.Must(err)

			if asked := got.Attributes["ApproximateNumberOfMessagesDelayed"]; asked != test.asked {
				t.Errorf(
					"%s reports are asked for, want %s; the job is %s",
					asked,
					test.asked,
					w.only().Status,
				)
			}
		})
	}
}
