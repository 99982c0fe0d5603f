package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// put puts an object into the bucket, and returns its version.
func (w *world) put(key string) (version string) {
	w.T.Helper()
	bucket := w.Required("BUCKET")
	made, err := w.S3.PutObject(w.T.Context(), &s3.PutObjectInput{
		Bucket: &bucket,
		Key:    &key,
		Body:   strings.NewReader("User\nada\n"),
	})
	w.Must(err)
	return *made.VersionId
}

// versions counts the versions and markers in the bucket, by their keys.
func (w *world) versions() map[string]int {
	w.T.Helper()
	bucket := w.Required("BUCKET")
	list, err := w.S3.ListObjectVersions(
		w.T.Context(), &s3.ListObjectVersionsInput{Bucket: &bucket},
	)
	w.Must(err)

	all := map[string]int{}
	for _, v := range list.Versions {
		all[*v.Key]++
	}
	for _, m := range list.DeleteMarkers {
		all[*m.Key]++
	}
	return all
}

// items lists the job's items. It fails the test if one has a name of the job or its file.
func (w *world) items() (names []string) {
	w.T.Helper()
	query := store.Query{Where: "job = :job", Values: store.Values{":job": jobID}}
	type item struct {
		Item string `dynamodbav:"item"`
		Name string `dynamodbav:"name"`
		File string `dynamodbav:"file_name"`
	}
	found, err := store.SelectAll[item](w.T.Context(), w.jobs.Table, query)
	w.Must(err)

	for _, one := range found {
		names = append(names, one.Item)
		if one.Name+one.File != "" {
			w.T.Errorf("%s names %q, %q", one.Item, one.Name, one.File)
		}
	}
	return names
}

func TestOfADeletedJobNothingIsLeftAndItsUsersStay(t *testing.T) {
	w := newWorld(t)
	names := inShard(3, 2*pageMembers+1)
	w.add(names...)
	w.begin(job.Named, strings.ToUpper(names[0]))
	w.walkAll()
	w.finish()
	w.export("")
	for range 2 {
		w.put("jobs/" + jobID + "/users.csv")
		w.put("jobs/j10/users.csv") // another job's
		w.put(object.ErrorReport(jobID))
	}
	dropped := w.put("uploads/staff.csv")
	w.put("uploads/staff.csv") // a later version is another job's
	w.Must(w.jobs.Table.Update(
		t.Context(),
		store.Key{"job": jobID, "item": "job"},
		store.Update{
			Set: "#name = :name, file_name = :name, #source = :source",
			Values: store.Values{
				":name":   "staff.csv",
				":source": job.Source{Key: "uploads/staff.csv", Version: dropped},
			},
		},
		nil,
	))

	step := work.EraseJob{JobID: jobID}
	w.take(step)
	if n := w.number(1); n.Status != notification.Sent {
		t.Fatal("a job that wasn't deleted is erased")
	}

	w.Must(w.jobs.Delete(t.Context(), jobID, w.Time()))
	for range 2 { // the message may come twice
		w.take(step)
	}

	left, _, err := w.members.List(t.Context(), jobID, 3, 10, "", "")
	w.Must(err)
	if len(left) != 0 {
		t.Errorf("%d members are left, such as %s", len(left), left[0].Username)
	}
	if items := w.items(); len(items) != 1 {
		t.Errorf("left are %v", items)
	}
	got := w.versions()
	if len(got) != 2 || got["jobs/j10/users.csv"] != 2 || got["uploads/staff.csv"] != 1 {
		t.Errorf("in the bucket are %v", got)
	}
	if _, err := w.Directory.Get(t.Context(), names[0]); err != nil {
		t.Errorf("a user is gone: %v", err)
	}

	// Whoever found the job before it was deleted writes late.
	w.Must(w.jobs.PutShardTally(t.Context(), jobID, 3, job.Tally{}))
	w.Pass(job.EraseGap)
	w.take(step)
	if items := w.items(); len(items) != 0 {
		t.Errorf("in the end left are %v", items)
	}
}

func TestAnErasureTakesAsManyStepsAsItNeeds(t *testing.T) {
	w := newWorld(t)
	w.add(inShard(3, 3*pageMembers)...)
	w.Must(w.jobs.Delete(t.Context(), jobID, w.Time()))
	w.Must(w.queues.Send(t.Context(), work.EraseJob{JobID: jobID}, 0))
	w.callTime = 11 * time.Second

	if steps := w.takeAll(work.Background); steps < 2 || steps > 5 {
		t.Errorf("it takes %d steps", steps)
	}
	left, _, err := w.members.List(t.Context(), jobID, 3, 1, "", "")
	w.Must(err)
	if len(left) != 0 {
		t.Error("members are left")
	}
}

func TestWhatARemovedUserLeavesIsErased(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob", "cem")
	w.setPassword("ada", "bob", "cem")
	sent := token.Sent{Hash: "h", ExpiresAt: clock.Of(noon)}
	for _, name := range []string{"ada", "bob", "cem"} {
		for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
			link := token.Link{UserID: "id-" + name, Purpose: purpose, Sent: sent}
			w.Must(w.Tokens.Replace(t.Context(), link, nil))
		}
		session := token.Session{UserID: "id-" + name, Generation: "g", ExpiresAt: clock.Of(noon)}
		w.Must(w.Tokens.PutSession(t.Context(), session, "h"))
	}

	remove := func(name string) {
		p, err := w.Directory.Get(t.Context(), name)
		w.Must(err)
		w.Must(w.Directory.Remove(t.Context(), p, "j2#"+name))
	}
	remove("ada")
	remove("bob")
	again := user.Profile{ID: "new-bob", Key: "bob", Username: "BOB"}
	w.Must(w.Directory.Write(t.Context(), again, nil, "j3#bob"))
	w.Must(w.Credentials.Table.Put(
		t.Context(), credential.Credential{UserID: "new-bob", Generation: "g"}, "", nil,
	))

	step := work.EraseUsers{Users: []work.RemovedUser{
		{Key: "ada", ID: "id-ada"},
		{Key: "bob", ID: "id-bob"},
		{Key: "cem", ID: "id-cem"}, // whose removal was announced and didn't happen
	}}
	for range 2 { // the message may come twice
		w.take(step)
	}

	ids := []string{"id-ada", "id-bob", "id-cem", "new-bob"}
	active, err := w.Credentials.Active(t.Context(), ids)
	w.Must(err)
	left := map[string]bool{"id-cem": true, "new-bob": true}
	if !maps.Equal(active, left) {
		t.Errorf("passwords have %v, want %v", active, left)
	}
	for id, want := range map[string]int{"id-ada": 0, "id-bob": 0, "id-cem": 3} {
		tokens, err := store.SelectAll[store.Key](t.Context(), w.Tokens.Table, store.Query{
			Where:      "user_id = :user",
			Values:     store.Values{":user": id},
			Attributes: []string{"user_id", "kind"},
		})
		if err != nil || len(tokens) != want {
			t.Errorf("%s has %v, %v", id, tokens, err)
		}
	}
}
