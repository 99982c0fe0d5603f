// Package session finds out who is calling. It checks a session inside each function at
// every call: a removed user, a lost role or an ended session is seen at once.
package session

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/topology"
	"latchkey/shared/user"
)

// Guard checks sessions.
type Guard struct {
	Directory   directory.Store
	Credentials credential.Store
	Tokens      token.Store
	BaseURL     string
	Now         func() time.Time
	// Audit is where Administrator records actions. Nothing else here needs it.
	Audit audit.Log
}

// Session is a user who is signed in.
type Session struct {
	Profile   user.Profile
	ExpiresAt clock.Millis
	hashed    string
}

// secure reports whether the pages are served by https. On a laptop they aren't.
func (g Guard) secure() bool { return strings.HasPrefix(g.BaseURL, "https://") }

func (g Guard) cookieName() string {
	if g.secure() {
		return "__Host-session"
	}
	return "session"
}

// Cookie returns the Set-Cookie header of a token. A zero expiry deletes the cookie.
func (g Guard) Cookie(secret token.Secret, expires time.Time) string {
	cookie := http.Cookie{
		Name:     g.cookieName(),
		Value:    secret.Reveal(),
		Path:     "/",
		HttpOnly: true,
		Secure:   g.secure(),
		SameSite: http.SameSiteLaxMode,
		Expires:  expires,
	}
	if expires.IsZero() {
		cookie.MaxAge = -1
	}
	return cookie.String()
}

var (
	errUnauthenticated = api.Fail(http.StatusUnauthorized, "unauthenticated", "Sign in first.")
	errForbidden       = api.Fail(http.StatusForbidden, "forbidden", "This is for administrators.")
	errBadOrigin       = api.Fail(
		http.StatusForbidden,
		"bad_origin",
		"The request doesn't come from this site's own pages.",
	)
)

// Check returns the session that a request presents. It returns a 401 if there is none,
// and a 403 for a write by cookie that doesn't come from our own pages.
func (g Guard) Check(ctx context.Context, event api.Event) (Session, error) {
	text, byCookie := g.presented(event)
	if text == "" {
		return Session{}, errUnauthenticated
	}
	// A browser sends the cookie whichever page asks for it, so another site could write.
	if byCookie && event.RequestContext.HTTP.Method != http.MethodGet && !g.ownOrigin(event) {
		return Session{}, errBadOrigin
	}

	userID, hashed, err := token.Parse(text)
	if err != nil {
		return Session{}, errUnauthenticated
	}

	session, err := g.find(ctx, userID, hashed)
	if errors.Is(err, store.ErrNotFound) {
		return Session{}, errUnauthenticated
	}
	return session, err
}

// find returns the session of a token, if it still holds. It returns store.ErrNotFound if
// the session has ended or expired, if its user was removed or is inactive, or if a new
// password has ended all sessions before it.
func (g Guard) find(ctx context.Context, userID, hashed string) (Session, error) {
	stored, err := g.Tokens.Session(ctx, userID, hashed)
	if err != nil {
		return Session{}, err
	}
	if clock.Of(g.Now()) >= stored.ExpiresAt {
		return Session{}, store.ErrNotFound
	}

	profile, err := g.Directory.Get(ctx, stored.Username)
	if err != nil {
		return Session{}, err
	}
	current, err := g.Credentials.WithoutHash(ctx, userID)
	if err != nil {
		return Session{}, err
	}

	// The username may belong to another user by now.
	if profile.ID != userID || !profile.Active() || current.Generation != stored.Generation {
		return Session{}, store.ErrNotFound
	}
	return Session{Profile: profile, ExpiresAt: stored.ExpiresAt, hashed: hashed}, nil
}

// presented returns the token from the Authorization header, or else from the cookie.
func (g Guard) presented(event api.Event) (text string, byCookie bool) {
	if header := event.Headers["authorization"]; header != "" {
		scheme, text, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		return strings.TrimSpace(text), false
	}

	// API Gateway takes cookies out of the headers. Emulators of it may leave them there.
	for _, line := range append(event.Cookies, event.Headers["cookie"]) {
		cookies, err := http.ParseCookie(line)
		if err != nil {
			continue
		}
		for _, cookie := range cookies {
			if cookie.Name == g.cookieName() {
				return cookie.Value, true
			}
		}
	}

	return "", false
}

func (g Guard) ownOrigin(event api.Event) bool {
	base, err := url.Parse(g.BaseURL)
	return err == nil && event.Headers["origin"] == base.Scheme+"://"+base.Host
}

// End ends a session. It does nothing if the session has ended already.
func (g Guard) End(ctx context.Context, s Session) error {
	return g.Tokens.EndSession(ctx, s.Profile.ID, s.hashed)
}

type contextKey struct{}

// request is a checked session, and what its request turned out to be about.
type request struct {
	session Session
	subject Subject
}

// Subject is what an action was about, as its handler found out: the id of a job, and the
// username of a user who exists, as it is shown.
type Subject struct{ Job, Target string }

// Of returns the session that Administrator has checked.
func Of(ctx context.Context) Session {
	if r, ok := ctx.Value(contextKey{}).(*request); ok {
		return r.session
	}
	return Session{}
}

// About sets what the request is about, for its audit entry.
func About(ctx context.Context, subject Subject) {
	if r, ok := ctx.Value(contextKey{}).(*request); ok {
		r.subject = subject
	}
}

// Administrator returns the handlers with a guard before each, which lets only
// administrators through. It records the actions that change something or hand out a
// file, with their result. It also records a signed-in user who isn't let through.
func (g Guard) Administrator(routes api.Routes) api.Routes {
	guarded := make(api.Routes, len(routes))
	for routeKey, handler := range routes {
		action := audit.Action(topology.Latchkey.Action(routeKey))
		guarded[routeKey] = func(ctx context.Context, event api.Event) (api.Answer, error) {
			s, err := g.Check(ctx, event)
			if err != nil {
				return api.Answer{}, err
			}

			r := &request{session: s}
			answer := api.Answer{}
			err = errForbidden
			if s.Profile.Administrator() {
				answer, err = handler(context.WithValue(ctx, contextKey{}, r), event)
			}

			// After the handler, as only then the result is known. What the handler did
			// is done whether or not the entry can be written.
			if action != "" && !isBeingMade(routeKey, answer) {
				e := g.entry(event, r, err)
				e.Action = action
				g.Audit.Note(ctx, e)
			}
			return answer, err
		}
	}

	return guarded
}

// isBeingMade reports whether the answer is about a file that isn't handed out yet.
func isBeingMade(routeKey string, answer api.Answer) bool {
	return strings.HasPrefix(routeKey, http.MethodGet) && answer.Status == http.StatusAccepted
}

// entry returns the audit entry of a request that ended with failed, but for its action.
func (g Guard) entry(event api.Event, r *request, failed error) audit.Entry {
	e := audit.Entry{
		ID:       event.RequestContext.RequestID,
		At:       clock.Of(g.Now()),
		Actor:    r.session.Profile.Username,
		Target:   r.subject.Target,
		Job:      r.subject.Job,
		SourceIP: event.RequestContext.HTTP.SourceIP,
		Result:   audit.OK,
	}

	var refused *api.Error
	switch {
	case errors.As(failed, &refused):
		e.Result = refused.Code
	case failed != nil:
		e.Result = "internal_error"
	}

	// The path's job is known to exist only where its handler got so far.
	exists := e.Result != jobapi.ErrNotFound.Code && e.Result != errForbidden.Code
	id := event.PathParameters["id"]
	if e.Job == "" && exists && len(id) <= job.MaxID {
		e.Job = id
	}
	return e
}
