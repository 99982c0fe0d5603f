package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/shared/api"
	"latchkey/shared/config"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/walk"
)

type handler struct {
	jobs          job.Store
	notifications notification.Store
	answers       idempotency.Store
	members       member.Store
	directory     directory.Store
	tokens        token.Store
	credentials   credential.Store
	deliveries    delivery.Store
	rows, walk    queue.Queue
	bucket        object.Bucket
	devices       []user.Device
	customFields  []string
	lifetimes     config.Lifetimes
	now           func() time.Time
}

const (
	// uploadTime is how long a file may be uploaded, and how long it is waited for.
	uploadTime = time.Hour
	// downloadTime is how long a file may be downloaded.
	downloadTime = 5 * time.Minute
	// maxFileName is the most code points of a file's name.
	maxFileName = 255
)

func (h handler) handlers() api.Routes {
	return api.Routes{
		"POST /api/jobs":                   h.create,
		"GET /api/jobs":                    h.list,
		"GET /api/jobs/{id}":               h.show,
		"DELETE /api/jobs/{id}":            h.remove,
		"POST /api/jobs/{id}/process":      h.process,
		"GET /api/jobs/{id}/errors":        h.errors,
		"GET /api/jobs/{id}/changes":       h.changes,
		"GET /api/jobs/{id}/members":       h.listMembers,
		"GET /api/jobs/{id}/activity":      h.activity,
		"GET /api/jobs/{id}/files/errors":  h.errorsFile,
		"GET /api/jobs/{id}/files/members": h.membersFile,
		"GET /api/template.csv":            h.template,
	}
}

var (
	errJob  = api.Fail(http.StatusNotFound, "job_not_found", "There is no such job.")
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

func (h handler) job(ctx context.Context, event api.Event) (job.Job, error) {
	found, err := h.jobs.Get(ctx, event.PathParameters["id"])
	if errors.Is(err, store.ErrNotFound) {
		return job.Job{}, errJob
	}
	return found, err
}

func (h handler) limits() job.Limits {
	return job.Limits{
		Devices: user.SendableDevices(h.devices), DefaultDevices: user.DefaultDevices(h.devices),
		Lifetime: h.lifetimes.Default, Minimum: h.lifetimes.Minimum, Maximum: h.lifetimes.Maximum,
	}
}

type upload struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt api.Time          `json:"expires_at"`
}

