package main

import (
	"context"

	"latchkey/shared/audience"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/user"
)

const (
	// pageMembers is how many members are read and looked up together.
	pageMembers = 200
	// previewMembers is the largest job of which a preview counts the audience exactly.
	// Of a larger one it estimates.
	previewMembers = 2000
	// sampleMembers is how many members of each shard an estimate looks at: 960 in all.
	sampleMembers = 60
)

// size is how many users are in an audience, by the channel of the device that they would
// be sent to. None counts those without such a device.
type size struct {
	Size      int  `json:"size"`
	Email     int  `json:"email"`
	SMS       int  `json:"sms"`
	None      int  `json:"none"`
	Estimated bool `json:"estimated"`
}

// plus adds two sizes up.
func (s size) plus(other size) size {
	return size{
		Size:  s.Size + other.Size,
		Email: s.Email + other.Email,
		SMS:   s.SMS + other.SMS,
		None:  s.None + other.None,
	}
}

// scaled returns the size of an audience of total users of which s is a sample. The
// channels add up to the total: rounding goes to the users without a device.
func (s size) scaled(total int) size {
	if s.Size == 0 {
		return size{Size: total, None: total, Estimated: true}
	}

	part := func(n int) int { return (n*total + s.Size/2) / s.Size }
	email := part(s.Email)
	sms := min(part(s.SMS), total-email)
	return size{
		Size:      total,
		Email:     email,
		SMS:       sms,
		None:      total - email - sms,
		Estimated: true,
	}
}

// size counts the users of a notification's audience, by channel. It counts all of them
// if the job is small or they are named, and else estimates. sample is one of the users
// counted, if there is one.
func (h handler) size(
	ctx context.Context, j job.Job, n notification.Notification, names []string,
) (count size, sample audience.Verdict, err error) {
	if n.Audience == job.Named {
		members, err := h.membersNamed(ctx, j, names)
		if err != nil {
			return size{}, sample, err
		}
		return h.measure(ctx, n, n.Audience, members)
	}

	if j.Rows.Valid > previewMembers {
		return h.estimate(ctx, j, n)
	}

	for shard := range job.Shards {
		for members, err := range h.members.Pages(ctx, j.ID, shard, pageMembers) {
			if err != nil {
				return size{}, sample, err
			}

			some, one, err := h.measure(ctx, n, n.Audience, members)
			if err != nil {
				return size{}, sample, err
			}
			if count.Size == 0 {
				sample = one
			}
			count = count.plus(some)
		}
	}

	return count, sample, nil
}

// estimate judges the size of an audience by the first members of each shard, which are a
// fair sample since shards are by hash, and by the tally of the job's users. Only how
// many are unreached does no tally tell: there the sample gives the share, too.
func (h handler) estimate(
	ctx context.Context, j job.Job, n notification.Notification,
) (count size, sample audience.Verdict, err error) {
	var everyone size
	for shard := range job.Shards {
		members, _, err := h.members.List(ctx, j.ID, shard, sampleMembers, "", "")
		if err != nil {
			return size{}, sample, err
		}

		some, one, err := h.measure(ctx, n, n.Audience, members)
		if err != nil {
			return size{}, sample, err
		}
		if count.Size == 0 {
			sample = one
		}
		count = count.plus(some)

		all, _, err := h.measure(ctx, n, job.Everyone, members)
		if err != nil {
			return size{}, sample, err
		}
		everyone = everyone.plus(all)
	}

	users, err := h.users.Of(ctx, j)
	if err != nil {
		return size{}, sample, err
	}

	total := users.Active + users.Pending
	switch n.Audience {
	case job.Pending:
		total = users.Pending
	case job.Expired:
		total = users.Expired
	case job.Unreached:
		total = total * count.Size / max(everyone.Size, 1)
	}

	// A sample without anybody of the audience tells nothing of its channels. Everyone's
	// stand in for them.
	if count.Size == 0 {
		count = everyone
	}

	return count.scaled(total), sample, nil
}

// measure counts those of the members who are in an audience, by channel. sample is the
// first of them.
func (h handler) measure(
	ctx context.Context, n notification.Notification, of job.Audience, members []member.Member,
) (count size, sample audience.Verdict, err error) {
	verdicts, err := h.Decide(ctx, of, members, "", h.now())
	if err != nil {
		return size{}, sample, err
	}

	var in []user.Profile
	for _, v := range verdicts {
		if !v.In {
			continue
		}
		if in == nil {
			sample = v
		}
		in = append(in, v.Profile)
	}

	// An address that can't be delivered to is passed over, as it is when sending.
	marked, err := h.reach.Marks(ctx, h.addresses, in, n.Devices)
	if err != nil {
		return size{}, sample, err
	}

	count.Size = len(in)
	for _, p := range in {
		targets := h.reach.Targets(p, n.Devices, marked)
		switch {
		case targets == nil:
			count.None++
		case targets[0].Channel == user.SMS:
			count.SMS++
		default:
			count.Email++
		}
	}

	return count, sample, nil
}

// membersNamed reads the members of the job that the usernames belong to, in their order.
func (h handler) membersNamed(
	ctx context.Context, j job.Job, names []string,
) ([]member.Member, error) {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = user.Key(name)
	}

	found, err := h.members.GetMany(ctx, j.ID, keys)
	if err != nil {
		return nil, err
	}

	var members []member.Member
	for _, key := range keys {
		if m, ok := found[key]; ok {
			members = append(members, m)
		}
	}

	return members, nil
}
