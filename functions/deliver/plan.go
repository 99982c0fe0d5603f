package main

import (
	"context"
	"slices"
	"strings"

	"latchkey/shared/audience"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// outgoing is the message of a batch to one user.
type outgoing struct {
	verdict  audience.Verdict
	target   token.Target
	delivery delivery.Delivery // with the attempts before this one, and then with the result
	link     dispatch.Link
	answer   error // of the carrier
	tried    bool  // this request has handed the message over, or has tried to
	shared   bool  // another user has the target's address
	more     bool  // it may go on to another device, if the carrier refuses this one
}

// plan decides who of the batch's open users is sent what. It counts those who have a
// result, skips those who are out of the audience or can't be reached, and returns the
// messages to the others.
//
// All of it is read now, since much may have happened after the batch was made: a user
// may have set a password, may have been removed, or may have been sent to by a request
// that died.
func (h handler) plan(
	ctx context.Context, b *batch, open []notification.Open,
) ([]outgoing, error) {
	members, err := h.batchMembers(ctx, b.JobID, open)
	if err != nil {
		return nil, err
	}
	b.counts.Skipped += len(open) - len(members)

	attempts := make(map[string]int, len(open))
	for _, o := range open {
		attempts[o.Key] = o.Attempts
	}

	members, err = h.withoutResult(ctx, b, members, attempts)
	if err != nil {
		return nil, err
	}

	verdicts, err := h.judge.Decide(
		ctx, b.notification.Audience, members, b.notification.Name(), h.Now(),
	)
	if err != nil {
		return nil, err
	}

	marked, err := h.markedAddresses(ctx, b, verdicts)
	if err != nil {
		return nil, err
	}

	var messages, skipped []outgoing
	for _, v := range verdicts {
		m := outgoing{verdict: v, delivery: b.newDelivery(v.Member)}
		m.delivery.Attempts = attempts[v.Member.Key]

		reachable, err := h.chooseDevice(ctx, b, &m, marked)
		if err != nil {
			return nil, err
		}

		switch {
		case reachable:
			messages = append(messages, m)
		case v.Member.UserID == "": // the row has failed: there is no user to be skipped
			b.counts.Skipped++
		default:
			skipped = append(skipped, m)
		}
	}

	return messages, h.skip(ctx, &b.counts, skipped)
}

// batchMembers reads the members of a batch, in the order of its users. It leaves out
// those who are no members of the job.
func (h handler) batchMembers(
	ctx context.Context, jobID string, open []notification.Open,
) ([]member.Member, error) {
	names := make([]string, len(open))
	for i, o := range open {
		names[i] = o.Key
	}

	byName, err := h.members.GetMany(ctx, jobID, names)
	if err != nil {
		return nil, err
	}

	var members []member.Member
	for _, name := range names {
		if m, ok := byName[name]; ok {
			members = append(members, m)
		}
	}
	return members, nil
}

// markedAddresses reads which addresses of those in the audience can't be delivered to.
func (h handler) markedAddresses(
	ctx context.Context, b *batch, verdicts []audience.Verdict,
) (map[string]bool, error) {
	var profiles []user.Profile
	for _, v := range verdicts {
		if v.In {
			profiles = append(profiles, v.Profile)
		}
	}

	// The job's devices include the notification's.
	return h.Reach.Marks(ctx, h.recipients.Addresses, profiles, b.job.Devices)
}

// newDelivery returns the delivery of the batch's notification to a member.
func (b *batch) newDelivery(m member.Member) delivery.Delivery {
	return delivery.Delivery{
		UserID:   m.UserID,
		Name:     b.notification.Name(),
		Part:     delivery.Part(b.JobID, b.Number, b.Shard),
		Key:      m.Key,
		Username: m.Username,
	}
}

// chooseDevice gives the message its target: the user's first device of the notification
// that can be delivered to. It returns false if there is none, or if the user is out of
// the audience; the delivery has the reason then.
//
// It brings the membership up to date as well, which says whether any device of the job
// can be delivered to.
func (h handler) chooseDevice(
	ctx context.Context, b *batch, m *outgoing, marked map[string]bool,
) (found bool, err error) {
	v := m.verdict
	if !v.In {
		m.delivery.Reason = v.Reason
		return false, nil
	}

	reached := h.Reach.Targets(v.Profile, b.job.Devices, marked) != nil
	if v.Member.Undeliverable == reached {
		err := h.members.MarkUndeliverable(ctx, v.Member, !reached)
		if err != nil {
			return false, err
		}
	}

	targets := h.Reach.Targets(v.Profile, b.notification.Devices, marked)
	if targets == nil {
		m.delivery.Reason = h.recipients.WhyUnreachable(v.Profile, b.notification.Devices)
		return false, nil
	}

	m.target = targets[0]
	m.more = !v.Active && slices.ContainsFunc(targets, func(t token.Target) bool {
		return t.Channel != m.target.Channel || !strings.EqualFold(t.Address, m.target.Address)
	})
	m.delivery.Device = m.target.Device
	m.delivery.Channel = m.target.Channel
	return true, nil
}

// skip ends messages without sending them, for the reason that their delivery has.
func (h handler) skip(
	ctx context.Context, counts *notification.Counts, messages []outgoing,
) error {
	skipped := make([]delivery.Delivery, len(messages))
	for i, m := range messages {
		skipped[i] = m.delivery
		skipped[i].State = delivery.Skipped
		skipped[i].At = clock.Of(h.Now())
	}

	err := h.Deliveries.Put(ctx, skipped...)
	if err == nil {
		counts.Skipped += len(skipped)
	}
	return err
}
