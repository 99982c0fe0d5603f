package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/address"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const (
	reportAgain  = 10 * time.Second
	reportDevice = "Report"
)

var (
	errNotYet = errors.New("the event isn't written down")
	errNever  = errors.New("the event doesn't come any more")
)

// sendReport tells the address that a job names for it of an event of the job, once, in
// the deployment's language: what, how many, and where to look. If the event isn't there
// yet and may still come, the message is taken again later; if it doesn't come, there is
// nothing to report.
func (h handler) sendReport(ctx context.Context, request urgent.Message, owner string) error {
	j, err := h.jobs.Get(ctx, request.Report.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted
	}
	if err != nil || j.ReportTo == "" {
		return err
	}

	kind, summary, err := h.readReport(ctx, j, *request.Report)
	switch {
	case errors.Is(err, errNotYet) && h.now().Before(time.UnixMilli(request.Report.Until)):
		return h.urgent.Send(ctx, request, reportAgain)
	case errors.Is(err, errNotYet), errors.Is(err, errNever):
		return nil
	case err != nil:
		return err
	}

	marked, err := h.addresses.Marked(ctx, []string{address.Key(user.Email, j.ReportTo)})
	if err != nil || len(marked) > 0 {
		return err
	}

	reader := user.Profile{ID: "report-" + j.ID, Key: "report", Username: "report"}
	values := message.Values{Now: h.now(), Language: h.reach.Language, Report: summary}
	targets := []token.Target{
		{Device: reportDevice, Channel: user.Email, Address: j.ReportTo},
	}

	send := func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.dispatchAll(ctx, d, h.builtIn(kind, values, targets))
	}
	return h.once(ctx, request, reader, owner, send)
}

// readReport finds an event where it is written down, and gives what is said of it. It
// answers errNotYet or errNever if it isn't there.
func (h handler) readReport(
	ctx context.Context, j job.Job, request urgent.Report,
) (message.Kind, message.Report, error) {
	summary := message.Report{JobName: j.Name, FileName: j.FileName, Reason: j.Reason}
	if r := j.Rows; r != nil {
		summary.RowsTotal = r.Total
		summary.RowsValid = r.Valid
		summary.RowsInvalid = r.Invalid
	}

	switch {
	case request.Event == urgent.JobRejected && j.Status == job.Rejected:
		summary.JobLink = h.jobURL(j, "validate")
		return message.ReportRejected, summary, nil
	case request.Event == urgent.JobProcessed && j.Finished() && j.Round == request.Number:
		summary.JobLink = h.jobURL(j, "process")
		err := h.addOutcomes(ctx, j, &summary)
		return message.ReportProcessed, summary, err
	case request.Event == urgent.NotificationSent:
		summary.JobLink = h.jobURL(j, "notify")
		err := h.addCounts(ctx, j, request.Number, &summary)
		return message.ReportSent, summary, err
	}
	return "", summary, errNotYet
}

func (h handler) jobURL(j job.Job, step string) string {
	return fmt.Sprintf("%s/jobs/%s/%s", h.baseURL, j.ID, step)
}

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
