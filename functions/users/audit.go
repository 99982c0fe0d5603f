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

// listAudit lists what was done, newest first: all of it, or what was done to a user or
// about a job. The times bound the list: from is included, to is not.
func (h handler) listAudit(ctx context.Context, event api.Event) (api.Answer, error) {
	var asked audit.Query
	list, err := api.ReadList[string](
		event,
		api.FreeText("username", &asked.Target),
		api.FreeText("job", &asked.Job),
		moment("from", &asked.From),
		moment("to", &asked.To),
	)
	if err != nil {
		return api.Answer{}, err
	}
	if list.Continued && list.After == "" {
		return api.Answer{}, api.ErrCursor
	}

	asked.Before = list.After
	entries, next, err := h.audit.List(ctx, asked, list.Limit)
	if errors.Is(err, audit.ErrCursor) {
		return api.Answer{}, api.ErrCursor
	}
	if err != nil {
		return api.Answer{}, err
	}

	views := make([]entryView, len(entries))
	for i, e := range entries {
		views[i] = entryView{
			At:       api.Milli(e.At),
			Actor:    api.Text(e.Actor),
			Action:   e.Action,
			Target:   api.Text(e.Target),
			Job:      api.Text(e.Job),
			SourceIP: api.Text(e.SourceIP),
			Result:   e.Result,
		}
	}

	return api.OK(api.PageOf(views, next)), nil
}

// moment returns a parameter that is a time of the audit. Any other text is refused, with
// the name of the parameter.
func moment(name string, value *time.Time) api.Parameter {
	return api.Parameter{Name: name, Read: func(text string) error {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return api.Invalid(
				name,
				"invalid_time",
				"A time is written like 2026-03-01T12:00:00Z.",
			)
		}

		*value = at
		return nil
	}}
}
