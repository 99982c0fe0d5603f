package delivery

// State is how far a message got. It only moves forward; see Delivery.
type State string

// States of a delivery.
const (
	Queued     State = "queued"
	Sent       State = "sent"
	Delivered  State = "delivered"
	Bounced    State = "bounced"
	Complained State = "complained"
	Failed     State = "failed"
	Skipped    State = "skipped"
)

// States lists all states.
var States = []State{Queued, Sent, Delivered, Bounced, Complained, Failed, Skipped}

// Reasons why the sender skipped a delivery: the user …
const (
	ReasonActive        = "active"        // has a password by now
	ReasonInactive      = "inactive"      // gets nothing
	ReasonRemoved       = "removed"       // is no user any more
	ReasonNoDevice      = "no_device"     // has no device that may be used
	ReasonUndeliverable = "undeliverable" // has such devices, all with undeliverable addresses
	ReasonNotExpired    = "not_expired"   // holds a link that works
	ReasonReached       = "reached"       // has got a message of the job
	ReasonCancelled     = "cancelled"     // had no message yet when it was cancelled
	ReasonLimit         = "limit"         // had one just now, or as many as one may in an hour
)

// Reasons why the sender failed a delivery.
const (
	ReasonRejected  = "rejected"  // the carrier refused the message for good
	ReasonTries     = "tries"     // the carrier couldn't be reached, MaxTries times
	ReasonQuota     = "quota"     // the day's emails are used up, and it can't wait
	ReasonSuspended = "suspended" // the account may not send, and it can't wait
)

// Reasons that come with the carrier's events (SES, "Contents of event data").
const (
	ReasonDelayed            = "delayed"             // sent: SES goes on trying
	ReasonHardBounce         = "hard_bounce"         // bounced: no such address
	ReasonSuppressed         = "suppressed"          // bounced: SES has it suppressed
	ReasonSoftBounce         = "soft_bounce"         // bounced for now, or out of office
	ReasonMailboxFull        = "mailbox_full"        // bounced
	ReasonMessageTooLarge    = "message_too_large"   // bounced
	ReasonContentRejected    = "content_rejected"    // bounced: the receiver refuses the text
	ReasonAttachmentRejected = "attachment_rejected" // bounced: it refuses an attachment
	ReasonComplaint          = "complaint"           // complained: the receiver calls it spam
	ReasonVirus              = "virus"               // failed: SES took it, then refused it
	ReasonRendering          = "rendering"           // failed: SES couldn't make the message
)

// ranks orders states and their reasons: a delivery only moves to a higher rank. What the
// sender says of a message that it couldn't hand over ranks below what the carrier says,
// which knows better. A soft bounce ranks below "delivered": an out-of-office answer is
// one.
var ranks = map[State]map[string]int{
	Queued:  {"": 0},
	Skipped: {"": 10},
	Failed:  {"": 10, ReasonVirus: 40, ReasonRendering: 41},
	Sent:    {"": 20, ReasonDelayed: 30},
	Bounced: {
		"":                       50,
		ReasonContentRejected:    51,
		ReasonAttachmentRejected: 52,
		ReasonMessageTooLarge:    53,
		ReasonMailboxFull:        54,
		ReasonHardBounce:         70,
		ReasonSuppressed:         71,
	},
	Delivered:  {"": 60},
	Complained: {"": 80},
}

func rank(state State, reason string) int {
	if special, ok := ranks[state][reason]; ok {
		return special
	}
	return ranks[state][""]
}

// NotArrived reports whether a bounce's reason says that the message didn't arrive.
func NotArrived(reason string) bool {
	switch reason {
	case ReasonHardBounce,
		ReasonSuppressed,
		ReasonMailboxFull,
		ReasonMessageTooLarge,
		ReasonContentRejected,
		ReasonAttachmentRejected:
		return true
	}
	return false
}

// Undeliverable reports whether a bounce's reason means that its address is undeliverable.
func Undeliverable(reason string) bool {
	return reason == ReasonHardBounce || reason == ReasonSuppressed
}
