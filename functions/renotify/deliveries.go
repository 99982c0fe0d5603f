package main

import (
	"context"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// pageReads bounds how many queries a page makes. A filter may let few deliveries through,
// and a request must stay within its time.
const pageReads = 32

// deliveryView is a delivery as the API shows it.
type deliveryView struct {
	Username string         `json:"username"`
	Device   api.Text       `json:"device"`
	Channel  api.Text       `json:"channel"`
	State    delivery.State `json:"state"`
	Reason   api.Text       `json:"reason"`
	At       api.Time       `json:"at"`
	Attempts int            `json:"attempts"`
}

// position is the cursor of a list of deliveries: a shard, and the key of the last delivery
// that was read there.
type position struct {
	Shard int       `json:"s"`
	After store.Key `json:"a,omitempty"`
}

// in reports whether the position can be one of the notification's list. A cursor comes
// from outside: one that names another notification's deliveries must not be read from.
func (p position) in(n notification.Notification) bool {
	if p.Shard < 0 || p.Shard >= job.Shards {
		return false
	}
	if p.After == nil {
		return true
	}
	return len(p.After) == 4 &&
		p.After["part"] == delivery.Part(n.JobID, n.Number, p.Shard) &&
		p.After["username"] != "" &&
		p.After["user_id"] != "" &&
		p.After["notification"] != ""
}

// deliveries lists the notification's deliveries that have a result by now. A page reads at
// most a few times its limit, and may be short.
func (h handler) deliveries(ctx context.Context, event api.Event) (api.Answer, error) {
	var state delivery.State
	list, err := api.ReadList[position](event, api.Choice("state", &state, delivery.States...))
	if err != nil {
		return api.Answer{}, err
	}

	_, n, err := h.notificationOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if !list.After.in(n) {
		return api.Answer{}, api.ErrCursor
	}

	page, err := h.deliveryPage(ctx, n, state, list)
	return api.OK(page), err
}

// deliveryPage reads one page of a notification's deliveries, shard by shard: those in
// the state, or all if it is "".
func (h handler) deliveryPage(
	ctx context.Context,
	n notification.Notification,
	state delivery.State,
	list api.List[position],
) (api.Page[deliveryView], error) {
	page := api.Page[deliveryView]{Items: []deliveryView{}}
	at := list.After
	for range pageReads {
		wanted := list.Limit - len(page.Items)
		if wanted == 0 || at.Shard >= n.Parts() {
			break
		}

		part := delivery.Part(n.JobID, n.Number, at.Shard)
		found, next, err := h.Deliveries.List(ctx, part, wanted, at.After)
		if err != nil {
			return page, err
		}

		for _, d := range found {
			if state == "" || d.State == state {
				page.Items = append(page.Items, viewOf(d))
			}
		}

		at.After = next
		if next == nil {
			at.Shard++
		}
	}

	if at.Shard < n.Parts() {
		page.Next = api.NextCursor(at)
	}

	return page, nil
}

// viewOf shows a delivery.
func viewOf(d delivery.Delivery) deliveryView {
	return deliveryView{
		Username: d.Username,
		Device:   api.Text(d.Device),
		Channel:  api.Text(d.Channel),
		State:    d.State,
		Reason:   api.Text(d.Reason),
		At:       api.Milli(d.At),
		Attempts: d.Attempts,
	}
}
