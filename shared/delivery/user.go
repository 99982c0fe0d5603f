package delivery

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/store"
)

// jobsRead bounds the deliveries of jobs that are read for a user's latest. They sort by
// job, and an older job's may have been sent later than a newer one's.
const jobsRead = 200

// OfUser reads a user's latest deliveries of all kinds, the latest first, at most limit.
func (s Store) OfUser(ctx context.Context, userID string, limit int) ([]Delivery, error) {
	found := make([][]Delivery, len(kinds)+1)

	group, reading := errgroup.WithContext(ctx)
	for i, kind := range kinds {
		group.Go(func() (err error) {
			// In ASCII $ comes right after #, and : after the digits.
			found[i], err = s.between(reading, userID, kind+"#", kind+"$", limit)
			return err
		})
	}

	group.Go(func() (err error) {
		// A job's id begins with a digit.
		found[len(kinds)], err = s.between(reading, userID, "0", ":", jobsRead)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}

	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Notification, a.Notification))
	})
	return all[:min(len(all), limit)], nil
}

// between reads at most limit of a user's deliveries by a range of names, last first.
func (s Store) between(
	ctx context.Context, userID, from, to string, limit int,
) ([]Delivery, error) {
	found, _, err := store.Select[Delivery](ctx, s.Table, store.Query{
		Where:    "user_id = :user AND notification BETWEEN :from AND :to",
		Values:   store.Values{":user": userID, ":from": from, ":to": to},
		Backward: true,
		Limit:    limit,
	})
	return found, err
}
