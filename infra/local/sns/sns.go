// Package sns stands in for SNS where it sends SMS.
package sns

import (
	"crypto/rand"
	"encoding/xml"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"latchkey/infra/local/inbox"
	"latchkey/shared/message"
)

// Service accepts Publish to a phone number, in the query protocol, and logs the text. The
// exported fields may be set before the first request.
//
// SNS answers Publish before it knows what becomes of a text. So what the sandbox or the
// month's limit keeps back is answered like any other, and sent to nobody
// (https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html,
// https://docs.aws.amazon.com/sns/latest/dg/channels-sms-awssupport-spend-threshold.html).
type Service struct {
	// Sandbox makes the account one whose texts go to the verified numbers alone.
	Sandbox  bool
	Verified []string
	// OptedOut are the numbers whose holders want no text.
	OptedOut []string
	// MonthlyLimit is how many dollars may be spent in a month of UTC; 0 is no limit.
	MonthlyLimit float64

	log *inbox.Log
	now func() time.Time

	mu    sync.Mutex
	month string
	spent float64 // dollars, in that month
}

// price is what a part of a text costs here, in dollars. At AWS it depends on the country.
const price = 0.01

// New returns an SNS that logs to the log given.
func New(log *inbox.Log) *Service { return &Service{log: log, now: time.Now} }

// e164 is the form of a phone number, which has at most 15 digits (ITU-T E.164).
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// delivers reports whether a text is sent, and counts what it costs.
func (s *Service) delivers(number, text string) bool {
	if s.Sandbox && !slices.Contains(s.Verified, number) {
		return false
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if month := s.now().UTC().Format("2006-01"); month != s.month {
		s.month = month
		s.spent = 0
	}
	cost := price * float64(message.Segments(text))
	if s.MonthlyLimit > 0 && s.spent+cost > s.MonthlyLimit {
		return false
	}
	s.spent += cost
	return true
}

// namespace is that of SNS's answers.
const namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

// ServeHTTP answers Publish
// (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := r.FormValue("PhoneNumber")
	text := r.FormValue("Message")
	switch {
	case r.FormValue("Action") != "Publish":
		refuse(w, http.StatusBadRequest, "InvalidAction", "the local SNS only publishes")
		return
	case number == "" || text == "":
		refuse(w, http.StatusBadRequest, "InvalidParameter",
			"Invalid parameter: PhoneNumber and Message are needed")
		return
	case !e164.MatchString(number):
		refuse(w, http.StatusBadRequest, "InvalidParameter",
			"Invalid parameter: PhoneNumber Reason: it is not valid to publish to")
		return
	case slices.Contains(s.OptedOut, number):
		refuse(w, http.StatusBadRequest, "OptedOut",
			"The phone number is opted out of receiving SMS messages from your account")
		return
	}

	if s.delivers(number, text) {
		m := inbox.Message{Channel: "sms", To: number, Text: text, Headers: map[string]string{}}
		if err := s.log.Add(m); err != nil {
			refuse(w, http.StatusInternalServerError, "InternalError", "the local SNS failed")
			return
		}
	}

	writeXML(w, http.StatusOK, struct {
		XMLName   xml.Name `xml:"PublishResponse"`
		Namespace string   `xml:"xmlns,attr"`
		MessageID string   `xml:"PublishResult>MessageId"`
		RequestID string   `xml:"ResponseMetadata>RequestId"`
	}{Namespace: namespace, MessageID: rand.Text(), RequestID: rand.Text()})
}

// refuse answers an error as SNS does.
func refuse(w http.ResponseWriter, status int, code, text string) {
	fault := "Sender"
	if status >= http.StatusInternalServerError {
		fault = "Receiver"
	}

	writeXML(w, status, struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Namespace string   `xml:"xmlns,attr"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestID string   `xml:"RequestId"`
	}{Namespace: namespace, Type: fault, Code: code, Message: text, RequestID: rand.Text()})
}

func writeXML(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(answer) // a caller that has gone reads no answer
}
