package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/queue"
	"latchkey/shared/roster"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

// Reasons of a failed row.
const (
	reasonLastAdministrator = "last_administrator"
	reasonGivenUp           = "given_up"
)

// writesAtOnce is how many of a group's profiles are written at once.
const writesAtOnce = 16

// chunk is one chunk in hand.
type chunk struct {
	handler
	job    job.Job
	number int
	owner  string
	until  time.Time // the lease's end
	result job.Result
}

// row is a row on its way into the directory.
type row struct {
	userfile.Row
	key    string // of the username
	writer string // the row's name among a profile's writers
	before *user.Profile
	after  user.Profile
	member member.Member
	kept   bool // the member is there as it is: the row was processed before
	write  bool // the directory has to be written
	reach  bool // by which devices the user can be reached changes, so other jobs may reach him or no longer do
	moved  bool // the user's status changes, so the other jobs' marks do
}

// process brings a group of rows into the directory. The outcome of each is written down as a member first, and the profile after it: a
// group that is processed again finds the outcomes, and the rows' names among the profiles' writers.
func (c *chunk) process(ctx context.Context, rows []userfile.Row) error {
	if c.now().Add(lease / 2).After(c.until) {
		c.until = c.now().Add(lease)
		if err := c.jobs.ExtendChunk(ctx, c.job.ID, c.number, c.owner, c.until); err != nil {
			return err
		}
	}

	open := make([]*row, len(rows))
	for i, r := range rows {
		open[i] = &row{
			Row:    r,
			key:    user.Key(r.Change.Username),
			writer: fmt.Sprintf("%s#%d", c.job.ID, r.Number),
		}
	}

	all := open
	for try := 0; len(open) > 0; try++ {
		if try == readAgain {
			return errors.New("process rows: others wrote the same users each time")
		}
		if err := c.decide(ctx, open); err != nil {
			return err
		}
		if err := c.putMembers(ctx, open); err != nil {
			return err
		}

		var err error
		if err = c.hold(ctx, open); err != nil {
			return err
		}
		if open, err = c.writeProfiles(ctx, open); err != nil {
			return err
		}
	}

	if err := c.settleStates(ctx, all); err != nil {
		return err
	}
	if err := c.askReach(ctx, all); err != nil {
		return err
	}
	if err := c.tellRoles(ctx, all); err != nil {
		return err
	}

	for _, r := range all {
		c.count(r.member)
	}

	return nil
}

// decide reads profiles, then members, and decides each row's outcome; an outcome that is there stays. The order matters: who sees a
// profile that this very row has written sees the member that was written before it.
func (c *chunk) decide(ctx context.Context, rows []*row) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}

	profiles, err := c.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	members, err := c.members.GetMany(ctx, c.job.ID, keys)
	if err != nil {
		return err
	}

	var ids []string
	for _, p := range profiles {
		ids = append(ids, p.ID)
	}

	active, err := c.credentials.Active(ctx, ids)
	if err != nil {
		return err
	}

	for _, r := range rows {
		r.before = nil
		if p, ok := profiles[r.key]; ok {
			r.before = &p
		}

		kept, known := members[r.key]
		if r.kept = known && c.applied(r, kept); r.kept {
			r.member, r.write = kept, false
			r.moved = kept.Outcome == member.Removed || kept.Outcome == member.Updated

			r.reach = kept.Outcome == member.Updated
			if r.before != nil {
				r.after = *r.before
			}

			continue
		}

		c.plan(r)

		r.member.RoleChange = r.roleChange()
		if r.before != nil && r.member.State == member.StatePending && active[r.before.ID] {
			r.member.State = member.StateActive
		}
	}

	return c.judgeReach(ctx, rows)
}

// judgeReach finds out whether the job can reach each of the users, as the rows leave them.
func (c *chunk) judgeReach(ctx context.Context, rows []*row) error {
	devices := user.SendableDevices(c.rules.Devices)

	var profiles []user.Profile
	for _, r := range rows {
		if r.kept || r.after.ID == "" {
			continue
		}

		profiles = append(profiles, r.after)
		if r.member.Outcome == member.Updated {
			profiles = append(profiles, *r.before)
		}
	}

	marked, err := c.rules.Marks(ctx, c.addresses, profiles, devices)
	if err != nil {
		return err
	}

	by := func(p user.Profile) (names []string) {
		for _, target := range c.rules.Targets(p, devices, marked) {
			names = append(names, target.Device)
		}

		return names
	}
	for _, r := range rows {
		if r.kept || r.after.ID == "" {
			continue
		}

		r.member.Undeliverable = len(c.rules.Targets(r.after, c.job.Devices, marked)) == 0
		r.reach = r.member.Outcome == member.Updated && !slices.Equal(by(*r.before), by(r.after))
	}

	return nil
}

