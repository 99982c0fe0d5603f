package main

import (
	"context"
	"encoding/json"
	"fmt"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/object"
	"latchkey/shared/userfile"
)

// issuePlace is the cursor of a list of errors and warnings: the next to look at.
type issuePlace struct {
	Part int `json:"p"`
	At   int `json:"i"`
}

// listIssues lists the errors and warnings that validation has found. A page reads one
// part of the list, so it may be short and still have a next one.
func (h handler) listIssues(ctx context.Context, event api.Event) (api.Answer, error) {
	var level userfile.Level
	list, err := api.ReadList[issuePlace](
		event,
		api.Choice("level", &level, userfile.LevelError, userfile.LevelWarning),
	)
	if err != nil {
		return api.Answer{}, err
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	at := list.After
	if at.Part < 0 || at.At < 0 || at.Part > 0 && at.Part >= j.Issues {
		return api.Answer{}, api.ErrCursor
	}

	page, err := h.issuePage(ctx, j, level, list)
	if err != nil {
		return api.Answer{}, fmt.Errorf("list errors: %w", err)
	}
	return api.OK(page), nil
}

// issuePage reads a page of a job's issues of a level.
func (h handler) issuePage(
	ctx context.Context, j job.Job, level userfile.Level, list api.List[issuePlace],
) (api.Page[json.RawMessage], error) {
	page := api.Page[json.RawMessage]{Items: []json.RawMessage{}}
	if j.Issues == 0 {
		return page, nil
	}

	at := list.After
	part, err := h.issuesOf(ctx, j.ID, at.Part)
	if err != nil {
		return page, err
	}

	for ; at.At < len(part) && len(page.Items) < list.Limit; at.At++ {
		issue := part[at.At]
		listed, err := hasLevel(issue, level)
		if err != nil {
			return page, err
		}
		if listed {
			page.Items = append(page.Items, issue)
		}
	}

	if at.At >= len(part) {
		at = issuePlace{Part: at.Part + 1}
	}
	if at.Part < j.Issues {
		page.Next = api.NextCursor(at)
	}
	return page, nil
}

// issuesOf reads a part of a job's list of issues. Each is left as it was written: the
// API shows it in the same words.
func (h handler) issuesOf(ctx context.Context, jobID string, part int) ([]json.RawMessage, error) {
	content, err := h.bucket.Read(ctx, object.Issues(jobID, part))
	if err != nil {
		return nil, err
	}

	var issues []json.RawMessage
	err = json.Unmarshal(content, &issues)
	return issues, err
}

// hasLevel reports whether an issue is of a level; "" is any.
func hasLevel(issue json.RawMessage, level userfile.Level) (bool, error) {
	var read struct {
		Level userfile.Level `json:"level"`
	}
	if err := json.Unmarshal(issue, &read); err != nil {
		return false, err
	}
	return level == "" || read.Level == level, nil
}
