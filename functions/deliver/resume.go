package main

import (
	"context"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/token"
)

// withoutResult returns the members to whom the batch's message wasn't sent yet, and counts
// the others. Only two kinds of users may have a result: anybody in a batch that is resumed
// after a death, and those whose message was handed over without an answer.
//
// A request that died between sending and recording may have left messages of which only
// the carrier's events tell. That they were handed over is recorded now.
func (h handler) withoutResult(
	ctx context.Context, b *batch, members []member.Member, attempts map[string]int,
) ([]member.Member, error) {
	var ids []string
	for _, m := range members {
		// A row that has failed since the batch was made has no user.
		if m.UserID != "" && (b.resumed || attempts[m.Key] > 0) {
			ids = append(ids, m.UserID)
		}
	}
	if len(ids) == 0 {
		return members, nil
	}

	known, err := h.Deliveries.SeriesOf(ctx, b.notification.Name(), ids)
	if err != nil {
		return nil, err
	}

	var open, unrecorded []member.Member
	for _, m := range members {
		series := known[m.UserID]
		if len(series) == 0 || !series[0].Final() {
			open = append(open, m)
			continue
		}

		b.counts.Add(series[0].State)
		if series[0].Username == "" {
			unrecorded = append(unrecorded, m)
		}
	}

	return open, h.recordHandedOver(ctx, b, unrecorded)
}

// recordHandedOver records that members' messages were handed over, on the devices that
// their links were sent to.
func (h handler) recordHandedOver(ctx context.Context, b *batch, members []member.Member) error {
	if len(members) == 0 {
		return nil
	}

	var ids []string
	for _, m := range members {
		ids = append(ids, m.UserID)
	}

	targets := map[string]token.Target{}
	for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
		links, err := h.Tokens.Links(ctx, ids, purpose)
		if err != nil {
			return err
		}
		for id, link := range links {
			if link.Delivery == b.notification.Name() {
				targets[id] = link.SentTo[0]
			}
		}
	}

	var sent []delivery.Delivery
	for _, m := range members {
		d := b.newDelivery(m)
		d.State = delivery.Sent
		d.At = clock.Of(h.Now())
		d.Attempts = 1
		d.Device = targets[m.UserID].Device
		d.Channel = targets[m.UserID].Channel
		sent = append(sent, d)
	}
	return h.Deliveries.Put(ctx, sent...)
}
