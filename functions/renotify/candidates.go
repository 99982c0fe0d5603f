package main

import (
	"context"
	"fmt"
	"strconv"

	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/user"
)

// candidates reads those of a shard's members, or of the named, that are in the
// audience as it is now.
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

func (c *candidates) restart(after string) {
	c.after = after
	c.read = after
	c.end = false
	c.buffer = nil
}

// next gives the next batch: full, or else the shard's last.
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

	c.after = c.read
	if c.named == nil && !cut.End && size > 0 {
		c.after = cut.Usernames[size-1]
	}

	cut.Next = c.after
	return cut, nil
}

func (c *candidates) fill(ctx context.Context) error {
	members, err := c.page(ctx)
	if err != nil {
		return err
	}

	n := c.notification
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
