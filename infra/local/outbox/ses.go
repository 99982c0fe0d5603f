package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/time/rate"
)

const (
	// unlimited is the rate that is answered where there is no limit, in messages a second.
	unlimited = 100_000
	// clearAfter is how many simple emails the engine may hold before it is told to forget them.
	clearAfter = 1000
	// maxRequest is the most bytes of a request: SES's 40 MB.
	maxRequest = 40 << 20
	// throttled is what SES says above the rate, and usedUp above the quota of a day.
	throttled = "Maximum sending rate exceeded."
	usedUp    = "Daily message quota exceeded."
)

// SES is the way to the local SES. It enforces the account's send rate and quota as SES does, keeps what the engine accepted, and tells what becomes of
// it where the request names a configuration set.
//
// SendEmail of a simple message and GetAccount pass, and nothing else.
type SES struct {
	// Quota is how many messages (recipients) are taken in any 24 hours of the Clock; 0 is no limit.
	Quota int
	// Clock is the machine's unless it is set.
	Clock *Clock
	// Sandbox has the account without production access, as a new one is. It changes nothing but what GetAccount tells.
	Sandbox bool
	// Events tells what becomes of messages that SendEmail took. Nil tells nobody.
	Events *Events

	engine  string // the endpoint
	log     *Log
	rate    float64
	limiter *rate.Limiter

	stored atomic.Int64 // emails that the engine took; it keeps the latest of them

	day window // messages
}

// NewSES makes the gate. The rate is in messages (recipients) a second, with bursts of one second's worth; 0 is no limit. The exported fields may be
// set before its first request.
func NewSES(engine string, log *Log, perSecond float64) *SES {
	s := &SES{
		engine:  engine,
		log:     log,
		rate:    perSecond,
		limiter: rate.NewLimiter(rate.Inf, 0),
		Clock:   &Clock{},
	}
	if perSecond > 0 {
		s.limiter = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
	}

	return s
}

func (s *SES) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		fail(w, http.StatusBadRequest, "BadRequestException", "the request can't be read")
		return
	}
	// What was begun is finished though the caller has gone: an email that the engine accepted must be in the log.
	ctx := context.WithoutCancel(r.Context())
	switch r.Method + " " + r.URL.Path {
	case "GET /v2/email/account":
		s.account(w)
	case "POST /v2/email/outbound-emails":
		s.send(ctx, w, r, body)
	default:
		fail(
			w,
			http.StatusNotFound,
			"NotFoundException",
			"the local SES only sends, and tells the account's limits",
		)
	}
}

func (s *SES) account(w http.ResponseWriter) {
	maximum := s.rate
	if maximum == 0 {
		maximum = unlimited
	}

	perDay := float64(s.Quota)
	if s.Quota == 0 {
		perDay = maximum * (24 * time.Hour).Seconds()
	}

	answer, err := json.Marshal(map[string]any{
		"DedicatedIpAutoWarmupEnabled": false,
		"EnforcementStatus":            "HEALTHY",
		"ProductionAccessEnabled":      !s.Sandbox,
		"SendingEnabled":               true,
		"SendQuota": map[string]float64{
			"Max24HourSend":   perDay,
			"MaxSendRate":     maximum,
			"SentLast24Hours": float64(s.day.count(s.Clock.Now())),
		},
	})
	pass(w, http.StatusOK, answer, err)
}

type sendRequest struct {
	FromEmailAddress     string
	ReplyToAddresses     []string
	ConfigurationSetName string
	EmailTags            []struct{ Name, Value string }
	Destination          struct{ ToAddresses, CcAddresses, BccAddresses []string }
	Content              struct {
		Simple *struct {
			Subject struct{ Data string }
			Body    struct{ Text, Html struct{ Data string } }
			Headers []header
		}
	}
}

type header struct{ Name, Value string }

func (s *SES) send(ctx context.Context, w http.ResponseWriter, r *http.Request, body []byte) {
	var request sendRequest
	if json.Unmarshal(body, &request) != nil {
		fail(w, http.StatusBadRequest, "BadRequestException", "the request isn't JSON of SendEmail")
		return
	}

	d := request.Destination

	recipients := slices.Concat(d.ToAddresses, d.CcAddresses, d.BccAddresses)
	if !ascii(append(recipients, append(request.ReplyToAddresses, request.FromEmailAddress)...)) {
		fail(w, http.StatusBadRequest, "BadRequestException", "an address is not 7-bit ASCII")
		return
	}

	if request.Content.Simple == nil || len(recipients) == 0 {
		fail(w, http.StatusBadRequest, "BadRequestException", "the local SES takes simple messages to somebody")
		return
	}

	messages := len(recipients)
	if got := s.day.take(messages, s.Quota, s.Clock.Now()); got < messages {
		s.day.giveBack(got)
		fail(w, http.StatusTooManyRequests, "TooManyRequestsException", usedUp)
		return
	}

	if !s.limiter.AllowN(time.Now(), messages) {
		s.day.giveBack(messages)
		fail(w, http.StatusTooManyRequests, "TooManyRequestsException", throttled)
		return
	}

	status, answer, err := s.handOver(ctx, r, body, request, recipients)
	switch {
	case err != nil || status != http.StatusOK:
		s.day.giveBack(messages)
	case s.Events != nil && request.ConfigurationSetName != "":
		err = s.tell(request, recipients, answer)
	}

	pass(w, status, answer, err)
}

