package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/roster"
	"latchkey/shared/store"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler holds what the function is wired to.
type handler struct {
	jobs        job.Store
	members     member.Store
	directory   directory.Store
	credentials credential.Store
	addresses   reach.Addresses
	queues      work.Queues
	reports     report.Reports
	bucket      object.Bucket
	rules       reach.Rules
	metrics     metric.Log
	audit       audit.Log
	now         func() time.Time
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	queues := work.NewQueues(
		w.AWS("sqs"),
		w.Reader,
		work.Rows,
		work.Walk,
		work.Background,
		work.Bulk,
		work.Urgent,
	)
	return handler{
		jobs:        job.Store{Table: w.Table("jobs")},
		members:     member.Store{Table: w.Table("members")},
		directory:   directory.Store{Table: w.Table("directory"), Devices: rules.Devices},
		credentials: credential.Store{Table: w.Table("credentials")},
		addresses:   reach.Addresses{Table: w.Table("addresses")},
		queues:      queues,
		reports: report.Reports{
			Queues: queues,
			Now:    w.Now,
		},
		bucket:  object.New(w.AWS("s3"), w.Required("BUCKET")),
		rules:   rules,
		metrics: w.Metrics(),
		audit:   w.Audit(),
		now:     w.Now,
	}
}

const (
	// tries is how often a chunk is tried: as often as its queue delivers its message.
	tries = 5
	// chunkLease is how long a chunk stays with a request that doesn't prolong it. A request
	// prolongs it when half of it is over.
	chunkLease = 15 * time.Second
	// groupRows is how many rows are read, decided and written together.
	groupRows = 200
	// groupTime is the least time in which a group is begun. What is left of the chunk then
	// goes on as a new message.
	groupTime = 20 * time.Second
	// eraseAfter is how long after its announcement a removal has happened, if it does, and
	// all requests are over that read the user before it.
	eraseAfter = 5 * time.Minute
	// groupTries is how often a group of rows is tried while other jobs write its users.
	groupTries = 10
	// settleSoon and settleAgain are when the states of users whose status has changed are
	// looked at again: when the index has likely caught up, and when no request that read them
	// before is at work any more.
	settleSoon  = 10 * time.Second
	settleAgain = 2 * time.Minute
)

// handle takes the messages of the rows queue, each for itself: only those that failed come
// back.
func (h handler) handle(
	ctx context.Context, event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return h.queues.Take(ctx, work.Rows, event, h.take), nil
}

// take takes one message: the start of a job, one of its chunks, or what follows of it. SQS
// delivers a message at least once, so that taking it again must come to the same.
func (h handler) take(ctx context.Context, r work.Received) error {
	switch asked := r.Message.(type) {
	case work.StartJob:
		j, open, err := h.openJob(ctx, asked.JobID)
		if err != nil || !open {
			return err
		}
		return h.start(ctx, j)
	case work.ProcessChunk:
		j, open, err := h.openJob(ctx, asked.JobID)
		if err != nil || !open {
			return err
		}
		return h.takeChunk(ctx, j, asked, r.Owner, r.Receives >= tries)
	case work.SettleStates:
		return h.settle(ctx, asked.Users)
	}
	return fmt.Errorf("the message names no rows: %T", r.Message)
}

// openJob returns a job, and reports whether it is being processed. A message of a deleted
// job does nothing, and one of a finished job only asks for what may follow its end.
func (h handler) openJob(ctx context.Context, id string) (j job.Job, open bool, err error) {
	j, err = h.jobs.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return job.Job{}, false, nil
	case err != nil:
		return job.Job{}, false, err
	case j.Finished():
		// The request that finished the job may have died before it asked for this.
		return j, false, h.notify(ctx, j)
	}
	return j, j.Status == job.Processing, nil
}

// start asks for all of the job's chunks. A chunk that is done already costs one read.
func (h handler) start(ctx context.Context, j job.Job) error {
	chunks, err := h.copyOf(j).Chunks(ctx)
	if errors.Is(err, object.ErrNotFound) {
		return h.giveUpJob(ctx, j)
	}
	if err != nil {
		return err
	}

	messages := make([]work.ProcessChunk, len(chunks))
	for i, chunk := range chunks {
		messages[i] = work.ProcessChunk{JobID: j.ID, Chunk: chunk}
	}
	return work.SendAll(ctx, h.queues, messages)
}

