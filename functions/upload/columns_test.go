package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/mapping"
	"latchkey/shared/work"
)

// otherFile has columns that nobody knows, and one that is told by its name.
const otherFile = "Kennung,shoe,Dienst\nada,40 wide,ada@example.com\nbob,41 wide,nonsense\n"

var otherMapping = map[string]string{"Kennung": "User", "shoe": "", "Dienst": "Work Email"}

// decide maps the columns of the only job as the API does, and gives the event of that.
func (w *world) decide(decided map[string]string) events.S3EventRecord {
	w.T.Helper()
	mapped, err := w.jobs.Map(w.T.Context(), w.only().ID, decided, w.Time())
	w.Must(err)
	return w.drop(job.MappingKey(mapped.ID, mapped.Mapped), "{}", nil)
}

// header gives what was kept of a job's header.
func (w *world) header(id string) (header mapping.Header) {
	w.T.Helper()
	content, err := w.bucket.Read(w.T.Context(), object.Mapping(id))
	w.Must(err)
	w.Must(json.Unmarshal(content, &header))
	return header
}

// changes gives the changes of the good rows of a job's file, by username.
func (w *world) changes(id string) map[string]user.Change {
	w.T.Helper()
	ctx := w.T.Context()
	copied := roster.Copy{Bucket: w.bucket, JobID: id}
	chunks, err := copied.Chunks(ctx)
	w.Must(err)

	changes := map[string]user.Change{}
	for _, chunk := range chunks {
		w.Must(copied.EachGroup(ctx, chunk, roster.GroupRows, func(rows []roster.Row) error {
			for _, row := range rows {
				changes[row.Change.Username] = row.Change
			}
			return nil
		}))
	}
	return changes
}

// issuesOf gives the issues of a job of few.
func (w *world) issuesOf(id string) (issues []userfile.Issue) {
	w.T.Helper()
	content, err := w.bucket.Read(w.T.Context(), object.Issues(id, 0))
	w.Must(err)
	w.Must(json.Unmarshal(content, &issues))
	return issues
}

func TestColumnsThatNobodyKnowsWaitForAMapping(t *testing.T) {
	w := newWorld(t)
	metadata := map[string]string{"notify": "pending", "report-to": "boss@example.com"}
	r := w.drop("uploads/staff.csv", otherFile, metadata)
	for _, request := range []string{"r1", "r1", "r2"} {
		w.Must(w.invoke(request, r))
	}

	found := w.only()
	if found.Status != job.NeedsMapping || found.Reason != "" || len(w.Received(work.Rows)) != 0 {
		t.Errorf("it is %s: %s", found.Status, found.Reason)
	}
	for item, err := range w.jobs.Due(t.Context(), noon.Add(1000*time.Hour)) {
		t.Errorf("%v is due, %v", item, err)
	}

	var columns []string
	for _, c := range w.header(found.ID).Columns {
		columns = append(columns, fmt.Sprint(c.Name, c.Samples, c.Field, "/", c.Source))
	}
	if got := strings.Join(columns, " "); got != "Kennung[ada bob]User/proposed "+
		"shoe[40 wide 41 wide]/ Dienst[ada@example.com nonsense]/" {
		t.Errorf("the columns are %s", got)
	}

	url := w.queues.URLs[work.Urgent]
	got, err := w.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       &url,
		AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	w.Must(err)
	if held := got.Attributes["ApproximateNumberOfMessagesDelayed"]; held != "1" {
		t.Errorf("%s reports are held back", held)
	}
}

