package member

import (
	"context"
	"errors"

	"latchkey/shared/job"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// recentJobs is the number of latest jobs among which LatestJob looks.
const recentJobs = 10

// LatestJob returns a user's latest job that is processed, which says how the user is to
// be reached outside of a job. ok is false if there is none.
func (s Store) LatestJob(
	ctx context.Context, jobs job.Store, p user.Profile,
) (latest job.Job, ok bool, err error) {
	memberships, err := s.Jobs(ctx, p, recentJobs)
	if err != nil {
		return job.Job{}, false, err
	}

	for _, m := range memberships {
		found, err := jobs.Get(ctx, m.JobID)
		if err == nil && found.Finished() {
			return found, true, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return job.Job{}, false, err
		}
	}

	return job.Job{}, false, nil
}

// Memberships reads a user's memberships whole, the latest job's first, at most limit. A
// job whose member is gone or is another user's by now is left out.
func (s Store) Memberships(ctx context.Context, p user.Profile, limit int) ([]Member, error) {
	listed, err := s.Jobs(ctx, p, limit)
	if err != nil {
		return nil, err
	}

	var keys []store.Key
	for _, m := range listed {
		keys = append(keys, store.Key{"shard": m.Shard, "username": m.Key})
	}

	ofJob := func(m Member) (string, Member) { return m.JobID, m }
	byJob, err := store.GetMap(ctx, s.Table, keys, ofJob)
	if err != nil {
		return nil, err
	}

	var own []Member
	for _, m := range listed {
		if whole, ok := byJob[m.JobID]; ok && whole.UserID == p.ID {
			own = append(own, whole)
		}
	}

	return own, nil
}
