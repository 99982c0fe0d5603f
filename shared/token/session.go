package token

import (
	"context"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

const sessionKind = "session#"

// Session is the session of a signed-in user, until it expires or is removed.
type Session struct {
	UserID   string `dynamodbav:"user_id"`
	Kind     string `dynamodbav:"kind"`
	Username string `dynamodbav:"username"` // the directory's key
	// Generation is the password's when the session began. A new password ends it.
	Generation string        `dynamodbav:"generation"`
	ExpiresAt  clock.Millis  `dynamodbav:"expires_at"`
	DeleteAt   clock.Seconds `dynamodbav:"delete_at"`
}

// PutSession stores a session under its token's hash.
func (s Store) PutSession(ctx context.Context, session Session, hashed string) error {
	session.Kind = sessionKind + hashed
	session.DeleteAt = clock.SecondAfter(session.ExpiresAt.Time())
	return s.Table.Put(ctx, session, "", nil)
}

// Session reads a session. It returns store.ErrNotFound if there is none. The caller must
// check its expiry and generation.
func (s Store) Session(ctx context.Context, userID, hashed string) (Session, error) {
	var session Session
	err := s.Table.Get(ctx, key(userID, sessionKind+hashed), &session)
	return session, err
}

// EndSession removes a session, if it is there.
func (s Store) EndSession(ctx context.Context, userID, hashed string) error {
	return s.Table.Delete(ctx, key(userID, sessionKind+hashed), "", nil)
}

// EndSessions removes all of a user's sessions.
func (s Store) EndSessions(ctx context.Context, userID string) error {
	return s.remove(ctx, userID, sessionKind)
}

// Erase removes all links, codes and sessions of a user who was removed.
func (s Store) Erase(ctx context.Context, userID string) error { return s.remove(ctx, userID, "") }

func (s Store) remove(ctx context.Context, userID, prefix string) error {
	query := store.Query{
		Where:      "user_id = :user",
		Values:     store.Values{":user": userID},
		Attributes: []string{"user_id", "kind"},
	}
	if prefix != "" {
		query.Where += " AND begins_with(kind, :prefix)"
		query.Values[":prefix"] = prefix
	}
	for one, err := range store.Items[store.Key](ctx, s.Table, query) {
		if err != nil {
			return err
		}
		if err := s.Table.Delete(ctx, one, "", nil); err != nil {
			return err
		}
	}
	return nil
}
