package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
)

// drop puts a file where it becomes a job of its own, and returns its version there.
func drop(
	t *testing.T,
	h *host.Host,
	name, file string,
	metadata map[string]string,
) (version string) {
	t.Helper()

	key := host.Drops + name

	put, err := s3.Client(h.Engines.S3).PutObject(t.Context(), &awss3.PutObjectInput{
		Bucket: &h.Bucket, Key: &key, Body: strings.NewReader(file), Metadata: metadata,
	})
	if err != nil {
		t.Fatal(err)
	}

	return *put.VersionId
}

// dropped waits until so many jobs have a name that begins so, and each of them has the
// status. It returns them, newest first.
func (c client) dropped(name string, count int, status string) []job {
	c.t.Helper()

	var jobs []job
	eventually(c.t, fmt.Sprintf("%d jobs are called %s", count, name), func() bool {
		jobs = all[job](c, "/api/jobs?limit=200&q="+url.QueryEscape(name))
		return len(jobs) >= count
	})

	if len(jobs) != count {
		c.t.Fatalf("%d jobs are called %s, want %d", len(jobs), name, count)
	}

	for i := range jobs {
		jobs[i] = c.reaches(jobs[i].ID, status)
	}

	return jobs
}

func TestADroppedFile(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, names := staff("dropped", 2)
	t.Run("becomes a job as its metadata say, whose users are notified", func(t *testing.T) {
		c := c.in(t)
		drop(t, shared, "dropped a.csv", file, map[string]string{
			"name":          url.PathEscape("Été à Zürich 100%"),
			"devices":       "SMS Phone, Work Email",
			"link-lifetime": "2h",
			"notify":        "pending",
			"made-by":       "another tool",
		})

		got := c.check(c.link(mailbox(names[0]), 1))
		if got.State != "valid" || got.ExpiresAt.Sub(got.SentAt) != 2*time.Hour {
			t.Errorf("got %+v", got)
		}

		j := c.dropped("Été à Zürich 100%", 1, "processed")[0]
		if j.CreatedBy != "S3" || j.LinkLifetime != "2h" ||
			!slices.Equal(j.Devices, []string{"SMS Phone", "Work Email"}) ||
			j.Rows.Added != 2 {
			t.Errorf("got %+v", j)
		}

		n := c.sentByUpload(j)
		if n.Trigger != "upload" || n.Audience != "pending" || n.Counts.Out() != 2 {
			t.Errorf("got %+v", n)
		}
	})
	t.Run("is one job, however often S3 tells of it", func(t *testing.T) {
		c := c.in(t)
		version := drop(t, shared, "dropped b.csv", file, map[string]string{"notify": "pending"})
		j := c.dropped("dropped b.csv", 1, "processed")[0]
		c.sentByUpload(j)

		event, err := json.Marshal(s3.Created{
			Name:    "ObjectCreated:Put",
			Bucket:  shared.Bucket,
			Key:     host.Drops + "dropped b.csv",
			Size:    int64(len(file)),
			Version: version,
			At:      j.CreatedAt,
		}.Event())
		if err != nil {
			t.Fatal(err)
		}

		for range 2 {
			if _, err := shared.Invoke(t.Context(), "upload", event); err != nil {
				t.Error(err)
			}
		}

		if again := c.dropped("dropped b.csv", 1, "processed")[0]; again.ID != j.ID ||
			again.Notifications != 1 {
			t.Errorf("got %+v", again)
		}
	})
	t.Run(
		"is a new job when the same bytes are dropped again, which changes nothing",
		func(t *testing.T) {
			c := c.in(t)
			drop(t, shared, "dropped b.csv", file, nil)

			if r := c.dropped("dropped b.csv", 2, "processed")[0].Rows; r.Unchanged != 2 ||
				r.Added != 0 ||
				r.Updated != 0 {
				t.Errorf("got %+v", r)
			}
		},
	)
	t.Run("waits after its validation if it says so", func(t *testing.T) {
		drop(t, shared, "dropped c.csv", file, map[string]string{"process": "manual"})
		c := c.in(t)
		j := c.dropped("dropped c.csv", 1, "validated")[0]
		if changes := all[change](c, j.Path()+"/changes"); j.Rows.Valid != 2 || len(changes) == 0 {
			t.Errorf("got %+v, which would change %+v", j, changes)
		}
	})
}

