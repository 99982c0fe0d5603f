package main

import (
	"context"
	"strings"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// roleChange returns what a row does to its user's right to administer.
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

// actor returns who made the job, "" if a dropped file did.
func (c *chunk) actor() string {
	if c.job.Source != nil && c.job.Source.Dropped() {
		return ""
	}
	return c.job.CreatedBy
}

// holdAddresses makes the users findable by the addresses that the rows are about to write.
// It must be called before the profiles are written: a death in between leaves a holding that
// isn't true, which a search leaves out. The other way round, a user would not be found.
func (c *chunk) holdAddresses(ctx context.Context, rows []*row) error {
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

// announceAdministrators stores who is about to become an administrator. It must be called
// before the profiles are written.
func (c *chunk) announceAdministrators(ctx context.Context, rows []*row) error {
	var names []string
	for _, r := range rows {
		if r.member.RoleChange == member.RoleGained && !r.stored {
			names = append(names, r.key)
		}
	}

	return c.directory.AnnounceAdministrators(ctx, names)
}

// releaseAddresses ends the holding of the addresses that a row has taken from its user. It
// must be called after the profile is written.
func (c *chunk) releaseAddresses(ctx context.Context, r *row) error {
	if r.before == nil {
		return nil
	}
	if r.member.Outcome == member.Removed {
		return c.directory.Release(ctx, *r.before, nil)
	}
	return c.directory.Release(ctx, *r.before, &r.after)
}

// recordRoles audits who became an administrator or ceased to be one. It asks for the notice
// that tells the other administrators of a new one. A row that is processed again is the same
// event: its member stores what it changed, and its name is the event's id.
func (c *chunk) recordRoles(ctx context.Context, rows []*row) error {
	var notices []work.NewAdministrator
	for _, r := range rows {
		var action audit.Action
		switch r.member.RoleChange {
		case member.RoleGained:
			action = audit.RoleGained
			notices = append(notices, c.administratorNotice(r))
		case member.RoleLost:
			action = audit.RoleLost
		default:
			continue
		}

		err := c.audit.Record(ctx, audit.Entry{
			ID:     r.writer,
			Actor:  c.actor(),
			Action: action,
			Target: r.member.Username,
			Job:    c.job.ID,
			Result: audit.OK,
		})
		if err != nil {
			return err
		}
	}

	return work.SendAll(ctx, c.queues, notices)
}

// administratorNotice returns the message that tells of a new administrator. A delivery's id
// has one '#', after its kind: what follows another would be read as a device's number.
func (c *chunk) administratorNotice(r *row) work.NewAdministrator {
	return work.NewAdministrator{
		ID: delivery.NameOutside(
			delivery.KindNewAdministrator, strings.ReplaceAll(r.writer, "#", "-"),
		),
		Key:    r.key,
		UserID: r.member.UserID,
		Actor:  c.actor(),
	}
}
