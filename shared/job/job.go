// Package job stores upload jobs: what was uploaded, how far it has come, and the results
// of its chunks.
//
// A job is created with its options (options.go). Its file is claimed and validated
// (upload.go), perhaps after somebody has said what its columns are (mapping.go), and
// processed in rounds (process.go), chunk by chunk (chunk.go). Nothing is counted by adding
// to a number, since everything may happen twice: each chunk has a result, which is written
// once, and a count is a sum over results (progress.go).
package job

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// Status is how far a job has come.
type Status string

// Statuses of a job, in the order described at Job.
const (
	AwaitingFile Status = "awaiting_file"
	Validating   Status = "validating"
	NeedsMapping Status = "needs_mapping"
	Validated    Status = "validated"
	Rejected     Status = "rejected"
	Processing   Status = "processing"
	Processed    Status = "processed"
	Failed       Status = "failed" // processed, but some rows were given up on
)

// Statuses lists all statuses.
var Statuses = []Status{
	AwaitingFile,
	Validating,
	NeedsMapping,
	Validated,
	Rejected,
	Processing,
	Processed,
	Failed,
}

// Mode is what follows validation.
type Mode string

// Modes of a job.
const (
	Manual Mode = "manual" // an administrator starts processing
	Auto   Mode = "auto"   // processing starts at once, with the valid rows
)

// Audience is the set of a job's users that a notification is for.
type Audience string

// Audiences of a notification. Named is the usernames that a request lists.
const (
	Pending   Audience = "pending"
	Everyone  Audience = "everyone"
	Expired   Audience = "expired"
	Unreached Audience = "unreached"
	Named     Audience = "named"
)

// Audiences lists those that a request can ask for by their name.
var Audiences = []Audience{Pending, Everyone, Expired, Unreached}

// Shards is the number of partitions that a job's members, and work at them, spread over.
const Shards = user.Shards

const (
	// MaxName is the most code points that a job's name may have.
	MaxName = 200
	// MaxID is more bytes than a job's id has. What is longer names no job.
	MaxID = 40
)

// Folders of the bucket that files come into.
const (
	DroppedFolder  = "uploads/" // a file in it becomes a job of its own
	UploadedFolder = "jobs/"    // a file in jobs/<id>/ is that job's
)

// Source is the version of the object that a job was made from.
type Source struct {
	Bucket  string `dynamodbav:"bucket" json:"bucket"`
	Key     string `dynamodbav:"key" json:"key"`
	Version string `dynamodbav:"version,omitempty" json:"version,omitempty"`
	ETag    string `dynamodbav:"etag" json:"etag"`
	Size    int64  `dynamodbav:"size" json:"size"`
	// Event is the identity of the S3 event that brought it: bucket, key and version.
	Event string `dynamodbav:"event" json:"-"`
}

// Dropped reports whether the file was put into the bucket directly, and made the job.
func (s Source) Dropped() bool { return strings.HasPrefix(s.Key, DroppedFolder) }

// IsSpreadsheet reports whether the file is a spreadsheet's by its name.
func (s Source) IsSpreadsheet() bool { return strings.EqualFold(path.Ext(s.Key), ".xlsx") }

// Rows counts the rows of a file.
type Rows struct {
	Total   int `dynamodbav:"total"`
	Valid   int `dynamodbav:"valid"`
	Invalid int `dynamodbav:"invalid"`
	// Planned is set once the file is validated: what its valid rows would change.
	Planned *Planned `dynamodbav:"planned,omitempty"`
}

// Outcomes counts rows by what became of them.
type Outcomes struct {
	Processed int `dynamodbav:"processed" json:"processed"`
	Added     int `dynamodbav:"added" json:"added"`
	Updated   int `dynamodbav:"updated" json:"updated"`
	Unchanged int `dynamodbav:"unchanged" json:"unchanged"`
	Removed   int `dynamodbav:"removed" json:"removed"`
	Failed    int `dynamodbav:"failed" json:"failed"`
}

// GiveUp counts the rest of a number of rows as failed, and returns how many that are.
func (o *Outcomes) GiveUp(of int) (rows int) {
	rows = max(0, of-o.Processed)
	o.Processed += rows
	o.Failed += rows
	return rows
}

// Tally counts a job's users by their state, at the time AsOf. Expired and Undeliverable
// are among Pending, too.
type Tally struct {
	Total         int          `dynamodbav:"total"`
	Active        int          `dynamodbav:"active"`
	Pending       int          `dynamodbav:"pending"`
	Expired       int          `dynamodbav:"expired"`
	Inactive      int          `dynamodbav:"inactive"`
	Undeliverable int          `dynamodbav:"undeliverable"`
	AsOf          clock.Millis `dynamodbav:"as_of"`
}

