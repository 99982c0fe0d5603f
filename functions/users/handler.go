package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

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
	"latchkey/shared/reach"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/phone"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// maxQuery is longer than a username's key or an address can be, in bytes.
const maxQuery = 1000

// handler holds what the function is wired to.
type handler struct {
	jobs        job.Store
	answers     idempotency.Store
	members     member.Store
	directory   directory.Store
	credentials credential.Store
	tokens      token.Store
	deliveries  delivery.Store
	addresses   reach.Addresses
	limits      limit.Store
	audit       audit.Log
	queues      work.Queues
	ses         *sesv2.Client // for the account's quota, rate and suppression list, never to send
	reach       reach.Rules
	message     message.Settings
	deployment  deployment
	now         func() time.Time
	routes      api.Routes
}

func newHandler(w *wire.Wire) handler {
	rules := reach.Read(w.Reader)
	d := readDeployment(w.Reader, rules.Devices)
	h := handler{
		jobs:        job.Store{Table: w.Table("jobs")},
		answers:     idempotency.Store{Table: w.Table("jobs")},
		members:     member.Store{Table: w.Table("members")},
		directory:   directory.Store{Table: w.Table("directory")},
		credentials: credential.Store{Table: w.Table("credentials")},
		tokens:      token.Store{Table: w.Table("tokens")},
		deliveries:  delivery.Store{Table: w.Table("deliveries")},
		addresses:   reach.Addresses{Table: w.Table("addresses")},
		limits:      limit.Store{Table: w.Table("limits")},
		audit:       w.Audit(),
		queues:      work.NewQueues(w.AWS("sqs"), w.Reader, work.Urgent),
		ses:         carrier.NewSES(w.AWS("sesv2")),
		reach:       rules,
		message: message.Settings{
			Company:    d.company,
			Support:    d.support,
			Language:   rules.Language,
			LinkLength: token.LinkLength(d.baseURL),
		},
		deployment: d,
		now:        w.Now,
	}

	// Every route is an administrator's.
	guard := session.NewGuard(w.Table, d.baseURL, h.audit, w.Now)
	h.routes = guard.Administrator(h.handlers())
	return h
}

// handlers returns the administrator's routes of users, the audit and the settings,
// without the guard that checks the session.
func (h handler) handlers() api.Routes {
	return api.Routes{
		"GET /api/users":                                  h.list,
		"GET /api/users/{username}":                       h.show,
		"POST /api/users/{username}/notifications":        h.notify,
		"POST /api/users/{username}/unlock":               h.unlock,
		"POST /api/users/{username}/sign-out":             h.signOut,
		"POST /api/users/{username}/devices/{name}/clear": h.clearDevice,
		"GET /api/audit":                                  h.listAudit,
		"GET /api/settings":                               h.showSettings,
	}
}

// Refusals of the routes.
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
	errLongQuery = api.Invalid(
		"q",
		"too_long",
		"That is longer than any username or address.",
	)
)

// userOf reads the user that a request's path names, and names them in the audit as the
// request's target. It returns errUser for one that isn't there.
func (h handler) userOf(ctx context.Context, event api.Event) (user.Profile, error) {
	key := user.Key(unescaped(event.PathParameters["username"]))
	found, err := h.directory.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, errUser
	}
	if err != nil {
		return user.Profile{}, err
	}

	session.About(ctx, session.Subject{Target: found.Username})
	return found, nil
}

// unescaped decodes a part of a path once more, for a front that leaves parameters as
// they are in the path. No username and no device's name has a '%': one that is decoded
// already stays as it is.
func unescaped(part string) string {
	if decoded, err := url.PathUnescape(part); err == nil {
		return decoded
	}
	return part
}

