package work

import (
	"crypto/rand"
	"strconv"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/id"
)

// Forgot asks for a link and a code, for whoever has the username or the address, if anybody.
type Forgot struct {
	onUrgent
	ID  delivery.Name `json:"id"`  // names the deliveries: taking the message twice sends once
	Key string        `json:"key"` // of the username, "" for what can't be one
	// Typed is what was typed, since a username's key loses what an address has.
	Typed string `json:"typed,omitempty"`
	// Again is true for one that was queued again by an attempt, which had ended then.
	Again bool `json:"again,omitempty"`
	// SourceIP asked, at At: for the audit.
	SourceIP string       `json:"source_ip,omitempty"`
	At       clock.Millis `json:"at,omitempty"`
}

// NewForgot makes the message of a request at a time.
func NewForgot(at time.Time, key, typed, sourceIP string) Forgot {
	return Forgot{
		ID:       delivery.NameOutside(delivery.KindForgot, id.New(at, rand.Text())),
		Key:      key,
		Typed:    typed,
		SourceIP: sourceIP,
		At:       clock.Of(at),
	}
}

// Renew asks for a fresh link in the place of one that its holder has; only its hash is
// told.
type Renew struct {
	onUrgent
	ID     delivery.Name `json:"id"`
	UserID string        `json:"user_id"`
	Hash   string        `json:"hash"`
	// SourceIP asked, at At: for the audit.
	SourceIP string       `json:"source_ip,omitempty"`
	At       clock.Millis `json:"at,omitempty"`
}

// NewRenew makes the message of a request at a time.
func NewRenew(at time.Time, userID, hash, sourceIP string) Renew {
	return Renew{
		ID:       delivery.NameOutside(delivery.KindRenewal, id.New(at, rand.Text())),
		UserID:   userID,
		Hash:     hash,
		SourceIP: sourceIP,
		At:       clock.Of(at),
	}
}

// PasswordSet announces that a password is about to be set. Its receiver finds the
// generation if it was, and nothing if another request won.
type PasswordSet struct {
	onUrgent
	ID         delivery.Name `json:"id"`
	Key        string        `json:"key"` // of the username
	UserID     string        `json:"user_id"`
	Generation string        `json:"generation"`
	// Until is when the request that sets the password has ended, one way or the other.
	Until clock.Millis `json:"until"`
	// For the audit, should that request die before it records what it did.
	Username string `json:"username"`
	Action   string `json:"action"`
	SourceIP string `json:"source_ip,omitempty"`
}

// NewPasswordSet names an announcement that is made at a time.
func NewPasswordSet(at time.Time, asked PasswordSet) PasswordSet {
	asked.ID = delivery.NameOutside(delivery.KindPasswordSet, id.New(at, asked.Generation))
	return asked
}

// NewAdministrator asks to tell the administrators that there is a new one: all but those
// up to a key, where an earlier message has come to.
type NewAdministrator struct {
	onUrgent
	ID     delivery.Name `json:"id"`
	Key    string        `json:"key"` // of the new one's username
	UserID string        `json:"user_id"`
	// Actor is the username of who started the job; "" for a file that was dropped.
	Actor string `json:"actor,omitempty"`
	// After is the key of the username of the last one who was told.
	After string `json:"after,omitempty"`
	// Only is the key of the username of the one who is left to be told; "" for all.
	Only string `json:"only,omitempty"`
}

// Resend asks for one fresh link, for a user who is there, pending or active. Texts that
// are "" are the built-in ones.
type Resend struct {
	onUrgent
	ID       delivery.Name `json:"id"`
	Key      string        `json:"key"` // of the username
	UserID   string        `json:"user_id"`
	Lifetime clock.Span    `json:"lifetime"` // of the link
	Subject  string        `json:"subject,omitempty"`
	Body     string        `json:"body,omitempty"`
	SMS      string        `json:"sms,omitempty"`
}

// Test asks for a message as a notification would say it, to an administrator alone, with
// a link that is only a sample.
type Test struct {
	onUrgent
	ID      delivery.Name `json:"id"`
	Key     string        `json:"key"` // of the administrator's username
	UserID  string        `json:"user_id"`
	Subject string        `json:"subject"`
	Body    string        `json:"body"`
	SMS     string        `json:"sms"`
	// Kind is that of the built-in message whose texts these are, if they are.
	Kind         string     `json:"kind,omitempty"`
	LinkLifetime clock.Span `json:"link_lifetime"`
}

// NewTestID returns the id of a test message that is asked for at a time.
func NewTestID(at time.Time) delivery.Name {
	return delivery.NameOutside(delivery.KindTest, id.New(at, rand.Text()))
}

// Event is what a report tells of.
type Event string

// Events that are reported.
const (
	JobNeedsMapping  Event = "needs_mapping"
	JobRejected      Event = "rejected"
	JobProcessed     Event = "processed"
	NotificationSent Event = "sent"
)

// Report announces an event of a job to the address that the job names for it. Its
// receiver finds the event written down or, if that doesn't happen, nothing.
type Report struct {
	onUrgent
	JobID string `json:"job"`
	Event Event  `json:"event"`
	// Number is how often the job's columns were mapped, the round of its processing, or
	// the notification's number.
	Number int `json:"number,omitempty"`
	// Until is when the request that writes the event down has ended, one way or the
	// other.
	Until clock.Millis `json:"until"`
}

// Named is an urgent message that names the deliveries that it makes, so that taking it
// twice sends once.
type Named interface {
	Message
	DeliveryName() delivery.Name
}

// DeliveryName returns the message's id.
func (f Forgot) DeliveryName() delivery.Name { return f.ID }

// DeliveryName returns the message's id.
func (r Renew) DeliveryName() delivery.Name { return r.ID }

// DeliveryName returns the message's id.
func (p PasswordSet) DeliveryName() delivery.Name { return p.ID }

// DeliveryName returns the message's id.
func (a NewAdministrator) DeliveryName() delivery.Name { return a.ID }

// DeliveryName returns the message's id.
func (r Resend) DeliveryName() delivery.Name { return r.ID }

// DeliveryName returns the message's id.
func (t Test) DeliveryName() delivery.Name { return t.ID }

// DeliveryName names the report among those of its job.
func (r Report) DeliveryName() delivery.Name {
	return delivery.NameOutside(string(r.Event), strconv.Itoa(r.Number))
}