// takeChunk processes one chunk under a lease, and finishes the job if it was the last one. A
// live lease of another request sends the message back, to be looked at when it ends.
func (h handler) takeChunk(
	ctx context.Context, j job.Job, asked work.ProcessChunk, owner string, lastTry bool,
) error {
	held := lease.Lease{Owner: owner, Until: h.now().Add(chunkLease)}
	found, err := h.jobs.ClaimChunk(ctx, j, asked.Chunk.Number, held, h.now())
	if errors.Is(err, lease.ErrBusy) {
		return h.queues.Send(ctx, asked, chunkLease)
	}
	if err != nil {
		return err
	}
	if found.Done {
		return h.finish(ctx, j)
	}

	c := &chunk{
		handler: h,
		job:     j,
		number:  asked.Chunk.Number,
		found:   found,
		held:    held,
		lastTry: lastTry,
		result: job.Result{
			JobID: j.ID,
			Round: j.Round,
			Users: job.Tally{AsOf: clock.Of(h.now())},
		},
	}

	if found.Through > 0 {
		c.result = found
	}

	err = c.processAll(ctx, asked.Chunk)
	switch {
	case errors.Is(err, lease.ErrBusy):
		return nil // another request took the chunk over
	case errors.Is(err, errLate):
		return h.queues.Send(ctx, asked, 0)
	case err != nil:
		return err
	}

	h.metrics.Count(metric.UsersProcessed, c.result.Processed-c.result.GivenUp)
	h.metrics.Count(metric.RowsFailed, c.result.GivenUp)
	return h.finish(ctx, j)
}

// errLate ends a request that has no time to process another group.
var errLate = errors.New("no time is left for another group of rows")

// processAll processes the chunk's rows, group by group, and stores its result. It returns
// lease.ErrBusy if another request has taken the chunk. After any other error, and after
// errLate, the next request goes on behind the groups that are done. The rest of a file that
// can't be read any more is given up on at once.
func (c *chunk) processAll(ctx context.Context, part job.Chunk) error {
	err := c.copyOf(c.job).EachGroup(ctx, part, groupRows, func(rows []roster.Row) error {
		isDone := func(r roster.Row) bool { return r.Number <= c.result.Through }
		rows = slices.DeleteFunc(rows, isDone)
		if len(rows) == 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && deadline.Sub(c.now()) < groupTime {
			return errLate
		}

		if err := c.processOrGiveUp(ctx, rows); err != nil {
			return err
		}
		c.result.Through = rows[len(rows)-1].Number
		return nil
	})

	switch {
	case errors.Is(err, lease.ErrBusy):
		return err
	case errors.Is(err, object.ErrNotFound):
		c.giveUpRest(ctx, part)
	case err != nil:
		return errors.Join(err, c.jobs.ReleaseChunk(ctx, c.result, c.number, c.held))
	}
	return c.jobs.FinishChunk(ctx, c.result, c.number, c.held)
}

// processOrGiveUp processes a group of rows. On the last try it gives up on them if that
// fails.
func (c *chunk) processOrGiveUp(ctx context.Context, rows []roster.Row) error {
	err := c.process(ctx, rows)
	if err == nil || !c.lastTry || errors.Is(err, lease.ErrBusy) {
		return err
	}

	slog.ErrorContext(ctx, "rows given up on",
		"job", c.job.ID,
		"from_row", rows[0].Number,
		"rows", len(rows),
		"error", err.Error(),
	)
	return c.giveUp(ctx, rows)
}

// copyOf returns the canonical copy of a job's file.
func (h handler) copyOf(j job.Job) roster.Copy {
	return roster.Copy{Bucket: h.bucket, JobID: j.ID}
}

// finish ends the job when all its chunks have a result. It is called by each request that
// may have been the last, and comes to the same when it is called again. Announce, then act:
// the report is asked for before the status is written, so that no death in between loses it.
// Whoever takes it looks for the status.
func (h handler) finish(ctx context.Context, j job.Job) error {
	progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
	if err != nil || progress.Done < j.Chunks {
		return err
	}
	return h.end(ctx, j, progress)
}

// giveUpJob ends the job of a file of which nobody knows any more how it is cut.
func (h handler) giveUpJob(ctx context.Context, j job.Job) error {
	progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
	if err != nil {
		return err
	}

	progress.GivenUp += progress.GiveUp(j.Rows.Valid)
	progress.Reason = reasonGone
	return h.end(ctx, j, progress)
}

// end ends the job's round.
func (h handler) end(ctx context.Context, j job.Job, progress job.Progress) error {
	status := job.Processed
	if progress.GivenUp > 0 {
		status = job.Failed
	}

	if err := h.reports.Send(ctx, j, work.JobProcessed, j.Round); err != nil {
		return err
	}
	if err := h.jobs.Finish(ctx, j.ID, j.Round, status, progress, h.now()); err != nil {
		return err
	}

	slog.InfoContext(ctx, "job processed",
		"job", j.ID,
		"status", status,
		"rows", progress.Processed,
	)
	return h.notify(ctx, j)
}

// notify asks for the notification that was asked for with the upload, for the users of the
// round that has ended.
func (h handler) notify(ctx context.Context, j job.Job) error {
	if j.Notify == "" {
		return nil
	}
	return h.queues.Send(ctx, work.NotifyUploaded{JobID: j.ID, Round: j.Round}, 0)
}
