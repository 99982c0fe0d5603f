package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/metric"
	"latchkey/shared/password"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const (
	// writeTries bounds how often a password is tried to be set while others are at the
	// same items.
	writeTries = 8
	// requestLife is after how long a request that sets a password has certainly ended:
	// the function's timeout.
	requestLife = 15 * time.Second
	// noticeDelay is when it is looked at first whether a password was set.
	noticeDelay = time.Second
)

// set judges the token before the password, and the password before it hashes it. One
// transaction then does all, so that of any number of requests at once one wins.
func (h handler) set(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct {
		Token    string `json:"token"`
		Username string `json:"username"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}

	given := proof{Token: body.Token, Username: body.Username, Code: body.Code}
	if err := given.complete(); err != nil {
		return api.Answer{}, err
	}

	source := event.RequestContext.HTTP.SourceIP
	found, err := h.findUsable(ctx, given, source)
	if err != nil {
		return api.Answer{}, err
	}
	if err := h.checkPassword(body.Password, found.profile); err != nil {
		return api.Answer{}, err
	}

	now := h.now()
	next := credential.Credential{
		UserID:     found.profile.ID,
		Hash:       password.Hash(body.Password),
		Generation: rand.Text(),
		SetAt:      now.UnixMilli(),
	}

	if err := h.sendNotice(ctx, found.profile, next, now); err != nil {
		return api.Answer{}, err
	}

	for range writeTries {
		first, err := h.write(ctx, found, next)
		if err == nil {
			h.recordSet(ctx, found, next, first, source)
			return api.NoContent(), nil
		}
		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return api.Answer{}, err
		}

		found, err = h.findUsable(ctx, given, source)
		if err != nil {
			return api.Answer{}, err
		}
	}

	return api.Answer{}, errors.New("set password: others were at the same items each time")
}

func (h handler) findUsable(ctx context.Context, given proof, source string) (finding, error) {
	found, err := h.find(ctx, given, source)
	if err != nil {
		return finding{}, err
	}

	switch found.state {
	case token.Valid:
		return found, nil
	case token.Expired:
		return finding{}, errExpired
	}

	return finding{}, errInvalid
}

func (h handler) checkPassword(text string, of user.Profile) error {
	reasons := h.policy.Check(text, password.Person{
		Username:  of.Username,
		FirstName: of.Fields[user.FirstName],
		LastName:  of.Fields[user.LastName],
	})
	if len(reasons) == 0 {
		return nil
	}

	refused := api.Fail(
		http.StatusUnprocessableEntity,
		"password_rejected",
		"This password can't be used.",
	)
	for _, reason := range reasons {
		refused.Fields = append(refused.Fields, api.Field{
			Field:   "password",
			Code:    string(reason.Code),
			Message: reason.Message,
		})
	}

	return refused
}

func (h handler) sendNotice(
	ctx context.Context, p user.Profile, next credential.Credential, now time.Time,
) error {
	notice := urgent.Message{
		ID: delivery.KindPasswordSet + "#" + job.NewID(now, next.Generation),
		PasswordSet: &urgent.PasswordSet{
			Key:        p.Key,
			UserID:     next.UserID,
			Generation: next.Generation,
			Until:      now.Add(requestLife).UnixMilli(),
		},
	}
	return h.urgent.Send(ctx, notice, noticeDelay)
}

// write sets the password and ends every link and code of the user; first says that it
// is the user's first. It answers store.ErrCondition or store.ErrConflict if what was
// found is no longer so.
func (h handler) write(
	ctx context.Context, found finding, next credential.Credential,
) (first bool, err error) {
	var before *credential.Credential
	current, err := h.credentials.Generation(ctx, next.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		next.FirstSetAt = next.SetAt
	case err != nil:
		return false, err
	case found.purpose == token.Invite:
		return false, store.ErrCondition
	default:
		before = &current
		next.FirstSetAt = current.FirstSetAt
	}

	checkProfile, err := h.directory.CheckOp(found.profile)
	if err != nil {
		return false, err
	}

	setPassword, err := h.credentials.SetOp(next, before)
	if err != nil {
		return false, err
	}

	endTokens, err := h.endTokens(ctx, found, h.now())
	if err != nil {
		return false, err
	}

	ops := append([]store.Op{checkProfile, setPassword}, endTokens...)
	return before == nil, store.Transact(ctx, h.credentials.Table.DB, ops...)
}

func (h handler) endTokens(ctx context.Context, found finding, now time.Time) ([]store.Op, error) {
	ops, err := h.useToken(found, now)
	if err != nil {
		return nil, err
	}

	for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
		if found.code == nil && purpose == found.purpose {
			continue // the link that was shown
		}

		_, err := h.tokens.Link(ctx, found.profile.ID, purpose)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}

		retire, err := h.tokens.RetireOp(found.profile.ID, purpose, now)
		if err != nil {
			return nil, err
		}
		ops = append(ops, retire)
	}

	return ops, nil
}

func (h handler) useToken(found finding, now time.Time) ([]store.Op, error) {
	if found.code != nil {
		use, err := h.tokens.UseCodeOp(*found.code, now)
		return []store.Op{use}, err
	}

	use, err := h.tokens.UseOp(found.link, now)
	if err != nil {
		return nil, err
	}

	drop, err := h.tokens.DropCodeOp(found.profile.ID)
	return []store.Op{use, drop}, err
}

func (h handler) recordSet(
	ctx context.Context, found finding, next credential.Credential, first bool, source string,
) {
	h.metrics.Count(metric.PasswordsSet, 1)
	h.audit.Note(ctx, audit.Entry{
		ID:       next.Generation,
		At:       next.SetAt,
		Actor:    found.profile.Username,
		Action:   setAction(first, found.code != nil),
		Target:   found.profile.Username,
		SourceIP: source,
		Result:   audit.OK,
	})

	if err := h.limits.Clear(ctx, found.profile.Key); err != nil {
		slog.WarnContext(ctx, "failed sign-ins stay counted", "error", err.Error())
	}
}

// setAction names what was done for the audit.
func setAction(first, byCode bool) audit.Action {
	switch {
	case first && byCode:
		return audit.PasswordSetByCode
	case first:
		return audit.PasswordSetByLink
	case byCode:
		return audit.PasswordResetByCode
	}

	return audit.PasswordResetByLink
}
