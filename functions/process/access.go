package main

import (
	"context"
	"strings"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/queue"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

// roleChange says whether a row makes its user an administrator, or takes the right away.
func (r *row) roleChange() member.RoleChange {
	was := r.before != nil && r.before.Administrator()

	is := r.member.Outcome != member.Removed && r.after.Administrator()
	switch {
	case !r.write || was == is:
		return member.RoleKept
	case is:
		return member.RoleGained
	}

	return member.RoleLost
}

// actor is who made the job; "" for one that was made by a dropped file.
func (c *chunk) actor() string {
	if c.job.Source != nil && c.job.Source.Dropped() {
		return ""
	}
	return c.job.CreatedBy
}

// hold has the users found by the addresses that the rows are about to give them.
func (c *chunk) hold(ctx context.Context, rows []*row) error {
	var profiles []user.Profile
	for _, r := range rows {
		if r.write && r.member.Outcome != member.Removed {
			p := r.after
			p.Version = r.writer
			profiles = append(profiles, p)
		}
	}

	return c.directory.Hold(ctx, profiles...)
}

// release takes away what a row's user was found by, and no longer is.
func (c *chunk) release(ctx context.Context, r *row) error {
	if r.before == nil {
		return nil
	}
	if r.member.Outcome == member.Removed {
		return c.directory.Release(ctx, *r.before, nil)
	}
	return c.directory.Release(ctx, *r.before, &r.after)
}

// tellRoles records who has become an administrator or is none any more, and has the others told of a new one. A row that is processed again
// is the same event: its member knows what it changed.
func (c *chunk) tellRoles(ctx context.Context, rows []*row) error {
	var announced []urgent.Message
	for _, r := range rows {
		e := audit.Entry{
			ID:     r.writer,
			Actor:  c.actor(),
			Target: r.member.Username,
			Job:    c.job.ID,
			Result: audit.OK,
		}
		switch r.member.RoleChange {
		case member.RoleGained:
			e.Action = audit.RoleGained

			announced = append(
				announced,
				urgent.Message{
					ID: delivery.KindNewAdministrator + "#" + strings.ReplaceAll(
						r.writer,
						"#",
						"-",
					),
					NewAdministrator: &urgent.NewAdministrator{
						Key: r.key, UserID: r.member.UserID, Actor: c.actor(),
					},
				},
			)
		case member.RoleLost:
			e.Action = audit.RoleLost
		default:
			continue
		}

		if err := c.audit.Record(ctx, e); err != nil {
			return err
		}
	}

	return queue.SendAll(ctx, c.urgent, announced)
}
