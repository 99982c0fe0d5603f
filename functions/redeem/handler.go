package main

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/limit"
	"latchkey/shared/message"
	"latchkey/shared/metric"
	"latchkey/shared/throttle"
	"latchkey/shared/token"
	"latchkey/shared/token/codekey"
	"latchkey/shared/user"
	"latchkey/shared/wire"
	"latchkey/shared/work"
)

// handler holds what the function is wired to.
type handler struct {
	directory   directory.Store
	credentials credential.Store
	tokens      token.Store
	limits      limit.Store
	queues      work.Queues
	codeKey     *codekey.Kept
	policy      credential.Policy
	devices     []user.Device
	metrics     metric.Log
	audit       audit.Log
	now         func() time.Time
}

func newHandler(w *wire.Wire) handler {
	return handler{
		directory:   directory.Store{Table: w.Table("directory")},
		credentials: credential.Store{Table: w.Table("credentials")},
		tokens:      token.Store{Table: w.Table("tokens")},
		limits:      limit.Store{Table: w.Table("limits")},
		queues:      work.NewQueues(w.AWS("sqs"), w.Reader, work.Urgent),
		codeKey: &codekey.Kept{
			Client: secretsmanager.NewFromConfig(w.AWS("secretsmanager")),
			Secret: w.Required("CODE_KEY_SECRET"),
		},
		policy: credential.Policy{
			Minimum: w.Number("PASSWORD_MINIMUM"),
			Company: w.Required("COMPANY"),
		},
		devices: user.ReadDevices(w.Reader),
		metrics: w.Metrics(),
		audit:   w.Audit(),
		now:     w.Now,
	}
}

// routes returns the public routes: whoever calls them has no session, only a link or a code.
func (h handler) routes() api.Routes {
	return api.Routes{
		"POST /api/password/check": h.check,
		"POST /api/password":       h.set,
		"POST /api/link/renew":     h.renew,
	}
}

// policyView is what a new password must be like, as the API shows it.
type policyView struct {
	MinLength int `json:"min_length"`
	MaxLength int `json:"max_length"`
}

// checkView is what the API tells of a link or a code. Of an invalid one it tells nothing
// but that; the policy is there only if a password can be set, and the latest message only
// if that has replaced the link.
type checkView struct {
	State        token.State `json:"state"`
	Purpose      api.Text    `json:"purpose"`
	Username     api.Text    `json:"username"`
	ExpiresAt    api.Time    `json:"expires_at"`
	SentAt       api.Time    `json:"sent_at"`
	SentTo       api.Text    `json:"sent_to"`
	LatestSentAt api.Time    `json:"latest_sent_at"`
	LatestSentTo api.Text    `json:"latest_sent_to"`
	Policy       *policyView `json:"policy"`
}

// check tells what a link or a code can be used for. It changes nothing, so that a mail
// scanner that opens a link doesn't use it up; only a wrong code costs a try.
func (h handler) check(ctx context.Context, event api.Event) (api.Answer, error) {
	var body proof
	if err := api.Decode(event, &body); err != nil {
		return api.Answer{}, err
	}
	if err := body.complete(); err != nil {
		return api.Answer{}, err
	}
	if err := h.slowDown(ctx, event, body); err != nil {
		return api.Answer{}, err
	}

	found, err := h.find(ctx, body, event.RequestContext.HTTP.SourceIP)
	if err != nil {
		return api.Answer{}, err
	}

	view := checkView{State: found.state}
	if found.state != token.Invalid {
		view.Purpose = api.Text(found.purpose)
		view.Username = api.Text(found.profile.Username)
		view.ExpiresAt = api.Milli(found.sent.ExpiresAt)
		view.SentAt = api.Milli(found.sent.SentAt)
		view.SentTo = api.Text(maskedTargets(found.sent))
	}
	if found.state == token.Replaced {
		view.LatestSentAt = api.Milli(found.latest.SentAt)
		view.LatestSentTo = api.Text(maskedTargets(found.latest))
	}
	if found.state == token.Valid {
		view.Policy = &policyView{MinLength: h.policy.Minimum, MaxLength: credential.MaxLength}
	}

	return api.OK(view), nil
}

// maskedTargets lists the addresses that a token was sent to, so that its holder recognizes
// them and nobody else learns them.
func maskedTargets(sent token.Sent) string {
	var masked []string
	for _, target := range sent.SentTo {
		masked = append(masked, message.Mask(target.Address))
	}
	return strings.Join(masked, ", ")
}

// renew asks for a fresh link in place of one that its holder shows. The answer is always
// the same: whether a link is sent is decided where the message is taken, so that nobody
// learns here whether a link was ever real. The token itself goes no further than its hash.
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

	if err := throttle.Take(ctx, h.limits, "renew", event, h.now()); err != nil {
		return api.Answer{}, err
	}

	// A text that can't be a token names no user: there is nobody to ask for.
	userID, hashed, err := token.Parse(body.Token)
	if err != nil {
		return api.Accepted(api.Empty{}), nil
	}

	source := event.RequestContext.HTTP.SourceIP
	renewal := work.NewRenew(h.now(), userID, hashed, source)
	if err := h.queues.Send(ctx, renewal, 0); err != nil {
		return api.Answer{}, err
	}
	return api.Accepted(api.Empty{}), nil
}
