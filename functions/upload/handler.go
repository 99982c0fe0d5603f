package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"golang.org/x/text/language"

	"latchkey/shared/audit"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/roster"
	"latchkey/shared/setting"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/spreadsheet"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// invocationTime is how long a request holds a file's lease where the context has no
// deadline: as long as Lambda lets an invocation last.
const invocationTime = 15 * time.Minute

// Reasons to reject a file that can't be read to its end.
const (
	reasonReplaced = "The file was replaced while it was read. Upload it again."
	reasonDeleted  = "The file was deleted before it was read. Upload it again."
)

// handler holds what the function is wired to.
type handler struct {
	jobs         job.Store
	directory    directory.Store
	queues       work.Queues
	reports      report.Reports
	bucket       object.Bucket
	devices      []user.Device
	customFields []string
	limits       job.Limits
	language     language.Tag // of the built-in texts that a job stores
	metrics      metric.Log
	audit        audit.Log
	now          func() time.Time
}

func newHandler(w *wire.Wire) handler {
	devices := user.ReadDevices(w.Reader)
	queues := work.NewQueues(w.AWS("sqs"), w.Reader, work.Rows, work.Urgent)
	return handler{
		jobs:         job.Store{Table: w.Table("jobs")},
		directory:    directory.Store{Table: w.Table("directory")},
		queues:       queues,
		reports:      report.Reports{Queues: queues, Now: w.Now},
		bucket:       object.New(w.AWS("s3"), w.Required("BUCKET")),
		devices:      devices,
		customFields: w.List("CUSTOM_FIELDS"),
		limits:       job.ReadLimits(w.Reader, devices),
		language:     setting.Parse(w.Reader, "LANGUAGE", reach.ParseLanguage),
		metrics:      w.Metrics(),
		audit:        w.Audit(),
		now:          w.Now,
	}
}

// handle takes an event's records one after the other. After an error Lambda tries the
// whole event again, with the same request id: each record must come to the same then.
func (h handler) handle(ctx context.Context, event events.S3Event) error {
	var failed error
	for _, record := range event.Records {
		if err := h.take(ctx, record); err != nil {
			failed = errors.Join(failed, err)
		}
	}

	return failed
}

// take claims the job of an object and validates the object as its file. The event's
// identity is the object's version. An event of another version does nothing. Nor does
// one that comes while another request holds the lease, or after the file was validated.
func (h handler) take(ctx context.Context, record events.S3EventRecord) error {
	source := sourceOf(record)
	if id, number, ok := job.MappingOf(source.Key); ok {
		return h.takeMapping(ctx, id, number)
	}
	if source.Dropped() && !isFile(source) {
		slog.InfoContext(ctx, "a dropped object is no file", "bytes", source.Size)
		return nil
	}

	id, refused, err := h.jobOf(ctx, source, record)
	if err != nil || id == "" {
		return err
	}

	held := lease.Lease{Owner: requestID(ctx), Until: h.deadline(ctx)}
	claimed, err := h.jobs.Claim(ctx, id, source, held, h.now())
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, lease.ErrBusy):
		return nil
	case errors.Is(err, job.ErrOtherFile):
		return h.resume(ctx, id, func(j job.Job) bool {
			return j.Source != nil && j.Source.Event == source.Event
		})
	case err != nil:
		return err
	}

	if refused != "" {
		return h.reject(ctx, claimed, held, job.Rejection{Reason: refused})
	}
	return h.validate(ctx, claimed, held)
}

// takeMapping claims a job by a decision on its columns, and validates its file anew. An
// event of an earlier decision does nothing, as for a file.
func (h handler) takeMapping(ctx context.Context, id string, number int) error {
	held := lease.Lease{Owner: requestID(ctx), Until: h.deadline(ctx)}
	claimed, err := h.jobs.ClaimMapped(ctx, id, number, held, h.now())
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, lease.ErrBusy):
		return nil
	case errors.Is(err, job.ErrOtherFile):
		return h.resume(ctx, id, func(j job.Job) bool { return j.Mapped == number })
	case err != nil:
		return err
	}
	return h.validate(ctx, claimed, held)
}

// jobOf returns the id of an object's job, "" if it has none. The job of a dropped file
// is made first, unless it is there: refused is the reason if the file's metadata is bad.
func (h handler) jobOf(
	ctx context.Context, source job.Source, record events.S3EventRecord,
) (id, refused string, err error) {
	switch {
	case source.Dropped():
		id, refused, err = h.createJob(ctx, source, record)
		if errors.Is(err, object.ErrNotFound) {
			slog.WarnContext(ctx, "a dropped file is gone")
			return "", "", nil
		}
		return id, refused, err
	case strings.HasPrefix(source.Key, job.UploadedFolder):
		id, _, _ = strings.Cut(strings.TrimPrefix(source.Key, job.UploadedFolder), "/")
		return id, "", nil
	}

	return "", "", nil
}

