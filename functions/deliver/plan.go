package main

import (
	"context"

	"latchkey/shared/audience"
	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// outgoing is the message of a batch to one user.
type outgoing struct {
	verdict   audience.Verdict
	target    token.Target
	delivery  delivery.Delivery // as stored, if begun
	begun     bool              // an earlier request has stored the delivery
	attempted bool              // this request has handed the message over, or has tried to
	result    delivery.State    // the state that follows from the carrier's answer
}

// plan decides who of the batch's users is sent what. It counts those who have a result,
// skips those who are out of the audience or can't be reached, and returns the messages
// to the others.
//
// All of it is read now, since much may have happened after the batch was made: a user
// may have set a password, may have been removed, or may have been sent to by a request
// that died.
func (h handler) plan(ctx context.Context, b *batch, names []string) ([]outgoing, error) {
	members, err := h.batchMembers(ctx, b.JobID, names)
	if err != nil {
		return nil, err
	}

	b.counts = notification.Counts{Audience: len(names), Skipped: len(names) - len(members)}

	earlier, err := h.earlierDeliveries(ctx, b, members)
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
		d, begun := earlier[v.Member.UserID]
		if begun && d.Final() {
			b.counts.Add(d.State)
			continue
		}
		if !begun {
			d = b.newDelivery(v.Member)
		}

		m := outgoing{verdict: v, delivery: d, begun: begun}
		reachable, err := h.chooseDevice(ctx, b, &m, marked)
		if err != nil {
			return nil, err
		}

		switch {
		case reachable:
			messages = append(messages, m)
		case d.UserID == "": // the row has failed: there is no user whose delivery it could be
			b.counts.Skipped++
		default:
			skipped = append(skipped, m)
		}
	}

	b.unsent = len(messages) + len(skipped)
	return messages, h.skip(ctx, b, skipped)
}

// batchMembers reads the members of a batch, in the order of its names. It leaves out
// names that are no members of the job.
func (h handler) batchMembers(
	ctx context.Context, jobID string, names []string,
) ([]member.Member, error) {
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

// earlierDeliveries reads the deliveries, by user id, that earlier requests have stored
// for the batch.
func (h handler) earlierDeliveries(
	ctx context.Context, b *batch, members []member.Member,
) (map[string]delivery.Delivery, error) {
	var ids []string
	for _, m := range members {
		if m.UserID != "" { // a row that has failed since the batch was made has no user
			ids = append(ids, m.UserID)
		}
	}
	return h.Deliveries.GetMany(ctx, b.notification.Name(), ids)
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

// newDelivery returns the delivery of the batch's notification to a member. It isn't
// stored.
func (b *batch) newDelivery(m member.Member) delivery.Delivery {
	return delivery.Delivery{
		UserID:       m.UserID,
		Notification: b.notification.Name(),
		Part:         delivery.Part(b.JobID, b.Number, b.Shard),
		Key:          m.Key,
		Username:     m.Username,
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
	m.delivery.Device = m.target.Device
	m.delivery.Channel = m.target.Channel
	return true, nil
}

// skip ends messages without sending them, for the reason that their delivery has. A
// delivery that an earlier request has begun may have been sent: if an event has told so,
// its state stays, and is the one that counts.
func (h handler) skip(ctx context.Context, b *batch, messages []outgoing) error {
	var begun, others []delivery.Delivery
	for _, m := range messages {
		d := m.delivery
		d.State = delivery.Skipped
		d.At = h.Now().UnixMilli()

		if m.begun {
			begun = append(begun, d)
		} else {
			others = append(others, d)
		}
	}

	begun, err := h.Deliveries.Record(ctx, begun...)
	if err != nil {
		return err
	}

	err = h.Deliveries.PutMany(ctx, others)
	if err != nil {
		return err
	}

	for _, d := range begun {
		b.counts.Add(d.State)
	}

	b.counts.Skipped += len(others)
	b.unsent -= len(messages)
	return nil
}
