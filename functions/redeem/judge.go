package main

import (
	"context"
	"errors"

	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// credentialShown is what a body holds to show that its sender got a message: a link's token, or a username and a code.
type credentialShown struct {
	Token    string `json:"token"`
	Username string `json:"username"`
	Code     string `json:"code"`
}

// finding is what was shown turns out to be worth.
type finding struct {
	state   token.State
	purpose token.Purpose
	profile user.Profile
	sent    token.Sent
	link    token.Link  // where a link was shown
	code    *token.Code // where a code was shown
}

// judge finds out what a link or a code is worth, at source address. It changes nothing, but that a wrong code costs a try.
func (h handler) judge(
	ctx context.Context,
	shown credentialShown,
	address string,
) (finding, error) {
	if shown.Token != "" {
		return h.judgeLink(ctx, shown.Token)
	}
	return h.judgeCode(ctx, shown.Username, shown.Code, address)
}

var worthless = finding{state: token.Invalid}

func (h handler) judgeLink(ctx context.Context, text string) (finding, error) {
	userID, hashed, err := token.Parse(text)
	if err != nil {
		return worthless, nil
	}

	for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
		link, err := h.tokens.Link(ctx, userID, purpose)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}

		if err != nil {
			return finding{}, err
		}

		sent, state := link.Find(hashed, h.now())
		if state == token.Invalid {
			continue
		}

		profile, ok, err := h.holder(ctx, link.Username, userID, sent)
		if err != nil || !ok {
			return worthless, err
		}

		found := finding{state: state, purpose: purpose, profile: profile, sent: sent, link: link}
		if purpose == token.Invite && state != token.Used {
			_, err := h.credentials.Generation(ctx, userID)
			if err == nil { // the password was set another way
				found.state = token.Used
			} else if !errors.Is(err, store.ErrNotFound) {
				return finding{}, err
			}
		}

		return found, nil
	}

	return worthless, nil
}

func (h handler) judgeCode(ctx context.Context, username, typed, address string) (finding, error) {
	profile, err := h.directory.Get(ctx, user.Key(username))
	if errors.Is(err, store.ErrNotFound) {
		return worthless, nil
	}
	if err != nil {
		return finding{}, err
	}

	code, err := h.tokens.Code(ctx, profile.ID)
	if errors.Is(err, store.ErrNotFound) {
		return worthless, nil
	}
	if err != nil {
		return finding{}, err
	}

	err = h.tokens.Try(ctx, code, address)
	if errors.Is(err, token.ErrTries) {
		return worthless, nil
	}
	if err != nil {
		return finding{}, err
	}

	key, err := h.codeKey.CodeKey(ctx)
	if err != nil {
		return finding{}, err
	}
	if !code.Matches(key.Hash(profile.ID, typed)) {
		return worthless, nil
	}
	if err := h.tokens.GiveBack(ctx, code, address); err != nil {
		return finding{}, err
	}

	profile, ok, err := h.holder(ctx, profile.Key, profile.ID, code.Sent)
	if err != nil || !ok {
		return worthless, err
	}

	state := token.Valid
	if h.now().UnixMilli() >= code.ExpiresAt {
		state = token.Expired
	}

	return finding{
		state:   state,
		purpose: token.Reset,
		profile: profile,
		sent:    code.Sent,
		code:    &code,
	}, nil
}

// holder finds whom a token belongs to: a user who is still the same, active, and still has every address that it was sent to,
// for else somebody else may be reading there.
func (h handler) holder(
	ctx context.Context,
	usernameKey, userID string,
	sent token.Sent,
) (user.Profile, bool, error) {
	profile, err := h.directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	if err != nil {
		return user.Profile{}, false, err
	}
	if profile.ID != userID || !profile.Active() {
		return user.Profile{}, false, nil
	}

	for _, target := range sent.SentTo {
		if profile.Fields[target.Device] != target.Address {
			return user.Profile{}, false, nil
		}
	}

	return profile, true, nil
}
