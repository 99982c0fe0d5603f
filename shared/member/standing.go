package member

import (
	"context"
	"time"

	"latchkey/shared/credential"
	"latchkey/shared/token"
)

// Standing is the state of a member's user at a time. It tells expired from pending.
type Standing struct {
	State       State
	ActivatedAt int64 // milliseconds; 0 is not active
}

// Matches reports whether a state's list shows the member. Pending shows the expired.
func (s Standing) Matches(filter State) bool {
	return filter == StateNone ||
		s.State == filter ||
		filter == StatePending && s.State == StateExpired
}

// Standings returns the standing of each member, in their order.
func Standings(
	ctx context.Context,
	tokens token.Store,
	credentials credential.Store,
	members []Member,
	now time.Time,
) ([]Standing, error) {
	var pending, active []string
	for _, m := range members {
		switch m.State {
		case StatePending:
			pending = append(pending, m.UserID)
		case StateActive:
			active = append(active, m.UserID)
		}
	}

	expiry, err := tokens.Expiry(ctx, pending)
	if err != nil {
		return nil, err
	}

	activated, err := credentials.Activated(ctx, active)
	if err != nil {
		return nil, err
	}

	standings := make([]Standing, len(members))
	for i, m := range members {
		standings[i] = Standing{State: m.State, ActivatedAt: activated[m.UserID]}

		link, ok := expiry[m.UserID]
		if ok && m.State == StatePending && link.At <= now.UnixMilli() {
			standings[i].State = StateExpired
		}
	}

	return standings, nil
}
