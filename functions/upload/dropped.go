package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/text/language"

	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/id"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/object"
	"latchkey/shared/store"
)

const (
	// droppedUntil is how long the job of a dropped file waits to be claimed.
	droppedUntil = time.Hour
	// droppedBy stands as the creator of a dropped file's job.
	droppedBy = "S3"
)

// isFile reports whether a dropped object is a file. It isn't one if it stands for a
// folder, or if its name says that it isn't whole or for people. Nor is one of zero bytes:
// tools that mount a bucket make it first, and put the content into another version.
func isFile(source job.Source) bool {
	key := strings.ToLower(source.Key)
	for _, suffix := range []string{"/", ".filepart", ".part", ".tmp"} {
		if strings.HasSuffix(key, suffix) {
			return false
		}
	}

	name := path.Base(key)
	hidden := strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$")
	return !hidden && source.Size > 0
}

// createJob makes the job of a dropped file and returns its id. The id is made of the
// event, so that the same event makes the same job. Where the metadata is bad, the job is
// made with the defaults, and refused is the reason to reject it: its page shows that.
func (h handler) createJob(
	ctx context.Context, source job.Source, record events.S3EventRecord,
) (jobID, refused string, err error) {
	head, err := h.bucket.Head(ctx, object.Source{Key: source.Key, Version: source.Version})
	if err != nil {
		return "", "", err
	}

	made := job.Job{
		ID:           id.New(record.EventTime, source.Event),
		FileName:     path.Base(source.Key),
		Status:       job.AwaitingFile,
		CreatedAt:    clock.Of(record.EventTime),
		CreatedBy:    droppedBy,
		CustomFields: h.customFields,
		UploadUntil:  clock.Of(h.now().Add(droppedUntil)),
	}

	refused = h.applyMetadata(&made, head.Metadata)
	if refused != "" {
		made.Devices = h.limits.DefaultDevices
		made.LinkLifetime = clock.SpanOf(h.limits.Lifetime)
		made.Mode = job.Auto
	}
	if made.Name == "" {
		made.Name = made.FileName
	}

	err = h.jobs.Create(ctx, made)
	if err != nil && !errors.Is(err, store.ErrCondition) {
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
	return made.ID, refused, nil
}

// applyMetadata sets a dropped file's options from its metadata, or returns what is wrong
// with them. Names that aren't Latchkey's are passed over: other tools write theirs.
func (h handler) applyMetadata(made *job.Job, metadata map[string]string) (refused string) {
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
		Devices:      deviceNames(given["devices"]),
		LinkLifetime: given["link-lifetime"],
		Notify:       given["notify"],
		ReportTo:     given["report-to"],
		Encoding:     given["encoding"],
		Separator:    given["separator"],
	}

	var bad *job.OptionError
	if errors.As(options.Apply(made, h.limits, job.Auto), &bad) {
		made.ReportTo = h.reportTo(options.ReportTo)
		option := strings.ReplaceAll(bad.Option, "_", "-")
		return fmt.Sprintf("Metadata %s: %s", option, bad.Message)
	}

	return applyReminders(made, given["remind-every"], given["remind-maximum"], h.language)
}

// deviceNames returns the names in a list with commas, nil if it is blank.
func deviceNames(list string) (names []string) {
	if list == "" {
		return nil
	}

	for _, name := range strings.Split(list, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// reportTo returns the address that a report goes to, "" if it isn't one. The address of
// a rejected job is still good where another option is the bad one.
func (h handler) reportTo(address string) string {
	var checked job.Job
	if (job.Options{ReportTo: address}).Apply(&checked, h.limits, job.Auto) != nil {
		return ""
	}
	return checked.ReportTo
}

// applyReminders sets how often a job reminds, and how many times at most, or returns
// what is wrong with that. It does nothing if neither is given.
func applyReminders(
	made *job.Job, every, maximum string, tag language.Tag,
) (refused string) {
	if every == "" && maximum == "" {
		return ""
	}

	span, err := time.ParseDuration(every)
	if err != nil || span < job.RemindEvery {
		return "Metadata remind-every: it is a time span like 24h, of at least 1h."
	}

	count, err := strconv.Atoi(maximum)
	if err != nil || count < 1 || count > job.RemindMost {
		return "Metadata remind-maximum: it is a whole number from 1 to 20."
	}

	text := message.BuiltIn(message.Renotification, tag)
	made.Reminders = &job.Reminders{
		ID:       job.NewRemindersID(),
		Every:    clock.SpanOf(span),
		Maximum:  count,
		Audience: job.Pending,
		Subject:  text.Subject,
		Body:     text.Body,
		SMS:      text.SMS,
		BuiltIn:  true,
	}
	return ""
}