// ascii reports whether SES takes the addresses: it doesn't support SMTPUTF8, so each must be 7-bit ASCII.
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html)
func ascii(addresses []string) bool {
	beyond := func(c rune) bool { return c > unicode.MaxASCII }
	return !slices.ContainsFunc(
		addresses,
		func(a string) bool { return strings.ContainsFunc(a, beyond) },
	)
}

// handOver gives an email to the engine, and keeps it.
func (s *SES) handOver(
	ctx context.Context,
	r *http.Request,
	body []byte,
	request sendRequest,
	recipients []string,
) (int, []byte, error) {
	status, answer, err := s.forward(ctx, r, body)
	if err != nil || status != http.StatusOK {
		return status, answer, err
	}

	simple := request.Content.Simple
	err = s.keep(recipients, Message{
		Subject: simple.Subject.Data,
		Text:    simple.Body.Text.Data,
		HTML:    simple.Body.Html.Data,
		Headers: named(simple.Headers),
	})
	if err == nil && s.stored.Add(1)%clearAfter == 0 {
		err = s.clear(ctx)
	}

	return status, answer, err
}

// tell has an email that was taken told of.
func (s *SES) tell(request sendRequest, recipients []string, answer []byte) error {
	var taken struct{ MessageID string }
	if err := json.Unmarshal(answer, &taken); err != nil {
		return fmt.Errorf("read the id of a message: %w", err)
	}

	a := accepted{
		ID:   taken.MessageID,
		At:   time.Now(),
		From: request.FromEmailAddress,
		Set:  request.ConfigurationSetName,
		Tags: map[string][]string{},
	}
	for _, to := range recipients {
		a.To = append(a.To, bare(to))
	}

	a.Subject = request.Content.Simple.Subject.Data

	for _, tag := range request.EmailTags {
		a.Tags[tag.Name] = append(a.Tags[tag.Name], tag.Value)
	}

	return s.Events.add(a)
}

// bare is an address without a name.
func bare(to string) string {
	if parsed, err := mail.ParseAddress(to); err == nil {
		return parsed.Address
	}
	return to
}

// keep logs a message once for each recipient.
func (s *SES) keep(recipients []string, m Message) error {
	messages := make([]Message, len(recipients))
	for n, to := range recipients {
		messages[n] = m
		messages[n].Channel, messages[n].To = "email", bare(to)
	}

	return s.log.Add(messages...)
}

// clear makes the engine forget its emails.
func (s *SES) clear(ctx context.Context) error {
	_, _, err := s.call(ctx, http.MethodPost, "/clear-store", nil, nil)
	return err
}

func (s *SES) forward(ctx context.Context, r *http.Request, body []byte) (int, []byte, error) {
	return s.call(ctx, r.Method, r.URL.Path, r.Header, body)
}

func (s *SES) call(
	ctx context.Context,
	method, path string,
	headers http.Header,
	body []byte,
) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.engine+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}

	for _, name := range []string{"Authorization", "Content-Type"} {
		request.Header.Set(name, headers.Get(name))
	}

	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}
	defer response.Body.Close()

	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("call the local SES: %w", err)
	}
	return response.StatusCode, answer, nil
}

// pass answers what the engine did, or that it couldn't.
func pass(w http.ResponseWriter, status int, answer []byte, err error) {
	if err != nil {
		fail(w, http.StatusInternalServerError, "InternalFailure", "the local SES failed")
		return
	}

	if status == http.StatusBadRequest {
		w.Header().Set("X-Amzn-Errortype", "BadRequestException") // the engine leaves it out
	}

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a caller that has gone reads no answer
}

// fail answers an error as SES does (restJson1).
func fail(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).
		Encode(map[string]string{"message": message})
	// a caller that has gone reads no answer
}

func named(headers []header) map[string]string {
	all := make(map[string]string, len(headers))
	for _, h := range headers {
		all[h.Name] = h.Value
	}

	return all
}
