// Package job keeps upload jobs: what was uploaded, how far it is, and the results that its counts are sums of.
//
// Nothing is counted by adding to a number, since whatever happens may happen twice: each chunk has a result of its own that
// is written once, and a count is a sum over results.
package job

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"latchkey/shared/store"
)

// Status is how far a job is.
type Status string

// The statuses of a job, in the order that it goes through them.
const (
	AwaitingFile Status = "awaiting_file"
	Validating   Status = "validating"
	Validated    Status = "validated"
	Rejected     Status = "rejected"
	Processing   Status = "processing"
	Processed    Status = "processed"
	Failed       Status = "failed" // processed, but some rows were given up on
)

// Statuses lists them all.
var Statuses = []Status{
	AwaitingFile,
	Validating,
	Validated,
	Rejected,
	Processing,
	Processed,
	Failed,
}

// Mode says what follows validation.
type Mode string

// Modes of a job.
const (
	Manual Mode = "manual" // wait for an administrator
	Auto   Mode = "auto"   // go on with the good rows
)

// Audience is whom a notification is for.
type Audience string

// Audiences of a notification. Named is for usernames that the administrator gave.
const (
	Pending   Audience = "pending"
	Everyone  Audience = "everyone"
	Expired   Audience = "expired"
	Unreached Audience = "unreached"
	Named     Audience = "named"
)

// Audiences lists those that can be asked for by name.
var Audiences = []Audience{Pending, Everyone, Expired, Unreached}

// Shards is over how many partitions a job's members, and with them its work, are spread.
const Shards = 16

// MaxName is the most code points of a job's name.
const MaxName = 200

// Source is the version of the object that a job was made from.
type Source struct {
	Bucket  string `dynamodbav:"bucket" json:"bucket"`
	Key     string `dynamodbav:"key" json:"key"`
	Version string `dynamodbav:"version,omitempty" json:"version,omitempty"`
	ETag    string `dynamodbav:"etag" json:"etag"`
	Size    int64  `dynamodbav:"size" json:"size"`
	// Event is the identity of the event that brought it.
	Event string `dynamodbav:"event" json:"-"`
}

// Dropped says that the file was put into the bucket, and made its job.
func (s Source) Dropped() bool { return strings.HasPrefix(s.Key, "uploads/") }

// Rows counts a file's rows.
type Rows struct {
	Total   int `dynamodbav:"total"`
	Valid   int `dynamodbav:"valid"`
	Invalid int `dynamodbav:"invalid"`
	// Planned is there once the file is validated.
	Planned *Planned `dynamodbav:"planned,omitempty"`
}

// Outcomes counts what became of rows.
type Outcomes struct {
	Processed int `dynamodbav:"processed" json:"processed"`
	Added     int `dynamodbav:"added" json:"added"`
	Updated   int `dynamodbav:"updated" json:"updated"`
	Unchanged int `dynamodbav:"unchanged" json:"unchanged"`
	Removed   int `dynamodbav:"removed" json:"removed"`
	Failed    int `dynamodbav:"failed" json:"failed"`
}

// Tally counts a job's users by their state, at a time (milliseconds).
type Tally struct {
	Total         int   `dynamodbav:"total"`
	Active        int   `dynamodbav:"active"`
	Pending       int   `dynamodbav:"pending"`
	Expired       int   `dynamodbav:"expired"`
	Inactive      int   `dynamodbav:"inactive"`
	Undeliverable int   `dynamodbav:"undeliverable"`
	AsOf          int64 `dynamodbav:"as_of"`
}

