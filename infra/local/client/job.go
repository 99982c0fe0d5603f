package client

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Job is an upload job as the API tells it.
type Job struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	FileName       string    `json:"file_name"`
	Status         string    `json:"status"`
	RejectedReason string    `json:"rejected_reason"`
	CreatedAt      time.Time `json:"created_at"`
	CreatedBy      string    `json:"created_by"`
	Devices        []string  `json:"devices"`
	LinkLifetime   string    `json:"link_lifetime"`
	Rows           Rows      `json:"rows"`
	Users          Users     `json:"users"`
	Notifications  int       `json:"notifications"`
}

// Rows are the counts of a job's rows.
type Rows struct {
	Total, Valid, Invalid, Processed, Added, Updated, Unchanged, Removed, Failed int
}

// Users are the counts of a job's users.
type Users struct {
	Total, Active, Pending, Expired, Inactive, Undeliverable int
}

// Path returns the job's path in the API.
func (j Job) Path() string { return "/api/jobs/" + url.PathEscape(j.ID) }

// IsValidated reports whether the job's file is validated, was refused, or waits for its
// columns to be mapped.
func (j Job) IsValidated() bool { return j.Status != "awaiting_file" && j.Status != "validating" }

// HasEnded reports whether the job has come to an end, a good one or not.
func (j Job) HasEnded() bool {
	return j.Status == "processed" || j.Status == "failed" || j.Status == "rejected"
}

// Issue is what is wrong or doubtful in a row.
type Issue struct {
	Row                                 int
	Column, Level, Code, Value, Message string
}

// Notification is one message to an audience of a job's users.
type Notification struct {
	ID        int
	Audience  string
	Usernames []string
	Status    string
	Reason    *string
	Trigger   string
	Counts    Counts
	// FinishedAt is when nothing was left to do.
	FinishedAt *time.Time `json:"finished_at"`
}

// Path returns the notification's path in the API. The job is its job.
func (n Notification) Path(j Job) string {
	return fmt.Sprintf("%s/notifications/%d", j.Path(), n.ID)
}

// Counts are the counts of a notification's deliveries, by state.
type Counts struct{ Audience, Queued, Sent, Delivered, Bounced, Complained, Failed, Skipped int }

// Out returns how many were sent a message, whether SES has told that it arrived or not
// yet.
func (c Counts) Out() int { return c.Sent + c.Delivered }

// Total returns the number of deliveries.
func (c Counts) Total() int {
	return c.Queued + c.Sent + c.Delivered + c.Bounced + c.Complained + c.Failed + c.Skipped
}

// Delivery is what became of a notification for one user.
type Delivery struct{ Username, Device, Channel, State, Reason string }

// Created is a job that was just made, and where its file must be put.
type Created struct {
	Job    Job
	Upload Upload
}

// Upload is a request that uploads a file.
type Upload struct {
	Method, URL string
	Headers     map[string]string
}

// Put uploads a file.
func (u Upload) Put(ctx context.Context, file []byte) error {
	request, err := http.NewRequestWithContext(ctx, u.Method, u.URL, bytes.NewReader(file))
	if err != nil {
		return fmt.Errorf("upload the file: %w", err)
	}

	for name, value := range u.Headers {
		request.Header.Set(name, value)
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("upload the file: %w", err)
	}

	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("upload the file: %s", response.Status)
	}

	return nil
}
