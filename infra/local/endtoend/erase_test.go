package endtoend

import (
	"net/http"
	"strings"
	"testing"
	"time"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
	jobs "latchkey/shared/job"
	"latchkey/shared/lease"
	objects "latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

func TestAJobWhoseRowsAreGoneFails(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, _ := staff("gone", 2)
	j := c.validated(file)

	bucket := s3.Client(shared.Engines.S3)
	rows := objects.Rows(j.ID)
	found, err := bucket.ListObjectVersions(
		t.Context(),
		&awss3.ListObjectVersionsInput{Bucket: &shared.Bucket, Prefix: &rows},
	)
	if err != nil || len(found.Versions) == 0 {
		t.Fatalf("%d versions of the rows, %v", len(found.Versions), err)
	}
	for _, version := range found.Versions {
		_, err := bucket.DeleteObject(t.Context(), &awss3.DeleteObjectInput{
			Bucket:    &shared.Bucket,
			Key:       version.Key,
			VersionId: version.VersionId,
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	c.call("POST", j.Path()+"/process", nil).want(http.StatusAccepted, "")
	j = c.reaches(j.ID, "failed")
	if j.Rows.Failed != 2 || j.RejectedReason == "" {
		t.Errorf("got %+v", j)
	}
}

// versions counts what the shared bucket has under a prefix.
func versions(t *testing.T, prefix string) int {
	t.Helper()
	found, err := s3.Client(shared.Engines.S3).ListObjectVersions(
		t.Context(),
		&awss3.ListObjectVersionsInput{Bucket: &shared.Bucket, Prefix: &prefix},
	)
	if err != nil {
		t.Fatal(err)
	}
	return len(found.Versions) + len(found.DeleteMarkers)
}

func TestADeletedJobsObjectsAreErased(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, _ := staff("erased", 2)
	drop(t, shared, "erased.csv", file, nil)
	dropped := c.dropped("erased.csv", 1, "processed")[0]
	placed := c.validated(file)

	for _, test := range []struct {
		job  job
		file string
	}{
		{dropped, host.Drops + "erased.csv"},
		{placed, objects.Folders(placed.ID)[1]},
	} {
		folder := objects.Folders(test.job.ID)[0]
		if versions(t, test.file) == 0 || versions(t, folder) == 0 {
			t.Errorf("%s has no file or no reports", test.job.ID)
		}
		c.call("DELETE", test.job.Path(), nil).want(http.StatusNoContent, "")
		eventually(t, "nothing is left in the bucket", func() bool {
			return versions(t, test.file)+versions(t, folder) == 0
		})
	}
}

func TestTheScheduleFinishesAnErasure(t *testing.T) {
	t.Parallel()
	c := system(t, "erase", nil)
	file, _ := staff("scheduled", 1)
	j := c.validated(file)
	c.call("DELETE", j.Path(), nil).want(http.StatusNoContent, "")
	c.schedule(time.Now().Add(jobs.EraseGap + time.Minute))
	c.call("GET", j.Path(), nil).want(http.StatusNotFound, "job_not_found")
}

func TestWhatARemovedUserLeavesIsErased(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	_, names, tokens := c.invited("leaving", 1)
	id, _, _ := strings.Cut(tokens[0], ".")
	c.processed(object{}, "Operation,User\nremove,"+names[0]+"\n")

	take(t, "walk", "erase-users", work.EraseUsers{
		Users: []work.RemovedUser{{Key: names[0], ID: id}},
	})
	left, err := store.SelectAll[store.Key](t.Context(), table("tokens"), store.Query{
		Where:      "user_id = :user",
		Values:     store.Values{":user": id},
		Attributes: []string{"user_id", "kind"},
	})
	if err != nil || len(left) != 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestAStepOfAnExportThatAnotherIsAtComesLater(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, _ := staff("exported", 1)
	j := c.processed(object{}, file)
	now := time.Now()
	held := lease.Lease{Owner: "another", Until: now.Add(time.Hour)}
	exports := jobs.Store{Table: table("jobs")}
	_, _, err := exports.AskExport(t.Context(), j.ID, "", now, time.Minute, work.Lost)
	if err == nil {
		_, err = exports.ClaimExport(t.Context(), j.ID, "", held, now)
	}
	if err != nil {
		t.Fatal(err)
	}

	take(t, "walk", "export", work.ExportMembers{JobID: j.ID})
	if n := versions(t, objects.Folders(j.ID)[0]+"members"); n != 0 {
		t.Errorf("both have made %d objects", n)
	}
}

func TestANotificationOfNobodyEndsWithItsReport(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	file, _ := staff("nobodys", 1)
	j := c.processed(object{"report_to": mailbox("boss-of-nobody")}, file)
	c.notify(j, object{"audience": "expired"})
}
