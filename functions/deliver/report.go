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
	// reportAgain is how long a report waits for its event before it is looked for again.
	reportAgain = 10 * time.Second
	// reportDevice is what a report's address is called where deliveries have a device.
	reportDevice = "Report"
)

var (
	errNotYet = errors.New("the event isn't written down")
	errNever  = errors.New("the event doesn't come any more")
)

// sendReport tells the address that a job names for it of an event of the job, once, in the deployment's language: what, how many, and where to look. If the event isn't
// there yet and may still come, the message is taken again later; if it doesn't come, there is nothing to report.
func (h handler) sendReport(ctx context.Context, asked urgent.Message, owner string) error {
	j, err := h.jobs.Get(ctx, asked.Report.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted
	}
	if err != nil || j.ReportTo == "" {
		return err
	}

	kind, said, err := h.reported(ctx, j, *asked.Report)
	switch {
	case errors.Is(err, errNotYet) && h.now().Before(time.UnixMilli(asked.Report.Until)):
		return h.urgent.Send(ctx, asked, reportAgain)
	case errors.Is(err, errNotYet) || errors.Is(err, errNever):
		return nil
	case err != nil:
		return err
	}

	marked, err := h.addresses.Marked(ctx, []string{address.Key(user.Email, j.ReportTo)})
	if err != nil || len(marked) > 0 {
		return err
	}

	reader := user.Profile{
		ID:       "report-" + j.ID,
		Key:      "report",
		Username: "report",
	} // nobody's: the delivery is the job's
	values := message.Values{Now: h.now(), Language: h.reach.Language, Report: said}
	return h.once(ctx, asked, reader, owner, func(d delivery.Delivery) (delivery.Delivery, error) {
		return h.post(
			ctx,
			d,
			[]token.Target{{Device: reportDevice, Channel: user.Email, Address: j.ReportTo}},
			kind,
			values,
		)
	})
}

// reported finds an event where it is written down, and gives what is said of it. It answers errNotYet or errNever if it isn't there.
func (h handler) reported(
	ctx context.Context,
	j job.Job,
	asked urgent.Report,
) (message.Kind, message.Report, error) {
	said := message.Report{JobName: j.Name, FileName: j.FileName, Reason: j.Reason}
	if r := j.Rows; r != nil {
		said.RowsTotal, said.RowsValid, said.RowsInvalid = r.Total, r.Valid, r.Invalid
	}

	at := func(step string) string { return fmt.Sprintf("%s/jobs/%s/%s", h.baseURL, j.ID, step) }
	switch {
	case asked.Event == urgent.JobRejected && j.Status == job.Rejected:
		said.JobLink = at("validate")
		return message.ReportRejected, said, nil
	case asked.Event == urgent.JobProcessed && j.Finished() && j.Round == asked.Number:
		progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
		o := progress.Outcomes
		said.Added, said.Updated, said.Unchanged, said.Removed, said.Failed = o.Added, o.Updated, o.Unchanged, o.Removed, o.Failed
		said.JobLink = at("process")
		return message.ReportProcessed, said, err
	case asked.Event == urgent.NotificationSent:
		n, err := h.notifications.Get(ctx, j.ID, asked.Number)
		switch {
		case err != nil:
			return "", said, err
		case n.Status == notification.Cancelled:
			return "", said, errNever
		case n.Status != notification.Sent:
			return "", said, errNotYet
		}

		c := n.Counts
		said.Audience, said.Sent, said.Skipped, said.Failed = c.Audience, c.Sent+c.Delivered+c.Complained, c.Skipped, c.Failed+c.Bounced
		said.JobLink = at("notify")
		return message.ReportSent, said, nil
	}

	return "", said, errNotYet
}
