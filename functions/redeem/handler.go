package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/password"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

const (
	// What one source address may ask to be renewed.
	renewalsPerSource = 300
	renewalsWindow    = 5 * time.Minute
	// writes bounds how often a password is tried to be set while others are at the same items.
	writes = 8
	// settled is after how long a request that sets a password has certainly ended: the function's timeout.
	settled = 15 * time.Second
	// noticeDelay is when it is looked at first whether a password was set.
	noticeDelay = time.Second
)

type handler struct {
	directory   directory.Store
	credentials credential.Store
	tokens      token.Store
	limits      limit.Store
	urgent      queue.Queue
	codeKey     *token.KeptCodeKey
	policy      password.Policy
	metrics     metric.Log
	audit       audit.Log
	now         func() time.Time
}

func (h handler) routes() api.Routes {
	return api.Routes{
		"POST /api/password/check": h.check,
		"POST /api/password":       h.set,
		"POST /api/link/renew":     h.renew,
	}
}

// complete says what a body lacks to show something.
func (c credentialShown) complete() error {
	byCode := c.Username != "" || c.Code != ""
	switch {
	case c.Token != "" && byCode:
		return api.Invalid(
			"token",
			"not_allowed",
			"Give a token, or a username and a code, not both.",
		)
	case c.Token == "" && !byCode:
		return api.Invalid("token", "required", "Give a token, or a username and a code.")
	case byCode && c.Username == "":
		return api.Invalid("username", "required", "A code needs its username.")
	case byCode && c.Code == "":
		return api.Invalid("code", "required", "Give the code.")
	}

	return nil
}

type policyView struct {
	MinLength int `json:"min_length"`
	MaxLength int `json:"max_length"`
}

type checkView struct {
	State     token.State `json:"state"`
	Purpose   api.Text    `json:"purpose"`
	Username  api.Text    `json:"username"`
	ExpiresAt api.Time    `json:"expires_at"`
	SentAt    api.Time    `json:"sent_at"`
	SentTo    api.Text    `json:"sent_to"`
	Policy    *policyView `json:"policy"`
}

func (h handler) check(ctx context.Context, event api.Event) (api.Answer, error) {
	var body credentialShown
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if err := body.complete(); err != nil {
		return api.Answer{}, err
	}

	found, err := h.judge(ctx, body, event.RequestContext.HTTP.SourceIP)
	if err != nil {
		return api.Answer{}, err
	}

	view := checkView{State: found.state}
	if found.state != token.Invalid {
		var masked []string
		for _, target := range found.sent.SentTo {
			masked = append(masked, message.Mask(target.Address))
		}

		view.Purpose, view.Username = api.Text(found.purpose), api.Text(found.profile.Username)
		view.ExpiresAt, view.SentAt = api.Milli(found.sent.ExpiresAt), api.Milli(found.sent.SentAt)
		view.SentTo = api.Text(strings.Join(masked, ", "))
	}

	if found.state == token.Valid {
		view.Policy = &policyView{h.policy.Minimum, password.Maximum}
	}

	return api.OK(view), nil
}

var (
	errExpired = api.Fail(http.StatusGone, "link_expired", "This link or code has expired.")
	// errInvalid says the same of all that can't be used, so that nothing is learnt from it.
	errInvalid = api.Fail(http.StatusBadRequest, "link_invalid", "This link or code can't be used.")
)

func usable(state token.State) error {
	switch state {
	case token.Valid:
		return nil
	case token.Expired:
		return errExpired
	}

	return errInvalid
}