// Job is an uploaded file and all that was done with it.
//
// The statuses and the order that they follow:
//
//	awaiting_file  created, and the file isn't there yet
//	validating     upload has claimed the file and reads it, under a lease
//	needs_mapping  nobody has said yet what the file's columns are; Map makes the job
//	               validating again, and waits for upload
//	validated      the rows are checked; Rows, Chunks and Issues are known
//	rejected       a job that changed nothing: a bad file, or none in time. It is the end,
//	               unless the columns were the reason and are mapped anew
//	processing     process writes the chunks of one round
//	processed      every row has its outcome
//	failed         the same, but some rows were given up on, for Reason if the file can't be
//	               read any more: Start begins another round
//
// jobs creates a job for the API, and upload for a dropped file. upload writes Source,
// the lease, Rows, Chunks, Issues and Mappable. jobs writes Mapping and Mapped. jobs and
// upload start a round, and process ends it (FinishedAt, Outcomes, Tally). renotify writes
// Reminders and when they are due, and rejects a job whose file doesn't come. walk puts off a
// reminder that can't be sent yet.
// Package notification counts Notifications and Reminded. Package tally renews Tally.
// jobs sets DeletedAt, and nothing finds the job any more; walk erases it.
type Job struct {
	ID           string       `dynamodbav:"job"`
	Item         string       `dynamodbav:"item"`
	Listed       string       `dynamodbav:"listed,omitempty"`
	Created      string       `dynamodbav:"created"`
	Name         string       `dynamodbav:"name"`
	FileName     string       `dynamodbav:"file_name"`
	Status       Status       `dynamodbav:"status"`
	Reason       string       `dynamodbav:"rejected_reason,omitempty"`
	CreatedAt    clock.Millis `dynamodbav:"created_at"`
	CreatedBy    string       `dynamodbav:"created_by,omitempty"`
	StartedAt    clock.Millis `dynamodbav:"started_at,omitempty"` // of the last round
	FinishedAt   clock.Millis `dynamodbav:"finished_at,omitempty"`
	Devices      []string     `dynamodbav:"devices"`
	LinkLifetime clock.Span   `dynamodbav:"link_lifetime"`
	CustomFields []string     `dynamodbav:"custom_fields,omitempty"`
	Mode         Mode         `dynamodbav:"mode"`
	Notify       Audience     `dynamodbav:"notify,omitempty"`
	ReportTo     string       `dynamodbav:"report_to,omitempty"`
	Encoding     string       `dynamodbav:"encoding,omitempty"`  // "" for what is found
	Separator    string       `dynamodbav:"separator,omitempty"` // likewise
	Reminders    *Reminders   `dynamodbav:"reminders,omitempty"`
	// Reminded is the number of reminders that were sent, also before Reminders changed.
	Reminded int `dynamodbav:"reminded,omitempty"`
	// UploadUntil is when the URL for the file expires.
	UploadUntil clock.Millis `dynamodbav:"upload_until,omitempty"`
	// Due and DueAt, the key of a sparse index, are set while the clock has to reject the
	// job if no file comes or isn't validated, to remind, or to have the job erased.
	Due    string  `dynamodbav:"due,omitempty"`
	DueAt  string  `dynamodbav:"due_at,omitempty"`
	Source *Source `dynamodbav:"source,omitempty"`
	// Mapping is what was decided of the file's columns, by their names there: the name of
	// one of ours, or "" for nothing. Mapped counts the decisions since the file came.
	Mapping map[string]string `dynamodbav:"mapping,omitempty"`
	Mapped  int               `dynamodbav:"mapped,omitempty"`
	// Mappable is true while the columns may be mapped anew: upload has read the header.
	Mappable bool  `dynamodbav:"mappable,omitempty"`
	Rows     *Rows `dynamodbav:"rows,omitempty"`
	Chunks   int   `dynamodbav:"chunks,omitempty"`
	Round    int   `dynamodbav:"round"`            // the number of starts of processing
	Issues   int   `dynamodbav:"issues,omitempty"` // parts of the list of issues
	// Outcomes and Tally are set once a round has ended.
	Outcomes      *Outcomes    `dynamodbav:"outcomes,omitempty"`
	Tally         *Tally       `dynamodbav:"tally,omitempty"`
	TallyAskedAt  clock.Millis `dynamodbav:"tally_asked_at,omitempty"`
	Notifications int          `dynamodbav:"notifications"`
	DeletedAt     clock.Millis `dynamodbav:"deleted_at,omitempty"`
	// The lease is held by the request that validates the file.
	lease.Holder
}

