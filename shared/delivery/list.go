package delivery

import (
	"context"

	"latchkey/shared/store"
)

// Get reads one delivery. It returns store.ErrNotFound if there is none.
func (s Store) Get(ctx context.Context, userID string, name Name) (Delivery, error) {
	var found Delivery
	err := s.Table.Get(ctx, key(userID, name), &found)
	return found, err
}

// GetMany reads users' deliveries of one name, by user id. Who has none is missing.
func (s Store) GetMany(
	ctx context.Context, name Name, userIDs []string,
) (map[string]Delivery, error) {
	keys := make([]store.Key, len(userIDs))
	for i, id := range userIDs {
		keys[i] = key(id, name)
	}

	byUser := func(d Delivery) (string, Delivery) { return d.UserID, d }
	return store.GetMap(ctx, s.Table, keys, byUser)
}

// Series reads a user's deliveries of a name, in the order of the devices: at most most.
func (s Store) Series(
	ctx context.Context, userID string, name Name, most int,
) ([]Delivery, error) {
	keys := make([]store.Key, most)
	for i := range keys {
		keys[i] = key(userID, name.Nth(i+1))
	}

	ofName := func(d Delivery) (Name, Delivery) { return d.Notification, d }
	byName, err := store.GetMap(ctx, s.Table, keys, ofName)
	if err != nil {
		return nil, err
	}

	var series []Delivery
	for i := range keys {
		if d, ok := byName[name.Nth(i+1)]; ok {
			series = append(series, d)
		}
	}

	return series, nil
}

// OfJob reads a user's deliveries of one job, the latest first, at most limit.
func (s Store) OfJob(ctx context.Context, userID, jobID string, limit int) ([]Delivery, error) {
	found, _, err := store.Select[Delivery](ctx, s.Table, store.Query{
		Where:    "user_id = :user AND begins_with(notification, :job)",
		Values:   store.Values{":user": userID, ":job": jobID + "#"},
		Backward: true,
		Limit:    limit,
	})
	return found, err
}

// List reads a page of a part's deliveries, by the usernames' keys, from an index that
// may be behind. after and next are as in a store.Query.
func (s Store) List(
	ctx context.Context, part string, limit int, after store.Key,
) (deliveries []Delivery, next store.Key, err error) {
	return store.Select[Delivery](ctx, s.Table, store.Query{
		Index:  "by_notification",
		Where:  "part = :part",
		Values: store.Values{":part": part},
		Limit:  limit,
		After:  after,
	})
}
