package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/tally"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// counted is what a job says of its users.
type counted struct{ Total, Active, Pending int }

func (w *world) users(id string) counted {
	w.T.Helper()
	status, body := w.call("GET", "/api/jobs/"+id, "", nil)

	var view struct{ Users counted }
	if err := json.Unmarshal([]byte(body), &view); err != nil || status != http.StatusOK {
		w.T.Fatalf("got %d, %s", status, body)
	}

	return view.Users
}

func TestAFewUsersAreCountedWhileTheCallerWaits(t *testing.T) {
	w := newWorld(t)
	w.add("few", job.Processed)

	var members []member.Member
	for i := range 40 { // in several shards
		name := fmt.Sprintf("user%02d", i)
		members = append(members, member.Member{
			Key:      name,
			JobID:    "few",
			Username: name,
			UserID:   "id-" + name,
			Outcome:  member.Added,
			State:    member.StatePending,
		})
	}

	w.Must(w.members.PutMany(t.Context(), members))

	if got := w.users("few"); got != (counted{Total: 40, Pending: 40}) {
		t.Errorf("got %+v", got)
	}

	w.Must(w.credentials.Table.Put(
		t.Context(),
		credential.Credential{UserID: "id-user07", Generation: "g"},
		"",
		nil,
	))

	w.Pass(time.Minute)
	if got := w.users("few"); got != (counted{Total: 40, Active: 1, Pending: 39}) {
		t.Errorf("after a password: got %+v", got)
	}

	if steps := w.Received(work.Background); len(steps) != 0 {
		t.Errorf("asked for are %+v", steps)
	}
}

// addCounted adds a processed job of valid rows, whose users were counted before.
func (w *world) addCounted(id string, valid int, last job.Tally) {
	w.T.Helper()
	w.Must(w.jobs.Create(w.T.Context(), job.Job{
		ID:           id,
		Status:       job.Processed,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
		Mode:         job.Manual,
		Rows:         &job.Rows{Total: valid, Valid: valid},
		Tally:        &last,
	}))
}

func TestManyUsersAreCountedInTheBackgroundAndAskedForOnce(t *testing.T) {
	w := newWorld(t)

	const users = tally.Inline + 1
	w.addCounted("many", users, job.Tally{
		Total:   users,
		Pending: users,
		AsOf:    clock.Of(noon.Add(-time.Hour)),
	})

	for range 3 {
		if got := w.users("many"); got != (counted{Total: users, Pending: users}) {
			t.Errorf("before a count is there: got %+v", got)
		}
	}

	// However long they look: while the count is under way it isn't asked for again.
	for range 10 {
		w.Pass(time.Minute)
		w.users("many")
	}

	steps := wiretest.Received[work.TallyShard](w.Twin)
	slices.SortFunc(steps, func(a, b work.TallyShard) int { return a.Shard - b.Shard })

	var want []work.TallyShard
	for shard := range job.Shards {
		want = append(want, work.TallyShard{JobID: "many", Shard: shard})
	}
	if !slices.Equal(steps, want) {
		t.Errorf("asked for are %+v, want one step a shard", steps)
	}

	for shard := range job.Shards - 1 {
		w.Must(w.jobs.PutShardTally(
			t.Context(),
			"many",
			shard,
			job.Tally{Total: 2, Active: 1, Pending: 1, AsOf: clock.Of(noon)},
		))
	}

	if got := w.users("many"); got.Total != users {
		t.Errorf("while a shard is missing: got %+v", got)
	}

	w.Must(w.jobs.PutShardTally(
		t.Context(),
		"many",
		job.Shards-1,
		job.Tally{Total: 2, Active: 1, Pending: 1, AsOf: clock.Of(noon)},
	))

	if got := w.users("many"); got != (counted{Total: 32, Active: 16, Pending: 16}) {
		t.Errorf("with all shards: got %+v", got)
	}
	w.Received(work.Background)

	w.Pass(work.Lost)
	for range 2 {
		w.users("many")
	}
	if again := w.Received(work.Background); len(again) != job.Shards {
		t.Errorf("when a count is lost, %d steps are asked for", len(again))
	}
}

func TestTheCountOfALargerJobMayBeOlder(t *testing.T) {
	for valid, want := range map[int]time.Duration{
		10:        2 * time.Second,
		1_000_000: 102 * time.Second,
	} {
		if got := tally.Age(job.Job{Rows: &job.Rows{Valid: valid}}); got != want {
			t.Errorf("of %d users it may be %s old, want %s", valid, got, want)
		}
	}
}

func TestTheCountOfALargerJobMayBeOlderInAList(t *testing.T) {
	for valid, want := range map[int]time.Duration{
		100:       2500 * time.Millisecond,
		5000:      27 * time.Second,
		1_000_000: 102 * time.Second,
	} {
		if got := listAge(job.Job{Rows: &job.Rows{Valid: valid}}); got != want {
			t.Errorf("of %d users it may be %s old, want %s", valid, got, want)
		}
	}

	w := newWorld(t)
	w.addCounted("many", 1000, job.Tally{Total: 9, AsOf: clock.Of(noon)})
	for i, want := range []string{`"total":9`, `"total":0`} {
		pass := time.Duration(6+2*i) * time.Second
		w.Set(noon.Add(pass))
		if _, body := w.call("GET", "/api/jobs", "", nil); !strings.Contains(body, want) {
			t.Errorf("after %s: %s", pass, body)
		}
	}
}

func TestAListCountsWhomItCanAndEachJobHasItsTurn(t *testing.T) {
	w := newWorld(t)

	const jobs = 5
	for k := range jobs {
		id := fmt.Sprint("job", k)

		valid := listCounts - 1 // one a list, and the largest alone
		if k == 0 {
			valid = 2 * listCounts
		}

		w.addCounted(id, valid, job.Tally{Total: 9, Pending: 9, AsOf: clock.Millis(1 + k)})
		w.Must(w.members.PutMany(t.Context(), []member.Member{
			{
				Key:      "ada",
				JobID:    id,
				Username: "ada",
				UserID:   "id-ada",
				Outcome:  member.Added,
				State:    member.StatePending,
			},
		}))
	}

	for turn := 1; turn <= jobs; turn++ {
		status, body := w.call("GET", "/api/jobs", "", nil)

		var page struct {
			Items []struct{ Users counted }
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || status != http.StatusOK ||
			len(page.Items) != jobs {
			t.Fatalf("got %d, %s", status, body)
		}

		fresh := 0
		for _, item := range page.Items {
			if item.Users.Total == 1 {
				fresh++
			}
		}

		if fresh != turn {
			t.Errorf("list %d has %d jobs counted", turn, fresh)
		}

		w.Pass(time.Minute)
	}
}
