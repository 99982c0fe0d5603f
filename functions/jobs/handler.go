package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler holds what the function is wired to.
type handler struct {
	jobs          job.Store
	notifications notification.Store
	answers       idempotency.Store
	members       member.Store
	directory     directory.Store
	tokens        token.Store
	credentials   credential.Store
	deliveries    delivery.Store
	users         tally.Jobs // counts users by their states
	queues        work.Queues
	bucket        object.Bucket
	devices       []user.Device
	customFields  []string
	limits        job.Limits
	now           func() time.Time
	routes        api.Routes
}

func newHandler(w *wire.Wire) handler {
	devices := user.ReadDevices(w.Reader)
	h := handler{
		jobs:          job.Store{Table: w.Table("jobs")},
		notifications: notification.Store{Table: w.Table("jobs")},
		answers:       idempotency.Store{Table: w.Table("jobs")},
		members:       member.Store{Table: w.Table("members")},
		directory:     directory.Store{Table: w.Table("directory")},
		tokens:        token.Store{Table: w.Table("tokens")},
		credentials:   credential.Store{Table: w.Table("credentials")},
		deliveries:    delivery.Store{Table: w.Table("deliveries")},
		queues:        work.NewQueues(w.AWS("sqs"), w.Reader, work.Rows, work.Background),
		bucket:        object.New(w.AWS("s3"), w.Required("BUCKET")),
		devices:       devices,
		customFields:  w.List("CUSTOM_FIELDS"),
		limits:        job.ReadLimits(w.Reader, devices),
		now:           w.Now,
	}
	h.users = tally.Jobs{
		Jobs:        h.jobs,
		Members:     h.members,
		Tokens:      h.tokens,
		Credentials: h.credentials,
		Queues:      h.queues,
		Now:         w.Now,
	}

	// Every route is an administrator's.
	guard := session.NewGuard(w.Table, w.Required("BASE_URL"), w.Audit(), w.Now)
	h.routes = guard.Administrator(h.handlers())
	return h
}

// handlers returns the administrator's routes of jobs, without the guard that checks the
// session.
func (h handler) handlers() api.Routes {
	return api.Routes{
		"POST /api/jobs":                   h.create,
		"GET /api/jobs":                    h.list,
		"GET /api/jobs/{id}":               h.show,
		"DELETE /api/jobs/{id}":            h.remove,
		"POST /api/jobs/{id}/process":      h.process,
		"GET /api/jobs/{id}/mapping":       h.showMapping,
		"PUT /api/jobs/{id}/mapping":       h.mapColumns,
		"GET /api/jobs/{id}/errors":        h.listIssues,
		"GET /api/jobs/{id}/changes":       h.changes,
		"GET /api/jobs/{id}/members":       h.listMembers,
		"GET /api/jobs/{id}/activity":      h.activity,
		"GET /api/jobs/{id}/files/errors":  h.errorsFile,
		"GET /api/jobs/{id}/files/members": h.membersFile,
		"GET /api/mappings":                h.listMappings,
		"DELETE /api/mappings/{mapping}":   h.forgetMapping,
		"GET /api/template.csv":            h.template,
	}
}

// startGap is the least time between two calls that have a job's chunks asked for. Each
// message asks for up to 2,000.
const startGap = time.Minute

// Refusals of the routes.
var (
	errBusy = api.Fail(
		http.StatusConflict,
		"job_busy",
		"The job is being processed or sent.",
	)
	errPaused = api.Fail(
		http.StatusConflict,
		"job_busy",
		"The job's last notification is paused. Cancel it first.",
	)
	errNotValidated = api.Fail(
		http.StatusConflict,
		"job_not_validated",
		"The job's file has to be validated first.",
	)
)

// show shows one job.
func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	view, err := h.view(ctx, j)
	return api.OK(view), err
}

