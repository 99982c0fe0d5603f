package dispatchtest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Faults stand between a carrier and SES. Before answers in its place, and After when the
// message is on its way. A nil answer lets the message pass.
type Faults struct {
	mu            sync.Mutex
	Before, After func(to string) *http.Response
}

// RoundTrip sends a request on, unless a fault answers it.
func (f *Faults) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := recipient(r)
	if err != nil {
		return nil, err
	}
	if to == "" {
		return http.DefaultTransport.RoundTrip(r)
	}

	if answer := f.ask(f.Before, to); answer != nil {
		return answer, nil
	}

	// What was begun is finished though its instance dies, so that it is counted.
	response, err := http.DefaultTransport.RoundTrip(
		r.WithContext(context.WithoutCancel(r.Context())),
	)
	if err != nil {
		return nil, err
	}

	if answer := f.ask(f.After, to); answer != nil {
		response.Body.Close()
		return answer, nil
	}
	return response, nil
}

// ask lets one fault at a time answer.
func (f *Faults) ask(fault func(to string) *http.Response, to string) *http.Response {
	f.mu.Lock()
	defer f.mu.Unlock()

	if fault == nil {
		return nil
	}
	return fault(to)
}

// recipient returns whom a request's email goes to, or "". It leaves the body readable.
func recipient(r *http.Request) (string, error) {
	if r.Body == nil {
		return "", nil
	}

	content, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))

	var sent struct {
		Destination struct{ ToAddresses []string }
	}
	if json.Unmarshal(content, &sent) != nil || len(sent.Destination.ToAddresses) == 0 {
		return "", nil
	}
	return sent.Destination.ToAddresses[0], nil
}

// Refuse is an answer of SES that quotes an address.
func Refuse(status int, code string) *http.Response {
	return refuse(status, code, "of ada0@example.com")
}

// Refusing is a fault that answers each message so.
func Refusing(status int, code string) func(to string) *http.Response {
	return func(string) *http.Response { return Refuse(status, code) }
}

func refuse(status int, code, text string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"X-Amzn-Errortype": {code}, "Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(`{"message":"` + text + `"}`)),
	}
}

// Unverified is SES's answer while the sender's identity isn't verified.
func Unverified(string) *http.Response {
	return refuse(400, "MessageRejected", "Email address is not verified. The following "+
		"identities failed the check in region EU-WEST-1: no-reply@northwind.test")
}

// Throttled is SES's answer to what comes too fast.
func Throttled(string) *http.Response { return Refuse(429, "TooManyRequestsException") }

// QuotaUsedUp is SES's answer when the day's quota is used up.
func QuotaUsedUp(string) *http.Response {
	return refuse(429, "TooManyRequestsException", "Daily message quota exceeded.")
}