// Job is the job itself.
type Job struct {
	ID           string   `dynamodbav:"job"`
	Item         string   `dynamodbav:"item"`
	Listed       string   `dynamodbav:"listed,omitempty"`
	Created      string   `dynamodbav:"created"`
	Name         string   `dynamodbav:"name"`
	FileName     string   `dynamodbav:"file_name"`
	Status       Status   `dynamodbav:"status"`
	Reason       string   `dynamodbav:"rejected_reason,omitempty"`
	CreatedAt    int64    `dynamodbav:"created_at"` // milliseconds, as all times here
	CreatedBy    string   `dynamodbav:"created_by,omitempty"`
	FinishedAt   int64    `dynamodbav:"finished_at,omitempty"`
	Devices      []string `dynamodbav:"devices"`
	LinkLifetime int64    `dynamodbav:"link_lifetime"` // seconds
	CustomFields []string `dynamodbav:"custom_fields,omitempty"`
	Mode         Mode     `dynamodbav:"mode"`
	Notify       Audience `dynamodbav:"notify,omitempty"`
	ReportTo     string   `dynamodbav:"report_to,omitempty"`
	// Reminders are there while the job has any; Reminded is how many were sent, whichever they were.
	Reminders *Reminders `dynamodbav:"reminders,omitempty"`
	Reminded  int        `dynamodbav:"reminded,omitempty"`
	// UploadUntil is when the URL for the file ends.
	UploadUntil int64 `dynamodbav:"upload_until,omitempty"`
	// Due and DueAt are there while the clock has something to do for the job; they are the key of a sparse index.
	Due    string  `dynamodbav:"due,omitempty"`
	DueAt  string  `dynamodbav:"due_at,omitempty"`
	Source *Source `dynamodbav:"source,omitempty"`
	Rows   *Rows   `dynamodbav:"rows,omitempty"`
	Chunks int     `dynamodbav:"chunks,omitempty"`
	Round  int     `dynamodbav:"round"`            // how often processing was started
	Issues int     `dynamodbav:"issues,omitempty"` // parts of the list of errors and warnings
	// Outcomes and Tally are there when the rows have been processed: what became of them, and their users as they were counted last.
	Outcomes      *Outcomes `dynamodbav:"outcomes,omitempty"`
	Tally         *Tally    `dynamodbav:"tally,omitempty"`
	TallyAskedAt  int64     `dynamodbav:"tally_asked_at,omitempty"`
	Notifications int       `dynamodbav:"notifications"`
	LeaseOwner    string    `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil    int64     `dynamodbav:"lease_until,omitempty"`
	DeletedAt     int64     `dynamodbav:"deleted_at,omitempty"`
}

// Finished says whether the rows have been processed, so that users can be notified.
func (j Job) Finished() bool { return j.Status == Processed || j.Status == Failed }

const (
	jobItem    = "job"
	listedJobs = "jobs"
)

// DueJobs is the "due" of every item of the table that the clock has something to do for: a job that waits for its file or has reminders, or a
// paused notification.
const DueJobs = "jobs"

var (
	// ErrBusy says that another request works at it.
	ErrBusy = errors.New("another request works at it")
	// ErrOtherFile says that the job has its file already.
	ErrOtherFile = errors.New("the job has its file already")
	// ErrStatus says that the job isn't at the status that this asks for.
	ErrStatus = errors.New("not at this status")
)

// NewID gives a job's id, from the time and 80 bits of what it is made from: the same seed gives the same id.
func NewID(at time.Time, seed string) string {
	var id ulid.ULID
	if err := id.SetTime(ulid.Timestamp(at)); err != nil {
		panic(err) // only after the year 10889
	}

	sum := sha256.Sum256([]byte(seed))
	if err := id.SetEntropy(sum[:10]); err != nil {
		panic(err)
	}
	return strings.ToLower(id.String())
}

// DefaultName is what a job is called that nobody named.
func DefaultName(at time.Time) string {
	return "User Upload " + at.UTC().Format("2006-01-02 15:04:05")
}

// Moment writes milliseconds so that texts sort as times do.
func Moment(ms int64) string { return fmt.Sprintf("%015d", ms) }

// Store keeps jobs.
type Store struct{ Table store.Table }

func key(id, item string) store.Key { return store.Key{"job": id, "item": item} }

// Create puts a new job. It answers store.ErrCondition if there is one with its id.
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

// Get reads a job. It answers store.ErrNotFound for one that isn't there or was deleted.
func (s Store) Get(ctx context.Context, id string) (Job, error) {
	var found Job
	if id == "" || len(id) > 64 {
		return found, store.ErrNotFound
	}

	err := s.Table.Get(ctx, key(id, jobItem), &found)
	if err == nil && found.DeletedAt != 0 {
		return Job{}, store.ErrNotFound
	}
	return found, err
}

// List reads a page of jobs, the newest first. after is the Created of the last one of the page before, or "".
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
		_, id, ok := strings.Cut(after, "#")
		if !ok {
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

	found, err := store.GetMany[Job](ctx, s.Table, keys)
	if err != nil {
		return nil, "", err
	}

	byID := map[string]Job{}
	for _, j := range found {
		byID[j.ID] = j
	}

	for _, e := range entries {
		if j, ok := byID[e.ID]; ok && j.DeletedAt == 0 {
			jobs = append(jobs, j)
		}
	}

	return jobs, more["created"], nil
}

// Delete hides a job for good. It answers ErrStatus while it is being validated or processed.
func (s Store) Delete(ctx context.Context, id string, now time.Time) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:    "deleted_at = :now, delete_at = :delete",
		Remove: "listed, due, due_at",
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at)" +
			" AND NOT #status IN (:validating, :processing)",
		Values: store.Values{
			":now":        now.UnixMilli(),
			":delete":     now.Unix() + 1,
			":validating": Validating,
			":processing": Processing,
		},
	}, nil))
}

func asStatus(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrStatus
	}
	return err
}

// dueAtOnce bounds what one tick of the clock does; the next one does the rest.
const dueAtOnce = 100

// DueItem is an item that is due: a job, or a paused notification of one.
type DueItem struct {
	JobID string `dynamodbav:"job"`
	Item  string `dynamodbav:"item"`
}

// Due lists what the clock has something to do for at a time, the longest due first.
func (s Store) Due(ctx context.Context, at time.Time) ([]DueItem, error) {
	found, _, err := store.Select[DueItem](ctx, s.Table, store.Query{
		Index:  "by_due",
		Where:  "due = :due AND due_at <= :at",
		Values: store.Values{":due": DueJobs, ":at": Moment(at.UnixMilli())},
		Limit:  dueAtOnce,
	})
	return found, err
}
