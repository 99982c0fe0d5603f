package main

import (
	"context"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/member"
	"latchkey/shared/object"
	"latchkey/shared/work"
)

const (
	// downloadTime is how long a file may be downloaded.
	downloadTime = 5 * time.Minute
	// exportAge is how long an export is served, once it is done, before it is made anew.
	exportAge = time.Minute
)

var errNoReport = api.Fail(
	http.StatusNotFound,
	"not_found",
	"The file was rejected as a whole; the reason is the job's.",
)

// fileView is where a file can be downloaded, as the API shows it.
type fileView struct {
	URL       string   `json:"url"`
	ExpiresAt api.Time `json:"expires_at"`
}

// file answers with a URL to download an object, to be saved under a name.
func (h handler) file(ctx context.Context, key, name string) (api.Answer, error) {
	expires := h.now().Add(downloadTime)
	url, err := h.bucket.PresignGet(ctx, key, name, downloadTime)
	return api.OK(fileView{URL: url, ExpiresAt: api.Time{Time: expires}}), err
}

// errorsFile answers with the error report that validation has written: the rows in
// error. A file that was rejected as a whole has none.
func (h handler) errorsFile(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}
	switch j.Status {
	case job.AwaitingFile, job.Validating, job.NeedsMapping:
		return api.Answer{}, errNotValidated
	}

	key := object.ErrorReport(j.ID)
	exists, err := h.bucket.Exists(ctx, key)
	if err != nil {
		return api.Answer{}, err
	}
	if !exists {
		return api.Answer{}, errNoReport
	}
	return h.file(ctx, key, "errors.csv")
}

// membersFile answers with an export of the job's members. The export is made in the
// background: until it is done, the answer asks the caller to come again. Announce, then
// act: the export is marked as asked for, then one caller sends the step. If they die in
// between, another does when the export is lost.
func (h handler) membersFile(ctx context.Context, event api.Event) (api.Answer, error) {
	var state member.State
	if err := api.Query(event, api.Choice("state", &state, member.States...)); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	filter := string(state)
	export, mine, err := h.jobs.AskExport(ctx, j.ID, filter, h.now(), exportAge, work.Lost)
	if err != nil {
		return api.Answer{}, err
	}

	if mine {
		step := work.ExportMembers{JobID: j.ID, State: filter}
		if err := h.queues.Send(ctx, step, 0); err != nil {
			return api.Answer{}, err
		}
	}

	if export.DoneAt == 0 {
		answer := api.Accepted(api.Empty{})
		answer.Header = map[string]string{"Retry-After": "2"}
		return answer, nil
	}
	return h.file(ctx, object.Members(j.ID, filter), "members.csv")
}