func TestAFileIsValidatedAnewWithADecisionWheneverItsEventComes(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps func(w *world, file events.S3EventRecord)
	}{
		{"once", func(w *world, _ events.S3EventRecord) {
			w.Must(w.invoke("r2", w.decide(otherMapping)))
		}},
		{"twice", func(w *world, _ events.S3EventRecord) {
			decision := w.decide(otherMapping)
			w.Must(w.invoke("r2", decision))
			w.Must(w.invoke("r3", decision))
		}},
		{"twice in one event", func(w *world, _ events.S3EventRecord) {
			decision := w.decide(otherMapping)
			w.Must(w.invoke("r2", decision, decision))
		}},
		{"after the file's own event came again", func(w *world, file events.S3EventRecord) {
			decision := w.decide(otherMapping)
			w.Must(w.invoke("r2", file))
			w.Must(w.invoke("r3", decision))
		}},
		{"before the file's own event comes again", func(w *world, file events.S3EventRecord) {
			w.Must(w.invoke("r2", w.decide(otherMapping)))
			w.Must(w.invoke("r3", file))
		}},
		{"after the clock has given it up", func(w *world, _ events.S3EventRecord) {
			decision := w.decide(otherMapping)
			late := noon.Add(time.Hour)
			w.Set(late)
			w.Must(w.jobs.MapAgain(w.T.Context(), w.only(), late))
			w.Must(w.invoke("r2", decision))
		}},
		{"after a death while it was validated", func(w *world, _ events.S3EventRecord) {
			decision := w.decide(otherMapping)
			dead := w.handler
			w.bucket = object.Bucket{}
			func() {
				defer func() { _ = recover() }()
				_ = w.invoke("dead", decision)
			}()
			w.handler = dead
			w.Set(noon.Add(15*time.Minute + time.Millisecond))
			w.Must(w.invoke("r2", decision))
		}},
		{"after a death before its processing was asked for", func(
			w *world, _ events.S3EventRecord,
		) {
			decision := w.decide(otherMapping)
			rows := w.queues.URLs[work.Rows]
			w.queues.URLs[work.Rows] += "-gone"
			if err := w.invoke("r2", decision); err == nil {
				w.T.Fatal("it didn't fail")
			}
			w.queues.URLs[work.Rows] = rows
			w.Must(w.invoke("r2", decision))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			file := w.drop("uploads/staff.csv", otherFile, nil)
			w.Must(w.invoke("r1", file))
			test.steps(w, file)

			found := w.only()
			if found.Status != job.Processing || found.Rows.Valid != 1 || found.Rows.Invalid != 1 ||
				len(w.Received(work.Rows)) == 0 {
				t.Fatalf("it is %s, with %+v", found.Status, found.Rows)
			}
			ada := w.changes(found.ID)["ada"]
			if fmt.Sprint(ada.Fields) != "map[Work Email:ada@example.com]" {
				t.Errorf("ada's fields are %v", ada.Fields)
			}
		})
	}
}

func TestTheColumnsOfASpreadsheetAreMapped(t *testing.T) {
	w := newWorld(t)
	sheet := workbookOf(t,
		[]any{"Our staff"},
		[]any{"Kennung", "shoe", "Dienst"},
		[]any{"ada", 40, "ada@example.com"},
		[]any{"bob", 41, "nonsense"},
	)
	w.Must(w.invoke("r1", w.drop("uploads/staff.xlsx", sheet, nil)))
	if header := w.header(w.only().ID); header.Row != 2 || len(header.Columns) != 3 {
		t.Errorf("the header is %+v", header)
	}

	w.Must(w.invoke("r2", w.decide(otherMapping)))
	found := w.only()
	if found.Status != job.Processing || found.Rows.Valid != 1 || found.Rows.Invalid != 1 {
		t.Fatalf("it is %s: %s, %+v", found.Status, found.Reason, found.Rows)
	}
	if issue := w.issuesOf(found.ID)[1]; issue.Row != 4 || issue.Column != "Dienst" {
		t.Errorf("got %+v", issue)
	}
}

func TestOfTwoDecisionsTheLaterOneCounts(t *testing.T) {
	w := newWorld(t)
	r := w.drop("uploads/staff.csv", otherFile, map[string]string{"process": "manual"})
	w.Must(w.invoke("r1", r))

	first := w.decide(otherMapping)
	w.Must(w.invoke("r2", first))
	other := map[string]string{"Kennung": "User", "shoe": "Site", "Dienst": ""}
	second := w.decide(other)
	w.Must(w.invoke("r3", first)) // late
	if found := w.only(); found.Status != job.Validating {
		t.Fatalf("the first decision, late, makes it %s", found.Status)
	}

	w.Must(w.invoke("r4", second))
	w.Must(w.invoke("r5", first))
	found := w.only()
	if found.Status != job.Validated || found.Rows.Valid != 2 {
		t.Fatalf("it is %s, with %+v", found.Status, found.Rows)
	}
	if site := w.changes(found.ID)["ada"].Fields["Site"]; site != "40 wide" {
		t.Errorf("ada's site is %q", site)
	}
}

