package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"golang.org/x/text/language"

	"latchkey/shared/audit"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/report"
	"latchkey/shared/roster"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

const (
	dropped   = "uploads/" // a file under it becomes a job of its own
	presigned = "jobs/"    // a file under jobs/{id}/ is that job's
	// droppedUntil is how long a dropped file's job may wait for the request that made it.
	droppedUntil = time.Hour
	// droppedBy is who makes the jobs of dropped files.
	droppedBy = "S3"
)

type handler struct {
	jobs         job.Store
	directory    directory.Store
	rows         queue.Queue
	reports      report.Reports
	bucket       object.Bucket
	devices      []user.Device
	customFields []string
	limits       job.Limits
	language     language.Tag // of the built-in texts that a job keeps
	metrics      metric.Log
	audit        audit.Log
	now          func() time.Time
}

// handle takes an event's records one after the other. An error has S3's event tried again, by the same request id.
func (h handler) handle(ctx context.Context, event events.S3Event) error {
	var failed error
	for _, record := range event.Records {
		if err := h.take(ctx, record); err != nil {
			failed = errors.Join(failed, err)
		}
	}

	return failed
}

// take claims a job for the object and validates it. The event's identity is the object's version: who comes with another one, or while another
// request is at it, or after, does nothing.
func (h handler) take(ctx context.Context, record events.S3EventRecord) error {
	source := sourceOf(record)

	var (
		id  string
		bad string
	)
	switch {
	case strings.HasPrefix(source.Key, dropped):
		var err error
		if id, bad, err = h.createJob(ctx, source, record); errors.Is(err, object.ErrNotFound) {
			slog.WarnContext(ctx, "a dropped file is gone")
			return nil
		} else if err != nil {
			return err
		}
	case strings.HasPrefix(source.Key, presigned):
		id, _, _ = strings.Cut(strings.TrimPrefix(source.Key, presigned), "/")
	default:
		return nil
	}

	owner := requestID(ctx)

	claimed, err := h.jobs.Claim(ctx, id, source, owner, h.now(), h.deadline(ctx))
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, job.ErrBusy):
		return nil
	case errors.Is(err, job.ErrOtherFile):
		return h.resume(ctx, id, source)
	case err != nil:
		return err
	}

	if bad != "" {
		return h.reject(ctx, claimed, owner, bad, nil, 0)
	}
	return h.validate(ctx, claimed, owner)
}

// sourceOf names the version of an object that an event is about.
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

	identity := o.VersionID
	if identity == "" || identity == "null" {
		source.Version = ""
		// The same bytes put again are another event; where no sequencer tells them apart, the time does.
		identity = fmt.Sprintf("%s#%s#%d", o.ETag, o.Sequencer, record.EventTime.UnixMilli())
	}

	source.Event = source.Bucket + "#" + source.Key + "#" + identity
	return source
}

func requestID(ctx context.Context) string {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		return invocation.AwsRequestID
	}
	return "no request"
}

func (h handler) deadline(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return h.now().Add(15 * time.Minute)
}

// createJob makes the job of a dropped file, once. bad is what is wrong with the object's metadata.
func (h handler) createJob(
	ctx context.Context,
	source job.Source,
	record events.S3EventRecord,
) (id, bad string, err error) {
	at := record.EventTime

	head, err := h.bucket.Head(ctx, source)
	if err != nil {
		return "", "", err
	}

	made := job.Job{
		ID: job.NewID(
			at,
			source.Event,
		),
		FileName:     path.Base(source.Key),
		Status:       job.AwaitingFile,
		CreatedAt:    at.UnixMilli(),
		CreatedBy:    droppedBy,
		CustomFields: h.customFields,
		UploadUntil:  h.now().Add(droppedUntil).UnixMilli(),
	}
	if bad = h.metadata(&made, head.Metadata); bad != "" {
		made.Devices, made.LinkLifetime, made.Mode = h.limits.DefaultDevices, int64(
			h.limits.Lifetime/time.Second,
		), job.Auto
	}

	if made.Name == "" {
		made.Name = made.FileName
	}

	if err := h.jobs.Create(ctx, made); err != nil && !errors.Is(err, store.ErrCondition) {
		return "", "", err
	}

	h.audit.Note(ctx, audit.Entry{
		ID:       made.ID,
		At:       made.CreatedAt,
		Action:   audit.JobDropped,
		Job:      made.ID,
		SourceIP: record.RequestParameters.SourceIPAddress,
		Result:   audit.OK,
	})

	return made.ID, bad, nil
}

