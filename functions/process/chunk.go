package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/roster"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// Reasons of a failed row.
const (
	reasonLastAdministrator = "last_administrator"
	reasonGivenUp           = "given_up"
)

// reasonGone says for administrators why the rest of a file is given up on.
const reasonGone = "The file isn't there any more, and not all of its rows were processed. " +
	"Upload them again."

// chunk is a chunk while a request holds its lease.
type chunk struct {
	handler
	job     job.Job
	number  int
	found   job.Result // as it was claimed
	held    lease.Lease
	lastTry bool
	result  job.Result
}

// row is a row on its way into the directory. Its outcome is decided first, then its member
// is written, then the profile.
type row struct {
	roster.Row
	key    string // of the username
	writer string // the row's name among a profile's writers
	before *user.Profile
	after  user.Profile
	member member.Member

	stored bool // the member is there as it is: the row was processed before
	write  bool // the directory must be written
}

// newRow returns a row of the chunk's file, of which nothing is decided yet.
func (c *chunk) newRow(r roster.Row) *row {
	return &row{
		Row:    r,
		key:    user.Key(r.Change.Username),
		writer: fmt.Sprintf("%s#%d", c.job.ID, r.Number),
	}
}

// process brings a group of rows into the directory. Announce, then act: each row's outcome
// is stored as a member first, and the profile is written after it. A group that is processed
// again finds the outcomes, and finds the rows' names among the profiles' writers.
func (c *chunk) process(ctx context.Context, rows []roster.Row) error {
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

	// A death before the end of this has the whole group processed again, and this with it.
	if err := c.follow(ctx, all); err != nil {
		return err
	}
	return c.countAll(ctx, all)
}

// follow does what follows from rows: for the users' other jobs, and for administrators.
// Each member stores what its row has changed, so that doing it again comes to the same.
func (c *chunk) follow(ctx context.Context, rows []*row) error {
	if err := c.settleStates(ctx, rows); err != nil {
		return err
	}
	if err := c.askReach(ctx, rows); err != nil {
		return err
	}
	return c.recordRoles(ctx, rows)
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
	for try := range groupTries {
		mayBeStored := !c.found.Fresh || try > 0
		if err := c.decide(ctx, open, mayBeStored); err != nil {
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

// announce stores what must be there before the profiles are written: the members, the
// addresses that the users are found by, the new administrators, and that what the removed
// leave is to be erased.
func (c *chunk) announce(ctx context.Context, rows []*row) error {
	return parallel.All(
		ctx,
		func(ctx context.Context) error { return c.putMembers(ctx, rows) },
		func(ctx context.Context) error { return c.holdAddresses(ctx, rows) },
		func(ctx context.Context) error { return c.announceAdministrators(ctx, rows) },
		func(ctx context.Context) error { return c.askErase(ctx, rows) },
	)
}

// askErase asks for what the users leave to be erased whom the rows remove.
func (c *chunk) askErase(ctx context.Context, rows []*row) error {
	var asked work.EraseUsers
	for _, r := range rows {
		if r.write && r.member.Outcome == member.Removed {
			asked.Users = append(asked.Users, work.RemovedUser{Key: r.before.Key, ID: r.before.ID})
		}
	}
	if len(asked.Users) == 0 {
		return nil
	}
	return c.queues.Send(ctx, asked, eraseAfter)
}

// settleStates brings the states of the users' other memberships up to date, now and twice
// more later. The index of memberships lags, and a job that is at the same users may be
// about to write what it read before.
func (c *chunk) settleStates(ctx context.Context, rows []*row) error {
	var changed []work.ChangedUser
	for _, r := range rows {
		if m := r.member; m.StatusChanged {
			changed = append(changed, work.ChangedUser{
				Key:     m.Key,
				UserID:  m.UserID,
				AddedBy: m.AddedBy,
			})
		}
	}
	if changed == nil {
		return nil
	}

	for _, delay := range []time.Duration{settleSoon, settleAgain} {
		err := c.queues.Send(ctx, work.SettleStates{Users: changed}, delay)
		if err != nil {
			return err
		}
	}
	return c.settle(ctx, changed)
}

// settle brings the states of users' memberships up to date with their profiles.
func (h handler) settle(ctx context.Context, changed []work.ChangedUser) error {
	keys := make([]string, len(changed))
	for i, u := range changed {
		keys[i] = u.Key
	}

	profiles, err := h.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	users := make([]member.Member, len(changed))
	for i, u := range changed {
		users[i] = member.Member{
			Key:     u.Key,
			UserID:  u.UserID,
			AddedBy: u.AddedBy,
			State:   member.StateRemoved,
		}
		if p := profiles[u.Key]; p.ID == u.UserID {
			users[i].State = stateOf(p)
		}
	}

	return h.members.Mark(ctx, users)
}

// askReach asks to look again whether the users' other jobs can reach them, where their
// devices have changed.
func (c *chunk) askReach(ctx context.Context, rows []*row) error {
	var asked []work.CheckReach
	for _, r := range rows {
		if r.member.ReachChanged {
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
func (c *chunk) giveUp(ctx context.Context, rows []roster.Row) error {
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
			r.reuse(m)
			applied = append(applied, r)
		} else {
			r.member = c.newMember(r)
			r.member.Outcome = member.Failed
			r.member.Reason = reasonGivenUp
			failed = append(failed, r.member)
		}
	}

	// This is the last try: what fails here is logged, and the rows are still given up on.
	if err := c.follow(ctx, applied); err != nil {
		slog.ErrorContext(ctx, "what follows from rows not done",
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

// giveUpRest counts the rows that can't be read as given up on. Nobody knows whose they are.
// What an earlier round has made of the chunk stays.
func (c *chunk) giveUpRest(ctx context.Context, part job.Chunk) {
	if c.result.Through == 0 && c.found.Processed > 0 {
		c.result = c.found
	}

	rows := c.result.GiveUp(part.Rows)
	c.result.GivenUp += rows
	c.result.Reason = reasonGone
	slog.ErrorContext(ctx, "the rest of a chunk given up on",
		"job", c.job.ID,
		"chunk", c.number,
		"rows", rows,
		"reason", reasonGone,
	)
}
