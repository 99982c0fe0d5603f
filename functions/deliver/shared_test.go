package main

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/job"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// hold adds users as process does, so that they are found by their addresses. The first of
// the emails is the user's first address.
func (w *world) hold(name string, emails ...string) {
	w.T.Helper()
	w.Directory.Devices = w.Reach.Devices
	fields := map[string]string{}
	for i, email := range emails {
		fields[[]string{"Work Email", "Home Email"}[i]] = email
	}

	p := user.Profile{ID: "id-" + name, Key: name, Username: name, Fields: fields}
	w.Must(w.Directory.Hold(w.T.Context(), p))
	w.Add(name, fields)
}

// subjects returns the subjects of the mail to an address, in any letter case.
func (w *world) subjects(to string) []string {
	w.T.Helper()
	var subjects []string
	for _, m := range w.Mail() {
		if strings.EqualFold(m.To, to) {
			subjects = append(subjects, m.Subject)
		}
	}
	slices.Sort(subjects)
	return subjects
}

func TestASubjectNamesTheUserWhereAnAddressIsShared(t *testing.T) {
	w := newWorld(t)
	w.hold("ada", "office@example.com")
	w.hold("bob", "OFFICE@example.com", "bob@example.com")
	w.hold("cem", "cem@example.com", "office@Example.com")
	w.hold("old", "gone@example.com")
	w.hold("new", "gone@example.com")
	w.Remove("old")
	w.Succeed(w.notify(job.Pending, "ada", "bob", "cem", "new"))

	plain := w.subjects("cem@example.com")
	if len(plain) != 1 || strings.Contains(plain[0], "(") {
		t.Fatalf("one's own address has the subjects %q", plain)
	}

	want := []string{plain[0] + " (ADA)", plain[0] + " (BOB)"}
	if got := w.subjects("office@example.com"); !slices.Equal(got, want) {
		t.Errorf("a shared address has the subjects %q", got)
	}
	if got := w.subjects("gone@example.com"); !slices.Equal(got, plain) {
		t.Errorf("shared with somebody who is removed, it has the subjects %q", got)
	}

	// The next device may be one that is shared.
	w.Tell("cem", delivery.NameOf(jobID, 1), delivery.Bounced, delivery.ReasonHardBounce)
	w.Mark("cem@example.com", delivery.ReasonHardBounce)
	w.Succeed(work.Fallback{
		JobID:    jobID,
		Number:   1,
		UserID:   "id-cem",
		Delivery: delivery.NameOf(jobID, 1),
	})
	got := w.subjects("office@example.com")
	isCems := func(subject string) bool { return strings.HasSuffix(subject, " (CEM)") }
	if len(got) != 3 || !slices.ContainsFunc(got, isCems) {
		t.Errorf("after the fallback they are %q", got)
	}
}

// The statement fails that asks who shares the slice's addresses.
func TestAFailedLookForAnAddressLosesAndDoublesNobody(t *testing.T) {
	w := newWorld(t)
	names := w.AddMany(sliceSize + 2)
	batch := w.notify(job.Pending, names...)

	directory := &w.recipients.Directory.Table
	works := *directory
	directory.DB = dynamodb.New(works.DB.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = transport(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(body(t, r), "by_address") {
				return nil, errors.New("no answer")
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		o.Retryer = aws.NopRetryer{}
	})
	w.Handle = w.handle
	if failed := w.Give(t.Context(), w.Record("m1", batch)); len(failed) != 1 {
		t.Fatal("it is done, though nobody knows whose addresses they are")
	}
	if len(w.Mail()) != 0 {
		t.Errorf("%d emails are sent", len(w.Mail()))
	}

	*directory = works
	w.Handle = w.handle
	w.Pass(dispatch.Lease + time.Millisecond)
	w.Succeed(batch)
	if n := w.counts(1); len(w.To()) != len(names) || len(w.Mail()) != len(names) ||
		n.Counts.Sent != len(names) {
		t.Errorf("%d emails to %d users, %+v", len(w.Mail()), len(w.To()), n.Counts)
	}
}
