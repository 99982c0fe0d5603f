// Package member stores the users of a job: what a row did, and the state of its user.
//
// A job's members are spread over 16 shards by a hash of their username, so that neither
// writing nor walking them meets a hot partition. A member carries the state that files
// gave its user, which serves lists and tallies. It may be late: a decision about a
// message reads the directory and the credentials instead (package audience).
package member

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/job"
	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Outcome is what became of a row.
type Outcome string

// Outcomes of a row.
const (
	Added     Outcome = "added"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Removed   Outcome = "removed"
	Failed    Outcome = "failed"
)

// State is the state of a member's user.
type State string

// States of a member, as described at Member. StateActive and StateExpired are never
// stored.
const (
	StatePending  State = "pending"
	StateExpired  State = "expired"
	StateActive   State = "active"
	StateInactive State = "inactive"
	StateRemoved  State = "removed"
	StateNone     State = ""
)

// States lists the states that a list can be filtered by.
var States = []State{StatePending, StateExpired, StateActive, StateInactive, StateRemoved}

// Member is a user as part of a job: the row that named them, what the row did, and the
// state of the user since.
//
// The states and the order that they follow:
//
//	pending    gets messages; shown as active once there is a password, or as expired
//	           once the latest link has expired
//	inactive   by the file; gets nothing and can't sign in, until a file says otherwise
//	removed    was removed by this job or a later one
//	""         the row failed, and there may be no user at all
//
// process writes the item whole, before the user's profile, and marks State in the user's
// other memberships when a file changes it. deliver and answer mark Undeliverable when
// they find out whether the job can reach the user.
type Member struct {
	Shard     string  `dynamodbav:"shard"`
	Key       string  `dynamodbav:"username"` // of the username
	JobID     string  `dynamodbav:"job"`
	Username  string  `dynamodbav:"shown"` // as it was first written
	FirstName string  `dynamodbav:"first_name,omitempty"`
	LastName  string  `dynamodbav:"last_name,omitempty"`
	Row       int     `dynamodbav:"row_number"`
	Outcome   Outcome `dynamodbav:"outcome"`
	Reason    string  `dynamodbav:"reason,omitempty"`
	Round     int     `dynamodbav:"round"` // of the job's processing
	UserID    string  `dynamodbav:"user_id,omitempty"`
	State     State   `dynamodbav:"state"`
	// Undeliverable is true if no device that the job may use has a deliverable address.
	Undeliverable bool `dynamodbav:"undeliverable,omitempty"`
	// What the row changed: the right to administer, the status, the devices that reach them.
	RoleChange    RoleChange `dynamodbav:"role_change,omitempty"`
	StatusChanged bool       `dynamodbav:"status_changed,omitempty"`
	ReachChanged  bool       `dynamodbav:"reach_changed,omitempty"`
	// Applied is set before another job removes a user whom the row added: they were there.
	Applied bool `dynamodbav:"applied,omitempty"`
	// AddedBy is the job that added a user whom the row updated or removed; see Mark.
	AddedBy string `dynamodbav:"added_by,omitempty"`
	// Joined is the job, unless the row added the user: a key of the sparse index by_user.
	// The job that added the user stands in the profile.
	Joined string `dynamodbav:"joined,omitempty"`
}

// RoleChange is a change of a user's right to administer.
type RoleChange string

// Changes of the role.
const (
	RoleKept   RoleChange = ""
	RoleGained RoleChange = "gained"
	RoleLost   RoleChange = "lost"
)

// Store stores members.
type Store struct{ Table store.Table }

// Partition returns the name of a shard of a job.
func Partition(jobID string, shard int) string { return fmt.Sprintf("%s#%02d", jobID, shard) }

func key(jobID, usernameKey string) store.Key {
	return store.Key{"shard": Partition(jobID, user.ShardOf(usernameKey)), "username": usernameKey}
}

// PutMany writes members whole, whatever is there. It sets their Shard and Joined.
func (s Store) PutMany(ctx context.Context, members []Member) error {
	for i := range members {
		m := &members[i]
		m.Shard = Partition(m.JobID, user.ShardOf(m.Key))
		m.Joined = ""
		if m.UserID != "" && m.Outcome != Added {
			m.Joined = m.JobID
		}
	}
	return store.PutMany(ctx, s.Table, members)
}

