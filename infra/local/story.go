package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
)

const (
	// lookEvery is the pause between two looks at a job.
	lookEvery = 200 * time.Millisecond
	// jobAppears is how long a dropped file may take to become a job, and a job to begin
	// its notification.
	jobAppears = time.Minute
	// errorsListed is how many rows in error are listed.
	errorsListed = 20
)

// tell drops the sample file, unless DEMO is off, and tells of every file that is
// dropped, until the context ends.
func tell(ctx context.Context, h *host.Host, password string, drops <-chan string) {
	s := &story{out: os.Stdout, url: h.URL, password: password, told: map[string]bool{}}
	s.notifies = func(ctx context.Context, key string) bool {
		client := s3.Client(h.Engines.S3)
		head, err := client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &h.Bucket, Key: &key})
		return err == nil && head.Metadata["notify"] != ""
	}

	if os.Getenv("DEMO") != "off" {
		if err := drop(ctx, h); err != nil {
			fmt.Println("The sample file couldn't be dropped:", err)
		} else {
			s.next(ctx, drops)
		}
	}

	fmt.Printf(`
Latchkey is up.
  pages     %[1]s/sign-in (sign in as admin with the password %[2]s)
  messages  %[1]s/_local/inbox
  API       %[1]s/api/openapi.json
  upload    curl -T <file.csv> %[3]s/%[4]s/%[5]s
  logs      build/log/<function>.log
Ctrl-C ends it, and forgets everything.

`, h.URL, password, h.Engines.S3, h.Bucket, host.Drops)

	for ctx.Err() == nil {
		s.next(ctx, drops)
	}
}

// drop puts the sample file where a file becomes a job, and asks that its users be
// notified.
func drop(ctx context.Context, h *host.Host) error {
	root, err := engine.Root()
	if err != nil {
		return err
	}
	file, err := os.Open(filepath.Join(root, "events", "users.csv"))
	if err != nil {
		return err
	}
	defer file.Close()

	key := host.Drops + "users.csv"
	_, err = s3.Client(h.Engines.S3).PutObject(ctx, &awss3.PutObjectInput{
		Bucket:   &h.Bucket,
		Key:      &key,
		Body:     file,
		Metadata: map[string]string{"notify": "pending"},
	})
	return err
}

// story tells what becomes of files. It knows only what the API answers to an
// administrator.
type story struct {
	out                  io.Writer
	url, password, token string
	told                 map[string]bool // jobs by their ids
	// notifies reports whether a file asked that its users be notified, which the API
	// doesn't tell.
	notifies func(ctx context.Context, key string) bool
}

// job is what the story reads of a job.
type job struct {
	ID             string `json:"id"`
	FileName       string `json:"file_name"`
	Status         string `json:"status"`
	RejectedReason string `json:"rejected_reason"`
	Rows           struct {
		Total, Valid, Invalid, Added, Updated, Unchanged, Removed, Failed int
	} `json:"rows"`
	Notifications int `json:"notifications"`
}

func (j job) validated() bool {
	return j.Status != "awaiting_file" && j.Status != "validating"
}

func (j job) ended() bool {
	return j.Status == "processed" || j.Status == "failed" || j.Status == "rejected"
}

// next waits for a file, and tells of it.
func (s *story) next(ctx context.Context, drops <-chan string) {
	select {
	case <-ctx.Done():
	case key := <-drops:
		if err := s.file(ctx, key); err != nil && ctx.Err() == nil {
			fmt.Fprintln(s.out, "  the story ends here:", err)
		}
	}
}

// file tells of one file, from its job to its notification.
func (s *story) file(ctx context.Context, key string) error {
	name := path.Base(key)
	fmt.Fprintf(s.out, "%s: seen in the upload bucket\n", name)
	j, err := s.find(ctx, name)
	if err != nil {
		return err
	}

	if err := s.follow(ctx, &j, job.validated); err != nil {
		return err
	}
	if j.Status == "rejected" {
		fmt.Fprintf(s.out, "  rejected, nothing was changed: %s\n", j.RejectedReason)
		return nil
	}
	rows := count(j.Rows.Total, "row")
	fmt.Fprintf(s.out, "  %s read: %d valid, %d in error\n", rows, j.Rows.Valid, j.Rows.Invalid)
	if err := s.rowsInError(ctx, j); err != nil {
		return err
	}

	if err := s.follow(ctx, &j, job.ended); err != nil {
		return err
	}
	s.outcome(j)
	return s.notification(ctx, j, s.notifies(ctx, key))
}

// find waits for the job that the file becomes.
func (s *story) find(ctx context.Context, name string) (job, error) {
	ctx, cancel := context.WithTimeout(ctx, jobAppears)
	defer cancel()

	for {
		var jobs struct{ Items []job }
		if err := s.get(ctx, "/api/jobs", &jobs); err != nil {
			return job{}, err
		}
		for _, j := range jobs.Items {
			if j.FileName == name && !s.told[j.ID] {
				s.told[j.ID] = true
				return j, nil
			}
		}
		if err := pause(ctx); err != nil {
			return job{}, err
		}
	}
}

