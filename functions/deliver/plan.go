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

// piece is one message of a batch that is still to be sent.
type piece struct {
	verdict  audience.Verdict
	target   token.Target
	delivery delivery.Delivery // as it is in the table, once it is known
	known    bool
	tried    bool
	result   delivery.State // what the carrier's answer made of it
}

// plan finds out, at this moment, who is to be sent what: it counts those that have a result, skips those that are out of the
// audience or have no device, and gives the rest.
func (h handler) plan(ctx context.Context, b *batch, names []string) ([]piece, error) {
	b.counts = notification.Counts{Audience: len(names)}

	byName, err := h.members.GetMany(ctx, b.JobID, names)
	if err != nil {
		return nil, err
	}

	var (
		members []member.Member
		ids     []string
	)
	for _, name := range names {
		if m, ok := byName[name]; ok {
			members = append(members, m)
			if m.UserID != "" { // else its row has failed since the batch was made
				ids = append(ids, m.UserID)
			}
		}
	}

	b.counts.Skipped = len(names) - len(members)

	before, err := h.Deliveries.GetMany(ctx, b.notification.Name(), ids)
	if err != nil {
		return nil, err
	}

	verdicts, err := h.Decide(ctx, b.notification.Audience, members, b.notification.Name(), h.now())
	if err != nil {
		return nil, err
	}

	var profiles []user.Profile
	for _, v := range verdicts {
		if v.In {
			profiles = append(profiles, v.Profile)
		}
	}

	marked, err := h.reach.Marks(ctx, h.addresses, profiles, b.job.Devices)
	if err != nil {
		return nil, err
	}

	var pieces, skipped []piece
	for _, v := range verdicts {
		d, known := before[v.Member.UserID]
		if known && d.Final() {
			b.counts.Add(d.State)
			continue
		}

		if !known {
			d = delivery.Delivery{
				UserID:       v.Member.UserID,
				Notification: b.notification.Name(),
				Part:         delivery.Part(b.JobID, b.Number, b.Shard),
				Key:          v.Member.Key,
				Username:     v.Member.Username,
			}
		}

		var targets []token.Target
		if v.In {
			if targets = h.reach.Targets(
				v.Profile,
				b.notification.Devices,
				marked,
			); targets == nil {
				v.Reason = h.whyUnreachable(v.Profile, b.notification.Devices)
			}

			reached := h.reach.Targets(v.Profile, b.job.Devices, marked) != nil
			if v.Member.Undeliverable == reached {
				if err := h.members.MarkUndeliverable(ctx, v.Member, !reached); err != nil {
					return nil, err
				}
			}
		}

		p := piece{verdict: v, delivery: d, known: known}
		switch {
		case targets != nil:
			p.target, p.delivery.Device, p.delivery.Channel = targets[0], targets[0].Device, targets[0].Channel
			pieces = append(pieces, p)
		case d.UserID == "":
			b.counts.Skipped++
		default:
			p.delivery.Reason = v.Reason
			skipped = append(skipped, p)
		}
	}

	b.unsent = len(pieces) + len(skipped)
	return pieces, h.skip(ctx, b, skipped)
}

// skip ends pieces without a message, for the reason that their delivery has. One that was begun before may have been sent: what an event told of it stays.
func (h handler) skip(ctx context.Context, b *batch, pieces []piece) error {
	var begun, others []delivery.Delivery
	for _, p := range pieces {
		d := p.delivery

		d.State, d.At = delivery.Skipped, h.now().UnixMilli()
		if p.known {
			begun = append(begun, d)
		} else {
			others = append(others, d)
		}
	}

	begun, err := h.recordAll(ctx, begun...)
	if err != nil {
		return err
	}
	if err := h.Deliveries.PutMany(ctx, others); err != nil {
		return err
	}

	for _, d := range begun {
		b.counts.Add(d.State)
	}

	b.counts.Skipped += len(others)
	b.unsent -= len(pieces)
	return nil
}
