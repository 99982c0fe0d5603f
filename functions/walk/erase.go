package main

import (
	"context"
	"errors"
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

const (
	// shardsAtOnce is how many shards of a job's members are erased at once.
	shardsAtOnce = 4
	// usersAtOnce is how many removed users are.
	usersAtOnce = 16
)

// errLate ends a step that has no time to go on.
var errLate = errors.New("the step's time is up")

// erase erases all that is kept of a deleted job: its members, its items and what the
// bucket holds. A step that dies is taken again from the first that are left; one whose
// time is up asks for the next. The job's own item goes last, and only when no step that
// found the job can still be writing: until then the schedule asks again.
func (h handler) erase(ctx context.Context, step work.EraseJob) error {
	j, err := h.jobs.Deleted(ctx, step.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}

	err = parallel.Each(ctx, job.Shards, shardsAtOnce, func(ctx context.Context, shard int) error {
		return h.eraseMembers(ctx, j.ID, shard)
	})
	if err == nil {
		err = h.eraseItems(ctx, j)
	}
	if errors.Is(err, errLate) {
		return h.queues.Send(ctx, step, 0)
	}
	if err != nil {
		return err
	}

	if err := h.eraseObjects(ctx, j); err != nil {
		return err
	}
	if h.now().Before(j.DeletedAt.Time().Add(job.EraseGap)) {
		return nil
	}
	return h.jobs.EraseItems(ctx, []job.Item{j.Own()})
}

// eraseMembers deletes a shard's members.
func (h handler) eraseMembers(ctx context.Context, jobID string, shard int) error {
	for members, err := range h.members.Pages(ctx, jobID, shard, pageMembers) {
		if err != nil {
			return err
		}
		if !h.hasTime(ctx, 0) {
			return errLate
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
	}
	return nil
}

// eraseItems deletes all items of a job but its own.
func (h handler) eraseItems(ctx context.Context, j job.Job) error {
	for items, err := range h.jobs.Items(ctx, j.ID) {
		if err != nil {
			return err
		}
		if !h.hasTime(ctx, 0) {
			return errLate
		}

		items = slices.DeleteFunc(items, func(i job.Item) bool { return i == j.Own() })
		if err := h.jobs.EraseItems(ctx, items); err != nil {
			return err
		}
	}
	return nil
}

// eraseObjects deletes the job's file and what was made of it, in all versions. Of a file
// that was dropped it deletes the version that the job was made from: the versions beside
// it are other jobs'.
func (h handler) eraseObjects(ctx context.Context, j job.Job) error {
	for _, folder := range object.Folders(j.ID) {
		if err := h.bucket.EraseAll(ctx, folder); err != nil {
			return err
		}
	}
	if j.Source == nil || j.Source.Version == "" {
		return nil
	}
	return h.bucket.EraseVersion(ctx, j.Source.Key, j.Source.Version)
}

// eraseUsers deletes the password, the links and the sessions of those users who were
// removed. Nothing is written for them any more: the message comes when all requests are
// over that knew them, and who is added under the name again has another id.
func (h handler) eraseUsers(ctx context.Context, users []work.RemovedUser) error {
	keys := make([]string, len(users))
	for i, u := range users {
		keys[i] = u.Key
	}
	profiles, err := h.Directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	return parallel.Each(ctx, len(users), usersAtOnce, func(ctx context.Context, i int) error {
		id := users[i].ID
		if profiles[users[i].Key].ID == id {
			return nil // the removal didn't happen
		}
		if err := h.Credentials.Erase(ctx, id); err != nil {
			return err
		}
		return h.Tokens.Erase(ctx, id)
	})
}
