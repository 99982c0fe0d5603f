package delivery

// State is how far a message got. It only moves forward, in this order; Failed and Skipped are ends of their own.
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

// States lists them all.
var States = []State{Queued, Sent, Delivered, Bounced, Complained, Failed, Skipped}

// Reasons of a delivery that was failed or skipped by who sends.
const (
	ReasonActive        = "active"        // has a password by now
	ReasonInactive      = "inactive"      // gets nothing
	ReasonRemoved       = "removed"       // is no user any more
	ReasonNoDevice      = "no_device"     // has no device that may be used
	ReasonUndeliverable = "undeliverable" // has devices that may be used, and none of their addresses can be delivered to
	ReasonNotExpired    = "not_expired"   // holds a link that works
	ReasonReached       = "reached"       // has got a message of the job
	ReasonCancelled     = "cancelled"     // the notification was cancelled before it was this user's turn
	ReasonRejected      = "rejected"      // the carrier refused the message for good
	ReasonTries         = "tries"         // the carrier could not be reached, five times
	ReasonLimit         = "limit"         // had as many as one may have in an hour
	ReasonQuota         = "quota"         // the day's quota of emails is used up, and the message can't wait
	ReasonSuspended     = "suspended"     // the account may not send, and the message can't wait
)

// Reasons of what the carrier's events tell.
const (
	ReasonDelayed            = "delayed"             // sent, and not taken by the receiver's server yet: SES goes on trying
	ReasonHardBounce         = "hard_bounce"         // bounced: there is no such address, or it takes nothing
	ReasonSuppressed         = "suppressed"          // bounced: SES doesn't send to the address, since it bounced or complained before
	ReasonSoftBounce         = "soft_bounce"         // bounced, for now, or for a reason that SES doesn't know; an out-of-office answer looks like it too
	ReasonMailboxFull        = "mailbox_full"        // bounced: no room in the mailbox
	ReasonMessageTooLarge    = "message_too_large"   // bounced: the receiver takes only smaller ones
	ReasonContentRejected    = "content_rejected"    // bounced: the receiver doesn't like what it says
	ReasonAttachmentRejected = "attachment_rejected" // bounced: the receiver doesn't like what it thinks is an attachment
	ReasonComplaint          = "complaint"           // complained: the receiver called it spam
	ReasonVirus              = "virus"               // failed: SES took it and then refused to send it
	ReasonRendering          = "rendering"           // failed: SES took it and couldn't make a message of it
)

// ranks orders what a delivery may come to be, by state and reason: it only moves to a higher rank. What the sender says of a message that it didn't get
// rid of comes before what the carrier says, which knows better; a soft bounce before "delivered", since an out-of-office answer comes as one.
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

// NotArrived says whether a bounce's reason means that the message surely did not arrive, so that another device is worth a try.
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

// Dead says whether a bounce's reason means that its address can't be delivered to.
func Dead(reason string) bool { return reason == ReasonHardBounce || reason == ReasonSuppressed }
