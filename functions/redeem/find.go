package main

import (
	"context"
	"crypto/rand"
	"errors"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/throttle"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// proof is what a body holds to prove that its sender got a message: a link's token, or a
// username and a code.
type proof struct {
	Token    string `json:"token"`
	Username string `json:"username"`
	Code     string `json:"code"`
}

// complete refuses a body that holds neither a token nor a username with its code, or both.
func (p proof) complete() error {
	byCode := p.Username != "" || p.Code != ""
	switch {
	case p.Token != "" && byCode:
		return api.Invalid(
			"token",
			"not_allowed",
			"Give a token, or a username and a code, not both.",
		)
	case p.Token == "" && !byCode:
		return api.Invalid("token", "required", "Give a token, or a username and a code.")
	case byCode && p.Username == "":
		return api.Invalid("username", "required", "A code needs its username.")
	case byCode && p.Code == "":
		return api.Invalid("code", "required", "Give the code.")
	}

	return nil
}

// finding is the result of checking a link or a code.
type finding struct {
	state   token.State
	purpose token.Purpose
	profile user.Profile
	// credential is the user's as it was read, nil for a pending user.
	credential *credential.Credential
	sent       token.Sent
	latest     token.Sent // what a replaced link was replaced by
	byCode     bool       // a code was shown
}

// invalid is the finding of everything that isn't, or is no longer, a user's link or code.
var invalid = finding{state: token.Invalid}

// slowDown counts a request that shows a code against its source address. Nobody should try
// many usernames or codes; a link's token can't be guessed, and needs no limit.
func (h handler) slowDown(ctx context.Context, event api.Event, given proof) error {
	if given.Token != "" {
		return nil
	}
	return throttle.Take(ctx, h.limits, "code", event, h.now())
}

// find checks a link or a code that was shown from a source address. It changes nothing,
// but that a wrong code costs a try.
func (h handler) find(ctx context.Context, given proof, source string) (finding, error) {
	if given.Token != "" {
		return h.findLink(ctx, given.Token)
	}
	return h.findCode(ctx, given.Username, given.Code, source)
}

// findLink checks a link's token. A token names its user, but not the link's purpose: the
// link may be their latest invite or reset, or one that was replaced.
func (h handler) findLink(ctx context.Context, text string) (finding, error) {
	userID, hashed, err := token.Parse(text)
	if err != nil {
		return invalid, nil
	}

	links, current, err := h.linksAndPassword(ctx, userID)
	if err != nil {
		return finding{}, err
	}

	for purpose, link := range links {
		sent, state := link.Find(hashed, setAt(current), h.now())
		if state == token.Invalid {
			continue
		}

		profile, ok, err := h.holder(ctx, link.Username, userID)
		if err != nil || !ok {
			return invalid, err
		}
		// Whoever reads an address that the user has no more must not set their password.
		if state == token.Valid && !sent.StillOf(profile, h.devices) {
			state = token.Expired
		}
		return finding{
			state:      state,
			purpose:    purpose,
			profile:    profile,
			credential: current,
			sent:       sent,
			latest:     link.Sent,
		}, nil
	}

	return invalid, nil
}

// linksAndPassword reads a user's links and their credential, nil for none, both at once.
func (h handler) linksAndPassword(
	ctx context.Context, userID string,
) (links map[token.Purpose]token.Link, current *credential.Credential, err error) {
	readLinks := func(ctx context.Context) (err error) {
		links, err = h.tokens.OfUser(ctx, userID)
		return err
	}
	readPassword := func(ctx context.Context) (err error) {
		current, err = h.password(ctx, userID)
		return err
	}
	err = parallel.All(ctx, readLinks, readPassword)
	return links, current, err
}

// password reads a user's credential, without its hash. It returns nil for a pending user.
func (h handler) password(ctx context.Context, userID string) (*credential.Credential, error) {
	found, err := h.credentials.WithoutHash(ctx, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &found, err
}

// setAt returns when a password was set, 0 for none.
func setAt(current *credential.Credential) clock.Millis {
	if current == nil {
		return 0
	}
	return max(current.SetAt, 1) // one that is there was set, whatever its time
}

// findCode checks a code that was typed. An unknown username, one without a code, a dead
// code and a wrong one have the same result after the same calls, so that the time doesn't
// tell which usernames there are.
func (h handler) findCode(ctx context.Context, username, typed, source string) (finding, error) {
	if !token.IsCode(typed) { // which is no try of anybody's code
		return invalid, nil
	}

	profile, err := h.directory.Get(ctx, user.Key(username))
	if errors.Is(err, store.ErrNotFound) {
		profile = user.Profile{ID: rand.Text()} // nobody's
		err = nil
	}
	if err != nil {
		return finding{}, err
	}

	link, err := h.tokens.Link(ctx, profile.ID, token.Reset)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return finding{}, err
	}
	if link.Code == nil {
		link.Code = &token.Code{} // a try of it is refused
	}

	ok, err := h.tryCode(ctx, profile.ID, *link.Code, typed, source)
	if err != nil || !ok {
		return invalid, err
	}

	// Read again after the try: the profile may have lost an address of the code meanwhile.
	profile, ok, err = h.holder(ctx, profile.Key, profile.ID)
	if err != nil || !ok || !link.StillOf(profile, h.devices) {
		return invalid, err
	}

	current, err := h.password(ctx, profile.ID)
	if err != nil {
		return finding{}, err
	}
	state := link.CodeState(setAt(current), h.now())
	if state == token.Used {
		return invalid, nil
	}

	sent := link.Sent
	sent.ExpiresAt = link.Code.ExpiresAt
	return finding{
		state:      state,
		purpose:    token.Reset,
		profile:    profile,
		credential: current,
		sent:       sent,
		byCode:     true,
	}, nil
}

// tryCode reports whether a typed code is the user's. The try is taken before the code is
// compared: requests at once can't have more tries than there are. A right code gets its
// try back; a death in between costs one try.
func (h handler) tryCode(
	ctx context.Context, userID string, code token.Code, typed, source string,
) (bool, error) {
	err := h.tokens.Try(ctx, userID, code, source)
	if errors.Is(err, token.ErrTries) {
		return false, nil
	}
	if err != nil {
		return false, err
	}

	key, err := h.codeKey.CodeKey(ctx)
	if err != nil {
		return false, err
	}
	if !code.Matches(key.Hash(userID, typed)) {
		return false, nil
	}
	return true, h.tokens.GiveBack(ctx, userID, code, source)
}

// holder returns the user that a token belongs to, and whether there is one: they must be
// the same user as then, and active.
func (h handler) holder(
	ctx context.Context, usernameKey, userID string,
) (user.Profile, bool, error) {
	profile, err := h.directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	if err != nil {
		return user.Profile{}, false, err
	}
	return profile, profile.ID == userID && profile.Active(), nil
}
