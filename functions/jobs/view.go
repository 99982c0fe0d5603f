package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/queue"
	"latchkey/shared/walk"
)

const (
	// inlineTally is up to how many members are counted while the caller waits.
	inlineTally = 20_000
	// tallyAge is how old a count may be before it is made anew.
	tallyAge = 2 * time.Second
)

// jobView is a job as the API tells it.
type jobView struct {
	ID             string       `json:"id"`
	Name           string       `json:"name"`
	FileName       string       `json:"file_name"`
	Status         job.Status   `json:"status"`
	RejectedReason api.Text     `json:"rejected_reason"`
	CreatedAt      api.Time     `json:"created_at"`
	CreatedBy      api.Text     `json:"created_by"`
	FinishedAt     api.Time     `json:"finished_at"`
	Devices        []string     `json:"devices"`
	LinkLifetime   api.Duration `json:"link_lifetime"`
	CustomFields   []string     `json:"custom_fields"`
	Rows           rowsView     `json:"rows"`
	Users          *usersView   `json:"users"`
	Reminders      *struct{}    `json:"reminders"` // none yet: issue #4
	Notifications  int          `json:"notifications"`
}

// rowsView counts rows; what isn't known yet is null.
type rowsView struct {
	Total     *int      `json:"total"`
	Valid     *int      `json:"valid"`
	Invalid   *int      `json:"invalid"`
	Planned   *struct{} `json:"planned"` // not known yet: issue #4
	Processed *int      `json:"processed"`
	Added     *int      `json:"added"`
	Updated   *int      `json:"updated"`
	Unchanged *int      `json:"unchanged"`
	Removed   *int      `json:"removed"`
	Failed    *int      `json:"failed"`
}

type usersView struct {
	Total         int      `json:"total"`
	Active        int      `json:"active"`
	Pending       int      `json:"pending"`
	Expired       int      `json:"expired"`
	Inactive      int      `json:"inactive"`
	Undeliverable int      `json:"undeliverable"`
	AsOf          api.Time `json:"as_of"`
}

func (h handler) view(ctx context.Context, j job.Job) (jobView, error) {
	v := jobView{
		ID: j.ID, Name: j.Name, FileName: j.FileName, Status: j.Status, RejectedReason: api.Text(j.Reason), CreatedAt: api.Milli(j.CreatedAt),
		CreatedBy: api.Text(j.CreatedBy), FinishedAt: api.Milli(j.FinishedAt), Devices: j.Devices,
		LinkLifetime: api.Duration(time.Duration(j.LinkLifetime) * time.Second), CustomFields: append([]string{}, j.CustomFields...),
		Notifications: j.Notifications,
	}
	if j.Rows != nil {
		v.Rows.Total, v.Rows.Valid, v.Rows.Invalid = &j.Rows.Total, &j.Rows.Valid, &j.Rows.Invalid
	}
	if j.Status != job.Processing && !j.Finished() {
		return v, nil
	}
	progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
	if err != nil {
		return jobView{}, err
	}
	o := progress.Outcomes
	v.Rows.Processed, v.Rows.Added, v.Rows.Updated = &o.Processed, &o.Added, &o.Updated
	v.Rows.Unchanged, v.Rows.Removed, v.Rows.Failed = &o.Unchanged, &o.Removed, &o.Failed
	if !j.Finished() {
		return v, nil
	}
	tally, err := h.tally(ctx, j)
	if err != nil {
		return jobView{}, err
	}
	v.Users = &usersView{tally.Total, tally.Active, tally.Pending, tally.Expired, tally.Inactive, tally.Undeliverable, api.Milli(tally.AsOf)}
	return v, nil
}

// tally counts a job's users: at once if they are few, else as they were counted last, while a new count is made in the background.
func (h handler) tally(ctx context.Context, j job.Job) (job.Tally, error) {
	now := h.now()
	kept := *j.Tally
	if j.Rows.Valid > inlineTally {
		counted, complete, err := h.jobs.ShardTallies(ctx, j.ID)
		if err != nil {
			return job.Tally{}, err
		}
		if complete && counted.AsOf >= kept.AsOf {
			kept = counted
		}
	}
	if now.UnixMilli()-kept.AsOf < tallyAge.Milliseconds() {
		return kept, nil
	}
	if j.Rows.Valid > inlineTally {
		return kept, h.askTally(ctx, j, now)
	}
	var shards [job.Shards]job.Tally
	group, counting := errgroup.WithContext(ctx)
	for shard := range shards {
		group.Go(func() (err error) {
			shards[shard], err = h.members.Tally(counting, h.tokens, j.ID, shard, now.UnixMilli())
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return job.Tally{}, err
	}
	var sum job.Tally
	for _, one := range shards {
		sum = sum.Plus(one)
	}
	return sum, h.jobs.KeepTally(ctx, j.ID, sum)
}

func (h handler) askTally(ctx context.Context, j job.Job, now time.Time) error {
	mine, err := h.jobs.AskTally(ctx, j.ID, now, tallyAge)
	if err != nil || !mine {
		return err
	}
	steps := make([]walk.Step, job.Shards)
	for shard := range steps {
		steps[shard] = walk.Step{Kind: walk.Tally, JobID: j.ID, Shard: shard}
	}
	return queue.SendAll(ctx, h.walk, steps)
}
