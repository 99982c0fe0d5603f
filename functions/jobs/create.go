package main

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/id"
	"latchkey/shared/job"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/userfile/mapping"
)

const (
	// uploadTime is how long a file may be uploaded, and how long it is waited for.
	uploadTime = time.Hour
	// maxFileName is the most code points of a file's name.
	maxFileName = 255
)

// createRequest is the body that makes a job. What is null or absent has its default.
type createRequest struct {
	Name         string   `json:"name"`
	FileName     string   `json:"file_name"`
	Process      *string  `json:"process"`
	Devices      []string `json:"devices"`
	LinkLifetime *string  `json:"link_lifetime"`
	Notify       *string  `json:"notify"`
	ReportTo     *string  `json:"report_to"`
	Encoding     *string  `json:"encoding"`
	Separator    *string  `json:"separator"`
	// Mapping says what columns of the file become; null is nothing.
	Mapping map[string]*string `json:"mapping"`
}

// checkBlank refuses the first option that is there and blank: null asks for a default,
// so a blank one is a mistake.
func (r createRequest) checkBlank() error {
	options := []struct {
		name  string
		value *string
	}{
		{"process", r.Process},
		{"link_lifetime", r.LinkLifetime},
		{"notify", r.Notify},
		{"report_to", r.ReportTo},
		{"encoding", r.Encoding},
		{"separator", r.Separator},
	}
	for _, option := range options {
		if option.value != nil && *option.value == "" {
			return api.Invalid(
				option.name,
				"required",
				"Give a value, or null for the default.",
			)
		}
	}

	return nil
}

// valueOf returns an option's value, "" if there is none.
func valueOf(option *string) string {
	if option == nil {
		return ""
	}
	return *option
}

// uploadView is the request that uploads a job's file, as the API shows it.
type uploadView struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	ExpiresAt api.Time          `json:"expires_at"`
}

// create stores a job that waits for its file, and answers with the request to upload it.
// A repeat with the same Idempotency-Key makes the same job: the key's seed names it.
func (h handler) create(ctx context.Context, event api.Event) (api.Answer, error) {
	var body createRequest
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if err := body.checkBlank(); err != nil {
		return api.Answer{}, err
	}

	actor := session.Of(ctx).Profile.Username
	earlier, answered, err := h.answers.Earlier(ctx, event, actor, h.now())
	if err != nil {
		return api.Answer{}, err
	}
	if answered {
		session.About(ctx, session.Subject{Job: id.New(earlier.At, earlier.Seed)})
		return earlier.Answer, nil
	}

	asked, err := h.newJob(body, actor)
	if err != nil {
		return api.Answer{}, err
	}

	begin := func(seed string, at time.Time) (api.Answer, error) {
		made := asked
		made.ID = id.New(at, seed)
		made.CreatedAt = clock.Of(at)
		made.UploadUntil = clock.Of(at.Add(uploadTime))
		if made.Name == "" {
			made.Name = job.DefaultName(at)
		}

		// The job is there already if an earlier try has died after it stored it.
		err := h.jobs.Create(ctx, made)
		if err != nil && !errors.Is(err, store.ErrCondition) {
			return api.Answer{}, err
		}

		session.About(ctx, session.Subject{Job: made.ID})
		return h.created(ctx, made)
	}

	return h.answers.Do(ctx, event, actor, h.now(), begin)
}

// newJob returns the job that a body asks for, without its id and times.
func (h handler) newJob(body createRequest, createdBy string) (job.Job, error) {
	name, err := fileName(body.FileName)
	if err != nil {
		return job.Job{}, err
	}

	decided, refused := mapping.CheckNames(decisionsOf(body.Mapping), h.schema())
	if refused != nil {
		return job.Job{}, invalidColumns("mapping", refused)
	}

	made := job.Job{
		FileName:     name,
		Status:       job.AwaitingFile,
		CreatedBy:    createdBy,
		CustomFields: h.customFields,
		Mapping:      decided,
	}
	options := job.Options{
		Name:         body.Name,
		Mode:         valueOf(body.Process),
		Devices:      body.Devices,
		LinkLifetime: valueOf(body.LinkLifetime),
		Notify:       valueOf(body.Notify),
		ReportTo:     valueOf(body.ReportTo),
		Encoding:     valueOf(body.Encoding),
		Separator:    valueOf(body.Separator),
	}

	var bad *job.OptionError
	err = options.Apply(&made, h.limits, job.Manual)
	if errors.As(err, &bad) {
		return job.Job{}, api.Invalid(bad.Option, bad.Code, bad.Message)
	}
	return made, err
}

// created returns the answer to the request that made a job.
func (h handler) created(ctx context.Context, made job.Job) (api.Answer, error) {
	key := job.UploadedFolder + made.ID + "/" + made.FileName
	method, url, headers, err := h.bucket.PresignPut(ctx, key, uploadTime)
	if err != nil {
		return api.Answer{}, err
	}

	view, err := h.view(ctx, made)
	if err != nil {
		return api.Answer{}, err
	}

	body := map[string]any{
		"job": view,
		"upload": uploadView{
			Method:    method,
			URL:       url,
			Headers:   headers,
			ExpiresAt: api.Milli(made.UploadUntil),
		},
	}
	return api.Answer{Status: http.StatusCreated, Body: body}, nil
}

// fileName returns the name of a file, of which only the last part counts: browsers may
// send a whole path. It refuses one that is too long, or isn't that of a .csv, a .txt or
// an .xlsx.
func fileName(text string) (string, error) {
	name := strings.TrimSpace(text)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name == "" {
		return "users.csv", nil
	}

	tooLong := utf8.RuneCountInString(name) > maxFileName
	if tooLong || strings.ContainsFunc(name, unicode.IsControl) {
		return "", api.Invalid(
			"file_name",
			"invalid",
			"A file name has at most 255 characters, none of them a control character.",
		)
	}

	extension := strings.ToLower(path.Ext(name))
	if !slices.Contains([]string{".csv", ".txt", ".xlsx"}, extension) {
		return "", api.Invalid(
			"file_name",
			"not_allowed",
			"The file is a .csv, a .txt or an .xlsx.",
		)
	}

	return name, nil
}
