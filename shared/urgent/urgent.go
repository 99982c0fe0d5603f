// Package urgent says what the messages of the urgent queue are: what one user waits for, apart from the bulk of a job.
package urgent

// Message asks deliver for one thing; exactly one of its fields is there. ID names it among the user's deliveries, so that
// taking it twice sends once.
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

// Forgot asks for a link and a code, for whoever has the username, if anybody.
type Forgot struct {
	Key string `json:"key"` // of the username
	// SourceIP asked, at At (milliseconds): for the audit.
	SourceIP string `json:"source_ip,omitempty"`
	At       int64  `json:"at,omitempty"`
}

// Renew asks for a fresh link in the place of one that its holder has shown; only its hash is told.
type Renew struct {
	UserID string `json:"user_id"`
	Hash   string `json:"hash"`
	// SourceIP asked, at At (milliseconds): for the audit.
	SourceIP string `json:"source_ip,omitempty"`
	At       int64  `json:"at,omitempty"`
}

// PasswordSet is sent before a password is set. It finds the generation if the password was, and nothing if another request won.
type PasswordSet struct {
	Key        string `json:"key"` // of the username
	UserID     string `json:"user_id"`
	Generation string `json:"generation"`
	// Until is when the request that sets the password has ended, one way or the other (milliseconds).
	Until int64 `json:"until"`
}

// Reach asks to look again whether each of a user's jobs can reach him: an address was marked, cleared or changed. Asked for one user it goes to the urgent
// queue, for many to the bulk queue.
type Reach struct {
	Key    string `json:"key"` // of the username
	UserID string `json:"user_id"`
}

// Test asks for a message as a notification would say it, to an administrator alone, with a link that is only a sample.
type Test struct {
	Key          string `json:"key"` // of the administrator's username
	UserID       string `json:"user_id"`
	Subject      string `json:"subject"`
	Body         string `json:"body"`
	SMS          string `json:"sms"`
	Kind         string `json:"kind,omitempty"` // of the message whose built-in texts these are, if they are
	LinkLifetime int64  `json:"link_lifetime"`  // seconds
}

// Event is what a report tells of.
type Event string

// Events that are reported.
const (
	JobRejected      Event = "rejected"
	JobProcessed     Event = "processed"
	NotificationSent Event = "sent"
)

// Report asks to tell the address that a job names for it of an event. It is sent before the event is written down, and finds it so or, if that doesn't
// happen, nothing.
type Report struct {
	JobID string `json:"job"`
	Event Event  `json:"event"`
	// Number is the round of the job's processing, or the notification's number.
	Number int `json:"number,omitempty"`
	// Until is when the request that writes the event down has ended, one way or the other (milliseconds).
	Until int64 `json:"until"`
}

// NewAdministrator tells the administrators that there is a new one: all but those that come up to a key, where an earlier message has got to.
type NewAdministrator struct {
	Key    string `json:"key"` // of the new one's username
	UserID string `json:"user_id"`
	Actor  string `json:"actor,omitempty"` // username of who started the job; "" for a file that was dropped
	After  string `json:"after,omitempty"` // key of the last one's username who was told
	Only   string `json:"only,omitempty"`  // key of the one's username who is left to be told; "" for all
}

// Resend asks for one fresh link, for a user who is there, pending or active. Texts that are "" are the built-in ones.
type Resend struct {
	Key    string `json:"key"` // of the username
	UserID string `json:"user_id"`
	// Lifetime of the link, in seconds.
	Lifetime int64  `json:"lifetime"`
	Subject  string `json:"subject,omitempty"`
	Body     string `json:"body,omitempty"`
	SMS      string `json:"sms,omitempty"`
}
