package main

import (
	"context"
	"errors"
	"net/http"
	"sort"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

const (
	// pageChunks bounds how many chunks a page of changes reads.
	pageChunks = 2
	// changesBytes is about how many bytes of values a page of changes holds: an answer of a function has 6 MB at most.
	changesBytes = 1 << 20
)

var (
	errProcessed = api.Fail(
		http.StatusConflict,
		"job_processed",
		"The job is processed, or about to be: its members say what became of the rows.",
	)
	errFileGone = api.Fail(
		http.StatusNotFound,
		"not_found",
		"The job's file isn't there any more.",
	)
	errPageFull = errors.New("the page is full")
)

type changeView struct {
	Row       int              `json:"row"`
	Username  string           `json:"username"`
	Operation roster.Operation `json:"operation"`
	// Changes has a field's value before and after; null is none.
	Changes map[string][2]*string `json:"changes"`
}

// changePlace is where a list of changes has come to: all rows up to this one are dealt with.
type changePlace struct {
	Row int `json:"r"`
}

// changes lists what each good row would do to the directory as it is now; nothing of it is stored. An operation that was in none of a chunk's rows at
// validation isn't looked for there again.
func (h handler) changes(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "operation")
	if err != nil {
		return api.Answer{}, err
	}

	operation := roster.Operation(query["operation"])
	if err := api.OneOf("operation", operation, roster.Operations...); err != nil {
		return api.Answer{}, err
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	var at changePlace
	if _, err := api.Cursor(event, &at); err != nil {
		return api.Answer{}, err
	}

	if at.Row < 0 {
		return api.Answer{}, api.Invalid(
			"cursor",
			"invalid_cursor",
			"The cursor is not one of this list.",
		)
	}

	found, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	switch found.Status {
	case job.AwaitingFile, job.Validating, job.Rejected:
		return api.Answer{}, errNotValidated
	case job.Processing, job.Processed, job.Failed:
		return api.Answer{}, errProcessed
	}

	page, err := h.planPage(ctx, found, operation, limit, at)
	if errors.Is(err, object.ErrNotFound) || errors.Is(err, object.ErrChanged) {
		return api.Answer{}, errFileGone
	}
	return api.OK(page), err
}

func (h handler) planPage(
	ctx context.Context,
	j job.Job,
	operation roster.Operation,
	limit int,
	at changePlace,
) (api.Page[changeView], error) {
	page := api.Page[changeView]{Items: []changeView{}}
	file := roster.File{Bucket: h.bucket, Devices: h.devices, CustomFields: h.customFields}

	chunks, err := file.Chunks(ctx, j.ID)
	if err != nil {
		return page, err
	}

	size := 0

	next := sort.Search(len(chunks), func(i int) bool { return chunks[i].FirstRow > at.Row+1 })
	for i, read := max(next-1, 0), 0; i < len(chunks); i++ {
		if !roster.Has(chunks[i].Planned, operation) {
			continue
		}

		if read++; read > pageChunks || len(page.Items) == limit {
			page.Next = api.NextCursor(changePlace{max(at.Row, chunks[i].FirstRow-1)})
			return page, nil
		}

		err := file.EachGroup(ctx, j, chunks[i], func(rows []userfile.Row) error {
			for len(rows) > 0 && rows[0].Number <= at.Row {
				rows = rows[1:]
			}

			planned, err := h.plan(ctx, rows)
			if err != nil {
				return err
			}

			for k, one := range planned {
				if len(page.Items) == limit || size > changesBytes {
					return errPageFull
				}

				at.Row = rows[k].Number

				if operation == "" || one.Operation == operation {
					page.Items = append(page.Items, one)
					size += one.size()
				}
			}

			return nil
		})
		if errors.Is(err, errPageFull) {
			page.Next = api.NextCursor(at)
			return page, nil
		}

		if err != nil {
			return page, err
		}
	}

	return page, nil
}

// plan says what rows would do to the directory as it is now, in their order.
func (h handler) plan(ctx context.Context, rows []userfile.Row) ([]changeView, error) {
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = user.Key(row.Change.Username)
	}

	profiles, err := h.directory.GetMany(ctx, keys)
	if err != nil {
		return nil, err
	}

	views := make([]changeView, len(rows))
	for i, row := range rows {
		views[i].Row, views[i].Username = row.Number, row.Change.Username

		var before *user.Profile
		if p, ok := profiles[keys[i]]; ok {
			before, views[i].Username = &p, p.Username
		}

		plan := roster.Decide(row.Change, before)
		views[i].Operation, views[i].Changes = plan.Operation, plan.Changes()
	}

	return views, nil
}

// size is how many bytes the values have.
func (v changeView) size() (sum int) {
	for _, values := range v.Changes {
		for _, value := range values {
			if value != nil {
				sum += len(*value)
			}
		}
	}

	return sum
}