// GetMany reads a job's members by their keys, where they are. Keys must not repeat.
func (s Store) GetMany(
	ctx context.Context, jobID string, usernameKeys []string,
) (map[string]Member, error) {
	keys := make([]store.Key, len(usernameKeys))
	for i, name := range usernameKeys {
		keys[i] = key(jobID, name)
	}

	byKey := func(m Member) (string, Member) { return m.Key, m }
	return store.GetMap(ctx, s.Table, keys, byKey)
}

// List reads a page of one shard, in the order of the usernames' keys, of those that
// begin with prefix. after is the next of the page before; "" is the first and the end.
func (s Store) List(
	ctx context.Context, jobID string, shard, limit int, prefix, after string,
) (members []Member, next string, err error) {
	query := ofShard(jobID, shard, limit)
	if prefix != "" {
		query.Where += " AND begins_with(username, :prefix)"
		query.Values[":prefix"] = prefix
	}
	if after != "" {
		query.After = store.Key{"shard": Partition(jobID, shard), "username": after}
	}

	members, more, err := store.Select[Member](ctx, s.Table, query)
	return members, more["username"], err
}

// Pages reads all members of a shard, limit of them at a time, in the order of List.
func (s Store) Pages(
	ctx context.Context, jobID string, shard, limit int,
) iter.Seq2[[]Member, error] {
	return store.Pages[Member](ctx, s.Table, ofShard(jobID, shard, limit))
}

func ofShard(jobID string, shard, limit int) store.Query {
	return store.Query{
		Where:  "#shard = :shard",
		Values: store.Values{":shard": Partition(jobID, shard)},
		Limit:  limit,
	}
}

// DeleteMany removes members.
func (s Store) DeleteMany(ctx context.Context, members []Member) error {
	keys := make([]store.Key, len(members))
	for i, m := range members {
		keys[i] = store.Key{"shard": m.Shard, "username": m.Key}
	}
	return store.DeleteMany(ctx, s.Table, keys)
}

// Jobs returns a user's memberships, the latest job's first, at most limit: the job and
// the key of each, and no more. The job that added the user is known by the profile, the
// others by an index, which may lag. Any of them may be deleted by now.
func (s Store) Jobs(ctx context.Context, p user.Profile, limit int) ([]Member, error) {
	found, _, err := store.Select[Member](ctx, s.Table, store.Query{
		Index:    "by_user",
		Where:    "user_id = :user",
		Values:   store.Values{":user": p.ID},
		Backward: true,
		Limit:    limit,
	})
	if err != nil {
		return nil, err
	}

	for i := range found {
		found[i].JobID = found[i].Joined
	}

	adds := func(m Member) bool { return m.JobID == p.AddedBy }
	if p.AddedBy != "" && !slices.ContainsFunc(found, adds) {
		found = append(found, added(p.AddedBy, p.Key, p.ID))
	}

	slices.SortFunc(found, func(a, b Member) int { return cmp.Compare(b.JobID, a.JobID) })
	return found[:min(limit, len(found))], nil
}

// added returns the membership of the user whom a job added.
func added(jobID, usernameKey, userID string) Member {
	return Member{
		Shard:  Partition(jobID, user.ShardOf(usernameKey)),
		Key:    usernameKey,
		JobID:  jobID,
		UserID: userID,
	}
}

// MarkUndeliverable records whether the job can reach the member. It does nothing if the
// username belongs to another user now. m needs its job, key and user.
func (s Store) MarkUndeliverable(ctx context.Context, m Member, undeliverable bool) error {
	update := store.Update{
		Set:       "undeliverable = :true",
		Condition: "user_id = :user AND attribute_not_exists(undeliverable)",
		Values:    store.Values{":user": m.UserID, ":true": true},
	}
	if !undeliverable {
		update = store.Update{
			Remove:    "undeliverable",
			Condition: "user_id = :user AND attribute_exists(undeliverable)",
			Values:    store.Values{":user": m.UserID},
		}
	}

	_, err := s.Table.UpdateIf(ctx, key(m.JobID, m.Key), update)
	return err
}