// set judges the token before the password, and the password before it hashes it. One transaction then does all, so that of any
// number of requests at once one wins.
func (h handler) set(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct { // credentialShown's fields, not embedded: an error would name them with the struct
		Token    string `json:"token"`
		Username string `json:"username"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}

	shown := credentialShown{body.Token, body.Username, body.Code}
	if err := shown.complete(); err != nil {
		return api.Answer{}, err
	}

	address := event.RequestContext.HTTP.SourceIP

	found, err := h.judge(ctx, shown, address)
	if err != nil {
		return api.Answer{}, err
	}
	if err := usable(found.state); err != nil {
		return api.Answer{}, err
	}
	if err := h.accept(body.Password, found.profile); err != nil {
		return api.Answer{}, err
	}

	now := h.now()
	next := credential.Credential{
		UserID:     found.profile.ID,
		Hash:       password.Hash(body.Password),
		Generation: rand.Text(),
		SetAt:      now.UnixMilli(),
	}
	// Sent before the password is set: whatever dies from here on, deliver looks whether it was, marks the members and tells the user.
	notice := urgent.Message{
		ID: delivery.KindPasswordSet + "#" + job.NewID(now, next.Generation),
		PasswordSet: &urgent.PasswordSet{
			Key:        found.profile.Key,
			UserID:     next.UserID,
			Generation: next.Generation,
			Until:      now.Add(settled).UnixMilli(),
		},
	}
	if err := h.urgent.Send(ctx, notice, noticeDelay); err != nil {
		return api.Answer{}, err
	}

	for range writes {
		first, err := h.write(ctx, found, next)
		if err == nil {
			h.metrics.Count(metric.PasswordsSet, 1)
			h.audit.Note(ctx, audit.Entry{
				ID:       next.Generation,
				At:       next.SetAt,
				Actor:    found.profile.Username,
				Action:   setAction(first, found.code != nil),
				Target:   found.profile.Username,
				SourceIP: address,
				Result:   audit.OK,
			})

			if err := h.limits.Clear(ctx, found.profile.Key); err != nil {
				slog.WarnContext(ctx, "failed sign-ins stay counted", "error", err.Error())
			}

			return api.NoContent(), nil
		}

		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return api.Answer{}, err
		}
		// Somebody else was at the token, the credential or the profile: what is it worth now?
		if found, err = h.judge(ctx, shown, address); err != nil {
			return api.Answer{}, err
		}
		if err := usable(found.state); err != nil {
			return api.Answer{}, err
		}
	}

	return api.Answer{}, errors.New("set password: others were at the same items each time")
}

func (h handler) accept(text string, of user.Profile) error {
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
		refused.Fields = append(
			refused.Fields,
			api.Field{Field: "password", Code: string(reason.Code), Message: reason.Message},
		)
	}

	return refused
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

// write sets the password and ends every link and code of the user; first says that it is the user's first. It answers store.ErrCondition or
// store.ErrConflict if what was found is no longer so.
func (h handler) write(
	ctx context.Context,
	found finding,
	next credential.Credential,
) (first bool, err error) {
	var before *credential.Credential

	kept, err := h.credentials.Generation(ctx, next.UserID)
	switch {
	case err == nil && found.purpose == token.Invite:
		return false, store.ErrCondition
	case err == nil:
		before = &kept
	case !errors.Is(err, store.ErrNotFound):
		return false, err
	}

	next.FirstSetAt = next.SetAt
	if before != nil {
		next.FirstSetAt = before.FirstSetAt
	}

	now := h.now()

	var ops []store.Op

	add := func(op store.Op, failed error) {
		ops, err = append(ops, op), errors.Join(err, failed)
	}
	err = nil

	add(h.directory.CheckOp(found.profile))
	add(h.credentials.SetOp(next, before))

	if found.code != nil {
		add(h.tokens.UseCodeOp(*found.code, now))
	} else {
		add(h.tokens.UseOp(found.link, now))
		add(h.tokens.DropCodeOp(next.UserID))
	}

	for _, purpose := range []token.Purpose{token.Invite, token.Reset} {
		if found.code == nil && purpose == found.purpose {
			continue
		}

		_, missing := h.tokens.Link(ctx, next.UserID, purpose)
		if missing == nil {
			add(h.tokens.RetireOp(next.UserID, purpose, now))
		} else if !errors.Is(missing, store.ErrNotFound) {
			return false, missing
		}
	}

	if err != nil {
		return false, err
	}
	return before == nil, store.Transact(ctx, h.credentials.Table.DB, ops...)
}

// renew always answers the same; whether a link is sent, deliver decides.
func (h handler) renew(ctx context.Context, event api.Event) (api.Answer, error) {
	var body struct {
		Token string `json:"token"`
	}
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if body.Token == "" {
		return api.Answer{}, api.Invalid("token", "required", "Give the token of the link.")
	}

	err := h.limits.Take(
		ctx,
		limit.Name("renew", event.RequestContext.HTTP.SourceIP),
		renewalsPerSource,
		renewalsWindow,
		h.now(),
	)

	var tooMany *limit.TooManyError
	if errors.As(err, &tooMany) {
		return api.Answer{}, api.TooMany(
			"too_many_requests",
			"There were too many requests from this address.",
			tooMany.After,
		)
	}

	if err != nil {
		return api.Answer{}, err
	}

	userID, hashed, err := token.Parse(body.Token)
	if err != nil {
		return api.Accepted(api.Empty{}), nil
	}

	message := urgent.Message{
		ID: delivery.KindRenewal + "#" + job.NewID(h.now(), rand.Text()),
		Renew: &urgent.Renew{
			UserID:   userID,
			Hash:     hashed,
			SourceIP: event.RequestContext.HTTP.SourceIP,
			At:       h.now().UnixMilli(),
		},
	}
	if err := h.urgent.Send(ctx, message, 0); err != nil {
		return api.Answer{}, err
	}
	return api.Accepted(api.Empty{}), nil
}