// list shows a page of jobs, newest first. A filter is applied to the page as it was
// read: the page may be short, even empty, and still have a next one.
func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	var (
		status job.Status
		name   string
	)
	list, err := api.ReadList[string](
		event,
		api.Choice("status", &status, job.Statuses...),
		api.FreeText("q", &name),
	)
	if err != nil {
		return api.Answer{}, err
	}
	if list.Continued && list.After == "" {
		return api.Answer{}, api.ErrCursor
	}

	found, next, err := h.jobs.List(ctx, list.Limit, list.After)
	if errors.Is(err, store.ErrNotFound) {
		return api.Answer{}, api.ErrCursor
	}
	if err != nil {
		return api.Answer{}, err
	}

	start := user.Key(name)
	found = slices.DeleteFunc(found, func(j job.Job) bool {
		return status != "" && j.Status != status || !strings.HasPrefix(user.Key(j.Name), start)
	})

	views, err := h.views(ctx, found)
	if err != nil {
		return api.Answer{}, err
	}

	return api.OK(api.PageOf(views, next)), nil
}

// remove deletes a job, unless somebody validates, processes or sends it. Announce, then
// act: the job is marked as deleted first, so that nobody finds it any more, and then its
// a step is asked for that erases it. If the request dies in between, the schedule asks.
func (h handler) remove(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}
	if err := h.checkSent(ctx, j); err != nil {
		return api.Answer{}, err
	}
	if j.Status == job.Processing {
		working, err := h.jobs.Working(ctx, j.ID, h.now())
		if err != nil {
			return api.Answer{}, err
		}
		if working {
			return api.Answer{}, errBusy
		}
	}

	err = h.jobs.Delete(ctx, j.ID, h.now())
	if errors.Is(err, job.ErrStatus) {
		return api.Answer{}, errBusy
	}
	if err != nil {
		return api.Answer{}, err
	}

	return api.NoContent(), h.queues.Send(ctx, work.EraseJob{JobID: j.ID}, 0)
}

// checkSent refuses a job whose last notification isn't over.
func (h handler) checkSent(ctx context.Context, j job.Job) error {
	if j.Notifications == 0 {
		return nil
	}

	last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
	switch {
	case err != nil:
		return err
	case last.Status == notification.Paused:
		return errPaused
	case !last.Over():
		return errBusy
	}

	return nil
}

// process starts a validated job, or one of which rows were given up on. It has no effect
// on one that is on its way. Announce, then act: the status is written first, then the
// message is sent. If a call dies between the two, one that comes startGap later mends it.
func (h handler) process(ctx context.Context, event api.Event) (api.Answer, error) {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	switch j.Status {
	case job.AwaitingFile, job.Validating, job.NeedsMapping, job.Rejected:
		return api.Answer{}, errNotValidated
	case job.Validated, job.Failed:
		j, err = h.start(ctx, event)
		if err != nil {
			return api.Answer{}, err
		}
	}

	if j.Status == job.Processing {
		mine, err := h.jobs.ClaimChunks(ctx, j.ID, h.now(), startGap)
		if err == nil && mine {
			err = h.queues.Send(ctx, work.StartJob{JobID: j.ID}, 0)
		}
		if err != nil {
			return api.Answer{}, err
		}
	}

	view, err := h.view(ctx, j)
	return api.Accepted(view), err
}

// start moves the job to processing and returns it. If another request was faster, it
// returns the job as that one left it.
func (h handler) start(ctx context.Context, event api.Event) (job.Job, error) {
	started, err := h.jobs.Start(ctx, event.PathParameters["id"], h.now())
	if errors.Is(err, job.ErrStatus) {
		return jobapi.Of(ctx, h.jobs, event)
	}
	return started, err
}

// template shows an empty file with the deployment's columns.
func (h handler) template(_ context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	return api.Answer{
		Status: http.StatusOK,
		Body:   userfile.Template(h.schema()),
		Header: map[string]string{
			"Content-Type":        "text/csv; charset=utf-8",
			"Content-Disposition": `attachment; filename="template.csv"`,
		},
	}, nil
}
