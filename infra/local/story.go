package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/client"
	"latchkey/infra/local/engine"
	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
)

const (
	// pollEvery is the pause between two looks at a job.
	pollEvery = 200 * time.Millisecond
	// jobAppears is how long a dropped file may take to become a job, and a job to begin
	// its notification.
	jobAppears = time.Minute
	// errorsListed is how many rows in error are listed.
	errorsListed = 20
)

// tell drops the sample file, unless DEMO is off, and tells of every file that is
// dropped, until the context ends.
func tell(ctx context.Context, h *host.Host, password string, drops <-chan string) {
	s := &story{
		out:      os.Stdout,
		api:      client.Client{URL: h.URL},
		password: password,
		told:     map[string]bool{},
	}
	s.notifies = func(ctx context.Context, key string) bool {
		bucket := s3.Client(h.Engines.S3)
		head, err := bucket.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &h.Bucket, Key: &key})
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
	out      io.Writer
	api      client.Client
	password string
	told     map[string]bool // jobs by their ids
	// notifies reports whether a file asked that its users be notified, which the API
	// doesn't tell.
	notifies func(ctx context.Context, key string) bool
}

// get reads one thing. It signs in where there is no session yet, or none any more.
func get[T any](ctx context.Context, s *story, address string) (T, error) {
	v, err := client.Get[T](ctx, s.api, address)
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
		return v, err
	}

	s.api, err = s.api.SignIn(ctx, "admin", s.password)
	if err != nil {
		return v, err
	}
	return client.Get[T](ctx, s.api, address)
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

	j, err = s.follow(ctx, j, client.Job.IsValidated)
	if err != nil {
		return err
	}
	switch j.Status {
	case "rejected":
		fmt.Fprintf(s.out, "  rejected, nothing was changed: %s\n", j.RejectedReason)
		return nil
	case "needs_mapping":
		fmt.Fprintln(s.out, "  it waits: say in the job's step Validate what its columns are")
		return nil
	}

	rows := count(j.Rows.Total, "row")
	fmt.Fprintf(s.out, "  %s read: %d valid, %d in error\n", rows, j.Rows.Valid, j.Rows.Invalid)
	if err := s.rowsInError(ctx, j); err != nil {
		return err
	}

	j, err = s.follow(ctx, j, client.Job.HasEnded)
	if err != nil {
		return err
	}

	s.outcome(j)
	return s.notification(ctx, j, s.notifies(ctx, key))
}

// find waits for the job that the file becomes.
func (s *story) find(ctx context.Context, name string) (found client.Job, err error) {
	ctx, cancel := context.WithTimeout(ctx, jobAppears)
	defer cancel()

	err = client.Until(ctx, pollEvery, func(ctx context.Context) (bool, error) {
		jobs, err := get[client.Page[client.Job]](ctx, s, "/api/jobs")
		if err != nil {
			return false, err
		}
		at := slices.IndexFunc(jobs.Items, func(j client.Job) bool {
			return j.FileName == name && !s.told[j.ID]
		})
		if at < 0 {
			return false, nil
		}
		found = jobs.Items[at]
		s.told[found.ID] = true
		return true, nil
	})
	return found, err
}

// follow looks at a job again and again until it is so far. It returns the job as it is
// then.
func (s *story) follow(
	ctx context.Context, j client.Job, soFar func(client.Job) bool,
) (client.Job, error) {
	if soFar(j) {
		return j, nil
	}
	err := client.Until(ctx, pollEvery, func(ctx context.Context) (bool, error) {
		var err error
		j, err = get[client.Job](ctx, s, j.Path())
		return err == nil && soFar(j), err
	})
	return j, err
}

// rowsInError lists the first rows in error.
func (s *story) rowsInError(ctx context.Context, j client.Job) error {
	if j.Rows.Invalid == 0 {
		return nil
	}

	address := fmt.Sprintf("%s/errors?level=error&limit=%d", j.Path(), errorsListed)
	page, err := get[client.Page[client.Issue]](ctx, s, address)
	if err != nil {
		return err
	}

	for _, issue := range page.Items {
		message := strings.TrimPrefix(issue.Column+": "+issue.Message, ": ")
		fmt.Fprintf(s.out, "    row %d: %s\n", issue.Row, message)
	}
	if page.Next != nil {
		fmt.Fprintln(s.out, "    ...")
	}

	return nil
}

// outcome tells what became of a job's users.
func (s *story) outcome(j client.Job) {
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
func (s *story) notification(ctx context.Context, j client.Job, asked bool) error {
	n, err := s.sent(ctx, j, asked)
	if err != nil || n == nil {
		return err
	}

	by := map[string]int{} // messages that went out, by channel
	for d, err := range client.All[client.Delivery](ctx, s.api, n.Path(j)+"/deliveries?limit=200") {
		if err != nil {
			return err
		}
		if d.State == "sent" || d.State == "delivered" {
			by[d.Channel]++
		}
	}

	email, sms := by["email"], by["sms"]
	fmt.Fprintf(s.out, "  %d notified: %d by email, %d by SMS\n", email+sms, email, sms)
	return nil
}

// sent waits until a job's latest notification is sent or cancelled, and returns it, or
// nil if the job has none.
func (s *story) sent(
	ctx context.Context, j client.Job, asked bool,
) (found *client.Notification, err error) {
	latest := time.Now().Add(jobAppears)
	address := j.Path() + "/notifications"
	err = client.Until(ctx, pollEvery, func(ctx context.Context) (bool, error) {
		all, err := get[client.Page[client.Notification]](ctx, s, address)
		if err != nil {
			return false, err
		}
		if len(all.Items) == 0 {
			return !asked || time.Now().After(latest), nil
		}

		last := all.Items[len(all.Items)-1]
		if last.Status != "sent" && last.Status != "cancelled" {
			return false, nil
		}
		found = &last
		return true, nil
	})
	return found, err
}

// count returns a number with its noun.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprint(n, " ", what, "s")
}