// applied says whether a row whose outcome is known has nothing left to write.
func (c *chunk) applied(r *row, kept member.Member) bool {
	if kept.Round < c.job.Round { // an earlier round was done with the chunk, whatever became of the user since
		return kept.Reason != reasonGivenUp
	}

	switch kept.Outcome {
	case member.Added, member.Updated:
		// Whom another job has removed since isn't brought back: the removal came after this row, or may as well have.
		return kept.State == member.StateRemoved ||
			r.before != nil && slices.Contains(r.before.Writers, r.writer)
	case member.Removed:
		return r.before == nil || r.before.ID != kept.UserID
	case member.Failed:
		return kept.Reason != reasonGivenUp
	}

	return true
}

// plan decides a row's outcome on the profile as it is.
func (c *chunk) plan(r *row) {
	r.write, r.moved, r.reach, r.after = false, false, false, user.Profile{}
	r.member = member.Member{
		Key:      r.key,
		JobID:    c.job.ID,
		Username: r.Change.Username,
		Row:      r.Number,
		Round:    c.job.Round,
	}
	plan := roster.Decide(r.Change, r.before)

	r.write = plan.Operation != roster.Unchanged
	switch plan.Operation {
	case roster.Add:
		r.member.Outcome = member.Added
		r.after = user.Profile{ID: user.ID(r.writer), Key: r.key, Username: r.Change.Username}
	case roster.Update:
		r.member.Outcome, r.after = member.Updated, *r.before
		r.moved = r.before.Active() != user.Profile{Fields: plan.Fields}.Active()
	case roster.Remove:
		r.member.Outcome, r.moved = member.Removed, true
		c.describe(r, *r.before)
		r.member.State = member.StateRemoved
		return
	case roster.Unchanged:
		if r.member.Outcome = member.Unchanged; r.Change.Operation == user.Remove {
			r.member.State = member.StateRemoved
			return
		}

		r.after = *r.before
	}

	r.after.Fields = plan.Fields
	c.describe(r, r.after)
}

// describe fills the member in with what lists show of the user.
func (c *chunk) describe(r *row, p user.Profile) {
	m := &r.member
	m.UserID, m.Username = p.ID, p.Username
	m.FirstName, m.LastName = p.Fields[user.FirstName], p.Fields[user.LastName]

	m.State = member.StatePending
	if !p.Active() {
		m.State = member.StateInactive
	}
}

func (c *chunk) putMembers(ctx context.Context, rows []*row) error {
	var members []member.Member
	for _, r := range rows {
		if !r.kept {
			members = append(members, r.member)
		}
	}

	return c.members.PutMany(ctx, members)
}

// writeProfiles writes those that have to be, each on the version that was read, and gives back the rows whose profile somebody else
// has written meanwhile.
//
// All who take an administrator away write the same guard: they go one after the other, so as not to be in each other's way.
func (c *chunk) writeProfiles(ctx context.Context, rows []*row) (again []*row, err error) {
	changed := make([]bool, len(rows))
	group, writing := errgroup.WithContext(ctx)
	group.SetLimit(writesAtOnce)

	for i, r := range rows {
		if r.write && !r.ofAdministrator() {
			group.Go(func() (err error) {
				changed[i], err = c.writeProfile(writing, r)
				return err
			})
		}
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}

	for i, r := range rows {
		if r.write && r.ofAdministrator() {
			if changed[i], err = c.writeProfile(ctx, r); err != nil {
				return nil, err
			}
		}

		if changed[i] {
			again = append(again, r)
		}
	}

	return again, nil
}

func (r *row) ofAdministrator() bool { return r.before != nil && r.before.Administrator() }

