package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/shared/directory"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/roster"
	"latchkey/shared/user"
)

// singlesAtOnce is how many of a group's profiles are removed at once, and how many have
// addresses released.
const singlesAtOnce = 16

// decide reads profiles, then the members that there may be, and decides each row's outcome.
// An outcome that is stored and applied stays. The order matters: whoever reads a profile that
// this very row has written also reads the member that was written before it.
func (c *chunk) decide(ctx context.Context, rows []*row, mayBeStored bool) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}

	profiles, err := c.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	// Under its lease alone the first request of a chunk knows that nobody else has written:
	// when that has ended, another may have taken the chunk over and finished it.
	var members map[string]member.Member
	if mayBeStored || !c.now().Before(c.held.Until) {
		members, err = c.members.GetMany(ctx, c.job.ID, keys)
		if err != nil {
			return err
		}
	}

	for _, r := range rows {
		r.before = nil
		if p, ok := profiles[r.key]; ok {
			r.before = &p
		}

		m, known := members[r.key]
		r.stored = known && c.applied(r, m)
		if r.stored {
			r.reuse(m)
			continue
		}

		c.plan(r)
		r.member.RoleChange = r.roleChange()
	}

	return c.decideReach(ctx, rows)
}

// reuse takes a stored outcome for the row's.
func (r *row) reuse(m member.Member) {
	r.member = m
	r.write = false
	if r.before != nil {
		r.after = *r.before
	}
	if r.gone(m) && (m.Outcome == member.Added || m.Outcome == member.Updated) {
		r.member.State = member.StateRemoved
		r.member.StatusChanged = true
	}
}

// gone reports whether the user of a stored member was removed, when the profile was read.
func (r *row) gone(stored member.Member) bool {
	return r.before == nil || r.before.ID != stored.UserID
}

// applied reports whether a row whose outcome is stored has nothing left to write.
func (c *chunk) applied(r *row, stored member.Member) bool {
	// An earlier round was done with the chunk, whatever became of the user since.
	if stored.Round < c.job.Round {
		return stored.Reason != reasonGivenUp
	}

	// A user whom another job has removed since isn't brought back: the removal came after
	// this row, or may as well have.
	written := r.before != nil && slices.Contains(r.before.Writers, r.writer)
	switch stored.Outcome {
	case member.Added:
		return written || r.gone(stored) && stored.Applied
	case member.Updated:
		return written || r.gone(stored)
	case member.Removed:
		return r.gone(stored)
	case member.Failed:
		return stored.Reason != reasonGivenUp
	}

	return true
}

// newMember returns the member of a row, without its outcome.
func (c *chunk) newMember(r *row) member.Member {
	return member.Member{
		Key:      r.key,
		JobID:    c.job.ID,
		Username: r.Change.Username,
		Row:      r.Number,
		Round:    c.job.Round,
	}
}

// plan decides a row's outcome on the profile as it was read.
func (c *chunk) plan(r *row) {
	plan := roster.Decide(r.Change, r.before)
	r.member = c.newMember(r)
	r.after = plan.After
	r.write = plan.Operation != roster.Unchanged

	switch plan.Operation {
	case roster.Add:
		r.member.Outcome = member.Added
		r.after.ID = user.ID(r.writer)
		r.after.Key = r.key
		r.after.Username = r.Change.Username
		r.after.AddedBy = c.job.ID
	case roster.Update:
		r.member.Outcome = member.Updated
		r.member.AddedBy = r.before.AddedBy
		r.member.StatusChanged = r.before.Active() != r.after.Active()
	case roster.Remove:
		r.member.Outcome = member.Removed
		r.member.AddedBy = r.before.AddedBy
		r.member.StatusChanged = true
		r.describe(*r.before)
		r.member.State = member.StateRemoved
		return
	case roster.Unchanged:
		r.member.Outcome = member.Unchanged
		if r.Change.Operation == user.Remove {
			r.member.State = member.StateRemoved
			return
		}
	}

	r.describe(r.after)
}

// describe copies to the member what lists show of the user.
func (r *row) describe(p user.Profile) {
	m := &r.member
	m.UserID = p.ID
	m.Username = p.Username
	m.FirstName = p.Fields[user.FirstName]
	m.LastName = p.Fields[user.LastName]
	m.State = stateOf(p)
}

// stateOf returns the state of the members whose user has a profile.
func stateOf(p user.Profile) member.State {
	if p.Active() {
		return member.StatePending
	}
	return member.StateInactive
}

