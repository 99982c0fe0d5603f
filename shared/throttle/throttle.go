// Package throttle slows down whoever asks a public route for more than people need.
package throttle

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/limit"
)

// One source address may make PerSource requests of a kind in each Window. It is far more
// than people behind one address need, and few enough to slow down whoever tries a list
// of usernames or links.
const (
	PerSource = 300
	Window    = 5 * time.Minute
)

// Take counts a request of a kind against its source address. It returns a 429 with the
// time to wait if the address has made PerSource of them in this window.
func Take(
	ctx context.Context, limits limit.Store, kind string, event api.Event, now time.Time,
) error {
	name := limit.Name(kind, event.RequestContext.HTTP.SourceIP)
	err := limits.Take(ctx, name, PerSource, Window, now)

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		return api.TooMany(
			"too_many_requests",
			"There were too many requests from this address.",
			tooMany.After,
		)
	}
	return err
}
