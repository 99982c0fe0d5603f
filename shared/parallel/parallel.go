// Package parallel does a number of like things at once, within bounds.
package parallel

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Each calls do for each index below n, atOnce of them at a time. The first error ends the
// context of the others, and is returned when all calls have ended.
func Each(ctx context.Context, n, atOnce int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(atOnce, 1))
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// All makes different calls, all of them at once, as Each does.
func All(ctx context.Context, calls ...func(context.Context) error) error {
	return Each(ctx, len(calls), len(calls), func(ctx context.Context, i int) error {
		return calls[i](ctx)
	})
}

// Map is Each for calls with results. It returns them by index, and none with an error.
func Map[R any](
	ctx context.Context, n, atOnce int, do func(ctx context.Context, i int) (R, error),
) ([]R, error) {
	results := make([]R, n)
	err := Each(ctx, n, atOnce, func(ctx context.Context, i int) (err error) {
		results[i], err = do(ctx, i)
		return err
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}