// decideReach decides whether the job can reach each of the users, as the rows leave them,
// and whether the rows change by which devices they are reached.
func (c *chunk) decideReach(ctx context.Context, rows []*row) error {
	devices := user.SendableDevices(c.rules.Devices)
	var profiles []user.Profile
	for _, r := range rows {
		if r.stored || r.after.ID == "" {
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

	for _, r := range rows {
		if r.stored || r.after.ID == "" {
			continue
		}

		r.member.Undeliverable = len(c.rules.Targets(r.after, c.job.Devices, marked)) == 0
		if r.member.Outcome == member.Updated {
			before := c.reachedBy(*r.before, devices, marked)
			after := c.reachedBy(r.after, devices, marked)
			r.member.ReachChanged = !slices.Equal(before, after)
		}
	}

	return nil
}

// reachedBy returns the devices that reach a user, in their order, each with its address in
// one letter case.
func (c *chunk) reachedBy(
	p user.Profile, devices []string, marked map[string]bool,
) (reached []string) {
	for _, target := range c.rules.Targets(p, devices, marked) {
		reached = append(reached, target.Device+" "+strings.ToLower(target.Address))
	}
	return reached
}

// putMembers stores the members whose outcome was decided now.
func (c *chunk) putMembers(ctx context.Context, rows []*row) error {
	var members []member.Member
	for _, r := range rows {
		if !r.stored {
			members = append(members, r.member)
		}
	}

	return c.members.PutMany(ctx, members)
}

// writeProfiles writes the profiles that must be written, each on condition that it is as it
// was read. It returns the rows whose profile somebody else has written meanwhile.
//
// Every write that takes an administrator away also writes the same guard item. These go one
// after the other, so as not to be in each other's way.
func (c *chunk) writeProfiles(ctx context.Context, rows []*row) (again []*row, err error) {
	var written, removed, administrators []*row
	for _, r := range rows {
		switch {
		case !r.write:
		case r.ofAdministrator():
			administrators = append(administrators, r)
		case r.member.Outcome == member.Removed:
			removed = append(removed, r)
		default:
			written = append(written, r)
		}
	}

	for _, some := range []struct {
		rows  []*row
		write func(context.Context, []*row) (refused []bool, err error)
	}{
		{written, c.writeTogether},
		{removed, c.writeSingly(singlesAtOnce)},
		{administrators, c.writeSingly(1)},
	} {
		refused, err := some.write(ctx, some.rows)
		if err != nil {
			return nil, err
		}
		for i, r := range some.rows {
			if refused[i] {
				again = append(again, r)
			}
		}
	}

	return again, nil
}

// ofAdministrator reports whether the row's user was an administrator when they were read.
func (r *row) ofAdministrator() bool { return r.before != nil && r.before.Administrator() }

// writeTogether writes profiles, many in a call. It reports which of them somebody else has
// changed since they were read.
func (c *chunk) writeTogether(ctx context.Context, rows []*row) (refused []bool, err error) {
	changes := make([]directory.Change, len(rows))
	for i, r := range rows {
		changes[i] = directory.Change{Profile: r.after, Before: r.before, Writer: r.writer}
	}

	refused, err = c.directory.WriteMany(ctx, changes)
	if err != nil {
		return nil, err
	}

	release := func(ctx context.Context, i int) error {
		if refused[i] {
			return nil
		}
		return c.releaseAddresses(ctx, rows[i])
	}
	return refused, parallel.Each(ctx, len(rows), singlesAtOnce, release)
}

// writeSingly returns a function that writes or removes profiles one by one, atOnce of them
// at a time, as writeTogether does.
func (c *chunk) writeSingly(atOnce int) func(context.Context, []*row) ([]bool, error) {
	return func(ctx context.Context, rows []*row) (refused []bool, err error) {
		write := func(ctx context.Context, i int) (bool, error) {
			return c.writeProfile(ctx, rows[i])
		}
		return parallel.Map(ctx, len(rows), atOnce, write)
	}
}

// writeProfile writes or removes one profile. It returns whether somebody else has changed it
// since it was read. A row that would take the last administrator away fails, and is stored
// as failed.
func (c *chunk) writeProfile(ctx context.Context, r *row) (changed bool, err error) {
	if r.member.Outcome == member.Removed {
		err = c.removeProfile(ctx, r)
	} else {
		err = c.directory.Write(ctx, r.after, r.before, r.writer)
	}

	switch {
	case errors.Is(err, directory.ErrChanged):
		return true, nil
	case errors.Is(err, directory.ErrLastAdministrator):
		r.fail(reasonLastAdministrator)
		return false, c.members.PutMany(ctx, []member.Member{r.member})
	case err != nil:
		return false, err
	}

	return false, c.releaseAddresses(ctx, r)
}

// removeProfile removes the profile of a row. Announce, then act: the job that added the
// user is told first that they were there.
func (c *chunk) removeProfile(ctx context.Context, r *row) error {
	if r.member.AddedBy != "" {
		if err := c.members.MarkApplied(ctx, r.member); err != nil {
			return err
		}
	}
	return c.directory.Remove(ctx, *r.before, r.writer)
}

// fail makes the row a failed one, that leaves its user as they were.
func (r *row) fail(reason string) {
	r.describe(*r.before)
	r.member.Outcome = member.Failed
	r.member.Reason = reason
	r.member.State = member.StateNone
	r.member.RoleChange = member.RoleKept
	r.member.StatusChanged = false
	r.member.ReachChanged = false
}