func TestADecisionOnADeletedJobDoesNothing(t *testing.T) {
	w := newWorld(t)
	w.Must(w.invoke("r1", w.drop("uploads/staff.csv", otherFile, nil)))
	decision := w.decide(otherMapping)
	w.Must(w.jobs.Delete(t.Context(), w.only().ID, noon))
	w.Must(w.invoke("r2", decision))
	w.Must(w.invoke("r3", w.drop(job.MappingKey("nobody", 1), "{}", nil)))

	if found := w.all(); len(found) != 0 || len(w.Received(work.Rows)) != 0 {
		t.Errorf("%d jobs", len(found))
	}
}

func TestTheMappingOfAJobDecides(t *testing.T) {
	for _, test := range []struct {
		name    string
		mapping map[string]string
		status  job.Status
		reason  string
	}{
		{"all columns", otherMapping, job.Validated, ""},
		{"some", map[string]string{"kennung": "User", "x": "Site"}, job.NeedsMapping, ""},
		{
			"two onto one",
			map[string]string{"Kennung": "User", "shoe": "Work Email", "Dienst": "Work Email"},
			job.Rejected,
			`"shoe" and "Dienst", column 3, would both be Work Email`,
		},
		{
			"no username",
			map[string]string{"Kennung": "", "shoe": "", "Dienst": "Work Email"},
			job.Rejected,
			`"User"`,
		},
		{
			"what leaves no good row",
			map[string]string{"Kennung": "Work Email", "shoe": "", "Dienst": "User"},
			job.Rejected,
			"no valid row",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Must(w.jobs.Create(t.Context(), job.Job{
				ID:        "j1",
				Status:    job.AwaitingFile,
				Mode:      job.Manual,
				Devices:   []string{"Work Email"},
				CreatedAt: clock.Of(noon),
				Mapping:   test.mapping,
			}))
			w.Must(w.invoke("r1", w.drop("jobs/j1/users.csv", otherFile, nil)))

			found := w.only()
			if found.Status != test.status || !strings.Contains(found.Reason, test.reason) {
				t.Errorf("it is %s: %s", found.Status, found.Reason)
			}

			// Whatever was wrong with the columns, a decision puts it right.
			w.Must(w.invoke("r2", w.decide(otherMapping)))
			if found := w.only(); found.Status != job.Validated || found.Reason != "" {
				t.Errorf("mapped, it is %s: %s", found.Status, found.Reason)
			}
		})
	}
}

func TestWhatIsNoFaultOfTheColumnsCanNotBeMapped(t *testing.T) {
	for name, content := range map[string]string{
		"blank lines":            "\n\n",
		"no valid row":           "User,Work Email\nada,nonsense\n",
		"a column without names": "User,\nada,x\n",
		"a row that isn't UTF-8": "login,mail\nada,x\n\xff,x\n",
		"a quote that is open":   "login,mail\nada,x\n\"bob,x\n",
	} {
		w := newWorld(t)
		w.Must(w.invoke("r1", w.drop("uploads/users.csv", content, nil)))
		if found := w.only(); found.Status != job.Rejected || found.Mappable {
			t.Errorf("%s: it is %s, mappable: %t", name, found.Status, found.Mappable)
		}
	}
}

