package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
)

// entryView is an entry of the audit, as the API shows it.
type entryView struct {
	At       api.Time     `json:"at"`
	Actor    api.Text     `json:"actor"`
	Action   audit.Action `json:"action"`
	Target   api.Text     `json:"target"`
	Job      api.Text     `json:"job"`
	SourceIP api.Text     `json:"source_ip"`
	Result   string       `json:"result"`
}

// listAudit lists what was done, newest first: all of it, or what was done to a user or about
// a job. The times bound the list: from is included, to is not.
func (h handler) listAudit(ctx context.Context, event api.Event) (api.Answer, error) {
	asked, err := auditQuery(event)
	if err != nil {
		return api.Answer{}, err
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	given, err := api.Cursor(event, &asked.Before)
	if err != nil {
		return api.Answer{}, err
	}
	if given && asked.Before == "" {
		return api.Answer{}, errCursor
	}

	entries, next, err := h.audit.List(ctx, asked, limit)
	if errors.Is(err, audit.ErrCursor) {
		return api.Answer{}, errCursor
	}
	if err != nil {
		return api.Answer{}, err
	}

	page := api.Page[entryView]{Items: []entryView{}}
	for _, e := range entries {
		page.Items = append(page.Items, entryView{
			At:       api.Milli(e.At),
			Actor:    api.Text(e.Actor),
			Action:   e.Action,
			Target:   api.Text(e.Target),
			Job:      api.Text(e.Job),
			SourceIP: api.Text(e.SourceIP),
			Result:   e.Result,
		})
	}
	if next != "" {
		page.Next = api.NextCursor(next)
	}
	return api.OK(page), nil
}

// auditQuery reads what a request asks for, without its cursor.
func auditQuery(event api.Event) (audit.Query, error) {
	query, err := api.Query(event, "username", "job", "from", "to")
	if err != nil {
		return audit.Query{}, err
	}

	from, err := timeOf(query, "from")
	if err != nil {
		return audit.Query{}, err
	}

	to, err := timeOf(query, "to")
	if err != nil {
		return audit.Query{}, err
	}

	return audit.Query{
		Target: query["username"],
		Job:    query["job"],
		From:   from,
		To:     to,
	}, nil
}

// timeOf reads a time of a query, zero if it isn't given. Any other text is refused, with the
// name of the field.
func timeOf(query map[string]string, name string) (time.Time, error) {
	text, given := query[name]
	if !given {
		return time.Time{}, nil
	}

	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, api.Invalid(
			name,
			"invalid_time",
			"A time is written like 2026-03-01T12:00:00Z.",
		)
	}
	return at, nil
}
