package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

const (
	// reportAgain is the time until a report whose event isn't stored yet looks for it
	// again.
	reportAgain = 10 * time.Second
	// reportDevice stands for the device in the delivery of a report, which goes to an
	// address that is nobody's device.
	reportDevice = "Report"
)

var (
	errNotYet = errors.New("the event isn't written down")
	errNever  = errors.New("the event doesn't come any more")
)

// sendReport reports an event of a job to the address that the job names, once and in the
// deployment's language: what happened, to how many, and where to look.
//
// A report is asked for before its event is stored: announce, then act, so that no death
// in between loses it. Hence the event may not be there yet. While it may still come, the
// message is queued again; if it doesn't come, there is nothing to report.
func (h handler) sendReport(ctx context.Context, request work.Report, owner string) error {
	j, err := h.jobs.Get(ctx, request.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted
	}
	if err != nil || j.ReportTo == "" {
		return err
	}

	kind, summary, err := h.readReport(ctx, j, request)
	switch {
	case errors.Is(err, errNotYet) && h.Now().Before(request.Until.Time()):
		return h.queues.Send(ctx, request, reportAgain)
	case errors.Is(err, errNotYet), errors.Is(err, errNever):
		return nil
	case err != nil:
		return err
	}

	key := reach.AddressKey(user.Email, j.ReportTo)
	marked, err := h.recipients.Addresses.Marked(ctx, []string{key})
	if err != nil || len(marked) > 0 {
		return err
	}

	// A delivery needs a user. This one's is made up from the job: nobody has the id,
	// since ids of users have no such prefix.
	reader := user.Profile{ID: "report-" + j.ID, Key: "report", Username: "report"}
	values := message.Values{Now: h.Now(), Language: h.Reach.Language, Report: summary}
	targets := []token.Target{
		{Device: reportDevice, Channel: user.Email, Address: j.ReportTo},
	}

	e := errand{
		request: request,
		owner:   owner,
		to:      reader,
		targets: targets,
		madeUp:  true,
		notice:  true,
	}
	return h.once(ctx, e, func() (content, error) { return h.builtIn(kind, values), nil })
}

// readReport reads the event where it is stored. It returns the kind of its message and
// what that says. It returns errNotYet if the event isn't there, and errNever if it can't
// come any more.
func (h handler) readReport(
	ctx context.Context, j job.Job, request work.Report,
) (message.BuiltInKind, message.Report, error) {
	summary := message.Report{JobName: j.Name, FileName: j.FileName, Reason: j.Reason}
	if r := j.Rows; r != nil {
		summary.RowsTotal = r.Total
		summary.RowsValid = r.Valid
		summary.RowsInvalid = r.Invalid
	}

	switch {
	case request.Event == work.JobNeedsMapping && j.Mapped > request.Number:
		return "", summary, errNever // somebody has mapped them meanwhile
	case request.Event == work.JobNeedsMapping && j.Status == job.NeedsMapping:
		summary.JobLink = h.jobURL(j, "validate")
		return message.ReportNeedsMapping, summary, nil
	case request.Event == work.JobRejected && j.Status == job.Rejected:
		summary.JobLink = h.jobURL(j, "validate")
		return message.ReportRejected, summary, nil
	case request.Event == work.JobProcessed && j.Finished() && j.Round == request.Number:
		summary.JobLink = h.jobURL(j, "process")
		err := h.addOutcomes(ctx, j, &summary)
		return message.ReportProcessed, summary, err
	case request.Event == work.NotificationSent:
		summary.JobLink = h.jobURL(j, "notify")
		err := h.addCounts(ctx, j, request.Number, &summary)
		return message.ReportSent, summary, err
	}
	return "", summary, errNotYet
}

// jobURL returns the address of a step of the job, in the console.
func (h handler) jobURL(j job.Job, step string) string {
	return fmt.Sprintf("%s/jobs/%s/%s", h.BaseURL, j.ID, step)
}

// addOutcomes adds the outcomes of the job's rows to a summary.
func (h handler) addOutcomes(ctx context.Context, j job.Job, summary *message.Report) error {
	progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
	if err != nil {
		return err
	}

	summary.Added = progress.Added
	summary.Updated = progress.Updated
	summary.Unchanged = progress.Unchanged
	summary.Removed = progress.Removed
	summary.Failed = progress.Failed
	return nil
}

// addCounts adds the counts of a notification to a summary. It returns errNotYet if the
// notification isn't sent, and errNever if it was cancelled.
func (h handler) addCounts(
	ctx context.Context, j job.Job, number int, summary *message.Report,
) error {
	n, err := h.notifications.Get(ctx, j.ID, number)
	switch {
	case err != nil:
		return err
	case n.Status == notification.Cancelled:
		return errNever
	case n.Status != notification.Sent:
		return errNotYet
	}

	summary.Audience = n.Counts.Audience
	summary.Sent = n.Counts.Sent + n.Counts.Delivered + n.Counts.Complained
	summary.Skipped = n.Counts.Skipped
	summary.Failed = n.Counts.Failed + n.Counts.Bounced
	return nil
}
