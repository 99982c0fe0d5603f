package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/work"
)

// Reasons of a failed row.
const (
	reasonLastAdministrator = "last_administrator"
	reasonGivenUp           = "given_up"
)

// chunk is a chunk while a request holds its lease.
type chunk struct {
	handler
	job     job.Job
	number  int
	held    lease.Lease
	lastTry bool
	result  job.Result
}

// row is a row on its way into the directory. Its outcome is decided first, then its member
// is written, then the profile.
type row struct {
	userfile.Row
	key    string // of the username
	writer string // the row's name among a profile's writers
	before *user.Profile
	after  user.Profile
	member member.Member

	stored       bool // the member is there as it is: the row was processed before
	write        bool // the directory must be written
	reachChanged bool // the devices that reach the user may be others than before
	stateChanged bool // the user's status changes, and so do their other memberships
}

// newRow returns a row of the chunk's file, of which nothing is decided yet.
func (c *chunk) newRow(r userfile.Row) *row {
	return &row{
		Row:    r,
		key:    user.Key(r.Change.Username),
		writer: fmt.Sprintf("%s#%d", c.job.ID, r.Number),
	}
}

// process brings a group of rows into the directory. Announce, then act: each row's outcome
// is stored as a member first, and the profile is written after it. A group that is processed
// again finds the outcomes, and finds the rows' names among the profiles' writers.
func (c *chunk) process(ctx context.Context, rows []userfile.Row) error {
	if err := c.prolong(ctx); err != nil {
		return err
	}

	all := make([]*row, len(rows))
	for i, r := range rows {
		all[i] = c.newRow(r)
	}
	if err := c.write(ctx, all); err != nil {
		return err
	}

	// What follows from the rows comes last. A death before its end has the whole group
	// processed again, and this with it.
	if err := c.settleStates(ctx, all); err != nil {
		return err
	}
	if err := c.askReach(ctx, all); err != nil {
		return err
	}
	if err := c.recordRoles(ctx, all); err != nil {
		return err
	}

	return c.countAll(ctx, all)
}

// prolong prolongs the lease if half of it is over. It returns lease.ErrBusy if another
// request has taken the chunk.
func (c *chunk) prolong(ctx context.Context) error {
	if !c.now().Add(chunkLease / 2).After(c.held.Until) {
		return nil
	}

	c.held.Until = c.now().Add(chunkLease)
	return c.jobs.ExtendChunk(ctx, c.job.ID, c.number, c.held)
}

// write decides the rows and writes their members and profiles. The rows whose profile
// somebody else has written meanwhile are decided anew.
func (c *chunk) write(ctx context.Context, rows []*row) error {
	open := rows
	for range groupTries {
		if err := c.decide(ctx, open); err != nil {
			return err
		}
		if err := c.announce(ctx, open); err != nil {
			return err
		}

		again, err := c.writeProfiles(ctx, open)
		if err != nil {
			return err
		}
		if len(again) == 0 {
			return nil
		}
		open = again
	}

	return errors.New("process rows: others wrote the same users each time")
}

// announce stores what must be there before the profiles are written: the members, and the
// addresses that the users are found by.
func (c *chunk) announce(ctx context.Context, rows []*row) error {
	return parallel.All(
		ctx,
		func(ctx context.Context) error { return c.putMembers(ctx, rows) },
		func(ctx context.Context) error { return c.holdAddresses(ctx, rows) },
	)
}

// settleStates brings the states of the users' other memberships up to date.
func (c *chunk) settleStates(ctx context.Context, rows []*row) error {
	for _, r := range rows {
		if !r.stateChanged {
			continue
		}

		err := c.members.Mark(ctx, r.member, statesBefore(r.member.State)...)
		if err != nil {
			return err
		}
	}

	return nil
}

// statesBefore returns the states from which the other memberships of a user come to a state
// when the user's status changes.
func statesBefore(state member.State) []member.State {
	switch state {
	case member.StateRemoved:
		return []member.State{member.StatePending, member.StateInactive}
	case member.StateInactive:
		return []member.State{member.StatePending}
	}

	return []member.State{member.StateInactive}
}

// askReach asks to look again whether the users' other jobs can reach them, where their
// devices have changed.
func (c *chunk) askReach(ctx context.Context, rows []*row) error {
	var asked []work.CheckReach
	for _, r := range rows {
		if r.reachChanged {
			asked = append(asked, work.CheckReach{Key: r.key, UserID: r.member.UserID})
		}
	}

	return work.SendAll(ctx, c.queues, asked)
}

// countAll adds rows to the chunk's result. Which of the users have a password by now, the
// credentials tell. Those whom the rows have just added have none.
func (c *chunk) countAll(ctx context.Context, rows []*row) error {
	var known []string
	for _, r := range rows {
		if r.member.State == member.StatePending && r.before != nil {
			known = append(known, r.member.UserID)
		}
	}

	active, err := c.credentials.Active(ctx, known)
	if err != nil {
		return err
	}

	for _, r := range rows {
		state := r.member.State
		if state == member.StatePending && active[r.member.UserID] {
			state = member.StateActive
		}
		c.count(r.member, state)
	}
	return nil
}

// count adds a member in a state to the chunk's result.
func (c *chunk) count(m member.Member, state member.State) {
	outcomes := &c.result.Outcomes
	outcomes.Processed++
	switch m.Outcome {
	case member.Added:
		outcomes.Added++
	case member.Updated:
		outcomes.Updated++
	case member.Unchanged:
		outcomes.Unchanged++
	case member.Removed:
		outcomes.Removed++
	case member.Failed:
		outcomes.Failed++
		if m.Reason == reasonGivenUp {
			c.result.GivenUp++
		}
	}

	member.Count(&c.result.Users, state, m.Undeliverable)
}

// giveUp stores that rows have failed. Rows that were applied before the failure keep their
// outcome.
func (c *chunk) giveUp(ctx context.Context, rows []userfile.Row) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = user.Key(r.Change.Username)
	}

	profiles, err := c.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	members, err := c.members.GetMany(ctx, c.job.ID, keys)
	if err != nil {
		return err
	}

	var failed []member.Member
	var all, applied []*row
	for _, fileRow := range rows {
		r := c.newRow(fileRow)
		all = append(all, r)
		if p, ok := profiles[r.key]; ok {
			r.before = &p
		}

		if m, ok := members[r.key]; ok && c.applied(r, m) {
			r.member = m
			applied = append(applied, r)
		} else {
			r.member = c.newMember(r)
			r.member.Outcome = member.Failed
			r.member.Reason = reasonGivenUp
			failed = append(failed, r.member)
		}
	}

	// Applied rows may have changed who administers. This is the last try: what fails here is
	// logged, and the rows are still given up on.
	if err := c.recordRoles(ctx, applied); err != nil {
		slog.ErrorContext(ctx, "changes of the administrator's role not told",
			"job", c.job.ID,
			"from_row", rows[0].Number,
			"error", err.Error(),
		)
	}

	if err := c.members.PutMany(ctx, failed); err != nil {
		return err
	}
	return c.countAll(ctx, all)
}
