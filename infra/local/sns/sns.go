// Package sns stands in for SNS where it sends SMS.
package sns

import (
	"crypto/rand"
	"encoding/xml"
	"net/http"

	"latchkey/infra/local/inbox"
)

// Service accepts Publish to a phone number, in the query protocol, and logs the text.
type Service struct{ log *inbox.Log }

// New returns an SNS that logs to the log given.
func New(log *inbox.Log) *Service { return &Service{log: log} }

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
	}

	m := inbox.Message{Channel: "sms", To: number, Text: text, Headers: map[string]string{}}
	if err := s.log.Add(m); err != nil {
		refuse(w, http.StatusInternalServerError, "InternalError", "the local SNS failed")
		return
	}

	writeXML(w, http.StatusOK, struct {
		XMLName   xml.Name `xml:"PublishResponse"`
		Namespace string   `xml:"xmlns,attr"`
		MessageID string   `xml:"PublishResult>MessageId"`
		RequestID string   `xml:"ResponseMetadata>RequestId"`
	}{Namespace: namespace, MessageID: rand.Text(), RequestID: rand.Text()})
}

// refuse answers an error as SNS does.
func refuse(w http.ResponseWriter, status int, code, message string) {
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
	}{Namespace: namespace, Type: fault, Code: code, Message: message, RequestID: rand.Text()})
}

func writeXML(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(answer) // a caller that has gone reads no answer
}
