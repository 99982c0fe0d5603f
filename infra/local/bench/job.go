package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"latchkey/infra/local/client"
	"latchkey/shared/job"
	"latchkey/shared/notification"
)

// validate makes a job and uploads its file. It returns how long it took from the upload
// until all of it was validated.
func (s *system) validate(
	ctx context.Context, file []byte,
) (id string, took time.Duration, err error) {
	var made client.Created
	options := map[string]string{"file_name": "users.csv"}
	if err := s.api.Do(ctx, http.MethodPost, "/api/jobs", options, &made); err != nil {
		return "", 0, err
	}

	took, err = timed(ctx, s.jobIs(made.Job.ID, job.Validated), func() error {
		return made.Upload.Put(ctx, file)
	})
	return made.Job.ID, took, err
}

// process has a job's rows processed, and returns how long that took.
func (s *system) process(ctx context.Context, id string) (time.Duration, error) {
	return timed(ctx, s.jobIs(id, job.Processed), func() error {
		return s.api.Do(ctx, http.MethodPost, "/api/jobs/"+id+"/process", nil, nil)
	})
}

// notify sends every user of a job a message, and returns how long that took.
func (s *system) notify(ctx context.Context, id string) (time.Duration, error) {
	notifications := notification.Store{Table: s.table("jobs")}
	sent := func(ctx context.Context) (bool, error) {
		n, err := notifications.Status(ctx, id, 1)
		return n.Status == notification.Sent, err
	}
	return timed(ctx, sent, func() error {
		body := map[string]string{"audience": "pending"}
		return s.api.Do(ctx, http.MethodPost, "/api/jobs/"+id+"/notifications", body, nil)
	})
}

// jobIs returns a function that reports whether a job has come to a status. It fails
// where the job never will.
func (s *system) jobIs(id string, status job.Status) func(context.Context) (bool, error) {
	jobs := job.Store{Table: s.table("jobs")}
	return func(ctx context.Context) (bool, error) {
		found, err := jobs.Get(ctx, id)
		if err == nil && (found.Status == job.Rejected || found.Status == job.Failed) {
			err = fmt.Errorf("the job is %s: %s", found.Status, found.Reason)
		}
		return found.Status == status, err
	}
}

// onboard takes a file through a job until its users are processed, and returns the job's
// id.
func (s *system) onboard(ctx context.Context, file []byte) (id string, err error) {
	id, _, err = s.validate(ctx, file)
	if err == nil {
		_, err = s.process(ctx, id)
	}
	return id, err
}

// checkCounts checks the counts of a job whose rows are all good and new, and of its
// notification once all of its events have come.
func (s *system) checkCounts(ctx context.Context, id string, rows int) error {
	j, err := client.Get[client.Job](ctx, s.api, "/api/jobs/"+id)
	if err != nil {
		return err
	}

	wantRows := client.Rows{Total: rows, Valid: rows, Processed: rows, Added: rows}
	wantUsers := client.Users{Total: rows, Pending: rows}
	if j.Rows != wantRows || j.Users != wantUsers {
		return fmt.Errorf("the job counts %+v and %+v, want %+v and %+v",
			j.Rows, j.Users, wantRows, wantUsers)
	}

	ctx, cancel := context.WithTimeout(ctx, marked)
	defer cancel()

	var counts client.Counts
	err = client.Until(ctx, lookEvery, func(ctx context.Context) (bool, error) {
		n, err := client.Get[client.Notification](ctx, s.api, j.Path()+"/notifications/1")
		counts = n.Counts
		return counts.Audience == rows && counts.Delivered == rows, err
	})
	if err != nil {
		return fmt.Errorf("the notification counts %+v, want %d delivered: %w", counts, rows, err)
	}

	return nil
}

// countActive waits until the job tells that so many of its users are active.
func (s *system) countActive(ctx context.Context, id string, users, active int) error {
	ctx, cancel := context.WithTimeout(ctx, marked)
	defer cancel()

	var got client.Users
	err := client.Until(ctx, lookEvery, func(ctx context.Context) (bool, error) {
		j, err := client.Get[client.Job](ctx, s.api, "/api/jobs/"+id)
		got = j.Users
		return got.Active == active && got.Pending == users-active, err
	})
	if err != nil {
		return fmt.Errorf("%d users set a password, the job counts %+v: %w", active, got, err)
	}

	return nil
}

// marked is how long counts may be behind, on a busy machine.
const marked = 2 * time.Minute
