package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"latchkey/infra/local/client"
	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/host"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// pollEvery is the pause between two looks at how far something is: a read of one item.
const pollEvery = 10 * time.Millisecond

// system is a host that runs, and its administrator.
type system struct {
	host *host.Host
	api  client.Client
}

// table returns a table of the system's by the topology's name.
func (s *system) table(name string) store.Table {
	return store.Table{
		DB:   dynamodb.Client(s.host.Engines.DynamoDB),
		Name: s.host.Tables[name],
	}
}

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
		n, err := notifications.Text(ctx, id, 1)
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

// timed begins something, and returns how long it took until it had ended.
func timed(
	ctx context.Context, ended func(context.Context) (bool, error), begin func() error,
) (time.Duration, error) {
	began := time.Now()
	if err := begin(); err != nil {
		return 0, err
	}
	err := client.Until(ctx, pollEvery, ended)
	return time.Since(began), err
}
