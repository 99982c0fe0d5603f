package main

import (
	"context"
	"errors"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/store"
)

// pageUsers bounds how many users a page looks at, with a query each. A filter may let
// few deliveries through, and a request must stay within its time.
const pageUsers = 400

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

// position is the cursor of a list of deliveries: where the next user is.
type position struct {
	Shard int `json:"s"`
	// In a list of all: the batch, and how many of its users come before.
	Batch int `json:"b,omitempty"`
	User  int `json:"u,omitempty"`
	// In a list of a state: the id of the user before.
	After string `json:"a,omitempty"`
	// Shown is how many of the next user's deliveries the page before has.
	Shown int `json:"d,omitempty"`
}

// valid reports whether the position can be one of a list. A cursor comes from outside.
func (p position) valid() bool {
	return p.Shard >= 0 && p.Shard < job.Shards &&
		p.Batch >= 0 && p.User >= 0 && p.User < notification.BatchSize && p.Shown >= 0 &&
		len(p.After) <= maxUserID
}

// maxUserID bounds the id of a user, in bytes.
const maxUserID = 64

// deliveries lists the notification's deliveries that have a result by now. A page looks
// at so many users at most, and may be short.
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
	if !list.After.valid() {
		return api.Answer{}, api.ErrCursor
	}

	page, err := h.deliveryPage(ctx, n, state, list)
	return api.OK(page), err
}

// deliveryPage reads one page of a notification's deliveries, user by user: those in the
// state, or all if it is "".
func (h handler) deliveryPage(
	ctx context.Context,
	n notification.Notification,
	state delivery.State,
	list api.List[position],
) (api.Page[deliveryView], error) {
	page := api.Page[deliveryView]{Items: []deliveryView{}}
	at := list.After

	next := h.usersByBatch
	if state != "" && state != delivery.Sent {
		next = h.usersByState(state)
	}

	for looked := 0; looked < pageUsers && len(page.Items) < list.Limit; {
		if at.Shard >= n.Parts() {
			break
		}
		users, after, err := next(ctx, n, at, list.Limit)
		if err != nil {
			return page, err
		}
		looked += max(len(users), 1)

		full, err := h.addDeliveries(ctx, &page, n, state, list.Limit, users, &at)
		if err != nil {
			return page, err
		}
		if full {
			break
		}
		at = after
	}

	if at.Shard < n.Parts() {
		page.Next = api.NextCursor(at)
	}
	return page, nil
}

// reached is a user that a list comes to, and the position of the list at them.
type reached struct {
	userID string
	at     position
}

// usersByBatch returns the next users whom a notification is for, batch by batch, and the
// position behind them.
func (h handler) usersByBatch(
	ctx context.Context, n notification.Notification, at position, most int,
) (users []reached, after position, err error) {
	ref := notification.BatchRef{JobID: n.JobID, Number: n.Number, Shard: at.Shard, Seq: at.Batch}
	names, end, err := h.notifications.BatchNames(ctx, ref)
	if errors.Is(err, store.ErrNotFound) { // the shard has no more, or isn't walked yet
		return nil, position{Shard: at.Shard + 1}, nil
	}
	if err != nil {
		return nil, at, err
	}

	from := min(at.User, len(names))
	to := min(from+most, len(names))
	members, err := h.members.GetMany(ctx, n.JobID, names[from:to])
	if err != nil {
		return nil, at, err
	}

	for i := from; i < to; i++ {
		here := position{Shard: at.Shard, Batch: at.Batch, User: i}
		if i == from {
			here.Shown = at.Shown
		}
		if m := members[names[i]]; m.UserID != "" {
			users = append(users, reached{m.UserID, here})
		}
	}

	switch {
	case to < len(names):
		return users, position{Shard: at.Shard, Batch: at.Batch, User: to}, nil
	case end:
		return users, position{Shard: at.Shard + 1}, nil
	}
	return users, position{Shard: at.Shard, Batch: at.Batch + 1}, nil
}

// usersByState returns a function that returns the next users with a delivery in the state,
// and the position behind them. It reads an index, which doesn't know of first messages that
// were only handed over.
func (h handler) usersByState(state delivery.State) func(
	context.Context, notification.Notification, position, int,
) ([]reached, position, error) {
	return func(
		ctx context.Context, n notification.Notification, at position, most int,
	) (users []reached, after position, err error) {
		part := delivery.Part(n.JobID, n.Number, at.Shard)
		ids, next, err := h.Deliveries.UsersIn(ctx, part, state, at.After, most)
		if err != nil {
			return nil, at, err
		}

		before := at
		for _, id := range ids {
			users = append(users, reached{id, before})
			before = position{Shard: at.Shard, After: id}
		}

		if next == "" {
			return users, position{Shard: at.Shard + 1}, nil
		}
		return users, position{Shard: at.Shard, After: next}, nil
	}
}

// addDeliveries adds users' deliveries of a notification to a page: those in the state, or
// all if it is "". If the page is full before the last, at is where the next page begins.
func (h handler) addDeliveries(
	ctx context.Context,
	page *api.Page[deliveryView],
	n notification.Notification,
	state delivery.State,
	limit int,
	users []reached,
	at *position,
) (full bool, err error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.userID
	}

	series, err := h.Deliveries.SeriesOf(ctx, n.Name(), ids)
	if err != nil {
		return false, err
	}

	for _, u := range users {
		for i, d := range series[u.userID] {
			if i < u.at.Shown || state != "" && d.State != state {
				continue
			}
			if len(page.Items) == limit {
				*at = u.at
				at.Shown = i
				return true, nil
			}
			page.Items = append(page.Items, viewOf(d))
		}
	}
	return false, nil
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
