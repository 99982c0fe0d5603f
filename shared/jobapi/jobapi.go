// Package jobapi is the outside of a job, as the functions that serve its routes share
// it: how a request names a job, and what it is told of one.
package jobapi

import (
	"context"
	"errors"
	"net/http"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/store"
)

var (
	// ErrNotFound is the refusal of a job that isn't there or was deleted.
	ErrNotFound = api.Fail(http.StatusNotFound, "job_not_found", "There is no such job.")
	// ErrNotProcessed is the refusal of what can be had of a finished job alone.
	ErrNotProcessed = api.Fail(
		http.StatusConflict,
		"job_not_processed",
		"The job has to be processed first.",
	)
)

// Of reads the job that a request's path names, or returns ErrNotFound.
func Of(ctx context.Context, jobs job.Store, event api.Event) (job.Job, error) {
	found, err := jobs.Get(ctx, event.PathParameters["id"])
	if errors.Is(err, store.ErrNotFound) {
		return job.Job{}, ErrNotFound
	}
	return found, err
}
