package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/tally"
)

const (
	// listCounts is about how many members are counted while the caller of a list waits: one job is, whatever it costs, so that each has its turn.
	listCounts = 5000
	// askCost is what it costs, in members counted, to have a large job counted in the background.
	askCost = 1000
	// viewsAtOnce is how many jobs of a list are looked at at once.
	viewsAtOnce = 8
)

// jobView is a job as the API tells it.
type jobView struct {
	ID             string             `json:"id"`
	Name           string             `json:"name"`
	FileName       string             `json:"file_name"`
	Status         job.Status         `json:"status"`
	RejectedReason api.Text           `json:"rejected_reason"`
	CreatedAt      api.Time           `json:"created_at"`
	CreatedBy      api.Text           `json:"created_by"`
	FinishedAt     api.Time           `json:"finished_at"`
	Devices        []string           `json:"devices"`
	LinkLifetime   api.Duration       `json:"link_lifetime"`
	CustomFields   []string           `json:"custom_fields"`
	Rows           rowsView           `json:"rows"`
	Users          *usersView         `json:"users"`
	Reminders      *job.RemindersView `json:"reminders"`
	Notifications  int                `json:"notifications"`
}

// rowsView counts rows; what isn't known yet is null.
type rowsView struct {
	Total   *int `json:"total"`
	Valid   *int `json:"valid"`
	Invalid *int `json:"invalid"`
	// Planned is what processing would do, and then would have done.
	Planned   *job.Planned `json:"planned"`
	Processed *int         `json:"processed"`
	Added     *int         `json:"added"`
	Updated   *int         `json:"updated"`
	Unchanged *int         `json:"unchanged"`
	Removed   *int         `json:"removed"`
	Failed    *int         `json:"failed"`
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

// view shows a job, with its users as they are now.
func (h handler) view(ctx context.Context, j job.Job) (jobView, error) {
	return h.viewWith(ctx, j, h.counter().Of)
}

// views shows jobs of a list, in their order. Of those whose users weren't counted for the longest time, as many are counted as the caller can wait for; the
// others have the counts that were made last.
func (h handler) views(ctx context.Context, jobs []job.Job) ([]jobView, error) {
	now := h.now()
	old := func(i int) int64 { return max(jobs[i].Tally.AsOf, jobs[i].TallyAskedAt) }

	var stale []int
	for i, j := range jobs {
		if j.Finished() && now.UnixMilli()-old(i) >= tally.Age.Milliseconds() {
			stale = append(stale, i)
		}
	}

	slices.SortStableFunc(stale, func(a, b int) int { return cmp.Compare(old(a), old(b)) })

	counts := make([]func(context.Context, job.Job) (job.Tally, error), len(jobs))
	for i := range jobs {
		counts[i] = h.counter().Kept
	}

	left := listCounts
	for k, i := range stale {
		cost := jobs[i].Rows.Valid
		if cost > tally.Inline {
			cost = askCost
		}

		if cost <= left || k == 0 {
			counts[i] = h.counter().Of
			left -= cost
		}
	}

	views := make([]jobView, len(jobs))
	group, viewing := errgroup.WithContext(ctx)
	group.SetLimit(viewsAtOnce)

	for i, j := range jobs {
		group.Go(func() (err error) {
			views[i], err = h.viewWith(viewing, j, counts[i])
			return err
		})
	}

	return views, group.Wait()
}

func (h handler) viewWith(
	ctx context.Context,
	j job.Job,
	count func(context.Context, job.Job) (job.Tally, error),
) (jobView, error) {
	v := jobView{
		ID:             j.ID,
		Name:           j.Name,
		FileName:       j.FileName,
		Status:         j.Status,
		RejectedReason: api.Text(j.Reason),
		CreatedAt:      api.Milli(j.CreatedAt),
		CreatedBy:      api.Text(j.CreatedBy),
		FinishedAt:     api.Milli(j.FinishedAt),
		Devices:        j.Devices,
		LinkLifetime: api.Duration(
			time.Duration(j.LinkLifetime) * time.Second,
		),
		CustomFields:  append([]string{}, j.CustomFields...),
		Reminders:     j.RemindersView(),
		Notifications: j.Notifications,
	}
	if j.Rows != nil {
		v.Rows.Total, v.Rows.Valid, v.Rows.Invalid, v.Rows.Planned = &j.Rows.Total, &j.Rows.Valid, &j.Rows.Invalid, j.Rows.Planned
	}

	if j.Status != job.Processing && !j.Finished() {
		return v, nil
	}

	o := j.Outcomes
	if o == nil {
		progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
		if err != nil {
			return jobView{}, err
		}

		o = &progress.Outcomes
	}

	v.Rows.Processed, v.Rows.Added, v.Rows.Updated = &o.Processed, &o.Added, &o.Updated

	v.Rows.Unchanged, v.Rows.Removed, v.Rows.Failed = &o.Unchanged, &o.Removed, &o.Failed
	if !j.Finished() {
		return v, nil
	}

	counted, err := count(ctx, j)
	if err != nil {
		return jobView{}, err
	}

	v.Users = &usersView{
		counted.Total,
		counted.Active,
		counted.Pending,
		counted.Expired,
		counted.Inactive,
		counted.Undeliverable,
		api.Milli(counted.AsOf),
	}

	return v, nil
}

func (h handler) counter() tally.Counter {
	return tally.Counter{
		Jobs:    h.jobs,
		Members: h.members,
		Tokens:  h.tokens,
		Walk:    h.walk,
		Now:     h.now,
	}
}
