package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/object"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/mapping"
)

// Refusals of mappings.
var (
	errNoHeader = api.Fail(
		http.StatusNotFound,
		"not_found",
		"The file was rejected before its columns were read.",
	)
	errNotMappable = api.Fail(
		http.StatusConflict,
		"job_not_validated",
		"The file was rejected for another reason than its columns: upload it again.",
	)
	errValidating = api.Fail(
		http.StatusConflict,
		"job_busy",
		"The job's file is being validated.",
	)
	errTooLate = api.Fail(
		http.StatusConflict,
		"job_processed",
		"The job is processed, or about to be: make a new job to map the columns otherwise.",
	)
	errNotRemembered = api.Fail(
		http.StatusNotFound,
		"not_found",
		"No such header is remembered.",
	)
)

// columnView is a column of a job's file, as the API shows it.
type columnView struct {
	Column  string   `json:"column"`
	Samples []string `json:"samples"`
	Field   api.Text `json:"field"`
	Source  api.Text `json:"source"`
	Export  api.Text `json:"export"`
	Also    api.Text `json:"also"`
}

// mappingView is what the columns of a job's file become, as the API shows it.
type mappingView struct {
	Row     int          `json:"row"` // of the header
	Columns []columnView `json:"columns"`
}

// showMapping shows what the columns of a job's file become, as validation found it.
func (h handler) showMapping(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}
	header, err := h.headerOf(ctx, j)
	if err != nil {
		return api.Answer{}, err
	}

	view := mappingView{Row: header.Row}
	for _, c := range header.Columns {
		view.Columns = append(view.Columns, columnView{
			Column:  c.Name,
			Samples: c.Samples,
			Field:   api.Text(c.Field),
			Source:  api.Text(c.Source),
			Export:  api.Text(c.Export),
			Also:    api.Text(c.Also),
		})
	}
	return api.OK(view), nil
}

// headerOf reads the header that validation has found in a job's file.
func (h handler) headerOf(ctx context.Context, j job.Job) (mapping.Header, error) {
	var header mapping.Header
	content, err := h.bucket.Read(ctx, object.Mapping(j.ID))
	switch {
	case errors.Is(err, object.ErrNotFound) && (j.Status == job.AwaitingFile ||
		j.Status == job.Validating):
		return header, errNotValidated
	case errors.Is(err, object.ErrNotFound):
		return header, errNoHeader
	case err != nil:
		return header, err
	}

	if err := json.Unmarshal(content, &header); err != nil {
		return header, fmt.Errorf("read mapping: %w", err)
	}
	return header, nil
}

// mappingRequest is the body that maps the columns of a job's file.
type mappingRequest struct {
	Columns  map[string]*string `json:"columns"`
	Remember *bool              `json:"remember"`
}

// mapColumns stores what the columns of a job's file become, and has the file validated
// anew. The decision is written first, which makes the job validating. Then upload is told
// by an object in the job's folder. If the request dies between the two, the clock lets
// the columns be mapped again.
func (h handler) mapColumns(ctx context.Context, event api.Event) (api.Answer, error) {
	var body mappingRequest
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}
	if err := refuseMapping(j); err != nil {
		return api.Answer{}, err
	}

	header, err := h.headerOf(ctx, j)
	if err != nil {
		return api.Answer{}, err
	}
	if body.Columns == nil {
		return api.Answer{}, api.Invalid("columns", "required", "Say what each column becomes.")
	}
	decided, refused := header.Check(decisionsOf(body.Columns), h.schema())
	if refused != nil {
		return api.Answer{}, invalidColumns("columns", refused)
	}

	mapped, err := h.jobs.Map(ctx, j.ID, decided, h.now())
	if errors.Is(err, job.ErrStatus) {
		return api.Answer{}, h.refuseLate(ctx, event)
	}
	if err != nil {
		return api.Answer{}, err
	}

	if body.Remember == nil || *body.Remember {
		if err := h.remember(ctx, j, header, decided); err != nil {
			return api.Answer{}, err
		}
	}
	if err := h.tellUpload(ctx, mapped); err != nil {
		return api.Answer{}, err
	}

	view, err := h.view(ctx, mapped)
	return api.Accepted(view), err
}