// metadata reads a dropped file's options, or says what is wrong with them. Names that aren't ours are let be: other tools write theirs.
func (h handler) metadata(made *job.Job, metadata map[string]string) (bad string) {
	given := map[string]string{}
	for name, value := range metadata {
		given[strings.ToLower(name)] = strings.TrimSpace(value)
	}

	name, err := url.PathUnescape(given["name"])
	if err != nil {
		return "Metadata name: it has to be percent-encoded."
	}

	options := job.Options{
		Name:         name,
		Mode:         given["process"],
		LinkLifetime: given["link-lifetime"],
		Notify:       given["notify"],
		ReportTo:     given["report-to"],
	}
	if list := given["devices"]; list != "" {
		for _, device := range strings.Split(list, ",") {
			options.Devices = append(options.Devices, strings.TrimSpace(device))
		}
	}

	var refused *job.OptionError
	if err := options.Apply(made, h.limits, job.Auto); errors.As(err, &refused) {
		var told job.Job // who is to hear of it, also where another option is bad
		if made.ReportTo = ""; (job.Options{ReportTo: options.ReportTo}).Apply(
			&told,
			h.limits,
			job.Auto,
		) == nil {
			made.ReportTo = told.ReportTo
		}

		return fmt.Sprintf(
			"Metadata %s: %s",
			strings.ReplaceAll(refused.Option, "_", "-"),
			refused.Message,
		)
	}

	return reminders(made, given["remind-every"], given["remind-maximum"], h.language)
}

// reminders reads how often, and how many times at most, the job reminds, or says what is wrong with it.
func reminders(made *job.Job, every, most string, language language.Tag) (bad string) {
	if every == "" && most == "" {
		return ""
	}

	span, err := time.ParseDuration(every)
	if err != nil || span < job.RemindEvery {
		return "Metadata remind-every: it is a time span like 24h, of at least 1h."
	}

	count, err := strconv.Atoi(most)
	if err != nil || count < 1 || count > job.RemindMost {
		return "Metadata remind-maximum: it is a whole number from 1 to 20."
	}

	text := message.BuiltIn(message.Renotification, language)
	made.Reminders = &job.Reminders{
		ID:       job.NewRemindersID(),
		Every:    int64(span / time.Second),
		Maximum:  count,
		Audience: job.Pending,
		Subject:  text.Subject,
		Body:     text.Body,
		SMS:      text.SMS,
		BuiltIn:  true,
	}

	return ""
}

func (h handler) reject(
	ctx context.Context,
	j job.Job,
	owner, reason string,
	rows *job.Rows,
	issues int,
) error {
	if err := h.reports.Send(ctx, j, urgent.JobRejected, 0); err != nil {
		return err
	}

	slog.InfoContext(ctx, "file rejected", "job", j.ID)

	return h.jobs.Reject(ctx, j.ID, owner, reason, rows, issues, h.now())
}

// resume goes on with a job that was validated by a request that died before it could start the processing.
func (h handler) resume(ctx context.Context, id string, source job.Source) error {
	found, err := h.jobs.Get(ctx, id)
	if err != nil || found.Source == nil || found.Source.Event != source.Event ||
		found.Mode != job.Auto {
		return err
	}

	if found.Status == job.Validated || found.Status == job.Processing {
		return h.start(ctx, id)
	}
	return nil
}

func (h handler) start(ctx context.Context, id string) error {
	if _, err := h.jobs.Start(ctx, id); err != nil && !errors.Is(err, job.ErrStatus) {
		return err
	}
	return h.rows.Send(ctx, job.RowsMessage{JobID: id, Start: true}, 0)
}

// validate reads the file once, and writes down what it found.
func (h handler) validate(ctx context.Context, j job.Job, owner string) error {
	if reason := refusal(*j.Source); reason != "" {
		return h.reject(ctx, j, owner, reason, nil, 0)
	}

	found, err := h.read(ctx, j)

	var rejected *userfile.FileError
	switch {
	case errors.As(err, &rejected):
		return h.reject(ctx, j, owner, rejected.Message, found.rowsOrNone(), found.parts)
	case errors.Is(err, object.ErrChanged):
		return h.reject(
			ctx,
			j,
			owner,
			"The file was replaced while it was read. Upload it again.",
			nil,
			0,
		)
	case errors.Is(err, object.ErrNotFound):
		return h.reject(
			ctx,
			j,
			owner,
			"The file was deleted before it was read. Upload it again.",
			nil,
			0,
		)
	case err != nil:
		return err
	}

	if err := h.file().Keep(ctx, j.ID, found.chunks, found.header); err != nil {
		return err
	}

	if err := h.jobs.Validated(
		ctx,
		j.ID,
		owner,
		found.rows,
		len(found.chunks),
		found.parts,
	); err != nil {
		return err
	}

	h.metrics.Count(metric.RowsValid, found.rows.Valid)
	h.metrics.Count(metric.RowsInvalid, found.rows.Invalid)
	slog.InfoContext(
		ctx,
		"file validated",
		"job",
		j.ID,
		"rows",
		found.rows.Total,
		"valid",
		found.rows.Valid,
		"invalid",
		found.rows.Invalid,
	)

	if j.Mode == job.Auto {
		return h.start(ctx, j.ID)
	}
	return nil
}

func (h handler) file() roster.File {
	return roster.File{Bucket: h.bucket, Devices: h.devices, CustomFields: h.customFields}
}

// refusal says why a file isn't even read.
func refusal(source job.Source) string {
	extension := strings.ToLower(path.Ext(source.Key))
	switch {
	case slices.Contains([]string{".xlsx", ".xls", ".ods"}, extension):
		return "This is a spreadsheet's own file. Save it as \"CSV UTF-8\" and upload that."
	case extension != ".csv" && extension != ".txt":
		return "The file's name has to end in .csv or .txt."
	case source.Size > userfile.MaxFile:
		return "The file is larger than 1 GB. Split it."
	}

	return ""
}
