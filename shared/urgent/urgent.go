// Package urgent defines the messages of the urgent queue: what one user waits for.
package urgent

// Message asks for one thing: one of its fields beside ID is set. ID names it among the
// user's deliveries, so that a message that comes twice sends once.
type Message struct {
	ID               string            `json:"id"`
	Forgot           *Forgot           `json:"forgot,omitempty"`
	Renew            *Renew            `json:"renew,omitempty"`
	PasswordSet      *PasswordSet      `json:"password_set,omitempty"`
	NewAdministrator *NewAdministrator `json:"new_administrator,omitempty"`
	Resend           *Resend           `json:"resend,omitempty"`
	Reach            *Reach            `json:"reach,omitempty"`
	Test             *Test             `json:"test,omitempty"`
	Report           *Report           `json:"report,omitempty"`
}

// Forgot asks for a link and a code for the user of a username, if there is one.
type Forgot struct {
	Key string `json:"key"` // of the username
	// SourceIP asked, at At (milliseconds): for the audit.
	SourceIP string `json:"source_ip,omitempty"`
	At       int64  `json:"at,omitempty"`
}

// Renew asks for a fresh link in place of one that its holder has opened.
type Renew struct {
	UserID string `json:"user_id"`
	Hash   string `json:"hash"` // of that link's secret
	// SourceIP asked, at At (milliseconds): for the audit.
	SourceIP string `json:"source_ip,omitempty"`
	At       int64  `json:"at,omitempty"`
}

// PasswordSet asks to mark the user's memberships and to tell the user, once their
// password is set. Announce, then act: it is sent before the password is set. If the
// generation isn't there at Until, another request has won, and there is nothing to do.
type PasswordSet struct {
	Key        string `json:"key"` // of the username
	UserID     string `json:"user_id"`
	Generation string `json:"generation"` // of the new password
	// Until is when the request that sets the password has surely ended (milliseconds).
	Until int64 `json:"until"`
}

// Reach asks to find out again which of a user's jobs can reach them: an address was
// marked, cleared or changed. It goes to the bulk queue if it is for many users.
type Reach struct {
	Key    string `json:"key"` // of the username
	UserID string `json:"user_id"`
}

// Test asks for a sample of a notification's message, to one administrator.
type Test struct {
	Key          string `json:"key"` // of the administrator's username
	UserID       string `json:"user_id"`
	Subject      string `json:"subject"`
	Body         string `json:"body"`
	SMS          string `json:"sms"`
	Kind         string `json:"kind,omitempty"` // of the built-in message, for built-in texts
	LinkLifetime int64  `json:"link_lifetime"`  // seconds
}

// Event is an event of a job that is reported.
type Event string

// Events that are reported.
const (
	JobRejected      Event = "rejected"
	JobProcessed     Event = "processed"
	NotificationSent Event = "sent"
)

// Report asks for an email about an event of a job, as package report describes.
type Report struct {
	JobID string `json:"job"`
	Event Event  `json:"event"`
	// Number is the round of the job's processing, or the notification's number.
	Number int `json:"number,omitempty"`
	// Until is when the request that writes the event has surely ended (milliseconds).
	Until int64 `json:"until"`
}

// NewAdministrator asks to tell the administrators about a new one, a few with each
// message.
type NewAdministrator struct {
	Key    string `json:"key"` // of the new one's username
	UserID string `json:"user_id"`
	// Actor is the username of the one who started the job; "" for a dropped file.
	Actor string `json:"actor,omitempty"`
	// After is the key of the last administrator who was told, and Only of one to be
	// told.
	After string `json:"after,omitempty"`
	Only  string `json:"only,omitempty"`
}

// Resend asks for one fresh link for a user, pending or active. A text that is "" is the
// built-in one.
type Resend struct {
	Key      string `json:"key"` // of the username
	UserID   string `json:"user_id"`
	Lifetime int64  `json:"lifetime"` // of the link, in seconds
	Subject  string `json:"subject,omitempty"`
	Body     string `json:"body,omitempty"`
	SMS      string `json:"sms,omitempty"`
}
