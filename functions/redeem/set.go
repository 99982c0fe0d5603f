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
	"latchkey/shared/metric"
	"latchkey/shared/password"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// Refusals of a link or a code that can't set a password.
var (
	errExpired = api.Fail(http.StatusGone, "link_expired", "This link or code has expired.")
	// errInvalid is the same for all that can't be used, so that nothing is learnt from it.
	errInvalid = api.Fail(http.StatusBadRequest, "link_invalid", "This link or code can't be used.")
)

const (
	// writeTries is how often a password is tried to be set while other requests change the
	// same items.
	writeTries = 8
	// requestLife is how long a request that sets a password lives at most: the function's
	// timeout.
	requestLife = 15 * time.Second
	// noticeDelay is how long the notice waits before its receiver looks for the password.
	noticeDelay = time.Second
)

// set sets a password. It looks at the link or code before the password, so that nobody
// tries passwords without one, and at the password before it hashes it, which is costly.
// One transaction then does all: of any number of requests at once exactly one wins.
func (h handler) set(ctx context.Context, event api.Event) (api.Answer, error) {
	// The fields of proof stand here again. If it were embedded, an error would name them
	// with the struct.
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

	// Announce, then act: the notice is queued before the password is set. Whatever dies from
	// here on, whoever takes the notice looks for the password, marks the members and tells
	// the user. If this request loses, they find another generation and end.
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

		// Another request has changed the token, the credential or the profile. The link or
		// code may be used by now, or may still do.
		found, err = h.findUsable(ctx, given, source)
		if err != nil {
			return api.Answer{}, err
		}
	}

	return api.Answer{}, errors.New("set password: others were at the same items each time")
}

// findUsable returns what a link or a code can be used for, or the refusal of one that
// can't set a password.
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

// checkPassword refuses a password that the policy rejects, with each reason.
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

// sendNotice queues the notice that a password of a generation is set. It is looked for
// until this request has certainly ended.
func (h handler) sendNotice(
	ctx context.Context, p user.Profile, next credential.Credential, now time.Time,
) error {
	until := now.Add(requestLife)
	notice := work.NewPasswordSet(now, p.Key, next.UserID, next.Generation, until)
	return h.queues.Send(ctx, notice, noticeDelay)
}

// write sets the password and ends every link and code of the user, in one transaction. It
// returns whether the password is the user's first. It returns store.ErrCondition or
// store.ErrConflict if what was found is no longer so.
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
		// An invite sets a first password only, and there is one by now.
		return false, store.ErrCondition
	default:
		before = &current
		next.FirstSetAt = current.FirstSetAt
	}

	// Three things must be as they were found: the profile, with the addresses that the token
	// was sent to; the credential, whose condition lets a single request through; and the
	// token that was shown.
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

// endTokens returns the operations that end each link and code of a user. The one that was
// shown is used, on condition that it is still the latest and unexpired; the others are
// retired without a condition.
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

// useToken returns the operations that use the code that was shown, or the link, which ends
// the user's code, too.
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

// recordSet counts and audits a password that was set, and forgets the user's failed
// sign-ins: a reset ends their lock. The password stands whatever fails here.
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

// setAction returns the audit's name for how a password was set.
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
