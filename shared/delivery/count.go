package delivery

import (
	"context"

	"latchkey/shared/store"
)

// byNotification is the index of the facts that are counted. Their keys say all of it.
const byNotification = "by_notification"

// CountUsers counts a part's users, each once, by the state of the message to the latest
// device. It reads an index that may be behind, and knows nothing of users whose first
// message was only handed over: how many those are, the batches say.
func (s Store) CountUsers(ctx context.Context, part string) (map[State]int, error) {
	query := store.Query{
		Index:  byNotification,
		Where:  "part = :part",
		Values: store.Values{":part": part},
	}
	counts := map[State]int{}
	var latest latestFact

	for fact, err := range store.Items[Delivery](ctx, s.Table, query) {
		if err != nil {
			return nil, err
		}

		if fact.UserID != latest.userID {
			latest.countInto(counts)
			latest = latestFact{userID: fact.UserID}
		}
		latest.see(fact)
	}

	latest.countInto(counts)
	return counts, nil
}

// latestFact is the highest fact of a user's latest device.
type latestFact struct {
	userID string
	device int  // from 1
	key    Name // of the fact
	state  State
}

func (l *latestFact) see(f Delivery) {
	name, state := parseFact(f.Name)
	_, device := name.Base()
	if device > l.device || device == l.device && f.Name > l.key {
		l.device = device
		l.key = f.Name
		l.state = state
	}
}

func (l *latestFact) countInto(counts map[State]int) {
	if l.device > 0 {
		counts[l.state]++
	}
}
