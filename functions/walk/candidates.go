package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/user"
)

// pageMembers is how many members are read and looked up together.
const pageMembers = 200

// candidates reads, in a fixed order, the members of a shard or the named users, and
// hands out those that are in the audience as it is now. Its positions are what a step
// and a batch store: the key of a username, or, among named users, how many of them were
// read.
type candidates struct {
	handler      handler
	notification notification.Notification
	shard        int
	named        []string // usernames, if the audience is named
	after        string   // the position up to which users were handed out or passed over
	read         string   // the position up to which users were read
	end          bool     // all were read
	buffer       []string // keys in the audience, between after and read
}

// restart goes on after a position, whatever was read.
func (c *candidates) restart(after string) {
	c.after = after
	c.read = after
	c.end = false
	c.buffer = nil
}

// next returns the next batch: a full one, or else the shard's last. Of named users each
// hundred are a batch, however many of them are in the audience, since a batch must end
// at a position among them.
func (c *candidates) next(ctx context.Context) (notification.Cut, error) {
	if c.read == "" {
		c.read = c.after
	}

	for len(c.buffer) < notification.BatchSize && !c.end {
		if err := c.fill(ctx); err != nil {
			return notification.Cut{}, err
		}
		if c.named != nil {
			break
		}
	}

	size := min(notification.BatchSize, len(c.buffer))
	cut := notification.Cut{
		Usernames: c.buffer[:size],
		End:       c.end && size == len(c.buffer),
	}
	c.buffer = c.buffer[size:]

	// Some of those who were read may be left in the buffer: the batch ends at its last
	// user, not at the last that was read.
	c.after = c.read
	if c.named == nil && !cut.End && size > 0 {
		c.after = cut.Usernames[size-1]
	}

	cut.Next = c.after
	return cut, nil
}

// fill reads a page and adds to the buffer who of it is in the audience. What the
// notification itself has done puts nobody out: the walk may be done twice.
func (c *candidates) fill(ctx context.Context) error {
	members, err := c.page(ctx)
	if err != nil {
		return err
	}

	n := c.notification
	members = slices.DeleteFunc(members, func(m member.Member) bool { return !n.OfRound(m.Round) })
	verdicts, err := c.handler.Decide(ctx, n.Audience, members, n.Name(), c.handler.now())
	if err != nil {
		return err
	}

	for _, v := range verdicts {
		if v.In {
			c.buffer = append(c.buffer, v.Member.Key)
		}
	}

	return nil
}

// page reads the next members.
func (c *candidates) page(ctx context.Context) ([]member.Member, error) {
	if c.named != nil {
		return c.namedPage(ctx)
	}

	members, next, err := c.handler.members.List(
		ctx,
		c.notification.JobID,
		c.shard,
		pageMembers,
		"",
		c.read,
	)
	if len(members) > 0 {
		c.read = members[len(members)-1].Key
	}

	c.end = next == ""
	return members, err
}

// namedPage reads the next hundred of the named users. They are at most a thousand, in an
// order of their own: a position is how many of them come before it.
func (c *candidates) namedPage(ctx context.Context) ([]member.Member, error) {
	from := 0
	if c.read != "" {
		var err error
		from, err = strconv.Atoi(c.read)
		if err != nil {
			return nil, fmt.Errorf("walk named users: %w", err)
		}
	}

	to := min(from+notification.BatchSize, len(c.named))
	keys := make([]string, 0, to-from)
	for _, name := range c.named[from:to] {
		keys = append(keys, user.Key(name))
	}

	found, err := c.handler.members.GetMany(ctx, c.notification.JobID, keys)
	if err != nil {
		return nil, err
	}

	var members []member.Member
	for _, key := range keys {
		if m, ok := found[key]; ok {
			members = append(members, m)
		}
	}

	c.read = strconv.Itoa(to)
	c.end = to == len(c.named)
	return members, nil
}
