package main

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
)

type entryView struct {
	At       api.Time     `json:"at"`
	Actor    api.Text     `json:"actor"`
	Action   audit.Action `json:"action"`
	Target   api.Text     `json:"target"`
	Job      api.Text     `json:"job"`
	SourceIP api.Text     `json:"source_ip"`
	Result   string       `json:"result"`
}

// listAudit lists what was done, newest first: all of it, or what was done to a user or about a job.
func (h handler) listAudit(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "username", "job", "from", "to")
	if err != nil {
		return api.Answer{}, err
	}

	asked := audit.Query{Target: query["username"], Job: query["job"]}
	for name, bound := range map[string]*time.Time{"from": &asked.From, "to": &asked.To} {
		if text, given := query[name]; given {
			if *bound, err = time.Parse(time.RFC3339, text); err != nil {
				return api.Answer{}, api.Invalid(
					name,
					"invalid_time",
					"A time is written like 2026-03-01T12:00:00Z.",
				)
			}
		}
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	if given, err := api.Cursor(event, &asked.Before); err != nil {
		return api.Answer{}, err
	} else if given && asked.Before == "" {
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
			api.Milli(
				e.At,
			),
			api.Text(e.Actor),
			e.Action,
			api.Text(e.Target),
			api.Text(e.Job),
			api.Text(e.SourceIP),
			e.Result,
		})
	}

	if next != "" {
		page.Next = api.NextCursor(next)
	}

	return api.OK(page), nil
}