func TestAnyKeyIsDropped(t *testing.T) {
	t.Parallel()
	c := administrator(t)

	file, _ := staff("anykey", 1)
	for _, key := range []string{
		"may/",
		"anykey 1.csv.filepart",
		".anykey 1.csv",
		"~$anykey 1.csv",
	} {
		drop(t, shared, key, file, nil)
	}
	drop(t, shared, "anykey 1 empty.csv", "", nil)

	for _, name := range []string{
		"anykey 1 +%#.csv",
		"anykey 2 100%25 ☂️.csv",
		"anykey 3 Zu\u0308rich.csv",
		"anykey 4 " + strings.Repeat("x", 1000) + ".csv",
	} {
		drop(t, shared, name, file, nil)
	}

	for i, ending := range []string{"+%#.csv", "100%25 ☂️.csv", "rich.csv", "xxx.csv"} {
		start := fmt.Sprintf("anykey %d", i+1)
		j := c.dropped(start, 1, "processed")[0]
		if !strings.HasPrefix(j.Name, start) || !strings.HasSuffix(j.Name, ending) {
			t.Errorf("the job is called %q", j.Name)
		}
	}
}

func TestADroppedFileIsRejected(t *testing.T) {
	t.Parallel()
	c := administrator(t)

	file, _ := staff("refusedrop", 1)
	for _, test := range []struct{ name, file, option, value, reason string }{
		{
			name:   "with a name that isn't percent-encoded",
			file:   "refusedrop 1.csv",
			option: "name",
			value:  "100%",
			reason: "Metadata name: ",
		},
		{
			name:   "with an unknown device",
			file:   "refusedrop 2.csv",
			option: "devices",
			value:  "Work Email,Pager",
			reason: "Metadata devices: ",
		},
		{
			name:   "with a lifetime that is none",
			file:   "refusedrop 3.csv",
			option: "link-lifetime",
			value:  "soon",
			reason: "Metadata link-lifetime: ",
		},
		{
			name:   "with a lifetime out of range",
			file:   "refusedrop 4.csv",
			option: "link-lifetime",
			value:  "721h",
			reason: "Metadata link-lifetime: ",
		},
		{"with an unknown audience", "refusedrop 5.csv", "notify", "all", "Metadata notify: "},
		{
			name:   "with an unknown way to process",
			file:   "refusedrop 6.csv",
			option: "process",
			value:  "later",
			reason: "Metadata process: ",
		},
		{
			name:   "with a report to what is no address",
			file:   "refusedrop 7.csv",
			option: "report-to",
			value:  "me",
			reason: "Metadata report-to: ",
		},
		{
			name:   "with reminders too close together",
			file:   "refusedrop 8.csv",
			option: "remind-every",
			value:  "1m",
			reason: "Metadata remind-every: ",
		},
		{
			name:   "that is a spreadsheet program's own",
			file:   "refusedrop 9.xlsx",
			option: "notify",
			value:  "pending",
			reason: "CSV UTF-8",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			drop(t, shared, test.file, file, map[string]string{test.option: test.value})
			j := c.in(t).dropped(test.file, 1, "rejected")[0]
			if !strings.Contains(j.RejectedReason, test.reason) {
				t.Errorf("got %q", j.RejectedReason)
			}
		})
	}

	t.Run("and has changed nothing", func(t *testing.T) {
		c := c.in(t)
		if j := c.processed(object{}, file); j.Rows.Added != 1 {
			t.Errorf("got %+v", j.Rows)
		}
	})
}

// firstAdministrator makes the first administrator of a system, and returns a session.
func firstAdministrator(t *testing.T, h *host.Host) client {
	t.Helper()
	c := caller(t, h.URL)
	drop(
		t,
		h,
		"first.csv",
		"User,Role,Work Email\nfirst,Administrator,first@example.com\n",
		map[string]string{"notify": "pending"},
	)
	c.setPassword(c.link("first@example.com", 1), password).want(http.StatusNoContent, "")

	return c.as(c.session("first", password))
}
