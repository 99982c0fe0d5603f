package delivery

import (
	"context"

	"latchkey/shared/store"
)

// CountUsers counts a part's users, each once, by the state of the message to the latest
// device. It reads an index that may be behind. Users whose first message is queued
// aren't counted: whether it was handed over, their batch knows at once.
func (s Store) CountUsers(ctx context.Context, part string) (map[State]int, error) {
	query := store.Query{
		Index:      "by_notification",
		Where:      "part = :part",
		Values:     store.Values{":part": part},
		Attributes: []string{"username", "user_id", "notification", "state"},
	}
	counts := map[State]int{}
	username := ""
	tries := latestTries{}

	for {
		page, next, err := store.Select[Delivery](ctx, s.Table, query)
		if err != nil {
			return nil, err
		}

		for _, d := range page {
			if d.Key != username {
				tries.countInto(counts)
				username = d.Key
			}
			tries.see(d)
		}

		if next == nil {
			tries.countInto(counts)
			return counts, nil
		}
		query.After = next
	}
}

// latestTries holds the latest device that was tried for each user of one username, which
// may be removed and added again. The index has no order of one username's deliveries.
type latestTries map[string]latestTry

type latestTry struct {
	device int // from 1
	state  State
}

func (t latestTries) see(d Delivery) {
	_, device := d.Notification.Base()
	if device > t[d.UserID].device {
		t[d.UserID] = latestTry{device, d.State}
	}
}

// countInto counts the users by state and forgets them.
func (t latestTries) countInto(counts map[State]int) {
	for _, one := range t {
		if one.state != Queued || one.device > 1 {
			counts[one.state]++
		}
	}
	clear(t)
}
