package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"latchkey/shared/address"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/metric"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/report"
	"latchkey/shared/roster"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
	"latchkey/shared/userfile"
	"latchkey/shared/walk"
)

type handler struct {
	jobs         job.Store
	members      member.Store
	directory    directory.Store
	credentials  credential.Store
	addresses    address.Store
	rows, walk   queue.Queue
	bulk, urgent queue.Queue
	bucket       object.Bucket
	rules        reach.Rules
	customFields []string
	metrics      metric.Log
	audit        audit.Log
	now          func() time.Time
}

const (
	// tries is how often a chunk is tried: as often as its queue gives it out.
	tries = 5
	// lease is how long a chunk stays with a request that says nothing. It is renewed at half of it.
	lease = 15 * time.Second
	// readAgain is how often a group is tried of which other jobs write the users.
	readAgain = 10
)

// handle takes the messages of the rows queue, each for itself.
func (h handler) handle(
	ctx context.Context,
	event events.SQSEvent,
) (events.SQSEventResponse, error) {
	return queue.Take(ctx, event, h.take), nil
}

func (h handler) take(ctx context.Context, record events.SQSMessage) error {
	var asked job.RowsMessage
	if err := json.Unmarshal([]byte(record.Body), &asked); err != nil {
		return errors.New("the message names no rows")
	}

	j, err := h.jobs.Get(ctx, asked.JobID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil // deleted
	case err != nil:
		return err
	case j.Finished():
		return h.notify(ctx, j) // should the request have died that finished the job
	case j.Status != job.Processing:
		return nil
	case asked.Start:
		return h.start(ctx, j)
	}

	owner := record.MessageId
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		owner = invocation.AwsRequestID + "/" + record.MessageId
	}

	received, _ := strconv.Atoi(record.Attributes["ApproximateReceiveCount"])
	return h.chunk(ctx, j, asked, owner, received >= tries)
}

// start asks for all of the job's chunks. Those that are done already cost a look.
func (h handler) start(ctx context.Context, j job.Job) error {
	chunks, err := h.file().Chunks(ctx, j.ID)
	if err != nil {
		return err
	}

	messages := make([]job.RowsMessage, len(chunks))
	for i, chunk := range chunks {
		messages[i] = job.RowsMessage{JobID: j.ID, Chunk: chunk}
	}

	return queue.SendAll(ctx, h.rows, messages)
}

// chunk processes one chunk under a lease, and ends the job if it was the last one. On the last try, what can't be processed is
// given up on.
func (h handler) chunk(
	ctx context.Context,
	j job.Job,
	asked job.RowsMessage,
	owner string,
	last bool,
) error {
	until := h.now().Add(lease)

	done, err := h.jobs.ClaimChunk(ctx, j.ID, asked.Chunk.Number, j.Round, owner, h.now(), until)
	if errors.Is(err, job.ErrBusy) {
		return h.rows.Send(ctx, asked, lease)
	}
	if err != nil {
		return err
	}
	if done {
		return h.finish(ctx, j)
	}

	c := &chunk{
		handler: h,
		job:     j,
		owner:   owner,
		until:   until,
		number:  asked.Chunk.Number,
		result: job.Result{
			JobID: j.ID,
			Round: j.Round,
			Users: job.Tally{AsOf: h.now().UnixMilli()},
		},
	}

	err = h.file().EachGroup(ctx, j, asked.Chunk, func(rows []userfile.Row) error {
		err := c.process(ctx, rows)
		if err != nil && last && !errors.Is(err, job.ErrBusy) {
			slog.ErrorContext(
				ctx,
				"rows given up on",
				"job",
				j.ID,
				"from_row",
				rows[0].Number,
				"rows",
				len(rows),
				"error",
				err.Error(),
			)
			return c.giveUp(ctx, rows)
		}

		return err
	})
	if errors.Is(err, job.ErrBusy) {
		return nil // another request took the chunk over
	}
	if err != nil {
		return err
	}

	if err := h.jobs.FinishChunk(
		ctx,
		c.result,
		asked.Chunk.Number,
		owner,
	); errors.Is(
		err,
		job.ErrBusy,
	) {
		return nil
	} else if err != nil {
		return err
	}

	h.metrics.Count(metric.UsersProcessed, c.result.Processed-c.result.GivenUp)
	h.metrics.Count(metric.RowsFailed, c.result.GivenUp)

	return h.finish(ctx, j)
}

func (h handler) file() roster.File {
	return roster.File{Bucket: h.bucket, Devices: h.rules.Devices, CustomFields: h.customFields}
}

// finish ends the job when all its chunks have a result. Whoever may have been the last calls it, and calling it again doesn't matter.
func (h handler) finish(ctx context.Context, j job.Job) error {
	progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
	if err != nil || progress.Done < j.Chunks {
		return err
	}

	status := job.Processed
	if progress.GivenUp > 0 {
		status = job.Failed
	}

	if err := (report.Reports{Urgent: h.urgent, Now: h.now}).Send(
		ctx,
		j,
		urgent.JobProcessed,
		j.Round,
	); err != nil {
		return err
	}

	if err := h.jobs.Finish(ctx, j.ID, j.Round, status, progress, h.now()); err != nil {
		return err
	}

	slog.InfoContext(
		ctx,
		"job processed",
		"job",
		j.ID,
		"status",
		status,
		"rows",
		progress.Processed,
	)

	return h.notify(ctx, j)
}

// notify asks for the notification that the upload wanted, unless there has been one.
func (h handler) notify(ctx context.Context, j job.Job) error {
	if j.Notify == "" || j.Notifications > 0 {
		return nil
	}
	return h.walk.Send(ctx, walk.Step{Kind: walk.Notify, JobID: j.ID}, 0)
}
