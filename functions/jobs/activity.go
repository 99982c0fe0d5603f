package main

import (
	"context"
	"slices"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
)

const (
	// sampled is how many members of a shard an activity looks at. It is exact for jobs
	// of about two thousand members.
	sampled = 125
	// points is how many points an activity has.
	points = 97
)

// activityView is how a job's users became active, as the API shows it. It is estimated
// if not all members were looked at.
type activityView struct {
	Points    []pointView `json:"points"`
	Estimated bool        `json:"estimated"`
	AsOf      api.Time    `json:"as_of"`
}

// pointView is how many users had a password at a time.
type pointView struct {
	At     api.Time `json:"at"`
	Active int      `json:"active"`
}

// activity shows how many of a job's users had a password, from when the job was made
// until now. Of a large job it looks at the first members of each shard, which are a fair
// sample since shards are by hash. Their times are scaled to the number of active users.
func (h handler) activity(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}
	if !j.Finished() {
		return api.Answer{}, jobapi.ErrNotProcessed
	}

	counted, err := h.users.Of(ctx, j)
	if err != nil {
		return api.Answer{}, err
	}

	times, all, err := h.activations(ctx, j.ID)
	if err != nil {
		return api.Answer{}, err
	}

	// The tally may be older than the members that were just read: where these are all,
	// they are the better count.
	active := counted.Active
	if all {
		active = len(times)
	}

	now := clock.Of(h.now())
	return api.OK(activityView{
		Points:    curve(j.CreatedAt, now, times, active),
		Estimated: !all,
		AsOf:      api.Milli(now),
	}), nil
}

// curve returns points at equal distances from one time to another. times are the
// activations that are known, in order, and stand for so many active users.
func curve(from, to clock.Millis, times []clock.Millis, active int) []pointView {
	views := make([]pointView, points)
	for i := range views {
		at := from + (to-from)*clock.Millis(i)/(points-1)
		until, _ := slices.BinarySearch(times, at+1)
		views[i] = pointView{
			At:     api.Milli(at),
			Active: active * until / max(len(times), 1),
		}
	}

	return views
}

// activations returns the times at which active members set their first password, in
// order. It reports whether it looked at all members.
func (h handler) activations(
	ctx context.Context, jobID string,
) (times []clock.Millis, all bool, err error) {
	var more [job.Shards]bool
	sample := func(ctx context.Context, shard int) (pending []string, err error) {
		members, next, err := h.members.List(ctx, jobID, shard, sampled, "", "")
		more[shard] = next != ""
		for _, m := range members {
			if m.State == member.StatePending { // or active by now
				pending = append(pending, m.UserID)
			}
		}
		return pending, err
	}
	pending, err := parallel.Map(ctx, job.Shards, job.Shards, sample)
	if err != nil {
		return nil, false, err
	}

	activated, err := h.credentials.Activated(ctx, slices.Concat(pending...))
	if err != nil {
		return nil, false, err
	}

	for _, at := range activated {
		times = append(times, at)
	}
	slices.Sort(times)

	return times, !slices.Contains(more[:], true), nil
}