// sourceOf returns the version of an object that an event is about.
func sourceOf(record events.S3EventRecord) job.Source {
	o := record.S3.Object
	source := job.Source{
		Bucket:  record.S3.Bucket.Name,
		Key:     o.URLDecodedKey,
		Version: o.VersionID,
		ETag:    strings.Trim(o.ETag, `"`),
		Size:    o.Size,
	}
	if source.Key == "" {
		source.Key = o.Key
	}

	// A bucket without versions has none, or the version "null". There the same bytes put
	// again are another event: the sequencer tells them apart, and where there is none,
	// the time does.
	identity := o.VersionID
	if identity == "" || identity == "null" {
		source.Version = ""
		identity = fmt.Sprintf("%s#%s#%d", o.ETag, o.Sequencer, record.EventTime.UnixMilli())
	}

	source.Event = source.Bucket + "#" + source.Key + "#" + identity
	return source
}

// requestID returns the name of the request as the owner of a lease. Lambda's further
// tries of an event have the same, and so take up the lease of the first.
func requestID(ctx context.Context) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID
	}
	return "no request"
}

// deadline returns the end of the invocation, which is the end of its lease, too.
func (h handler) deadline(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return h.now().Add(invocationTime)
}

// reject ends a claimed job. Announce, then act: its report is asked for first, so that
// no death in between loses it.
func (h handler) reject(
	ctx context.Context, j job.Job, held lease.Lease, found job.Rejection,
) error {
	if err := h.reports.Send(ctx, j, work.JobRejected, j.Mapped); err != nil {
		return err
	}

	slog.InfoContext(ctx, "file rejected", "job", j.ID)
	return h.jobs.Reject(ctx, j.ID, held, found, h.now())
}

// resume starts the processing of a job that this same event has had validated, as isThat
// knows. The request that validated it may have died before it started the processing.
func (h handler) resume(ctx context.Context, id string, isThat func(job.Job) bool) error {
	found, err := h.jobs.Get(ctx, id)
	if err != nil {
		return err
	}
	if found.Mode != job.Auto || !isThat(found) {
		return nil
	}

	if found.Status == job.Validated || found.Status == job.Processing {
		return h.start(ctx, id)
	}
	return nil
}

// start moves a job to processing and asks for its chunks. Announce, then act: the status
// is written first. The message is sent even if the status was there already, since the
// request that wrote it may have died before it sent.
func (h handler) start(ctx context.Context, id string) error {
	_, err := h.jobs.Start(ctx, id, h.now())
	if err != nil && !errors.Is(err, job.ErrStatus) {
		return err
	}
	return h.queues.Send(ctx, work.StartJob{JobID: id}, 0)
}

// validate reads the file once and stores what it found. The chunks are written before
// the status: whoever sees a validated job finds them.
func (h handler) validate(ctx context.Context, j job.Job, held lease.Lease) error {
	if reason := refusal(*j.Source); reason != "" {
		return h.reject(ctx, j, held, job.Rejection{Reason: reason})
	}

	found, err := h.read(ctx, j)
	var rejected *userfile.FileError
	switch {
	case errors.Is(err, errUndecided):
		return h.askForMapping(ctx, j, held)
	case errors.As(err, &rejected):
		return h.reject(ctx, j, held, job.Rejection{
			Reason:   rejected.Message,
			Rows:     found.rowsOrNone(),
			Issues:   found.parts,
			Mappable: found.isMappable(rejected),
		})
	case errors.Is(err, object.ErrChanged):
		return h.reject(ctx, j, held, job.Rejection{Reason: reasonReplaced})
	case errors.Is(err, object.ErrNotFound):
		return h.reject(ctx, j, held, job.Rejection{Reason: reasonDeleted})
	case err != nil:
		return err
	}

	chunks := found.plannedChunks()
	if err := h.copyOf(j).Keep(ctx, chunks); err != nil {
		return err
	}

	err = h.jobs.Validated(ctx, j.ID, held, found.rows, len(chunks), found.parts)
	if err != nil {
		return err
	}

	h.metrics.Count(metric.RowsValid, found.rows.Valid)
	h.metrics.Count(metric.RowsInvalid, found.rows.Invalid)
	slog.InfoContext(ctx, "file validated",
		"job", j.ID,
		"rows", found.rows.Total,
		"valid", found.rows.Valid,
		"invalid", found.rows.Invalid,
	)

	if j.Mode == job.Auto {
		return h.start(ctx, j.ID)
	}
	return nil
}

// copyOf returns the canonical copy of a job's file.
func (h handler) copyOf(j job.Job) roster.Copy {
	return roster.Copy{Bucket: h.bucket, JobID: j.ID}
}

// refusal returns why a file isn't even read, "" if it is.
func refusal(source job.Source) string {
	extension := strings.ToLower(path.Ext(source.Key))
	switch {
	case slices.Contains([]string{".xls", ".ods"}, extension):
		return "This is another spreadsheet's own file. Save it as .xlsx or \"CSV UTF-8\", " +
			"and upload that."
	case !source.IsSpreadsheet() && extension != ".csv" && extension != ".txt":
		return "The file's name has to end in .csv, .txt or .xlsx."
	case source.IsSpreadsheet() && source.Size > spreadsheet.MaxFile:
		return spreadsheet.TooLarge().Message
	case source.Size > userfile.MaxFile:
		return "The file is larger than 1 GB. Split it."
	}

	return ""
}