// refuseMapping returns why the columns of a job's file can't be mapped, nil if they can.
func refuseMapping(j job.Job) error {
	switch {
	case j.Status == job.AwaitingFile:
		return errNotValidated
	case j.Status == job.Validating:
		return errValidating
	case j.Status == job.Processing || j.Finished():
		return errTooLate
	case !j.Mappable:
		return errNotMappable
	}
	return nil
}

// refuseLate returns the refusal of a mapping that another request was faster than.
func (h handler) refuseLate(ctx context.Context, event api.Event) error {
	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return err
	}
	if err := refuseMapping(j); err != nil {
		return err
	}
	return errValidating // and has ended by now
}

// remember stores how the header of a job's file was mapped, for the files to come.
func (h handler) remember(
	ctx context.Context, j job.Job, header mapping.Header, decided mapping.Decisions,
) error {
	names := make([]string, len(header.Columns))
	for i, c := range header.Columns {
		names[i] = c.Name
	}
	return h.jobs.Remember(ctx, job.Remembered{
		ID:      header.ID(),
		Columns: names,
		Mapping: decided,
		Of:      j.ID,
		By:      session.Of(ctx).Profile.Username,
		At:      clock.Of(h.now()),
	})
}

// tellUpload puts the object whose event has upload validate a mapped file.
func (h handler) tellUpload(ctx context.Context, mapped job.Job) error {
	key := job.MappingKey(mapped.ID, mapped.Mapped)
	return h.bucket.Write(ctx, key, "application/json", []byte("{}"))
}

// schema returns the deployment's own columns.
func (h handler) schema() userfile.Schema {
	return userfile.Schema{Devices: h.devices, CustomFields: h.customFields}
}

// decisionsOf returns what a body says of columns; null is nothing.
func decisionsOf(columns map[string]*string) mapping.Decisions {
	decisions := make(mapping.Decisions, len(columns))
	for name, field := range columns {
		decisions[name] = valueOf(field)
	}
	return decisions
}

// invalidColumns returns a 422 that names the columns, under the field that has them.
func invalidColumns(field string, refused []mapping.Refusal) error {
	fields := make([]api.Field, len(refused))
	for i, r := range refused {
		fields[i] = api.Field{Field: field, Code: r.Code, Message: r.Message}
		if r.Column != "" {
			fields[i].Field += "." + r.Column
		}
	}
	return api.InvalidFields(fields...)
}

// rememberedView is a header that was mapped, as the API shows it.
type rememberedView struct {
	ID       string              `json:"id"`
	Header   []string            `json:"header"` // in the order of the file
	Columns  map[string]api.Text `json:"columns"`
	Job      string              `json:"job"`
	MappedAt api.Time            `json:"mapped_at"`
	MappedBy string              `json:"mapped_by"`
}

// rememberedID is what the id of a remembered header looks like.
var rememberedID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// listMappings lists the headers that were mapped and are remembered.
func (h handler) listMappings(ctx context.Context, event api.Event) (api.Answer, error) {
	list, err := api.ReadList[string](event)
	if err != nil {
		return api.Answer{}, err
	}
	if list.Continued && !rememberedID.MatchString(list.After) {
		return api.Answer{}, api.ErrCursor
	}

	found, next, err := h.jobs.AllRemembered(ctx, list.Limit, list.After)
	if err != nil {
		return api.Answer{}, err
	}

	views := make([]rememberedView, len(found))
	for i, r := range found {
		columns := make(map[string]api.Text, len(r.Mapping))
		for name, field := range r.Mapping {
			columns[name] = api.Text(field)
		}
		views[i] = rememberedView{
			ID:       r.ID,
			Header:   r.Columns,
			Columns:  columns,
			Job:      r.Of,
			MappedAt: api.Milli(r.At),
			MappedBy: r.By,
		}
	}
	return api.OK(api.PageOf(views, next)), nil
}

// forgetMapping has a header not be remembered any more.
func (h handler) forgetMapping(ctx context.Context, event api.Event) (api.Answer, error) {
	id := event.PathParameters["mapping"]
	if !rememberedID.MatchString(id) {
		return api.Answer{}, errNotRemembered
	}

	err := h.jobs.Forget(ctx, id, h.now())
	if errors.Is(err, store.ErrNotFound) {
		return api.Answer{}, errNotRemembered
	}
	return api.NoContent(), err
}
