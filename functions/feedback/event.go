package main

import (
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/delivery"
)

// event is what SES publishes of an email, as far as it is used here (Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes
// to Amazon SNS").
type event struct {
	Type string `json:"eventType"`
	Mail struct {
		Timestamp   time.Time           `json:"timestamp"`
		MessageID   string              `json:"messageId"`
		Destination []string            `json:"destination"`
		Tags        map[string][]string `json:"tags"`
	} `json:"mail"`
	Delivery struct {
		Timestamp time.Time `json:"timestamp"`
	} `json:"delivery"`
	Delay struct {
		Timestamp time.Time `json:"timestamp"`
	} `json:"deliveryDelay"`
	Bounce struct {
		Type      string    `json:"bounceType"`
		SubType   string    `json:"bounceSubType"`
		Timestamp time.Time `json:"timestamp"`
	} `json:"bounce"`
	Complaint struct {
		FeedbackType string    `json:"complaintFeedbackType"`
		Timestamp    time.Time `json:"timestamp"`
	} `json:"complaint"`
}

var (
	errNoEvent = errors.New("the message is no event of SES")
	errUnknown = errors.New("the event is of a type that isn't known")
	errForeign = errors.New("the event is of an email without our tags")
)

// parse reads a message of the queue: an SNS envelope, or the event itself, as SNS gives it with raw delivery.
func parse(body string) (event, error) {
	var envelope struct {
		Type    string
		Message string
	}
	if json.Unmarshal([]byte(body), &envelope) == nil && envelope.Type == "Notification" &&
		envelope.Message != "" {
		body = envelope.Message
	}

	var e event
	if json.Unmarshal([]byte(body), &e) != nil || e.Type == "" {
		return event{}, errNoEvent
	}
	return e, nil
}

// delivery gives whose and which delivery the event is of.
func (e event) delivery() (userID, name string, err error) {
	tag := func(name string) string {
		if values := e.Mail.Tags[name]; len(values) == 1 {
			return values[0]
		}
		return ""
	}

	userID, name = tag("user"), delivery.FromTag(tag("delivery"))
	if userID == "" || name == "" || len(userID) > maxTag || len(name) > maxTag {
		return "", "", errForeign
	}
	return userID, name, nil
}

// maxTag is how long a message tag can be (SES API, MessageTag).
const maxTag = 256

// news gives what the event tells of its delivery; nil is nothing that changes it.
func (e event) news() (*delivery.News, error) {
	news := delivery.News{MessageID: e.Mail.MessageID, At: e.Mail.Timestamp}

	at := func(told time.Time) {
		if !told.IsZero() {
			news.At = told
		}
	}
	switch e.Type {
	case "Send":
		news.State = delivery.Sent
	case "DeliveryDelay":
		news.State, news.Reason = delivery.Sent, delivery.ReasonDelayed

		at(e.Delay.Timestamp)
	case "Delivery":
		news.State = delivery.Delivered

		at(e.Delivery.Timestamp)
	case "Bounce":
		news.State, news.Reason = delivery.Bounced, bounceReason(e.Bounce.Type, e.Bounce.SubType)
		at(e.Bounce.Timestamp)
	case "Complaint":
		if e.Complaint.FeedbackType == "not-spam" { // somebody says that it is none, although a filter thought so
			return nil, nil
		}

		news.State, news.Reason = delivery.Complained, delivery.ReasonComplaint

		at(e.Complaint.Timestamp)
	case "Reject":
		news.State, news.Reason = delivery.Failed, delivery.ReasonVirus
	case "Rendering Failure":
		news.State, news.Reason = delivery.Failed, delivery.ReasonRendering
	default:
		return nil, errUnknown
	}

	if news.At.IsZero() {
		return nil, errNoEvent
	}
	return &news, nil
}

func bounceReason(kind, subType string) string {
	if kind == "Permanent" {
		if subType == "Suppressed" || subType == "OnAccountSuppressionList" {
			return delivery.ReasonSuppressed
		}
		return delivery.ReasonHardBounce
	}

	switch subType {
	case "MailboxFull":
		return delivery.ReasonMailboxFull
	case "MessageTooLarge":
		return delivery.ReasonMessageTooLarge
	case "ContentRejected":
		return delivery.ReasonContentRejected
	case "AttachmentRejected":
		return delivery.ReasonAttachmentRejected
	}

	return delivery.ReasonSoftBounce
}