func TestAHeaderThatIsRememberedGoesThroughByItself(t *testing.T) {
	w := newWorld(t)
	w.Must(w.invoke("r1", w.drop("uploads/monday.csv", otherFile, nil)))
	id := w.header(w.only().ID).ID()
	w.Must(w.jobs.Remember(t.Context(), job.Remembered{ID: id, Mapping: otherMapping}))

	again := "Dienst,KENNUNG,shoe\neve@example.com,eve,40\n" // in another order
	w.Must(w.invoke("r2", w.drop("uploads/tuesday.csv", again, nil)))
	tuesday := w.all()[0]
	if tuesday.Name != "tuesday.csv" {
		tuesday = w.all()[1]
	}
	if tuesday.Status != job.Processing || w.header(tuesday.ID).Columns[0].Source != "remembered" {
		t.Errorf("it is %s, %+v", tuesday.Status, w.header(tuesday.ID))
	}
	if email := w.changes(tuesday.ID)["eve"].Fields["Work Email"]; email != "eve@example.com" {
		t.Errorf("eve's address is %q", email)
	}

	w.Must(w.jobs.Forget(t.Context(), id, noon))
	w.Must(w.invoke("r3", w.drop("uploads/wednesday.csv", otherFile, nil)))
	needing := 0
	for _, j := range w.all() {
		if j.Status == job.NeedsMapping {
			needing++
		}
	}
	if needing != 2 {
		t.Errorf("forgotten, %d jobs wait", needing)
	}
}

func TestWhatWasDecidedOfOurOwnColumnsIsRemembered(t *testing.T) {
	const file = "User,Site,Work Email\nada,Rome,ada@example.com\n"

	w := newWorld(t)
	manual := map[string]string{"process": "manual"}
	w.Must(w.invoke("r1", w.drop("uploads/monday.csv", file, manual)))
	monday := w.only()
	if site := w.changes(monday.ID)["ada"].Fields["Site"]; site != "Rome" {
		t.Errorf("ada's site is %q", site)
	}

	w.Must(w.jobs.Remember(t.Context(), job.Remembered{
		ID:      w.header(monday.ID).ID(),
		Mapping: map[string]string{"Site": ""},
	}))
	w.Must(w.invoke("r2", w.drop("uploads/tuesday.csv", file, manual)))
	for _, j := range w.all() {
		_, has := w.changes(j.ID)["ada"].Fields["Site"]
		if has != (j.ID == monday.ID) {
			t.Errorf("%s has a site: %t", j.Name, has)
		}
	}
}

func TestTheExamplesOfATemplateAreNobodys(t *testing.T) {
	const header = "version:v1.0,,\n" +
		"Name [displayName] Required,User name [userPrincipalName] Required," +
		"Block sign in (Yes/No) [accountEnabled] Required\n"
	const ada = "Ada King,ada@example.com,No\n"
	for _, example := range []string{
		"Example: Chris Green,Example: chris@contoso.com,Example: No\n",
		"Chris Green,chris@contoso.com,No\n",
		"Beispiel: Chris Green,Beispiel:Chris@Contoso.com,Nein\n",
		"例：Chris Green,例：chris@contoso.com,No,,\n",
	} {
		w := newWorld(t)
		w.Must(w.invoke("r1", w.drop("uploads/entra.csv", header+example+ada, nil)))

		found := w.only()
		if found.Rows == nil || found.Rows.Valid != 1 || found.Rows.Invalid != 1 {
			t.Errorf("%q: it is %s: %s, %+v", example, found.Status, found.Reason, found.Rows)
			continue
		}
		for _, issue := range w.issuesOf(found.ID) {
			if issue.Level == userfile.LevelError && issue.Code != userfile.CodeExampleRow {
				t.Errorf("%q: got %v", example, issue)
			}
		}
		if got := w.changes(found.ID)["ada@example.com"].Fields["Work Email"]; got == "" {
			t.Errorf("%q: the next row's username is no address", example)
		}
	}

	// Where no such template was filled in, it is a user like any other.
	w := newWorld(t)
	w.Must(w.invoke("r1", w.drop("uploads/users.csv", "User\nchris@contoso.com\n", nil)))
	if found := w.only(); found.Rows == nil || found.Rows.Valid != 1 {
		t.Errorf("it is %s: %s", found.Status, found.Reason)
	}
}