// MarkApplied records, with the job that added a user, that their profile was written. It
// must be called before the profile is removed: a row that is processed again can't tell
// that from one that was never written. m is as for Mark.
func (s Store) MarkApplied(ctx context.Context, m Member) error {
	_, err := s.Table.UpdateIf(ctx, key(m.AddedBy, m.Key), store.Update{
		Set:       "applied = :true",
		Condition: "user_id = :user",
		Values:    store.Values{":true": true, ":user": m.UserID},
	})
	return err
}

// marksAtOnce is how many users' memberships Mark reads, or writes, at once.
const marksAtOnce = 16

// Mark sets the states of users in all of their memberships, where that differs and may
// follow. Each needs its key, user, state and AddedBy, which a removed user's profile can't
// tell. It reads an index, and may miss a membership written just before.
func (s Store) Mark(ctx context.Context, users []Member) error {
	found, err := parallel.Map(ctx, len(users), marksAtOnce,
		func(ctx context.Context, i int) ([]store.Key, error) { return s.joined(ctx, users[i]) },
	)
	if err != nil {
		return err
	}

	states := make(map[string]State, len(users))
	for _, m := range users {
		states[m.UserID] = m.State
	}

	// The index lags, so the states are read from the table.
	stored, err := store.GetMany[Member](
		ctx, s.Table, slices.Concat(found...), "shard", "username", "user_id", "state",
	)
	if err != nil {
		return err
	}

	differing := slices.DeleteFunc(stored, func(m Member) bool {
		return !slices.Contains(statesBefore(states[m.UserID]), m.State)
	})
	return parallel.Each(ctx, len(differing), marksAtOnce, func(ctx context.Context, i int) error {
		return s.mark(ctx, differing[i], states[differing[i].UserID])
	})
}

func statesBefore(state State) []State {
	switch state {
	case StateRemoved:
		return []State{StatePending, StateInactive}
	case StateInactive:
		return []State{StatePending}
	case StatePending:
		return []State{StateInactive}
	}

	return nil
}

func (s Store) joined(ctx context.Context, m Member) ([]store.Key, error) {
	listed, err := store.SelectAll[Member](ctx, s.Table, store.Query{
		Index:      "by_user",
		Where:      "user_id = :user",
		Values:     store.Values{":user": m.UserID},
		Attributes: []string{"shard", "username"},
	})
	if err != nil {
		return nil, err
	}

	var keys []store.Key
	for _, other := range listed {
		keys = append(keys, store.Key{"shard": other.Shard, "username": other.Key})
	}

	adding := key(m.AddedBy, m.Key)
	isAdding := func(k store.Key) bool { return maps.Equal(k, adding) }
	if m.AddedBy != "" && !slices.ContainsFunc(keys, isAdding) {
		keys = append(keys, adding)
	}
	return keys, nil
}

func (s Store) mark(ctx context.Context, m Member, to State) error {
	_, err := s.Table.UpdateIf(ctx, store.Key{"shard": m.Shard, "username": m.Key}, store.Update{
		Set:       "#state = :to",
		Condition: "user_id = :user AND #state = :from",
		Values:    store.Values{":to": to, ":user": m.UserID, ":from": m.State},
	})
	return err
}

// Count adds a member in a state to a tally, the expired as pending, too. The removed and
// failed are no users.
func Count(t *job.Tally, state State, undeliverable bool) {
	switch state {
	case StateActive:
		t.Active++
	case StateInactive:
		t.Inactive++
	case StatePending, StateExpired:
		t.Pending++
		if state == StateExpired {
			t.Expired++
		}
		if undeliverable {
			t.Undeliverable++
		}
	default:
		return
	}

	t.Total++
}

// Tally counts a job's shard at a time, by the standings of its members.
func (s Store) Tally(
	ctx context.Context,
	tokens token.Store,
	credentials credential.Store,
	jobID string,
	shard int,
	now time.Time,
) (job.Tally, error) {
	sum := job.Tally{AsOf: clock.Of(now)}
	query := ofShard(jobID, shard, 0)
	query.Attributes = []string{"user_id", "state", "undeliverable"}
	for page, err := range store.Pages[Member](ctx, s.Table, query) {
		if err != nil {
			return job.Tally{}, err
		}

		standings, err := Standings(ctx, tokens, credentials, page, now)
		if err != nil {
			return job.Tally{}, err
		}
		for i, m := range page {
			Count(&sum, standings[i].State, m.Undeliverable)
		}
	}
	return sum, nil
}
