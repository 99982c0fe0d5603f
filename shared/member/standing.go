package member

import (
	"context"
	"slices"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/token"
)

// Standing is the state of a member's user at a time. It tells active and expired from
// pending.
type Standing struct {
	State       State
	ActivatedAt clock.Millis // 0 is not active
}

// Matches reports whether a state's list shows the member. Pending shows the expired.
func (s Standing) Matches(filter State) bool {
	return filter == StateNone ||
		s.State == filter ||
		filter == StatePending && s.State == StateExpired
}

// Standings returns the standing of each member, in their order. Of those stored as
// pending, the credentials tell who is active, and the links who is expired.
func Standings(
	ctx context.Context,
	tokens token.Store,
	credentials credential.Store,
	members []Member,
	now time.Time,
) ([]Standing, error) {
	var pending []string
	for _, m := range members {
		if m.State == StatePending {
			pending = append(pending, m.UserID)
		}
	}

	activated, err := credentials.Activated(ctx, pending)
	if err != nil {
		return nil, err
	}

	isActive := func(userID string) bool {
		_, active := activated[userID]
		return active
	}
	expiry, err := tokens.Expiry(ctx, slices.DeleteFunc(pending, isActive))
	if err != nil {
		return nil, err
	}

	standings := make([]Standing, len(members))
	for i, m := range members {
		standings[i] = Standing{State: m.State, ActivatedAt: activated[m.UserID]}
		if m.State != StatePending {
			continue
		}

		link, linked := expiry[m.UserID]
		switch {
		case isActive(m.UserID):
			standings[i].State = StateActive
		case linked && link.At <= clock.Of(now):
			standings[i].State = StateExpired
		}
	}

	return standings, nil
}
