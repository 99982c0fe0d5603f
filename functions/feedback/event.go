package main

import (
	"encoding/json"
	"errors"
	"time"

	"latchkey/shared/clock"
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

// facts returns what the event says of its deliveries, which the email's tags name: one for
// each user of the message. There are none for an event that says nothing. It returns
// errUnknown for one of another type, errNoEvent for one without a time, and errForeign for
// one without our tags.
func (e event) facts() ([]delivery.Delivery, error) {
	said, at, err := e.said()
	if err != nil || said.State == "" {
		return nil, err
	}

	all := delivery.FromTags(e.tag)
	if all == nil {
		return nil, errForeign
	}

	for i := range all {
		all[i].State = said.State
		all[i].Reason = said.Reason
		all[i].At = clock.Of(at)
		all[i].MessageID = e.Mail.MessageID
	}
	return all, nil
}

// tag returns the value of a message tag, or "" unless there is exactly one.
func (e event) tag(name string) string {
	if values := e.Mail.Tags[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// outcome is what an event says: the state that a delivery has come to. It has none if the
// event says nothing.
type outcome struct {
	State  delivery.State
	Reason string
}

// said returns what the event says, and when it happened.
func (e event) said() (said outcome, at time.Time, err error) {
	switch e.Type {
	case "DeliveryDelay":
		said = outcome{delivery.Sent, delivery.ReasonDelayed}
		at = e.Delay.Timestamp
	case "Delivery":
		said = outcome{State: delivery.Delivered}
		at = e.Delivery.Timestamp
	case "Bounce":
		said = outcome{delivery.Bounced, bounceReason(e.Bounce.Type, e.Bounce.SubType)}
		at = e.Bounce.Timestamp
	case "Complaint":
		// "not-spam" comes from somebody who takes a message out of the spam that a
		// filter has put there (RFC 6430): it is the opposite of a complaint.
		if e.Complaint.FeedbackType == "not-spam" {
			return outcome{}, time.Time{}, nil
		}
		said = outcome{delivery.Complained, delivery.ReasonComplaint}
		at = e.Complaint.Timestamp
	case "Reject":
		said = outcome{delivery.Failed, delivery.ReasonVirus}
	case "Rendering Failure":
		said = outcome{delivery.Failed, delivery.ReasonRendering}
	default:
		return outcome{}, time.Time{}, errUnknown
	}

	// An event without a time of its own happened when the email was sent.
	if at.IsZero() {
		at = e.Mail.Timestamp
	}
	if at.IsZero() {
		return outcome{}, time.Time{}, errNoEvent
	}
	return said, at, nil
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
