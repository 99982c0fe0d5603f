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
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/metric"
	"latchkey/shared/parallel"
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
	// writeTries is how often a password is tried to be set while other requests set one.
	writeTries = 8
	// requestLife is how long a request that sets a password lives at most: the function's
	// timeout.
	requestLife = 15 * time.Second
	// noticeDelay is how long the notice waits before its receiver looks for the password.
	noticeDelay = time.Second
)

// set sets a password. It looks at the link or code before the password, so that nobody
// tries passwords without one, and at the password before it hashes it, which is costly.
// One conditional write then does all: of any number of requests at once exactly one wins.
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
	if err := h.slowDown(ctx, event, given); err != nil {
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

	next, err := h.prepare(ctx, found, body.Password, source)
	if err != nil {
		return api.Answer{}, err
	}

	for range writeTries {
		next.SetAt = clock.Of(h.now())
		err := h.write(ctx, found, next)
		if err == nil {
			h.recordSet(ctx, found, next, source)
			return api.NoContent(), nil
		}
		if !errors.Is(err, store.ErrCondition) {
			return api.Answer{}, err
		}

		// Another request has set a password. The link or code is used by now, or still works.
		found, err = h.findUsable(ctx, given, source)
		if err != nil {
			return api.Answer{}, err
		}
	}

	return api.Answer{}, errors.New("set password: others have set one each time")
}

// prepare hashes a password, and queues the notice that it is set. Announce, then act: the
// notice is queued before the password is set. Whatever dies from here on, whoever takes the
// notice looks for the password and tells the user. If this request loses, they find another
// generation and end.
//
// Hashing takes a processor for longer than the queue takes to answer, so both go at once.
func (h handler) prepare(
	ctx context.Context, found finding, text, source string,
) (credential.Credential, error) {
	now := h.now()
	notice := work.NewPasswordSet(now, work.PasswordSet{
		Key:        found.profile.Key,
		UserID:     found.profile.ID,
		Generation: rand.Text(),
		Until:      clock.Of(now.Add(requestLife)),
		Username:   found.profile.Username,
		Action:     string(found.setAction()),
		SourceIP:   source,
	})

	hash := ""
	sendNotice := func(ctx context.Context) error {
		return h.queues.Send(ctx, notice, noticeDelay)
	}
	makeHash := func(context.Context) error {
		hash = credential.Hash(text)
		return nil
	}
	err := parallel.All(ctx, sendNotice, makeHash)
	return credential.Credential{
		UserID:     notice.UserID,
		Hash:       hash,
		Generation: notice.Generation,
	}, err
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
	reasons := h.policy.Check(text, credential.Person{
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

// write sets the password. It returns store.ErrCondition if another request has set one since
// the credential was read.
//
// That condition lets a single request through, and what it lets through ends each link and
// code of the user which was made up to now: what they are worth follows from the time at
// which the password was set. The profile has no condition. A user who is removed, or loses
// the address, while their request is under way could as well have come just before: a
// removed user's password is erased ([work.EraseUsers]) long after such a request has ended.
func (h handler) write(ctx context.Context, found finding, next credential.Credential) error {
	next.FirstSetAt = next.SetAt
	if found.credential != nil {
		next.FirstSetAt = found.credential.FirstSetAt
	}
	return h.credentials.Set(ctx, next, found.credential)
}

// recordSet counts and audits a password that was set, and forgets the user's failed
// sign-ins: a reset ends their lock. The password stands whatever fails here. Whoever takes
// the notice puts the audit's entry if it isn't there.
func (h handler) recordSet(
	ctx context.Context, found finding, next credential.Credential, source string,
) {
	h.metrics.Count(metric.PasswordsSet, 1)

	note := func(ctx context.Context) error {
		h.audit.Note(ctx, audit.Entry{
			ID:       next.Generation,
			At:       next.SetAt,
			Actor:    found.profile.Username,
			Action:   found.setAction(),
			Target:   found.profile.Username,
			SourceIP: source,
			Result:   audit.OK,
		})
		return nil
	}
	forget := func(ctx context.Context) error {
		if err := h.limits.Clear(ctx, found.profile.Key); err != nil {
			slog.WarnContext(ctx, "failed sign-ins stay counted", "error", err.Error())
		}
		return nil
	}
	_ = parallel.All(ctx, note, forget)
}

// setAction returns the audit's name for how a password is set.
func (f finding) setAction() audit.Action {
	first := f.credential == nil
	switch {
	case first && f.byCode:
		return audit.PasswordSetByCode
	case first:
		return audit.PasswordSetByLink
	case f.byCode:
		return audit.PasswordResetByCode
	}

	return audit.PasswordResetByLink
}