// list finds users by the start of their username, or by a whole address, in the order of
// their keys. Without a text it lists all.
func (h handler) list(ctx context.Context, event api.Event) (api.Answer, error) {
	var query string
	list, err := api.ReadList[string](event, searched(&query))
	if err != nil {
		return api.Answer{}, err
	}

	query, canonical := addressIn(query)
	starts := startsOf(query)
	if list.Continued && !isResult(list.After, starts, canonical) {
		return api.Answer{}, api.ErrCursor
	}

	found, next, err := h.directory.Search(ctx, starts, canonical, list.After, list.Limit)
	if err != nil {
		return api.Answer{}, err
	}

	summaries, err := h.summaries(ctx, found)
	if err != nil {
		return api.Answer{}, err
	}

	return api.OK(api.PageOf(summaries, next)), nil
}

// addressIn returns what is searched, and its canonical form as an address: "" for what is
// none, which is searched as a username alone. A plus that is typed into a URL arrives as a
// space: if that makes an address of the text, it was one.
func addressIn(query string) (text, canonical string) {
	for _, text := range []string{
		query,
		strings.ReplaceAll(query, " ", "+"),
		strings.Replace(query, " ", "+", 1), // a number's, which may have spaces as well
	} {
		if canonical, ok := userfile.Address(text, phone.Parse); ok {
			return text, canonical
		}
	}
	return query, ""
}

// startsOf returns how a username's key may begin that is searched: a space in it may be a
// plus that was typed by hand.
func startsOf(query string) []string {
	starts := []string{user.Key(query)}
	if strings.Contains(query, " ") {
		starts = append(starts, user.Key(strings.ReplaceAll(query, " ", "+")))
	}
	return starts
}

// searched returns the parameter for what is searched. One that is longer than any
// username or address is refused.
func searched(value *string) api.Parameter {
	return api.Parameter{Name: "q", Read: func(text string) error {
		// Folding may make a text longer: no key of a table is as long as that.
		longest := max(len(text), len(user.Key(text)))
		if longest > maxQuery || !utf8.ValidString(text) {
			return errLongQuery
		}

		*value = text
		return nil
	}}
}

// isResult reports whether a search can have found the user of a key. Where only
// usernames are searched, it must begin as they do. No username has a '#'.
func isResult(key string, starts []string, canonical string) bool {
	begins := func(start string) bool { return strings.HasPrefix(key, start) }
	isKey := key != "" && !strings.Contains(key, "#") &&
		len(key) <= maxQuery && user.Key(key) == key
	return isKey && (canonical != "" || slices.ContainsFunc(starts, begins))
}

// unlock forgets the failed sign-ins of a user, and so ends their lock.
func (h handler) unlock(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.userOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.NoContent(), h.limits.Clear(ctx, p.Key)
}

// signOut ends all sessions of a user. Each request checks its session: they end at once.
func (h handler) signOut(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.userOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	return api.NoContent(), h.tokens.EndSessions(ctx, p.ID)
}

// clearDevice takes a device's address off SES's suppression list and then the mark from
// it: it can be delivered to again. Then it asks to look again whether the user's jobs can
// reach them, which must come after. If the request dies in between, clearing the device
// again does the rest.
func (h handler) clearDevice(ctx context.Context, event api.Event) (api.Answer, error) {
	p, err := h.userOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	name := unescaped(event.PathParameters["name"])
	for _, device := range h.reach.Devices {
		to := p.Fields[device.Name]
		if to == "" || !strings.EqualFold(device.Name, name) {
			continue
		}

		if device.Channel == user.Email {
			if err := carrier.Unsuppress(ctx, h.ses, to); err != nil {
				return api.Answer{}, err
			}
		}
		err := h.addresses.Clear(ctx, reach.AddressKey(device.Channel, to), h.now())
		if err != nil {
			return api.Answer{}, err
		}
		return api.NoContent(), h.askReach(ctx, p)
	}

	return api.Answer{}, errDevice
}

// askReach asks to look again whether a user's jobs can reach them, while an
// administrator waits for it.
func (h handler) askReach(ctx context.Context, p user.Profile) error {
	return h.queues.Send(ctx, work.CheckReach{Key: p.Key, UserID: p.ID, Waiting: true}, 0)
}
