package delivery

import (
	"context"
	"slices"

	"latchkey/shared/parallel"
	"latchkey/shared/store"
)

const (
	// usersAtOnce is the number of users whose deliveries are read at once.
	usersAtOnce = 16
	// factsOfMost is how many facts most deliveries have at most.
	factsOfMost = 4
	// pageFacts is the least page of the index, more than the facts of one user.
	pageFacts = 100
)

// Get reads one delivery. It returns store.ErrNotFound if nothing is known of it.
func (s Store) Get(ctx context.Context, userID string, name Name) (Delivery, error) {
	base, k := name.Base()
	series, err := s.Series(ctx, userID, base)
	if err != nil {
		return Delivery{}, err
	}

	for _, d := range series {
		if d.Name == base.Nth(k) {
			return d, nil
		}
	}
	return Delivery{}, store.ErrNotFound
}

// Series reads a user's deliveries of a name, in the order of the devices. The name is that
// of the first device's.
func (s Store) Series(ctx context.Context, userID string, base Name) ([]Delivery, error) {
	facts, err := store.SelectAll[Delivery](ctx, s.Table, store.Query{
		Where:  "user_id = :user AND begins_with(notification, :base)",
		Values: store.Values{":user": userID, ":base": string(base) + "#"},
	})
	return merge(facts), err
}

// SeriesOf reads users' deliveries of a name, by user id, with a query each. Users without
// one are missing.
func (s Store) SeriesOf(
	ctx context.Context, base Name, userIDs []string,
) (map[string][]Delivery, error) {
	return each(ctx, userIDs, func(ctx context.Context, userID string) ([]Delivery, error) {
		return s.Series(ctx, userID, base)
	})
}

// OfJob reads a user's deliveries of one job, the latest first, at most limit.
func (s Store) OfJob(ctx context.Context, userID, jobID string, limit int) ([]Delivery, error) {
	return s.latest(ctx, limit, store.Query{
		Where:  "user_id = :user AND begins_with(notification, :job)",
		Values: store.Values{":user": userID, ":job": jobID + "#"},
	})
}

// Latest reads the last delivery of a job to each user, by user id, with a query each.
func (s Store) Latest(
	ctx context.Context, jobID string, userIDs []string,
) (map[string]Delivery, error) {
	found, err := each(ctx, userIDs, func(ctx context.Context, id string) ([]Delivery, error) {
		return s.OfJob(ctx, id, jobID, 1)
	})

	latest := make(map[string]Delivery, len(found))
	for id, deliveries := range found {
		latest[id] = deliveries[0]
	}
	return latest, err
}

// each reads several users' deliveries at once, by user id. Users without one are missing.
func each(
	ctx context.Context,
	userIDs []string,
	read func(ctx context.Context, userID string) ([]Delivery, error),
) (map[string][]Delivery, error) {
	found, err := parallel.Map(ctx, len(userIDs), usersAtOnce,
		func(ctx context.Context, i int) ([]Delivery, error) { return read(ctx, userIDs[i]) })
	if err != nil {
		return nil, err
	}

	byUser := make(map[string][]Delivery, len(userIDs))
	for i, id := range userIDs {
		if len(found[i]) > 0 {
			byUser[id] = found[i]
		}
	}
	return byUser, nil
}

// latest reads the last deliveries of a range of facts, the last first, at most limit.
func (s Store) latest(ctx context.Context, limit int, q store.Query) ([]Delivery, error) {
	q.Backward = true
	q.Limit = (limit + 1) * factsOfMost

	var facts, deliveries []Delivery
	for page, err := range store.Pages[Delivery](ctx, s.Table, q) {
		if err != nil {
			return nil, err
		}

		// The facts are read from the last back: the first delivery may not be whole.
		slices.Reverse(page)
		facts = append(page, facts...)
		deliveries = merge(facts)
		if len(deliveries) > limit {
			break
		}
	}

	slices.Reverse(deliveries)
	return deliveries[:min(limit, len(deliveries))], nil
}

// UsersIn reads a page of the ids of a part's users who have a fact of the state, in the
// order of the ids, from an index that may be behind. after is the last id of the page
// before, or "", and so is next.
func (s Store) UsersIn(
	ctx context.Context, part string, state State, after string, limit int,
) (userIDs []string, next string, err error) {
	query := store.Query{
		Index:  byNotification,
		Where:  "part = :part",
		Values: store.Values{":part": part},
		Limit:  max(limit, pageFacts),
	}
	if after != "" {
		query.Where += " AND user_id > :after"
		query.Values[":after"] = after
	}

	facts, more, err := store.Select[Delivery](ctx, s.Table, query)
	if err != nil || len(facts) == 0 {
		return nil, "", err
	}

	// The last user's facts may go on behind the page's end: the next page begins with them.
	last := facts[len(facts)-1].UserID
	if more != nil {
		isLast := func(f Delivery) bool { return f.UserID == last }
		facts = facts[:slices.IndexFunc(facts, isLast)]
	}

	for _, f := range facts {
		_, of := parseFact(f.Name)
		next = f.UserID
		if of == state && !slices.Contains(userIDs, f.UserID) {
			userIDs = append(userIDs, f.UserID)
		}
		if len(userIDs) == limit {
			return userIDs, next, nil
		}
	}

	if more == nil {
		next = ""
	}
	return userIDs, next, nil
}
