package member_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

type stores struct {
	member.Store
	tokens      token.Store
	credentials credential.Store
}

func newStores(t testing.TB) stores {
	t.Helper()
	db, name := enginetest.Tables(t)
	table := func(of string) store.Table { return store.Table{DB: db, Name: name(of)} }
	return stores{
		member.Store{Table: table("members")},
		token.Store{Table: table("tokens")},
		credential.Store{Table: table("credentials")},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// of gives a member whose user has the id "id-" and the name.
func of(jobID, name string, state member.State) member.Member {
	return member.Member{
		Key:      name,
		JobID:    jobID,
		Username: name,
		UserID:   "id-" + name,
		Outcome:  member.Added,
		State:    state,
	}
}

func TestMembersAreSpreadAndFoundAgain(t *testing.T) {
	s := newStores(t)

	var (
		members []member.Member
		names   []string
	)
	for i := range 200 {
		names = append(names, fmt.Sprint("user", i))
		members = append(members, of("j1", names[i], member.StatePending))
	}

	must(t, s.PutMany(t.Context(), members))
	must(t, s.PutMany(t.Context(), members)) // twice is once

	found, err := s.GetMany(t.Context(), "j1", append(names, "nobody"))
	if err != nil || len(found) != 200 {
		t.Fatalf("got %d, %v", len(found), err)
	}

	listed, shards := 0, 0
	for shard := range job.Shards {
		after, inShard := "", []string{}
		for {
			some, next, err := s.List(t.Context(), "j1", shard, 5, "", after)
			must(t, err)

			for _, m := range some {
				inShard = append(inShard, m.Key)
			}

			if after = next; next == "" {
				break
			}
		}

		if !slices.IsSorted(inShard) {
			t.Errorf("shard %d is in the order %v", shard, inShard)
		}

		if listed += len(inShard); len(inShard) > 0 {
			shards++
		}
	}

	if listed != 200 || shards != job.Shards {
		t.Errorf("%d are listed in %d shards", listed, shards)
	}

	some, _, err := s.List(t.Context(), "j1", user.ShardOf("user17"), 50, "user17", "")
	if err != nil || len(some) == 0 || some[0].Key != "user17" {
		t.Errorf("by its start: got %v, %v", some, err)
	}

	must(t, s.DeleteMany(t.Context(), some))

	if found, err := s.GetMany(t.Context(), "j1", []string{"user17"}); err != nil ||
		len(found) != 0 {
		t.Errorf("after it was deleted: got %v, %v", found, err)
	}
}

// updated gives a member whose row changed a user who was there.
func updated(jobID, name string, state member.State) member.Member {
	m := of(jobID, name, state)
	m.Outcome = member.Updated
	return m
}

func TestMarkSetsTheStateInAllJobsOfThatUserAlone(t *testing.T) {
	s := newStores(t)
	another := updated("j3", "ada", member.StatePending)
	another.UserID = "other"
	must(t, s.PutMany(t.Context(), []member.Member{
		of("j1", "ada", member.StatePending), // which made the user, and so isn't in the index
		updated("j2", "ada", member.StateRemoved),
		another,
		of("j1", "bob", member.StatePending),
		updated("j4", "ada", member.StatePending),
	}))

	last := updated("j5", "ada", member.StateInactive)
	last.AddedBy = "j1"
	for range 2 {
		must(t, s.Mark(t.Context(), []member.Member{last}))
	}

	for _, test := range []struct {
		job, name string
		want      member.State
	}{
		{"j1", "ada", member.StateInactive},
		{"j4", "ada", member.StateInactive},
		{"j2", "ada", member.StateRemoved},
		{"j3", "ada", member.StatePending},
		{"j1", "bob", member.StatePending},
	} {
		found, err := s.GetMany(t.Context(), test.job, []string{test.name})
		if err != nil || found[test.name].State != test.want {
			t.Errorf("%s in %s is %s, %v", test.name, test.job, found[test.name].State, err)
		}
	}

}

func TestAUsersJobsComeLatestFirstAndEachOnce(t *testing.T) {
	s := newStores(t)
	failed := updated("j6", "ada", member.StateNone)
	failed.UserID = "" // given up on: there may be no user
	another := updated("j7", "ada", member.StatePending)
	another.UserID = "other"
	must(t, s.PutMany(t.Context(), []member.Member{
		of("j3", "ada", member.StatePending),
		updated("j1", "ada", member.StatePending), // made before j3, and processed after it
		updated("j4", "ada", member.StatePending),
		updated("j5", "ada", member.StatePending),
		failed,
		another,
	}))

	for _, test := range []struct {
		name    string
		addedBy string
		limit   int
		want    []string
		whole   []string // of these the members are there
	}{
		{"all", "j3", 10, []string{"j5", "j4", "j3", "j1"}, []string{"j5", "j4", "j3", "j1"}},
		{"the latest", "j3", 2, []string{"j5", "j4"}, []string{"j5", "j4"}},
		{
			name:    "up to the one that added",
			addedBy: "j3",
			limit:   3,
			want:    []string{"j5", "j4", "j3"},
			whole:   []string{"j5", "j4", "j3"},
		},
		{
			name:    "the one that added, which is in the index as well",
			addedBy: "j4",
			limit:   10,
			want:    []string{"j5", "j4", "j1"},
			whole:   []string{"j5", "j4", "j1"},
		},
		{
			name:    "one that is deleted",
			addedBy: "j8",
			limit:   10,
			want:    []string{"j8", "j5", "j4", "j1"},
			whole:   []string{"j5", "j4", "j1"},
		},
		{
			name:  "of a user whom no job added",
			limit: 10,
			want:  []string{"j5", "j4", "j1"},
			whole: []string{"j5", "j4", "j1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := user.Profile{ID: "id-ada", Key: "ada", AddedBy: test.addedBy}
			found, err := s.Jobs(t.Context(), p, test.limit)
			if got := jobsOf(found); err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v", got, err)
			}

			whole, err := s.Memberships(t.Context(), p, test.limit)
			if got := jobsOf(whole); err != nil || !slices.Equal(got, test.whole) {
				t.Errorf("whole: got %v, %v", got, err)
			}
			for _, m := range whole {
				if m.State != member.StatePending || m.Username != "ada" {
					t.Errorf("whole: got %+v", m)
				}
			}
		})
	}
}

func jobsOf(members []member.Member) []string {
	var jobs []string
	for _, m := range members {
		jobs = append(jobs, m.JobID)
	}
	return jobs
}

func TestTallyAndStandings(t *testing.T) {
	s := newStores(t)
	shard := user.ShardOf("ada")

	var names []string
	for i := 0; len(names) < 7; i++ {
		if name := fmt.Sprint("user", i); user.ShardOf(name) == shard {
			names = append(names, name)
		}
	}

	states := []member.State{
		member.StatePending,
		member.StatePending,
		member.StatePending,
		member.StatePending, // with a password, and a link that has expired
		member.StateInactive,
		member.StateRemoved,
		member.StateNone,
	}

	var members []member.Member
	for i, name := range names {
		members = append(members, of("j1", name, states[i]))
	}

	members[2].Undeliverable = true
	must(t, s.PutMany(t.Context(), members))

	// the first has expired, the second not yet
	for i, at := range []time.Time{noon, noon.Add(time.Millisecond), 3: noon} {
		if at.IsZero() {
			continue
		}
		must(t, s.tokens.Replace(
			t.Context(),
			token.Link{
				UserID:  "id-" + names[i],
				Purpose: token.Invite,
				Sent:    token.Sent{Hash: "h", ExpiresAt: clock.Of(at)},
			},
			nil,
		))
	}

	must(t, s.credentials.Table.Put(
		t.Context(),
		credential.Credential{UserID: "id-" + names[3], Generation: "g", FirstSetAt: 7},
		"",
		nil,
	))
	tally, err := s.Tally(t.Context(), s.tokens, s.credentials, "j1", shard, noon)

	want := job.Tally{
		Total:         5,
		Active:        1,
		Pending:       3,
		Expired:       1,
		Inactive:      1,
		Undeliverable: 1,
		AsOf:          clock.Of(noon),
	}
	if err != nil || tally != want {
		t.Errorf("got %+v, %v; want %+v", tally, err, want)
	}

	standings, err := member.Standings(t.Context(), s.tokens, s.credentials, members, noon)
	must(t, err)

	var got []member.State
	for _, standing := range standings {
		got = append(got, standing.State)
	}

	expected := slices.Clone(states)
	expected[0] = member.StateExpired
	expected[3] = member.StateActive
	if !slices.Equal(got, expected) || standings[3].ActivatedAt != 7 {
		t.Errorf("got %v, want %v", got, expected)
	}
}

func TestAPendingFilterShowsTheExpired(t *testing.T) {
	for _, test := range []struct {
		state, filter member.State
		want          bool
	}{
		{member.StateExpired, member.StatePending, true},
		{member.StatePending, member.StateExpired, false},
		{member.StateActive, member.StateNone, true},
		{member.StateActive, member.StateActive, true},
		{member.StateRemoved, member.StateActive, false},
	} {
		if got := (member.Standing{State: test.state}).Matches(test.filter); got != test.want {
			t.Errorf("%s by %q: %t", test.state, test.filter, got)
		}
	}
}
