package main

import (
	"time"

	"latchkey/shared/token"
	"latchkey/shared/user"
)

// newLink makes a link for a user, who is to get it at the targets. It stores nothing:
// until the link is put in the place of the user's latest, nobody can use it.
func (h handler) newLink(
	p user.Profile,
	purpose token.Purpose,
	lifetime time.Duration,
	targets []token.Target,
) (token.Secret, token.Link) {
	secret, hashed := token.New(p.ID)
	now := h.now()
	return secret, token.Link{
		UserID:   p.ID,
		Kind:     purpose,
		Username: p.Key,
		Lifetime: int64(lifetime / time.Second),
		Sent: token.Sent{
			Hash:      hashed,
			SentAt:    now.UnixMilli(),
			ExpiresAt: now.Add(lifetime).UnixMilli(),
			SentTo:    targets,
		},
	}
}
