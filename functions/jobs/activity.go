package main

import (
	"context"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/member"
)

const (
	// sampled is how many members of a shard an activity looks at: it is exact for jobs of about two thousand.
	sampled = 125
	// points is how many points an activity has.
	points = 97
)

var errNotProcessed = api.Fail(
	http.StatusConflict,
	"job_not_processed",
	"The job has to be processed first.",
)

type activityView struct {
	Points    []pointView `json:"points"`
	Estimated bool        `json:"estimated"`
	AsOf      api.Time    `json:"as_of"`
}

type pointView struct {
	At     api.Time `json:"at"`
	Active int      `json:"active"`
}

// activity tells how many of a job's users had a password, from when the job was made until now. Of a large job the first members of each shard are
// looked at, who are as good as drawn by lot, and their times are scaled to the number of those that are active.
func (h handler) activity(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if !j.Finished() {
		return api.Answer{}, errNotProcessed
	}

	counted, err := h.counter().Of(ctx, j)
	if err != nil {
		return api.Answer{}, err
	}

	times, all, err := h.activations(ctx, j.ID)
	if err != nil {
		return api.Answer{}, err
	}

	now := h.now().UnixMilli()

	active := counted.Active
	if all {
		active = len(times)
	}

	view := activityView{Points: make([]pointView, points), Estimated: !all, AsOf: api.Milli(now)}
	for i := range view.Points {
		at := j.CreatedAt + (now-j.CreatedAt)*int64(i)/(points-1)
		until, _ := slices.BinarySearch(times, at+1)

		share := until
		if !all {
			share = active * until / max(len(times), 1)
		}

		view.Points[i] = pointView{api.Milli(at), share}
	}

	return api.OK(view), nil
}

// activations gives the times (milliseconds) at which active members set their first password, in order, and whether all members were looked at.
func (h handler) activations(
	ctx context.Context,
	jobID string,
) (times []int64, all bool, err error) {
	var (
		active [job.Shards][]string
		more   [job.Shards]bool
	)

	group, reading := errgroup.WithContext(ctx)
	for shard := range job.Shards {
		group.Go(func() error {
			members, next, err := h.members.List(reading, jobID, shard, sampled, "", "")

			more[shard] = next != ""
			for _, m := range members {
				if m.State == member.StateActive {
					active[shard] = append(active[shard], m.UserID)
				}
			}

			return err
		})
	}

	if err := group.Wait(); err != nil {
		return nil, false, err
	}

	at, err := h.credentials.Activated(ctx, slices.Concat(active[:]...))
	if err != nil {
		return nil, false, err
	}

	for _, ms := range at {
		times = append(times, ms)
	}

	slices.Sort(times)

	return times, !slices.Contains(more[:], true), nil
}
