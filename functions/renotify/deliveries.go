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

	l := deliveryList{handler: h, notification: n, state: state, limit: list.Limit, at: list.After}
	page, err := l.page(ctx)
	return api.OK(page), err
}

// deliveryList is a list of a notification's deliveries, user by user: those in the state,
// or all if it is "".
type deliveryList struct {
	handler
	notification notification.Notification
	state        delivery.State
	limit        int      // of the items of a page
	at           position // where the next page begins
	items        []deliveryView
}

// reached is a user that the list comes to, and its position at them.
type reached struct {
	userID string
	at     position
}

// page reads one page.
func (l *deliveryList) page(ctx context.Context) (api.Page[deliveryView], error) {
	l.items = []deliveryView{}
	for looked := 0; looked < pageUsers && len(l.items) < l.limit && !l.ended(); {
		users, after, err := l.next(ctx)
		if err != nil {
			return api.Page[deliveryView]{}, err
		}
		looked += max(len(users), 1)

		full, err := l.add(ctx, users)
		if err != nil {
			return api.Page[deliveryView]{}, err
		}
		if !full {
			l.at = after
		}
	}

	page := api.Page[deliveryView]{Items: l.items}
	if !l.ended() {
		page.Next = api.NextCursor(l.at)
	}
	return page, nil
}

func (l *deliveryList) ended() bool { return l.at.Shard >= l.notification.Parts() }

// next returns the next users, and the position behind them. The index knows who has a
// delivery in a state, but not of first messages that were only handed over.
func (l *deliveryList) next(ctx context.Context) (users []reached, after position, err error) {
	if l.state == "" || l.state == delivery.Sent {
		return l.nextOfBatch(ctx)
	}
	return l.nextInState(ctx)
}

// nextOfBatch is next by the batches, which say whom the notification is for.
func (l *deliveryList) nextOfBatch(
	ctx context.Context,
) (users []reached, after position, err error) {
	n, at := l.notification, l.at
	ref := notification.BatchRef{JobID: n.JobID, Number: n.Number, Shard: at.Shard, Seq: at.Batch}
	names, end, err := l.notifications.BatchNames(ctx, ref)
	if errors.Is(err, store.ErrNotFound) { // the shard has no more, or isn't walked yet
		return nil, position{Shard: at.Shard + 1}, nil
	}
	if err != nil {
		return nil, at, err
	}

	from := min(at.User, len(names))
	to := min(from+l.limit, len(names))
	members, err := l.members.GetMany(ctx, n.JobID, names[from:to])
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

// nextInState is next by the index.
func (l *deliveryList) nextInState(
	ctx context.Context,
) (users []reached, after position, err error) {
	part := delivery.Part(l.notification.JobID, l.notification.Number, l.at.Shard)
	ids, next, err := l.Deliveries.UsersIn(ctx, part, l.state, l.at.After, l.limit)
	if err != nil {
		return nil, l.at, err
	}

	here := l.at
	for _, id := range ids {
		users = append(users, reached{id, here})
		here = position{Shard: l.at.Shard, After: id}
	}

	if next == "" {
		return users, position{Shard: l.at.Shard + 1}, nil
	}
	return users, position{Shard: l.at.Shard, After: next}, nil
}

// add adds users' deliveries to the page. If the page is full before the last of them, the
// list goes on there.
func (l *deliveryList) add(ctx context.Context, users []reached) (full bool, err error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.userID
	}

	series, err := l.Deliveries.SeriesOf(ctx, l.notification.Name(), ids)
	if err != nil {
		return false, err
	}

	for _, u := range users {
		for i, d := range series[u.userID] {
			if i < u.at.Shown || l.state != "" && d.State != l.state {
				continue
			}
			if len(l.items) == l.limit {
				l.at = u.at
				l.at.Shown = i
				return true, nil
			}
			l.items = append(l.items, viewOf(d))
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
