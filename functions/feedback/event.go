package main

import (
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/delivery"
)

// event is what SES publishes about an email, as far as it is used here (Amazon SES
// Developer Guide, "Contents of event data that Amazon SES publishes to Amazon SNS").
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

// maxTag is the greatest length of a message tag's value (SES API, MessageTag).
const maxTag = 256

var (
	errNoEvent = errors.New("the message is no event of SES")
	errUnknown = errors.New("the event is of a type that isn't known")
	errForeign = errors.New("the event is of an email without our tags")
)

// parse reads a message of the queue: an SNS envelope, or the event alone, as SNS sends
// it with raw message delivery. It returns errNoEvent for anything else.
func parse(body string) (event, error) {
	var envelope struct {
		Type    string
		Message string
	}

	err := json.Unmarshal([]byte(body), &envelope)
	if err == nil && envelope.Type == "Notification" && envelope.Message != "" {
		body = envelope.Message
	}

	var e event
	if json.Unmarshal([]byte(body), &e) != nil || e.Type == "" {
		return event{}, errNoEvent
	}
	return e, nil
}

// deliveryKey returns the user's id and the name of the delivery that the event is about.
// The sender has put them into the email's tags. It returns errForeign if they aren't there,
// once each.
func (e event) deliveryKey() (userID string, name delivery.Name, err error) {
	userID = e.tag("user")
	name = delivery.FromTag(e.tag("delivery"))
	if userID == "" || name == "" || len(userID) > maxTag || len(name) > maxTag {
		return "", "", errForeign
	}
	return userID, name, nil
}

// tag returns the value of a message tag, or "" unless there is exactly one.
func (e event) tag(name string) string {
	if values := e.Mail.Tags[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// news returns what the event tells about its delivery. It returns nil for an event that
// changes nothing, errUnknown for one of another type, and errNoEvent for one without a
// time.
func (e event) news() (*delivery.News, error) {
	news := delivery.News{MessageID: e.Mail.MessageID}

	var at time.Time
	switch e.Type {
	case "Send":
		news.State = delivery.Sent
	case "DeliveryDelay":
		news.State = delivery.Sent
		news.Reason = delivery.ReasonDelayed
		at = e.Delay.Timestamp
	case "Delivery":
		news.State = delivery.Delivered
		at = e.Delivery.Timestamp
	case "Bounce":
		news.State = delivery.Bounced
		news.Reason = bounceReason(e.Bounce.Type, e.Bounce.SubType)
		at = e.Bounce.Timestamp
	case "Complaint":
		// "not-spam" comes from somebody who takes a message out of the spam that a
		// filter has put there (RFC 6430): it is the opposite of a complaint.
		if e.Complaint.FeedbackType == "not-spam" {
			return nil, nil
		}

		news.State = delivery.Complained
		news.Reason = delivery.ReasonComplaint
		at = e.Complaint.Timestamp
	case "Reject":
		news.State = delivery.Failed
		news.Reason = delivery.ReasonVirus
	case "Rendering Failure":
		news.State = delivery.Failed
		news.Reason = delivery.ReasonRendering
	default:
		return nil, errUnknown
	}

	// An event without a time of its own happened when the email was sent.
	news.At = at
	if at.IsZero() {
		news.At = e.Mail.Timestamp
	}

	if news.At.IsZero() {
		return nil, errNoEvent
	}
	return &news, nil
}

// bounceReason returns a delivery's reason for a bounce (Amazon SES Developer Guide,
// "Bounce types"). A type or subtype that isn't known is a soft bounce: it says least.
func bounceReason(bounceType, subType string) string {
	if bounceType == "Permanent" {
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