func TestAKnownExportGoesThroughByItself(t *testing.T) {
	const entra = "version:v1.0\n" +
		"Name [displayName] Required,User name [userPrincipalName] Required," +
		"Block sign in (Yes/No) [accountEnabled] Required,First name [givenName]," +
		"Mobile phone [mobile]\n" +
		"Ada King,ada@example.com,No,Ada,+49 30 901820\n" +
		"Bob Ray,bob@example.com,yes,Bob,\n" +
		"Eve Poe,eve@example.com,No,Eve,110\n"

	w := newWorld(t)
	w.Must(w.invoke("r1", w.drop("uploads/entra.csv", entra, nil)))
	found := w.only()
	if found.Status != job.Processing || found.Rows.Valid != 2 {
		t.Fatalf("it is %s: %s, %+v", found.Status, found.Reason, found.Rows)
	}

	changes := w.changes(found.ID)
	if got := fmt.Sprint(changes["ada@example.com"].Fields); got != "map[First Name:Ada "+
		"SMS Phone:+4930901820 Status:ACTIVE Work Email:ada@example.com]" {
		t.Errorf("ada's fields are %s", got)
	}
	if changes["bob@example.com"].Fields[user.Status] != user.Inactive {
		t.Errorf("bob's fields are %v", changes["bob@example.com"].Fields)
	}

	// Issues and the error report have the file's own names and row numbers.
	var issues []string
	for _, i := range w.issuesOf(found.ID) {
		issues = append(issues, fmt.Sprint(i.Row, " ", i.Column, " ", i.Code))
	}
	if got := strings.Join(issues, ", "); got != "2 Name [displayName] Required ignored_column, "+
		"5 Mobile phone [mobile] bad_phone" {
		t.Errorf("the issues are %s", got)
	}
	report, err := w.bucket.Read(t.Context(), object.ErrorReport(found.ID))
	w.Must(err)
	if !strings.HasPrefix(string(report), "Error Row,Error,Name [displayName] Required,User") ||
		!strings.Contains(string(report), "\n5,") {
		t.Errorf("the report is %s", report)
	}

	// The report can be corrected and dropped as it is.
	corrected := strings.Replace(string(report), ",110", ",", 1)
	w.Must(w.invoke("r2", w.drop("uploads/corrected.csv", corrected, nil)))
	for _, j := range w.all() {
		if j.Status != job.Processing {
			t.Errorf("%s is %s: %s", j.Name, j.Status, j.Reason)
		}
	}
}

func TestAUsernameThatIsNoAddressIsNoDevice(t *testing.T) {
	const (
		header = "First Name [Required],Last Name [Required],Email Address [Required]\n"
		bob    = "Bob,Ray,bob\n"
	)
	var others strings.Builder
	for i := range 20 {
		fmt.Fprintf(&others, "Ada,King,u%d@example.com\n", i)
	}

	// The first values decide whether the column is one of addresses.
	for file, has := range map[string]bool{
		header + bob + others.String(): false,
		header + others.String() + bob: true,
	} {
		w := newWorld(t)
		w.Must(w.invoke("r1", w.drop("uploads/google.csv", file, nil)))
		changes := w.changes(w.only().ID)
		_, bobs := changes["bob"].Fields["Work Email"]
		address := changes["u7@example.com"].Fields["Work Email"]
		if (address != "") != has || bobs {
			t.Errorf("u7 has %q, bob has one: %t", address, bobs)
		}
	}
}

func TestTheHeaderMayStandInRowTwoOrThree(t *testing.T) {
	for lines, row := range map[string]int{
		"":                            2,
		"Our staff\n":                 3,
		"Our staff,,\nNovember,,\n":   4,
		"\n\nOur staff,,\n":           5,
		"#TYPE System.Object\n":       3,
		"\"Our staff, November\",,\n": 3,
	} {
		w := newWorld(t)
		file := lines + "User,First Name,Work Email\nada,Ada,nonsense\nbob,Bob,bob@example.com\n"
		w.Must(w.invoke("r1", w.drop("uploads/users.csv", file, nil)))
		found := w.only()
		if found.Status != job.Processing || found.Rows.Valid != 1 {
			t.Errorf("%q: it is %s: %s", lines, found.Status, found.Reason)
			continue
		}
		if got := w.issuesOf(found.ID)[0].Row; got != row {
			t.Errorf("%q: ada is in row %d, not %d", lines, row, got)
		}
	}
}
