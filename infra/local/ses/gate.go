// Package ses stands in for SES: a gate enforces the account's limits before the engine
// that takes the mail, and the events of each email are told as SES tells them.
package ses

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/inbox"
)

const (
	// unlimited is the rate that is answered where there is no limit, in messages a
	// second.
	unlimited = 100_000
	// clearEvery is after how many emails the engine is told to forget those that it
	// holds.
	clearEvery = 1000
	// maxRequest is the most bytes of a request: SES's 40 MB
	// (https://docs.aws.amazon.com/ses/latest/dg/quotas.html).
	maxRequest = 40 << 20
	// throttled is what SES says above the rate, and usedUp above the quota of a day.
	throttled = "Maximum sending rate exceeded."
	usedUp    = "Daily message quota exceeded."
)

// Gate is the gate before the engine that stands in for SES. It enforces the account's
// send rate, quota, identities and suppression list as SES does, logs what the engine
// accepted, and has the events of an email told if its request names a configuration set.
//
// It lets SendEmail of a simple message, GetAccount and what is about an address of the
// suppression list pass, and nothing else.
type Gate struct {
	// Quota is how many messages (recipients) are taken in any 24 hours of the Clock; 0
	// is no limit.
	Quota int
	// Clock is the machine's unless it is set.
	Clock *Clock
	// Sandbox makes the account one without production access, as a new one is: mail goes
	// to verified identities alone.
	Sandbox bool
	// Identities are the verified ones: addresses and domains, in ASCII. A domain stands
	// for all addresses in it and in those below.
	Identities []string
	// ConfigurationSets are the names of those that there are.
	ConfigurationSets []string
	// Events tells what becomes of messages that SendEmail took. If it is nil, nobody is
	// told.
	Events *Events

	engine  string // the endpoint
	log     *inbox.Log
	rate    float64 // messages a second; 0 is no limit
	limiter *rate.Limiter
	asked   *rate.Limiter // how often GetAccount is
	day     window        // messages
	taken   atomic.Int64  // emails; the engine holds the latest of them

	suppressed suppressionList
}

// NewGate returns the gate before the engine at an endpoint. The rate is in messages
// (recipients) a second, with bursts of one second's worth; 0 is no limit. The exported
// fields may be set before the first request.
func NewGate(endpoint string, log *inbox.Log, perSecond float64) *Gate {
	g := &Gate{
		engine:  endpoint,
		log:     log,
		rate:    perSecond,
		limiter: rate.NewLimiter(rate.Inf, 0),
		asked:   rate.NewLimiter(1, 1),
		Clock:   &Clock{},
	}
	if perSecond > 0 {
		g.limiter = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
	}

	return g
}

// suppressionPath is where the account's suppression list is.
const suppressionPath = "/v2/email/suppression/addresses"

// ServeHTTP answers SendEmail, GetAccount and those of the suppression list of SES's API
// v2.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		refuse(w, http.StatusBadRequest, "BadRequestException", "the request can't be read")
		return
	}

	if address, ok := strings.CutPrefix(r.URL.Path, suppressionPath+"/"); ok {
		switch r.Method {
		case http.MethodGet:
			g.getSuppressed(w, address)
			return
		case http.MethodDelete:
			g.deleteSuppressed(w, address)
			return
		}
	}

	switch r.Method + " " + r.URL.Path {
	case "GET /v2/email/account":
		g.account(w)
	case "PUT " + suppressionPath:
		g.putSuppressed(w, body)
	case "POST /v2/email/outbound-emails":
		// What was begun is finished though the caller has gone: an email that the engine
		// accepted must be in the log.
		g.send(context.WithoutCancel(r.Context()), w, r, body)
	default:
		refuse(w, http.StatusNotFound, "NotFoundException",
			"the local SES only sends, tells the account's limits and keeps its suppression list")
	}
}

// account answers GetAccount, once a second at the most
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html,
// https://docs.aws.amazon.com/ses/latest/dg/quotas.html).
func (g *Gate) account(w http.ResponseWriter) {
	if !g.asked.AllowN(g.Clock.Now(), 1) {
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate exceeded")
		return
	}

	perSecond := g.rate
	if perSecond == 0 {
		perSecond = unlimited
	}

	perDay := float64(g.Quota)
	if g.Quota == 0 {
		perDay = perSecond * (24 * time.Hour).Seconds()
	}

	answer, err := json.Marshal(map[string]any{
		"DedicatedIpAutoWarmupEnabled": false,
		"EnforcementStatus":            "HEALTHY",
		"ProductionAccessEnabled":      !g.Sandbox,
		"SendingEnabled":               true,
		"SendQuota": map[string]float64{
			"Max24HourSend":   perDay,
			"MaxSendRate":     perSecond,
			"SentLast24Hours": float64(g.day.count(g.Clock.Now())),
		},
	})
	pass(w, http.StatusOK, answer, err)
}

// sendRequest is what the gate reads of SendEmail's request
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html).
type sendRequest struct {
	FromEmailAddress     string
	ReplyToAddresses     []string
	ConfigurationSetName string
	EmailTags            []struct{ Name, Value string }
	Destination          struct{ ToAddresses, CcAddresses, BccAddresses []string }
	Content              struct{ Simple *simpleMessage }
}

