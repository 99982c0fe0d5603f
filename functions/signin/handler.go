package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/limit"
	"latchkey/shared/password"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

type handler struct {
	guard    session.Guard
	limits   limit.Store
	lifetime time.Duration
}

func (h handler) routes() api.Routes {
	return api.Routes{
		"POST /api/sign-in":  h.signIn,
		"POST /api/sign-out": h.signOut,
		"GET /api/session":   h.session,
	}
}

// person is what a session tells of its user.
type person struct {
	Username  string   `json:"username"`
	FirstName api.Text `json:"first_name"`
	LastName  api.Text `json:"last_name"`
	Roles     []string `json:"roles"`
}

func personOf(p user.Profile) person {
	return person{
		p.Username,
		api.Text(p.Fields[user.FirstName]),
		api.Text(p.Fields[user.LastName]),
		p.Roles(),
	}
}

var errCredentials = api.Fail(
	http.StatusUnauthorized,
	"invalid_credentials",
	"The username or the password is wrong.",
)

// signIn answers an unknown, a pending and an inactive user, and a wrong password, the same and in the same time: a password
// is compared with a dummy's hash where there is none.
func (h handler) signIn(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}

	var missing []api.Field
	for name, value := range map[string]string{"username": body.Username, "password": body.Password} {
		if value == "" {
			missing = append(
				missing,
				api.Field{Field: name, Code: "required", Message: "The field has to be given."},
			)
		}
	}

	if missing != nil {
		return api.Answer{}, api.InvalidFields(missing...)
	}

	name, address := user.Key(body.Username), event.RequestContext.HTTP.SourceIP
	last, err := h.limits.Attempt(ctx, name, address, h.guard.Now())

	var locked *limit.TooManyError
	if errors.As(err, &locked) {
		return api.Answer{}, api.TooMany(
			"locked",
			"There were too many failed attempts. Wait, or ask for a new password.",
			locked.After,
		)
	}

	if err != nil {
		return api.Answer{}, err
	}

	profile, kept, err := h.find(ctx, name)
	if err != nil {
		return api.Answer{}, err
	}

	var ok, outdated bool
	if kept.Hash == "" {
		password.Dummy(body.Password)
	} else if ok, outdated, err = password.Verify(kept.Hash, body.Password); err != nil {
		return api.Answer{}, err
	}

	if !ok {
		h.note(
			ctx,
			event,
			audit.Entry{
				Action: audit.SignInFailed,
				Target: profile.Username,
				Result: errCredentials.Code,
			},
		)

		if last {
			h.note(
				ctx,
				event,
				audit.Entry{Action: audit.SignInLocked, Target: profile.Username, Result: audit.OK},
			)
		}

		return api.Answer{}, errCredentials
	}

	if outdated {
		if err := h.guard.Credentials.Rehash(
			ctx,
			kept,
			password.Hash(body.Password),
			h.guard.Now(),
		); err != nil {
			slog.WarnContext(ctx, "a password keeps its old hash", "error", err.Error())
		}
	}

	if err := h.limits.Succeeded(ctx, name, address); err != nil {
		return api.Answer{}, err
	}
	return h.begin(ctx, event, profile, kept)
}

// note records what happened at a sign-in. Of a name that nobody has the entry has none, and takes as long to write.
func (h handler) note(ctx context.Context, event api.Event, e audit.Entry) {
	e.ID, e.At, e.SourceIP = event.RequestContext.RequestID, h.guard.Now().
		UnixMilli(),
		event.RequestContext.HTTP.SourceIP
	h.guard.Audit.Note(ctx, e)
}

// nobody is a user id that none has, looked up for a name that none has, so that both take as many calls.
const nobody = "nobody"

// find looks up who may sign in; for anybody else the credential is empty, and for a name that nobody has the profile's username.
func (h handler) find(
	ctx context.Context,
	name string,
) (user.Profile, credential.Credential, error) {
	profile, err := h.guard.Directory.Get(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		profile.ID = nobody
	} else if err != nil {
		return user.Profile{}, credential.Credential{}, err
	}

	kept, err := h.guard.Credentials.Get(ctx, profile.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !profile.Active() {
		return profile, credential.Credential{}, nil
	}
	return profile, kept, err
}

func (h handler) begin(
	ctx context.Context,
	event api.Event,
	profile user.Profile,
	kept credential.Credential,
) (api.Answer, error) {
	secret, hashed := token.New(profile.ID)
	expires := h.guard.Now().Add(h.lifetime)

	err := h.guard.Tokens.PutSession(ctx, token.Session{
		UserID:     profile.ID,
		Username:   profile.Key,
		Generation: kept.Generation,
		ExpiresAt:  expires.UnixMilli(),
	}, hashed)
	if err != nil {
		return api.Answer{}, err
	}

	h.note(
		ctx,
		event,
		audit.Entry{
			Action: audit.SignedIn,
			Actor:  profile.Username,
			Target: profile.Username,
			Result: audit.OK,
		},
	)
	answer := api.OK(struct {
		Token     string   `json:"token"`
		ExpiresAt api.Time `json:"expires_at"`
		User      person   `json:"user"`
	}{secret.Reveal(), api.Time{Time: expires}, personOf(profile)})
	answer.Cookies = []string{h.guard.Cookie(secret, expires)}
	return answer, nil
}

func (h handler) signOut(ctx context.Context, event api.Event) (api.Answer, error) {
	s, err := h.guard.Check(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if err := h.guard.End(ctx, s); err != nil {
		return api.Answer{}, err
	}

	h.note(
		ctx,
		event,
		audit.Entry{
			Action: audit.SignedOut,
			Actor:  s.Profile.Username,
			Target: s.Profile.Username,
			Result: audit.OK,
		},
	)

	answer := api.NoContent()
	answer.Cookies = []string{h.guard.Cookie(token.Secret{}, time.Time{})}
	return answer, nil
}

func (h handler) session(ctx context.Context, event api.Event) (api.Answer, error) {
	s, err := h.guard.Check(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.OK(struct {
		User      person   `json:"user"`
		ExpiresAt api.Time `json:"expires_at"`
	}{personOf(s.Profile), api.Milli(s.ExpiresAt)}), nil
}
