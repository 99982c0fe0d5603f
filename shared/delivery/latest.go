package delivery

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
)

// latestAtOnce is the number of users whose deliveries are read at once.
const latestAtOnce = 16

// Latest reads the last delivery of a job to each user, by user id, with a query each.
func (s Store) Latest(
	ctx context.Context, jobID string, userIDs []string,
) (map[string]Delivery, error) {
	var mu sync.Mutex
	latest := make(map[string]Delivery, len(userIDs))

	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(latestAtOnce)
	for _, id := range userIDs {
		group.Go(func() error {
			found, err := s.OfJob(reading, id, jobID, 1)
			if err != nil || len(found) == 0 {
				return err
			}

			mu.Lock()
			defer mu.Unlock()
			latest[id] = found[0]
			return nil
		})
	}

	return latest, group.Wait()
}
