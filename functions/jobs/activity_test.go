package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/store"
)

type told struct {
	Points []struct {
		At     time.Time
		Active int
	}
	Estimated bool
}

func (w *world) activityOf(id string) told {
	w.T.Helper()

	status, answer := w.call("GET", "/api/jobs/"+id+"/activity", "", nil)
	if status != http.StatusOK {
		w.T.Fatalf("got %d, %s", status, answer)
	}

	var got told
	w.Must(json.Unmarshal([]byte(answer), &got))

	if len(got.Points) != points || !got.Points[0].At.Equal(noon) ||
		!got.Points[points-1].At.Equal(w.Time()) {
		w.T.Fatalf("got %d points from %v", len(got.Points), got.Points[0].At)
	}

	for i := range got.Points[1:] {
		if got.Points[i].Active > got.Points[i+1].Active {
			w.T.Errorf("point %d: fewer than before", i+1)
		}
	}

	return got
}

// join makes a member of a job, who set a password so long after noon if that is given.
func (w *world) join(id, name string, after *time.Duration) {
	w.T.Helper()

	m := member.Member{
		Key:      name,
		JobID:    id,
		Username: name,
		UserID:   "id-" + name,
		Outcome:  member.Added,
		State:    member.StatePending,
	}
	if after != nil {
		w.Must(w.credentials.Table.Put(
			w.T.Context(),
			credential.Credential{
				UserID:     m.UserID,
				Generation: "g",
				FirstSetAt: clock.Of(noon.Add(*after)),
			},
			"",
			nil,
		))
	}

	w.Must(w.members.PutMany(w.T.Context(), []member.Member{m}))
}

func TestActivityTellsWhoHadAPasswordWhen(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)
	w.join("j1", "before", new(-time.Hour))
	w.join("j1", "early", new(12*time.Hour))
	w.join("j1", "late", new(48*time.Hour))
	w.join("j1", "waiting", nil)
	w.Set(noon.Add(48 * time.Hour))

	got := w.activityOf("j1")
	first := got.Points[0].Active
	quarter := got.Points[points/4].Active
	last := got.Points[points-1].Active
	if first != 1 || quarter != 2 || last != 3 || got.Estimated {
		t.Errorf("got %d, %d, %d, estimated %t", first, quarter, last, got.Estimated)
	}
}

func TestActivityOfManyIsEstimated(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)

	const users = 4000

	var (
		members     []member.Member
		credentials []credential.Credential
	)
	for i := range users {
		name := fmt.Sprintf("user%04d", i)
		members = append(members, member.Member{
			Key:      name,
			JobID:    "j1",
			Username: name,
			UserID:   "id-" + name,
			Outcome:  member.Added,
			State:    member.StatePending,
		})
		credentials = append(credentials, credential.Credential{
			UserID:     "id-" + name,
			Generation: "g",
			FirstSetAt: clock.Of(noon.Add(time.Duration(i%2*12) * time.Hour)),
		})
	}

	w.Must(w.members.PutMany(t.Context(), members))
	w.Must(store.PutMany(t.Context(), w.credentials.Table, credentials))
	w.Set(noon.Add(24 * time.Hour))

	got := w.activityOf("j1")
	if first := got.Points[0].Active; !got.Estimated || first < users*4/10 || first > users*6/10 ||
		got.Points[points-1].Active != users {
		t.Errorf(
			"got %d at first and %d at last, estimated %t",
			first,
			got.Points[points-1].Active,
			got.Estimated,
		)
	}
}

func TestActivityNeedsAFinishedJob(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processing)

	status, answer := w.call("GET", "/api/jobs/j1/activity", "", nil)
	if status != http.StatusConflict {
		t.Errorf("got %d, %s", status, answer)
	}

	status, answer = w.call("GET", "/api/jobs/none/activity", "", nil)
	if status != http.StatusNotFound {
		t.Errorf("got %d, %s", status, answer)
	}
}