// Finished reports whether the rows have been processed, so that users can be notified.
func (j Job) Finished() bool { return j.Status == Processed || j.Status == Failed }

const (
	jobItem    = "job"
	listedJobs = "jobs"
)

// DueJobs is the "due" of every item that the clock has something to do for: jobs, as
// described at Job, and paused notifications.
const DueJobs = "jobs"

var (
	// ErrOtherFile is returned if the job has its file already.
	ErrOtherFile = errors.New("the job has its file already")
	// ErrStatus is returned if the job's status doesn't allow the change.
	ErrStatus = errors.New("not at this status")
)

// DefaultName returns the name of a job that was given none.
func DefaultName(at time.Time) string {
	return "User Upload " + at.UTC().Format("2006-01-02 15:04:05")
}

// Moment writes a moment as a text that sorts as times do.
func Moment(ms clock.Millis) string { return fmt.Sprintf("%015d", ms) }

// Store stores jobs, their chunks, exports and tallies.
type Store struct{ Table store.Table }

func key(id, item string) store.Key { return store.Key{"job": id, "item": item} }

// Create stores a new job. It returns store.ErrCondition if there is one with its id.
func (s Store) Create(ctx context.Context, j Job) error {
	j.Item = jobItem
	j.Listed = listedJobs
	j.Created = Moment(j.CreatedAt) + "#" + j.ID
	if j.Status == AwaitingFile {
		j.Due = DueJobs
		j.DueAt = Moment(j.UploadUntil)
	}
	return s.Table.Put(ctx, j, "attribute_not_exists(job)", nil)
}

// Get reads a job. It returns store.ErrNotFound for one that isn't there or was deleted.
func (s Store) Get(ctx context.Context, id string) (Job, error) {
	var found Job
	if id == "" || len(id) > MaxID {
		return found, store.ErrNotFound
	}

	err := s.Table.Get(ctx, key(id, jobItem), &found)
	if err == nil && found.DeletedAt != 0 {
		return Job{}, store.ErrNotFound
	}
	return found, err
}

// List reads a page of jobs, the newest first. after is the next of the page before; ""
// is the first page and the end. A page may hold fewer than limit jobs, since the index
// may still name a deleted one. List returns store.ErrNotFound for an after that can't be
// one.
func (s Store) List(
	ctx context.Context, limit int, after string,
) (jobs []Job, next string, err error) {
	query := store.Query{
		Index:    "by_created",
		Where:    "listed = :listed",
		Values:   store.Values{":listed": listedJobs},
		Limit:    limit,
		Backward: true,
	}
	if after != "" {
		moment, id, ok := strings.Cut(after, "#")
		if !ok || len(moment) != len(Moment(0)) || id == "" || len(id) > MaxID {
			return nil, "", store.ErrNotFound
		}
		query.After = store.Key{"listed": listedJobs, "created": after, "job": id, "item": jobItem}
	}

	type entry struct {
		ID string `dynamodbav:"job"`
	}

	entries, more, err := store.Select[entry](ctx, s.Table, query)
	if err != nil {
		return nil, "", err
	}

	keys := make([]store.Key, len(entries))
	for i, e := range entries {
		keys[i] = key(e.ID, jobItem)
	}

	ofID := func(j Job) (string, Job) { return j.ID, j }
	byID, err := store.GetMap(ctx, s.Table, keys, ofID)
	if err != nil {
		return nil, "", err
	}

	for _, e := range entries {
		if j, ok := byID[e.ID]; ok && j.DeletedAt == 0 {
			jobs = append(jobs, j)
		}
	}

	return jobs, more["created"], nil
}

func asStatus(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrStatus
	}
	return err
}

// duePage is how many items that are due are read together.
const duePage = 100

// Due reads the jobs and paused notifications that are due, the longest due first.
func (s Store) Due(ctx context.Context, at time.Time) iter.Seq2[Item, error] {
	return store.Items[Item](ctx, s.Table, store.Query{
		Index:  "by_due",
		Where:  "due = :due AND due_at <= :at",
		Values: store.Values{":due": DueJobs, ":at": Moment(clock.Of(at))},
		Limit:  duePage,
	})
}
