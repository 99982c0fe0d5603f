package delivery

import (
	"context"

	"latchkey/shared/store"
)

// CountUsers counts a part's users, each once by the state of the message to the latest device that was tried. Who has no delivery isn't counted, nor
// who waits for the first message: whether that was handed over, its batch knows at once, and this index a moment later.
func (s Store) CountUsers(ctx context.Context, part string) (map[State]int, error) {
	counts := map[State]int{}
	query := store.Query{
		Index: "by_notification", Where: "part = :part", Values: store.Values{":part": part},
		Attributes: []string{"username", "user_id", "notification", "state"},
	}
	// The index has a username's deliveries side by side, but those of one in no order that is worth relying on.
	type latest struct {
		k     int
		state State
	}

	username, ofUser := "", map[string]latest{} // by user id, since a username may be removed and added anew

	flush := func() {
		for _, one := range ofUser {
			if one.state != Queued || one.k > 1 {
				counts[one.state]++
			}
		}

		clear(ofUser)
	}
	for {
		page, next, err := store.Select[Delivery](ctx, s.Table, query)
		if err != nil {
			return nil, err
		}

		for _, d := range page {
			if d.Key != username {
				flush()
				username = d.Key
			}

			if _, k := Base(d.Notification); k > ofUser[d.UserID].k {
				ofUser[d.UserID] = latest{k, d.State}
			}
		}

		if next == nil {
			flush()
			return counts, nil
		}

		query.After = next
	}
}
