package main

import (
	"context"
	"errors"
	"net/http"
	"sort"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/object"
	"latchkey/shared/roster"
	"latchkey/shared/user"
)

const (
	// pageChunks bounds how many chunks a page of changes reads.
	pageChunks = 2
	// changesBytes is about how many bytes of values a page of changes holds. A
	// function's answer has 6 MB at most.
	changesBytes = 1 << 20
)

// Refusals of a list of changes.
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
)

// errPageFull ends the reading of a chunk. No caller of the API sees it.
var errPageFull = errors.New("the page is full")

// changeView is what a row would do to its user, as the API shows it.
type changeView struct {
	Row       int              `json:"row"`
	Username  string           `json:"username"`
	Operation roster.Operation `json:"operation"`
	// Changes has a field's value before and after; null is none.
	Changes map[string][2]*string `json:"changes"`
}

// bytes returns how many bytes the values have.
func (v changeView) bytes() (sum int) {
	for _, values := range v.Changes {
		for _, value := range values {
			if value != nil {
				sum += len(*value)
			}
		}
	}

	return sum
}

// changePlace is the cursor of a list of changes: all rows up to this one are dealt with.
type changePlace struct {
	Row int `json:"r"`
}

// changes lists what each good row would do to the directory as it is now. Nothing of it
// is stored. A chunk in which validation planned no such operation isn't read.
func (h handler) changes(ctx context.Context, event api.Event) (api.Answer, error) {
	page, err := h.changePageOf(event)
	if err != nil {
		return api.Answer{}, err
	}

	page.job, err = jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	switch page.job.Status {
	case job.AwaitingFile, job.Validating, job.NeedsMapping, job.Rejected:
		return api.Answer{}, errNotValidated
	case job.Processing, job.Processed, job.Failed:
		return api.Answer{}, errProcessed
	}

	answer, err := page.read(ctx)
	if errors.Is(err, object.ErrNotFound) {
		return api.Answer{}, errFileGone
	}
	return api.OK(answer), err
}

// changePageOf returns the page that a request asks for, without its job.
func (h handler) changePageOf(event api.Event) (changePage, error) {
	page := changePage{handler: h}
	list, err := api.ReadList[changePlace](
		event,
		api.Choice("operation", &page.operation, roster.Operations...),
	)
	if err != nil {
		return changePage{}, err
	}
	if list.After.Row < 0 {
		return changePage{}, api.ErrCursor
	}

	page.limit = list.Limit
	page.at = list.After
	return page, nil
}

// changePage is a page of changes while it is filled.
type changePage struct {
	handler   handler
	job       job.Job
	operation roster.Operation // the one that is listed; "" is any
	limit     int
	at        changePlace
	items     []changeView
	size      int // of the items, in bytes
}

// read fills the page from the chunk that holds the row after its place. The page ends
// when it is full, or has read pageChunks chunks: then it may be short.
func (p *changePage) read(ctx context.Context) (api.Page[changeView], error) {
	p.items = []changeView{}
	file := roster.Copy{Bucket: p.handler.bucket, JobID: p.job.ID}
	chunks, err := file.Chunks(ctx)
	if err != nil {
		return api.Page[changeView]{}, err
	}

	later := sort.Search(len(chunks), func(i int) bool { return chunks[i].FirstRow > p.at.Row+1 })
	chunksRead := 0
	for _, chunk := range chunks[max(later-1, 0):] {
		if !roster.Has(chunk.Planned, p.operation) {
			continue
		}

		// The chunks that were passed over are dealt with, too.
		if chunksRead == pageChunks || len(p.items) == p.limit {
			return p.until(changePlace{Row: max(p.at.Row, chunk.FirstRow-1)}), nil
		}
		chunksRead++

		add := func(rows []roster.Row) error { return p.add(ctx, rows) }
		err := file.EachGroup(ctx, chunk, roster.GroupRows, add)
		if errors.Is(err, errPageFull) {
			return p.until(p.at), nil
		}
		if err != nil {
			return api.Page[changeView]{}, err
		}
	}

	return api.Page[changeView]{Items: p.items}, nil
}

// until returns the page with a cursor to the rest.
func (p *changePage) until(at changePlace) api.Page[changeView] {
	return api.Page[changeView]{Items: p.items, Next: api.NextCursor(at)}
}

// add plans those of the rows that are after the page's place, and adds the changes that
// are listed. It returns errPageFull before a row that has no room.
func (p *changePage) add(ctx context.Context, rows []roster.Row) error {
	for len(rows) > 0 && rows[0].Number <= p.at.Row {
		rows = rows[1:]
	}

	planned, err := p.handler.plan(ctx, rows)
	if err != nil {
		return err
	}

	for _, change := range planned {
		if len(p.items) == p.limit || p.size > changesBytes {
			return errPageFull
		}

		p.at.Row = change.Row
		if p.operation == "" || change.Operation == p.operation {
			p.items = append(p.items, change)
			p.size += change.bytes()
		}
	}

	return nil
}

// plan returns what rows would do to the directory as it is now, in their order.
func (h handler) plan(ctx context.Context, rows []roster.Row) ([]changeView, error) {
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
		// A user is shown with their name as it was first written, not as the row has it.
		username := row.Change.Username
		var before *user.Profile
		if p, ok := profiles[keys[i]]; ok {
			before = &p
			username = p.Username
		}

		plan := roster.Decide(row.Change, before)
		views[i] = changeView{
			Row:       row.Number,
			Username:  username,
			Operation: plan.Operation,
			Changes:   plan.Changes(),
		}
	}

	return views, nil
}
