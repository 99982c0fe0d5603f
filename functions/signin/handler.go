package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/limit"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/wire"
)

// nobody is a user id that no user has. It is looked up for a username that no user has,
// so that both take as many calls.
const nobody = "nobody"

// errCredentials refuses every sign-in that fails, whatever the reason.
var errCredentials = api.Fail(
	http.StatusUnauthorized,
	"invalid_credentials",
	"The username or the password is wrong.",
)

// handler holds what the function is wired to.
type handler struct {
	guard    session.Guard
	limits   limit.Store
	lifetime time.Duration // of a session
}

func newHandler(w *wire.Wire) handler {
	return handler{
		guard:    session.NewGuard(w.Table, w.Required("BASE_URL"), w.Audit(), w.Now),
		limits:   limit.Store{Table: w.Table("limits")},
		lifetime: w.Duration("SESSION_LIFETIME"),
	}
}

// routes returns the routes of sessions. Signing in is public; the other two check the
// session themselves, since any user may call them.
func (h handler) routes() api.Routes {
	return api.Routes{
		"POST /api/sign-in":  h.signIn,
		"POST /api/sign-out": h.signOut,
		"GET /api/session":   h.showSession,
	}
}

// person is the user of a session, as the API shows them.
type person struct {
	Username  string   `json:"username"`
	FirstName api.Text `json:"first_name"`
	LastName  api.Text `json:"last_name"`
	Roles     []string `json:"roles"`
}

// personOf shows a profile.
func personOf(p user.Profile) person {
	return person{
		Username:  p.Username,
		FirstName: api.Text(p.Fields[user.FirstName]),
		LastName:  api.Text(p.Fields[user.LastName]),
		Roles:     p.Roles(),
	}
}

// signInRequest is the body of a sign-in. Both fields are required.
type signInRequest struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// complete refuses a body that lacks a field, and names each that is missing.
func (r signInRequest) complete() error {
	var missing []api.Field
	for _, field := range []struct{ name, value string }{
		{"username", r.Username},
		{"password", r.Password},
	} {
		if field.value == "" {
			missing = append(missing, api.Field{
				Field:   field.name,
				Code:    "required",
				Message: "The field has to be given.",
			})
		}
	}

	if missing != nil {
		return api.InvalidFields(missing...)
	}
	return nil
}

// signIn begins a session for a user who knows their password. An unknown, a pending and
// an inactive user, and a wrong password, have the same answer in the same time: if there
// is no hash to compare with, the password is compared with a dummy's.
func (h handler) signIn(ctx context.Context, event api.Event) (api.Answer, error) {
	var body signInRequest
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if err := body.complete(); err != nil {
		return api.Answer{}, err
	}

	// The attempt counts before the password is compared, so that of many at once no more
	// are compared than may fail. A success forgets it.
	name := user.Key(body.Username)
	source := event.RequestContext.HTTP.SourceIP
	last, err := h.attempt(ctx, name, source)
	if err != nil {
		return api.Answer{}, err
	}

	profile, current, err := h.find(ctx, name)
	if err != nil {
		return api.Answer{}, err
	}

	ok, outdated, err := verify(current.Hash, body.Password)
	if err != nil {
		return api.Answer{}, err
	}
	if !ok {
		h.noteFailure(ctx, event, profile.Username, last)
		return api.Answer{}, errCredentials
	}

	// The failures are forgotten before the session begins: a death in between costs the
	// user a second sign-in, and no lock.
	if outdated {
		h.rehash(ctx, current, body.Password)
	}
	if err := h.limits.Succeeded(ctx, name, source); err != nil {
		return api.Answer{}, err
	}
	return h.begin(ctx, event, profile, current)
}

// attempt counts a sign-in of a name, which may be no user's, from a source address. It
// reports whether this is the last one that may fail before the lock, and refuses one
// that comes after it, with the time to wait.
func (h handler) attempt(ctx context.Context, name, source string) (last bool, err error) {
	last, err = h.limits.Attempt(ctx, name, source, h.guard.Now())

	var locked *limit.TooManyError
	if errors.As(err, &locked) {
		return false, api.TooMany(
			"locked",
			"There were too many failed attempts. Wait, or ask for a new password.",
			locked.After,
		)
	}
	return last, err
}

