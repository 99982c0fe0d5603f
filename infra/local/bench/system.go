package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/host"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// lookEvery is the pause between two looks at how far something is: a read of one item.
const lookEvery = 10 * time.Millisecond

// system is a host that runs, and its administrator's session.
type system struct {
	host  *host.Host
	token string
}

// table returns a table of the system's by the topology's name.
func (s *system) table(name string) store.Table {
	return store.Table{
		DB:   dynamodb.Client(s.host.Engines.DynamoDB),
		Name: s.host.Tables[name],
	}
}

// signIn begins the administrator's session.
func (s *system) signIn(ctx context.Context, password string) error {
	credentials := map[string]string{"username": "admin", "password": password}
	var session struct{ Token string }
	err := s.call(ctx, http.MethodPost, "/api/sign-in", credentials, &session)
	s.token = session.Token
	return err
}

// call calls the API, and reads the answer into what is given, unless that is nil.
func (s *system) call(ctx context.Context, method, path string, body, into any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return fmt.Errorf("call the API: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.host.URL+path, &sent)
	if err != nil {
		return fmt.Errorf("call the API: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.token)
	return answered(request, into)
}

// answered makes a request that has to succeed.
func answered(request *http.Request, into any) error {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("call the API: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("call the API: %w", err)
	}

	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: status %d: %s",
			request.Method, request.URL.Path, response.StatusCode, body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// validate makes a job and uploads its file. It returns how long it took from the upload
// until all of it was validated.
func (s *system) validate(
	ctx context.Context, file []byte,
) (id string, took time.Duration, err error) {
	var made struct {
		Job    struct{ ID string }
		Upload struct {
			Method, URL string
			Headers     map[string]string
		}
	}
	options := map[string]string{"file_name": "users.csv"}
	if err := s.call(ctx, http.MethodPost, "/api/jobs", options, &made); err != nil {
		return "", 0, err
	}

	upload := made.Upload
	put, err := http.NewRequestWithContext(ctx, upload.Method, upload.URL, bytes.NewReader(file))
	if err != nil {
		return "", 0, err
	}
	for name, value := range upload.Headers {
		put.Header.Set(name, value)
	}
	took, err = timed(ctx, s.jobIs(made.Job.ID, job.Validated), func() error {
		return answered(put, nil)
	})
	return made.Job.ID, took, err
}

// process has a job's rows processed, and returns how long that took.
func (s *system) process(ctx context.Context, id string) (time.Duration, error) {
	return timed(ctx, s.jobIs(id, job.Processed), func() error {
		return s.call(ctx, http.MethodPost, "/api/jobs/"+id+"/process", nil, nil)
	})
}

// notify sends every user of a job a message, and returns how long that took.
func (s *system) notify(ctx context.Context, id string) (time.Duration, error) {
	notifications := notification.Store{Table: s.table("jobs")}
	sent := func(ctx context.Context) (bool, error) {
		n, err := notifications.Text(ctx, id, 1)
		return n.Status == notification.Sent, err
	}
	return timed(ctx, sent, func() error {
		body := map[string]string{"audience": "pending"}
		return s.call(ctx, http.MethodPost, "/api/jobs/"+id+"/notifications", body, nil)
	})
}

// jobIs returns a function that reports whether a job has come to a status. It fails
// where the job never will.
func (s *system) jobIs(id string, status job.Status) func(context.Context) (bool, error) {
	jobs := job.Store{Table: s.table("jobs")}
	return func(ctx context.Context) (bool, error) {
		found, err := jobs.Get(ctx, id)
		if err == nil && (found.Status == job.Rejected || found.Status == job.Failed) {
			err = fmt.Errorf("the job is %s: %s", found.Status, found.Reason)
		}
		return found.Status == status, err
	}
}

// timed begins something, and returns how long it took until it had ended.
func timed(
	ctx context.Context, ended func(context.Context) (bool, error), begin func() error,
) (time.Duration, error) {
	began := time.Now()
	if err := begin(); err != nil {
		return 0, err
	}
	err := until(ctx, ended)
	return time.Since(began), err
}

// until looks again and again whether something has ended, until the context ends.
func until(ctx context.Context, ended func(context.Context) (bool, error)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if done, err := ended(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it takes too long: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// sent is a message that the host has logged.
type sent struct{ Channel, To, Subject, Text, HTML string }

// token returns the token of the link in a message, or "".
func (m sent) token() string {
	_, rest, _ := strings.Cut(m.Text, "/set-password#")
	token, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(token)
}

// messages calls each with every message that was sent so far, oldest first.
func (s *system) messages(ctx context.Context, each func(sent)) error {
	cursor := "0"
	for cursor != "" {
		var page struct {
			Items      []sent
			NextCursor string `json:"next_cursor"`
		}
		path := "/_local/messages?limit=200&cursor=" + cursor
		if err := s.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return err
		}
		for _, m := range page.Items {
			each(m)
		}
		cursor = page.NextCursor
	}
	return nil
}
