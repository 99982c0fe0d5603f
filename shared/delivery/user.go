package delivery

import (
	"cmp"
	"context"
	"slices"

	"latchkey/shared/parallel"
	"latchkey/shared/store"
)

// jobsRead bounds the deliveries of jobs that are read for a user's latest. They sort by
// job, and an older job's may have been sent later than a newer one's.
const jobsRead = 200

// OfUser reads a user's latest deliveries of all kinds, the latest first, at most limit.
func (s Store) OfUser(ctx context.Context, userID string, limit int) ([]Delivery, error) {
	read := func(ctx context.Context, i int) ([]Delivery, error) {
		if i == len(kinds) {
			// A job's id begins with a digit, and in ASCII : comes right after the digits.
			return s.between(ctx, userID, "0", ":", jobsRead)
		}
		// In ASCII $ comes right after #.
		return s.between(ctx, userID, kinds[i]+"#", kinds[i]+"$", limit)
	}
	found, err := parallel.Map(ctx, len(kinds)+1, len(kinds)+1, read)
	if err != nil {
		return nil, err
	}

	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Name, a.Name))
	})
	return all[:min(len(all), limit)], nil
}

// between reads at most limit of a user's deliveries by a range of names, last first.
func (s Store) between(
	ctx context.Context, userID, from, to string, limit int,
) ([]Delivery, error) {
	return s.latest(ctx, limit, store.Query{
		Where:  "user_id = :user AND notification BETWEEN :from AND :to",
		Values: store.Values{":user": userID, ":from": from, ":to": to},
	})
}