// verify reports whether a password matches a hash, and whether the hash was made with
// parameters of the past. Without a hash it takes as long.
func verify(hash, text string) (ok, outdated bool, err error) {
	if hash == "" {
		credential.Dummy(text)
		return false, false, nil
	}
	return credential.Verify(hash, text)
}

// rehash replaces an outdated hash while the password is known, unless the password was
// changed meanwhile. A failure must not keep the user out: the next sign-in tries again.
func (h handler) rehash(ctx context.Context, current credential.Credential, text string) {
	hash := credential.Hash(text)
	err := h.guard.Credentials.Rehash(ctx, current, hash, h.guard.Now())
	if err != nil {
		slog.WarnContext(ctx, "a password keeps its old hash", "error", err.Error())
	}
}

// noteFailure audits a failed sign-in, and the lock if it was the last that may fail.
func (h handler) noteFailure(ctx context.Context, event api.Event, username string, last bool) {
	h.note(ctx, event, audit.Entry{
		Action: audit.SignInFailed,
		Target: username,
		Result: errCredentials.Code,
	})
	if last {
		h.note(ctx, event, audit.Entry{
			Action: audit.SignInLocked,
			Target: username,
			Result: audit.OK,
		})
	}
}

// note audits what happened at a sign-in. For a name that no user has the target is "",
// and the entry takes as long to write: what was typed may be a password.
func (h handler) note(ctx context.Context, event api.Event, e audit.Entry) {
	e.ID = event.RequestContext.RequestID
	e.At = clock.Of(h.guard.Now())
	e.SourceIP = event.RequestContext.HTTP.SourceIP
	h.guard.Audit.Note(ctx, e)
}

// find looks up a user who wants to sign in. The credential is empty unless they are
// active and have a password; for nobody's name, the profile's username is, too.
func (h handler) find(
	ctx context.Context, name string,
) (user.Profile, credential.Credential, error) {
	profile, err := h.guard.Directory.Get(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		profile.ID = nobody
	} else if err != nil {
		return user.Profile{}, credential.Credential{}, err
	}

	current, err := h.guard.Credentials.Get(ctx, profile.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !profile.Active() {
		return profile, credential.Credential{}, nil
	}
	return profile, current, err
}

// begin stores a session and answers with its token, in the body and as a cookie. The
// session is bound to the password's generation: a new password ends it.
func (h handler) begin(
	ctx context.Context, event api.Event, profile user.Profile, current credential.Credential,
) (api.Answer, error) {
	secret, hashed := token.New(profile.ID)
	expires := h.guard.Now().Add(h.lifetime)
	err := h.guard.Tokens.PutSession(ctx, token.Session{
		UserID:     profile.ID,
		Username:   profile.Key,
		Generation: current.Generation,
		ExpiresAt:  clock.Of(expires),
	}, hashed)
	if err != nil {
		return api.Answer{}, err
	}

	h.note(ctx, event, audit.Entry{
		Action: audit.SignedIn,
		Actor:  profile.Username,
		Target: profile.Username,
		Result: audit.OK,
	})

	answer := api.OK(struct {
		Token     string   `json:"token"`
		ExpiresAt api.Time `json:"expires_at"`
		User      person   `json:"user"`
	}{secret.Reveal(), api.Time{Time: expires}, personOf(profile)})
	answer.Cookies = []string{h.guard.Cookie(secret, expires)}
	return answer, nil
}

// signOut ends the session that the request carries, and takes the cookie back.
func (h handler) signOut(ctx context.Context, event api.Event) (api.Answer, error) {
	s, err := h.guard.Check(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if err := h.guard.End(ctx, s); err != nil {
		return api.Answer{}, err
	}

	h.note(ctx, event, audit.Entry{
		Action: audit.SignedOut,
		Actor:  s.Profile.Username,
		Target: s.Profile.Username,
		Result: audit.OK,
	})

	answer := api.NoContent()
	answer.Cookies = []string{h.guard.Cookie(token.Secret{}, time.Time{})}
	return answer, nil
}

// showSession shows whose session the request carries, and until when it lasts.
func (h handler) showSession(ctx context.Context, event api.Event) (api.Answer, error) {
	s, err := h.guard.Check(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.OK(struct {
		User      person   `json:"user"`
		ExpiresAt api.Time `json:"expires_at"`
	}{personOf(s.Profile), api.Milli(s.ExpiresAt)}), nil
}
