package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/carrier"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/idempotency"
	"latchkey/shared/job"
	"latchkey/shared/limit"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/queue"
	"latchkey/shared/reach"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

type handler struct {
	jobs        job.Store
	answers     idempotency.Store
	members     member.Store
	directory   directory.Store
	credentials credential.Store
	tokens      token.Store
	deliveries  delivery.Store
	addresses   address.Store
	limits      limit.Store
	audit       audit.Log
	urgent      queue.Queue
	// account asks SES what the account may send.
	account    func(context.Context) (carrier.Account, error)
	reach      reach.Rules
	message    message.Settings
	deployment Deployment
	now        func() time.Time
}

func (h handler) handlers() api.Routes {
	return api.Routes{
		"GET /api/users":                                  h.list,
		"GET /api/users/{username}":                       h.show,
		"POST /api/users/{username}/notifications":        h.notify,
		"POST /api/users/{username}/unlock":               h.unlock,
		"POST /api/users/{username}/sign-out":             h.signOut,
		"POST /api/users/{username}/devices/{name}/clear": h.clear,
		"GET /api/audit":                                  h.listAudit,
		"GET /api/settings":                               h.settings,
	}
}

var (
	errUser     = api.Fail(http.StatusNotFound, "user_not_found", "There is no such user.")
	errDevice   = api.Fail(http.StatusNotFound, "not_found", "The user has no such device.")
	errInactive = api.Fail(
		http.StatusConflict,
		"user_inactive",
		"The user is inactive, and is sent nothing.",
	)
	errNoDevice = api.Fail(
		http.StatusConflict,
		"no_device",
		"The user has no device that a message can be sent to.",
	)
	errCursor = api.Invalid("cursor", "invalid_cursor", "The cursor is not one of this list.")
)

// maxQuery is longer than a username's key or an address can be, in bytes.
const maxQuery = 1000

// user finds the user of a request's path, and says in the audit whom it is about.
func (h handler) user(ctx context.Context, event api.Event) (user.Profile, error) {
	found, err := h.directory.Get(ctx, user.Key(decoded(event.PathParameters["username"])))
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, errUser
	}
	if err != nil {
		return user.Profile{}, err
	}

	session.About(ctx, session.Subject{Target: found.Username})

	return found, nil
}

// decoded decodes a part of a path once more, for a front that leaves parameters as they are in the path. No username and no device's name has a '%'.
func decoded(part string) string {
	if once, err := url.PathUnescape(part); err == nil {
		return once
	}
	return part
}

// list finds users by the start of their username, or by a whole address.
func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "q")
	if err != nil {
		return api.Answer{}, err
	}

	if len(query["q"]) > maxQuery || !utf8.ValidString(query["q"]) {
		return api.Answer{}, api.Invalid(
			"q",
			"too_long",
			"That is longer than any username or address.",
		)
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	start := user.Key(query["q"])
	address, _ := userfile.Address(query["q"])

	var after string

	given, err := api.Cursor(event, &after)
	if err != nil {
		return api.Answer{}, err
	}

	if given &&
		(after == "" || strings.HasPrefix(after, "#") || len(after) > maxQuery || user.Key(after) != after || address == "" && !strings.HasPrefix(after, start)) {
		return api.Answer{}, errCursor
	}

	found, next, err := h.directory.Search(ctx, start, address, after, limit)
	if err != nil {
		return api.Answer{}, err
	}

	page := api.Page[summary]{}
	if page.Items, err = h.summaries(ctx, found); err != nil {
		return api.Answer{}, err
	}

	if next != "" {
		page.Next = api.NextCursor(next)
	}

	return api.OK(page), nil
}

// unlock forgets the failed sign-ins of a user.
func (h handler) unlock(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.user(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.NoContent(), h.limits.Clear(ctx, p.Key)
}

// signOut ends all sessions of a user.
func (h handler) signOut(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.user(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.NoContent(), h.tokens.EndSessions(ctx, p.ID)
}

// clear takes the mark of a device's address away, and has it looked at again whether the user's jobs can reach him.
func (h handler) clear(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.user(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	for _, d := range h.reach.Devices {
		if to := p.Fields[d.Name]; to != "" &&
			strings.EqualFold(d.Name, decoded(event.PathParameters["name"])) {
			if err := h.addresses.Clear(ctx, address.Key(d.Channel, to), h.now()); err != nil {
				return api.Answer{}, err
			}
			return api.NoContent(), h.urgent.Send(ctx, reachAgain(p), 0)
		}
	}

	return api.Answer{}, errDevice
}
