package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/parallel"
	"latchkey/shared/tally"
)

const (
	// listCounts is about how many members are counted while the caller of a list waits.
	// One job is always counted, whatever it costs, so that each has its turn.
	listCounts = 2500
	// listRate is the number of users for which the count of a job in a list may be 1 s older:
	// lists that are shown again and again, by many, count each job no faster than that.
	listRate = 200
	// askCost is what it costs to ask for a count in the background, in members counted.
	askCost = 500
	// viewsAtOnce is how many jobs of a list are looked up at once.
	viewsAtOnce = 8
)

// jobView is a job as the API shows it.
type jobView struct {
	ID             string            `json:"id"`
	Name           string            `json:"name"`
	FileName       string            `json:"file_name"`
	Status         job.Status        `json:"status"`
	RejectedReason api.Text          `json:"rejected_reason"`
	CreatedAt      api.Time          `json:"created_at"`
	CreatedBy      api.Text          `json:"created_by"`
	FinishedAt     api.Time          `json:"finished_at"`
	Devices        []string          `json:"devices"`
	LinkLifetime   api.Duration      `json:"link_lifetime"`
	CustomFields   []string          `json:"custom_fields"`
	Rows           rowsView          `json:"rows"`
	Users          *usersView        `json:"users"`
	Reminders      *jobapi.Reminders `json:"reminders"`
	Notifications  int               `json:"notifications"`
}

// rowsView counts rows; what isn't known yet is null.
type rowsView struct {
	Total   *int `json:"total"`
	Valid   *int `json:"valid"`
	Invalid *int `json:"invalid"`
	// Planned is what processing would have done at the time of validation.
	Planned   *job.Planned `json:"planned"`
	Processed *int         `json:"processed"`
	Added     *int         `json:"added"`
	Updated   *int         `json:"updated"`
	Unchanged *int         `json:"unchanged"`
	Removed   *int         `json:"removed"`
	Failed    *int         `json:"failed"`
}

// usersView counts a finished job's users by their state, as of a time.
type usersView struct {
	Total         int      `json:"total"`
	Active        int      `json:"active"`
	Pending       int      `json:"pending"`
	Expired       int      `json:"expired"`
	Inactive      int      `json:"inactive"`
	Undeliverable int      `json:"undeliverable"`
	AsOf          api.Time `json:"as_of"`
}

// countFunc counts the users of a finished job, now or as they were counted last.
type countFunc func(context.Context, job.Job) (job.Tally, error)

// view shows a job, with its users as they are now.
func (h handler) view(ctx context.Context, j job.Job) (jobView, error) {
	return h.viewWith(ctx, j, h.users.Of)
}

// views shows jobs of a list, in their order. It counts the users of as many as the
// caller can wait for; the others have the counts that were made last.
func (h handler) views(ctx context.Context, jobs []job.Job) ([]jobView, error) {
	counts := h.chooseCounts(jobs)
	view := func(ctx context.Context, i int) (jobView, error) {
		return h.viewWith(ctx, jobs[i], counts[i])
	}
	return parallel.Map(ctx, len(jobs), viewsAtOnce, view)
}

// chooseCounts returns how the users of each job are counted. Jobs whose count is old
// have a new one, the longest uncounted first, until listCounts are spent: a list that is
// shown again and again counts all of its jobs in turn.
func (h handler) chooseCounts(jobs []job.Job) []countFunc {
	counts := make([]countFunc, len(jobs))
	for i := range jobs {
		counts[i] = h.users.Last
	}

	// A count that was asked for in the background is as good as made.
	countedAt := func(i int) clock.Millis { return max(jobs[i].Tally.AsOf, jobs[i].TallyAskedAt) }
	now := h.now()
	var stale []int
	for i, j := range jobs {
		if j.Finished() && now.Sub(countedAt(i).Time()) >= listAge(j) {
			stale = append(stale, i)
		}
	}
	slices.SortStableFunc(stale, func(a, b int) int {
		return cmp.Compare(countedAt(a), countedAt(b))
	})

	left := listCounts
	for position, i := range stale {
		cost := jobs[i].Rows.Valid
		if cost > tally.Inline {
			cost = askCost
		}

		if cost <= left || position == 0 {
			counts[i] = h.users.Of
			left -= cost
		}
	}

	return counts
}

// listAge returns how old the count of a job's users may be in a list. A large job is counted
// in the background, which has a rate of its own.
func listAge(j job.Job) time.Duration {
	oldest := tally.Age(j)
	if j.Rows.Valid <= tally.Inline {
		oldest += time.Duration(j.Rows.Valid) * time.Second / listRate
	}
	return oldest
}

// viewWith shows a job. The users of a finished one are counted by count.
func (h handler) viewWith(ctx context.Context, j job.Job, count countFunc) (jobView, error) {
	view := jobView{
		ID:             j.ID,
		Name:           j.Name,
		FileName:       j.FileName,
		Status:         j.Status,
		RejectedReason: api.Text(j.Reason),
		CreatedAt:      api.Milli(j.CreatedAt),
		CreatedBy:      api.Text(j.CreatedBy),
		FinishedAt:     api.Milli(j.FinishedAt),
		Devices:        j.Devices,
		LinkLifetime:   api.Duration(j.LinkLifetime.Duration()),
		CustomFields:   append([]string{}, j.CustomFields...),
		Reminders:      jobapi.RemindersOf(j),
		Notifications:  j.Notifications,
	}

	var err error
	view.Rows, err = h.rowsView(ctx, j)
	if err != nil || !j.Finished() {
		return view, err
	}

	counted, err := count(ctx, j)
	if err != nil {
		return jobView{}, err
	}

	view.Users = &usersView{
		Total:         counted.Total,
		Active:        counted.Active,
		Pending:       counted.Pending,
		Expired:       counted.Expired,
		Inactive:      counted.Inactive,
		Undeliverable: counted.Undeliverable,
		AsOf:          api.Milli(counted.AsOf),
	}
	return view, nil
}

// rowsView counts a job's rows. While the job is being processed, what became of them is
// the sum of the chunks' results; once it is finished, the job stores it.
func (h handler) rowsView(ctx context.Context, j job.Job) (rowsView, error) {
	var view rowsView
	if j.Rows != nil {
		view.Total = &j.Rows.Total
		view.Valid = &j.Rows.Valid
		view.Invalid = &j.Rows.Invalid
		view.Planned = j.Rows.Planned
	}
	if j.Status != job.Processing && !j.Finished() {
		return view, nil
	}

	outcomes := j.Outcomes
	if outcomes == nil {
		progress, err := h.jobs.Progress(ctx, j.ID, j.Round)
		if err != nil {
			return rowsView{}, err
		}
		outcomes = &progress.Outcomes
	}

	view.Processed = &outcomes.Processed
	view.Added = &outcomes.Added
	view.Updated = &outcomes.Updated
	view.Unchanged = &outcomes.Unchanged
	view.Removed = &outcomes.Removed
	view.Failed = &outcomes.Failed
	return view, nil
}