// simpleMessage is a message that is neither raw nor made from a template.
type simpleMessage struct {
	Subject struct{ Data string }
	Body    struct{ Text, HTML struct{ Data string } }
	Headers []struct{ Name, Value string }
}

func (r sendRequest) recipients() []string {
	d := r.Destination
	return slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses)
}

// addresses returns the recipients' addresses alone.
func (r sendRequest) addresses() []string {
	var all []string
	for _, to := range r.recipients() {
		all = append(all, bare(to))
	}
	return all
}

// send answers SendEmail. A message takes its share of the quota and of the rate before
// it is handed to the engine. The quota has its share back if the message isn't sent.
func (g *Gate) send(ctx context.Context, w http.ResponseWriter, r *http.Request, body []byte) {
	var request sendRequest
	if json.Unmarshal(body, &request) != nil {
		refuse(w, http.StatusBadRequest, "BadRequestException",
			"the request isn't JSON of SendEmail")
		return
	}
	refused := request.refusal()
	if refused == nil {
		refused = g.refusal(request)
	}
	if refused != nil {
		refuse(w, refused.status, refused.kind, refused.message)
		return
	}

	messages := len(request.recipients())
	if got := g.day.take(messages, g.Quota, g.Clock.Now()); got < messages {
		g.day.giveBack(got)
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", usedUp)
		return
	}
	if !g.limiter.AllowN(time.Now(), messages) {
		g.day.giveBack(messages)
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", throttled)
		return
	}

	listed := g.suppressed.of(request.addresses())
	status, answer, err := g.handOver(ctx, r, body, request.messages(listed))
	switch {
	case err != nil || status != http.StatusOK:
		g.day.giveBack(messages)
	case g.Events != nil && request.ConfigurationSetName != "":
		err = g.tell(request, listed, answer)
		fallthrough
	default:
		g.suppressed.learn(request.addresses(), g.Clock.Now())
	}

	pass(w, status, answer, err)
}

// handOver hands an email to the engine, and logs its messages.
func (g *Gate) handOver(
	ctx context.Context, r *http.Request, body []byte, messages []inbox.Message,
) (status int, answer []byte, err error) {
	status, answer, err = g.call(ctx, r.Method, r.URL.Path, r.Header, body)
	if err != nil || status != http.StatusOK {
		return status, answer, err
	}

	if err := g.log.Add(messages...); err != nil {
		return 0, nil, err
	}
	if g.taken.Add(1)%clearEvery == 0 {
		_, _, err = g.call(ctx, http.MethodPost, "/clear-store", nil, nil)
	}

	return status, answer, err
}

// messages returns what each recipient is sent, but for those on the suppression list:
// SES takes their mail and doesn't send it.
func (r sendRequest) messages(listed []string) []inbox.Message {
	simple := r.Content.Simple
	headers := make(map[string]string, len(simple.Headers))
	for _, h := range simple.Headers {
		headers[h.Name] = h.Value
	}

	var all []inbox.Message
	for _, to := range r.addresses() {
		if slices.Contains(listed, to) {
			continue
		}
		all = append(all, inbox.Message{
			Channel: "email",
			To:      to,
			Subject: simple.Subject.Data,
			Text:    simple.Body.Text.Data,
			HTML:    simple.Body.HTML.Data,
			Headers: headers,
		})
	}

	return all
}

// tell has the events of an email told that the engine took with an answer.
func (g *Gate) tell(request sendRequest, listed []string, answer []byte) error {
	var taken struct{ MessageID string }
	if err := json.Unmarshal(answer, &taken); err != nil {
		return fmt.Errorf("read the id of a message: %w", err)
	}

	a := accepted{
		ID:      taken.MessageID,
		At:      time.Now(),
		From:    request.FromEmailAddress,
		Subject: request.Content.Simple.Subject.Data,
		Set:     request.ConfigurationSetName,
		Tags:    map[string][]string{},
		To:      request.addresses(),
		Listed:  listed,
	}
	for _, tag := range request.EmailTags {
		a.Tags[tag.Name] = append(a.Tags[tag.Name], tag.Value)
	}

	return g.Events.add(a)
}

// client is all gates' to their engine.
var client = http.Client{Transport: engine.Transport()}

// call calls the engine, and returns its answer.
func (g *Gate) call(
	ctx context.Context, method, path string, headers http.Header, body []byte,
) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, g.engine+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}

	for _, name := range []string{"Authorization", "Content-Type"} {
		request.Header.Set(name, headers.Get(name))
	}

	response, err := client.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}

	defer response.Body.Close()

	answer, err = io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}

	return response.StatusCode, answer, nil
}

// pass answers what the engine answered, or that it couldn't.
func pass(w http.ResponseWriter, status int, answer []byte, err error) {
	if err != nil {
		refuse(w, http.StatusInternalServerError, "InternalFailure", "the local SES failed")
		return
	}

	if status == http.StatusBadRequest {
		w.Header().Set("X-Amzn-Errortype", "BadRequestException") // the engine leaves it out
	}

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a caller that has gone reads no answer
}

// refuse answers an error as SES does (the protocol restJson1).
func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(status)
	// A caller that has gone reads no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}