// follow looks at a job again and again until it is so far.
func (s *story) follow(ctx context.Context, j *job, soFar func(job) bool) error {
	for !soFar(*j) {
		if err := pause(ctx); err != nil {
			return err
		}
		if err := s.get(ctx, jobPath(*j), j); err != nil {
			return err
		}
	}
	return nil
}

func jobPath(j job) string { return "/api/jobs/" + url.PathEscape(j.ID) }

// rowsInError lists the first rows in error.
func (s *story) rowsInError(ctx context.Context, j job) error {
	if j.Rows.Invalid == 0 {
		return nil
	}

	var page struct {
		Items []struct {
			Row             int
			Column, Message string
		}
		NextCursor *string `json:"next_cursor"`
	}
	query := fmt.Sprintf("?level=error&limit=%d", errorsListed)
	if err := s.get(ctx, jobPath(j)+"/errors"+query, &page); err != nil {
		return err
	}

	for _, e := range page.Items {
		message := strings.TrimPrefix(e.Column+": "+e.Message, ": ")
		fmt.Fprintf(s.out, "    row %d: %s\n", e.Row, message)
	}
	if page.NextCursor != nil {
		fmt.Fprintln(s.out, "    ...")
	}
	return nil
}

// outcome tells what became of a job's users.
func (s *story) outcome(j job) {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{j.Rows.Added, "added"},
		{j.Rows.Updated, "updated"},
		{j.Rows.Removed, "removed"},
		{j.Rows.Failed, "failed"},
		{j.Rows.Unchanged, "unchanged"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.n, " ", part.what))
		}
	}

	fmt.Fprintf(s.out, "  users: %s\n", strings.Join(parts, ", "))
	if j.Rows.Unchanged == j.Rows.Valid {
		fmt.Fprintln(s.out, "  nothing changed")
	}
}

// notification tells of the job's latest notification, if it has one. One that was asked
// for begins a moment after the job is processed.
func (s *story) notification(ctx context.Context, j job, asked bool) error {
	address, err := s.sent(ctx, j, asked)
	if err != nil || address == "" {
		return err
	}

	by, err := s.channels(ctx, address)
	if err != nil {
		return err
	}
	email, sms := by["email"], by["sms"]
	fmt.Fprintf(s.out, "  %d notified: %d by email, %d by SMS\n", email+sms, email, sms)
	return nil
}

// sent waits until a job's latest notification is sent or cancelled, and returns its
// address, or "" if the job has none.
func (s *story) sent(ctx context.Context, j job, asked bool) (address string, err error) {
	type notification struct {
		ID     json.RawMessage
		Status string
	}

	notifications := jobPath(j) + "/notifications"
	for latest := time.Now().Add(jobAppears); ; {
		var all struct{ Items []notification }
		if err := s.get(ctx, notifications, &all); err != nil {
			return "", err
		}

		if n := len(all.Items); n > 0 {
			last := all.Items[n-1]
			if last.Status == "sent" || last.Status == "cancelled" {
				return notifications + "/" + strings.Trim(string(last.ID), `"`), nil
			}
		} else if !asked || time.Now().After(latest) {
			return "", nil
		}

		if err := pause(ctx); err != nil {
			return "", err
		}
	}
}

// channels returns the numbers of a notification's messages that went out, by channel.
func (s *story) channels(ctx context.Context, address string) (map[string]int, error) {
	by := map[string]int{}
	cursor := ""
	for {
		var deliveries struct {
			Items      []struct{ Channel, State string }
			NextCursor *string `json:"next_cursor"`
		}
		if err := s.get(ctx, address+"/deliveries?limit=200"+cursor, &deliveries); err != nil {
			return nil, err
		}

		for _, d := range deliveries.Items {
			if d.State == "sent" || d.State == "delivered" {
				by[d.Channel]++
			}
		}
		if deliveries.NextCursor == nil {
			return by, nil
		}
		cursor = "&cursor=" + url.QueryEscape(*deliveries.NextCursor)
	}
}

// get reads from the API, and signs in when it has to.
func (s *story) get(ctx context.Context, address string, into any) error {
	status, err := s.call(ctx, http.MethodGet, address, nil, into)
	if err == nil && status == http.StatusUnauthorized {
		if err := s.signIn(ctx); err != nil {
			return err
		}
		status, err = s.call(ctx, http.MethodGet, address, nil, into)
	}
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("get %s: status %d", address, status)
	}
	return err
}

func (s *story) signIn(ctx context.Context) error {
	credentials := map[string]string{"username": "admin", "password": s.password}
	var session struct{ Token string }
	_, err := s.call(ctx, http.MethodPost, "/api/sign-in", credentials, &session)
	s.token = session.Token
	return err
}

// call calls the API. It reads an answer of 200 alone.
func (s *story) call(
	ctx context.Context, method, address string, body, into any,
) (status int, err error) {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return 0, fmt.Errorf("call the API: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.url+address, &sent)
	if err != nil {
		return 0, fmt.Errorf("call the API: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.token)

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("call the API: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return response.StatusCode, nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return 0, fmt.Errorf("read the API's answer: %w", err)
	}
	return response.StatusCode, nil
}

// pause waits until the next look, or returns an error if the context ends.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lookEvery):
		return nil
	}
}

// count returns a number with its noun.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}