// writeProfile writes one profile. changed says that somebody else has written it since it was read.
func (c *chunk) writeProfile(ctx context.Context, r *row) (changed bool, err error) {
	if r.member.Outcome == member.Removed {
		err = c.directory.Remove(ctx, *r.before, r.writer)
	} else {
		err = c.directory.Write(ctx, r.after, r.before, r.writer)
	}

	switch {
	case errors.Is(err, directory.ErrChanged):
		return true, nil
	case errors.Is(err, directory.ErrLastAdministrator):
		c.describe(r, *r.before)
		r.member.Outcome, r.member.Reason, r.moved, r.reach = member.Failed, reasonLastAdministrator, false, false
		r.member.State, r.member.RoleChange = member.StateNone, member.RoleKept
		return false, c.members.PutMany(ctx, []member.Member{r.member})
	case err != nil:
		return false, err
	}

	return false, c.release(ctx, r)
}

// settleStates looks again who has a password, now that the members are there for whoever marks them, and marks the other jobs' members
// of users whose status has changed.
func (c *chunk) settleStates(ctx context.Context, rows []*row) error {
	var pending []string
	for _, r := range rows {
		if r.member.State == member.StatePending && r.before != nil {
			pending = append(pending, r.member.UserID)
		}
	}

	active, err := c.credentials.Active(ctx, pending)
	if err != nil {
		return err
	}

	for _, r := range rows {
		if r.member.State == member.StatePending && active[r.member.UserID] {
			r.member.State = member.StateActive
			if err := c.members.Mark(
				ctx,
				r.key,
				r.member.UserID,
				member.StateActive,
				member.StatePending,
			); err != nil {
				return err
			}
		}

		if !r.moved {
			continue
		}

		var from []member.State
		switch r.member.State {
		case member.StateRemoved:
			from = []member.State{member.StatePending, member.StateActive, member.StateInactive}
		case member.StateInactive:
			from = []member.State{member.StatePending, member.StateActive}
		default:
			from = []member.State{member.StateInactive}
		}

		if err := c.members.Mark(ctx, r.key, r.member.UserID, r.member.State, from...); err != nil {
			return err
		}
	}

	return nil
}

// askReach has it looked at again whether the other jobs of users can reach them, whose devices have changed. Of a group that is processed again,
// all who were updated are looked at: what they were before isn't known any more.
func (c *chunk) askReach(ctx context.Context, rows []*row) error {
	var asked []notification.BulkMessage
	for _, r := range rows {
		if r.reach {
			asked = append(
				asked,
				notification.BulkMessage{Reach: &urgent.Reach{Key: r.key, UserID: r.member.UserID}},
			)
		}
	}

	return queue.SendAll(ctx, c.bulk, asked)
}

func (c *chunk) count(m member.Member) {
	o := &c.result.Outcomes

	o.Processed++
	switch m.Outcome {
	case member.Added:
		o.Added++
	case member.Updated:
		o.Updated++
	case member.Unchanged:
		o.Unchanged++
	case member.Removed:
		o.Removed++
	case member.Failed:
		o.Failed++

		if m.Reason == reasonGivenUp {
			c.result.GivenUp++
		}
	}

	member.Count(&c.result.Users, m)
}

// giveUp writes down that rows have failed, but for those that have an outcome already and need nothing.
func (c *chunk) giveUp(ctx context.Context, rows []userfile.Row) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = user.Key(r.Change.Username)
	}

	profiles, err := c.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	kept, err := c.members.GetMany(ctx, c.job.ID, keys)
	if err != nil {
		return err
	}

	var (
		failed  []member.Member
		applied []*row
	)
	for i, r := range rows {
		one := &row{Row: r, key: keys[i], writer: fmt.Sprintf("%s#%d", c.job.ID, r.Number)}
		if p, ok := profiles[keys[i]]; ok {
			one.before = &p
		}

		if m, ok := kept[keys[i]]; ok && c.applied(one, m) {
			c.count(m)
			one.member = m
			applied = append(applied, one)

			continue
		}

		m := member.Member{
			Key:      keys[i],
			JobID:    c.job.ID,
			Username: r.Change.Username,
			Row:      r.Number,
			Round:    c.job.Round,
			Outcome:  member.Failed,
			Reason:   reasonGivenUp,
		}
		failed = append(failed, m)
		c.count(m)
	}

	if err := c.tellRoles(ctx, applied); err != nil {
		slog.ErrorContext(
			ctx,
			"changes of the administrator's role not told",
			"job",
			c.job.ID,
			"from_row",
			rows[0].Number,
			"error",
			err.Error(),
		)
	}

	return c.members.PutMany(ctx, failed)
}