func (h handler) create(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct {
		Name         string   `json:"name"`
		FileName     string   `json:"file_name"`
		Process      *string  `json:"process"`
		Devices      []string `json:"devices"`
		LinkLifetime *string  `json:"link_lifetime"`
		Notify       *string  `json:"notify"`
		ReportTo     *string  `json:"report_to"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}

	for name, value := range map[string]*string{"process": body.Process, "link_lifetime": body.LinkLifetime, "notify": body.Notify, "report_to": body.ReportTo} {
		if value != nil && *value == "" {
			return api.Answer{}, api.Invalid(
				name,
				"required",
				"Give a value, or null for the default.",
			)
		}
	}

	fileName, err := fileName(body.FileName)
	if err != nil {
		return api.Answer{}, err
	}

	made := job.Job{
		FileName:     fileName,
		Status:       job.AwaitingFile,
		CreatedBy:    session.Of(ctx).Profile.Username,
		CustomFields: h.customFields,
	}
	options := job.Options{
		Name:         body.Name,
		Mode:         given(body.Process),
		Devices:      body.Devices,
		LinkLifetime: given(body.LinkLifetime),
		Notify:       given(body.Notify),
		ReportTo:     given(body.ReportTo),
	}

	var bad *job.OptionError
	if err := options.Apply(&made, h.limits(), job.Manual); errors.As(err, &bad) {
		return api.Answer{}, api.Invalid(bad.Option, bad.Code, bad.Message)
	}
	return h.answers.Do(
		ctx,
		event,
		made.CreatedBy,
		h.now(),
		func(seed string, at time.Time) (api.Answer, error) {
			made.ID, made.CreatedAt, made.UploadUntil = job.NewID(
				at,
				seed,
			), at.UnixMilli(), at.Add(uploadTime).
				UnixMilli()
			if made.Name == "" {
				made.Name = job.DefaultName(at)
			}

			if err := h.jobs.Create(
				ctx,
				made,
			); err != nil &&
				!errors.Is(err, store.ErrCondition) { // there already: by a try that died
				return api.Answer{}, err
			}

			session.About(ctx, session.Subject{Job: made.ID})

			method, url, headers, err := h.bucket.PresignPut(
				ctx,
				"jobs/"+made.ID+"/"+made.FileName,
				uploadTime,
			)
			if err != nil {
				return api.Answer{}, err
			}

			view, err := h.view(ctx, made)
			if err != nil {
				return api.Answer{}, err
			}
			return api.Answer{Status: http.StatusCreated, Body: map[string]any{
				"job": view, "upload": upload{method, url, headers, api.Milli(made.UploadUntil)},
			}}, nil
		},
	)
}

func given(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// fileName checks the name of a file, of which only the last part counts.
func fileName(text string) (string, error) {
	name := strings.TrimSpace(text)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}

	switch {
	case name == "":
		return "users.csv", nil
	case utf8.RuneCountInString(name) > maxFileName || strings.ContainsFunc(name, unicode.IsControl):
		return "", api.Invalid(
			"file_name",
			"invalid",
			"A file name has at most 255 characters, none of them a control character.",
		)
	case !slices.Contains([]string{".csv", ".txt"}, strings.ToLower(path.Ext(name))):
		return "", api.Invalid("file_name", "not_allowed", "The file is a .csv or a .txt.")
	}

	return name, nil
}

func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	found, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	view, err := h.view(ctx, found)
	return api.OK(view), err
}

func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "status", "q")
	if err != nil {
		return api.Answer{}, err
	}

	status, start := job.Status(query["status"]), user.Key(query["q"])
	if err := api.OneOf("status", status, job.Statuses...); err != nil {
		return api.Answer{}, err
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	var after string
	if given, err := api.Cursor(event, &after); err != nil {
		return api.Answer{}, err
	} else if moment, id, ok := strings.Cut(after, "#"); given && (!ok || len(moment) != 15 || id == "" || len(id) > 64) {
		return api.Answer{}, api.Invalid(
			"cursor",
			"invalid_cursor",
			"The cursor is not one of this list.",
		)
	}

	found, next, err := h.jobs.List(ctx, limit, after)
	if err != nil {
		return api.Answer{}, err
	}

	found = slices.DeleteFunc(found, func(j job.Job) bool {
		return status != "" && j.Status != status || !strings.HasPrefix(user.Key(j.Name), start)
	})

	page := api.Page[jobView]{}
	if page.Items, err = h.views(ctx, found); err != nil {
		return api.Answer{}, err
	}

	if next != "" {
		page.Next = api.NextCursor(next)
	}

	return api.OK(page), nil
}

func (h handler) remove(ctx context.Context, event api.Event) (api.Answer, error) {
	found, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	if found.Notifications > 0 {
		last, err := h.notifications.Text(ctx, found.ID, found.Notifications)
		if err != nil {
			return api.Answer{}, err
		}

		switch {
		case last.Status == notification.Paused:
			return api.Answer{}, errPaused
		case !last.Over():
			return api.Answer{}, errBusy
		}
	}

	if err := h.jobs.Delete(ctx, found.ID, h.now()); errors.Is(err, job.ErrStatus) {
		return api.Answer{}, errBusy
	} else if err != nil {
		return api.Answer{}, err
	}

	steps := make([]walk.Step, job.Shards)
	for shard := range steps {
		steps[shard] = walk.Step{Kind: walk.Erase, JobID: found.ID, Shard: shard}
	}

	return api.NoContent(), queue.SendAll(ctx, h.walk, steps)
}

// process starts a validated job, and has no effect on one that is on its way. The message is sent each time: should a call have died
// between the two, the next one mends it.
func (h handler) process(ctx context.Context, event api.Event) (api.Answer, error) {
	found, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	switch found.Status {
	case job.AwaitingFile, job.Validating, job.Rejected:
		return api.Answer{}, errNotValidated
	case job.Validated, job.Failed:
		started, err := h.jobs.Start(ctx, found.ID)
		if err == nil {
			found = started
		} else if !errors.Is(err, job.ErrStatus) {
			return api.Answer{}, err
		} else if found, err = h.job(ctx, event); err != nil {
			return api.Answer{}, err
		}
	}

	if found.Status == job.Processing {
		if err := h.rows.Send(ctx, job.RowsMessage{JobID: found.ID, Start: true}, 0); err != nil {
			return api.Answer{}, err
		}
	}

	view, err := h.view(ctx, found)
	return api.Accepted(view), err
}

func (h handler) template(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}
	return api.Answer{
		Status: http.StatusOK,
		Body: userfile.Template(
			userfile.Schema{Devices: h.devices, CustomFields: h.customFields},
		),
		Header: map[string]string{
			"Content-Type":        "text/csv; charset=utf-8",
			"Content-Disposition": `attachment; filename="template.csv"`,
		},
	}, nil
}

// issuePlace is where a list of errors and warnings has come to.
type issuePlace struct {
	Part int `json:"p"`
	At   int `json:"i"`
}

// errors lists what validation found. A page reads one part of the list, so it may be short.
func (h handler) errors(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "level")
	if err != nil {
		return api.Answer{}, err
	}

	level := userfile.Level(query["level"])
	if err := api.OneOf("level", level, userfile.LevelError, userfile.LevelWarning); err != nil {
		return api.Answer{}, err
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	var at issuePlace
	if _, err := api.Cursor(event, &at); err != nil {
		return api.Answer{}, err
	}

	found, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	if at.Part < 0 || at.At < 0 || at.Part > 0 && at.Part >= found.Issues {
		return api.Answer{}, api.Invalid(
			"cursor",
			"invalid_cursor",
			"The cursor is not one of this list.",
		)
	}

	page := api.Page[json.RawMessage]{Items: []json.RawMessage{}}
	if at.Part >= found.Issues {
		return api.OK(page), nil
	}

	content, err := h.bucket.Read(ctx, object.Issues(found.ID, at.Part))
	if err != nil {
		return api.Answer{}, fmt.Errorf("list errors: %w", err)
	}

	var part []json.RawMessage
	if err := json.Unmarshal(content, &part); err != nil {
		return api.Answer{}, fmt.Errorf("list errors: %w", err)
	}

	for ; at.At < len(part) && len(page.Items) < limit; at.At++ {
		var issue struct {
			Level userfile.Level `json:"level"`
		}
		if err := json.Unmarshal(part[at.At], &issue); err != nil {
			return api.Answer{}, fmt.Errorf("list errors: %w", err)
		}

		if level == "" || issue.Level == level {
			page.Items = append(page.Items, part[at.At])
		}
	}

	if at.At >= len(part) {
		at = issuePlace{Part: at.Part + 1}
	}

	if at.Part < found.Issues {
		page.Next = api.NextCursor(at)
	}

	return api.OK(page), nil
}
