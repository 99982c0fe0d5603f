package delivery

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"latchkey/shared/store"
)

// Name is a delivery's name. It is unique among the deliveries of its user. The keys of
// facts begin with it.
//
// The names that there are:
//
//	<job>#<notification>       a notification's message to the first device
//	<job>#<notification>#<k>   the same to the kth device, from 2
//	<kind>#<id>                a message that no notification asked for
//	<kind>#<id>#<k>            the same to the kth device, from 2
//
// The notification's number has six digits, so that a job's names sort by it.
type Name string

// Kinds of messages that no notification asked for. Their names begin with the kind.
const (
	KindForgot           = "forgot"
	KindRenewal          = "renewal"
	KindPasswordSet      = "password-set"
	KindResend           = "resend"
	KindNewAdministrator = "new-administrator"
	KindTest             = "test"
)

// kindNotification is the kind of a notification's message.
const kindNotification = "notification"

// kinds lists all kinds but that of a notification's message.
var kinds = []string{
	KindForgot,
	KindRenewal,
	KindPasswordSet,
	KindResend,
	KindNewAdministrator,
	KindTest,
}

// NameOf returns the name of a job's notification.
func NameOf(jobID string, number int) Name {
	return Name(fmt.Sprintf("%s#%06d", jobID, number))
}

// NameOutside returns the name of a message that no notification asked for.
func NameOutside(kind, id string) Name { return Name(kind + "#" + id) }

// For returns the name that a message for several users has among the deliveries of one.
func (n Name) For(userID string) Name { return n + Name("-"+userID) }

// Nth returns the name of the message to the kth device (from 1) that was tried. n is
// that of the message to the first.
func (n Name) Nth(k int) Name {
	if k == 1 {
		return n
	}
	return Name(fmt.Sprintf("%s#%d", n, k))
}

// Base splits a name into that of the first device's message, and the device's number.
func (n Name) Base() (base Name, k int) {
	i := strings.LastIndex(string(n), "#")
	if i < 0 || strings.Count(string(n), "#") != 2 {
		return n, 1
	}

	k, err := strconv.Atoi(string(n[i+1:]))
	if err != nil || k < 2 {
		return n, 1
	}
	return n[:i], k
}

// Kind returns the kind of message: one of the kinds, or "notification".
func (n Name) Kind() string {
	before, _, _ := strings.Cut(string(n), "#")
	if slices.Contains(kinds, before) {
		return before
	}
	return kindNotification
}

// JobID returns the job whose notification asked for the message, or "".
func (n Name) JobID() string {
	if n.Kind() != kindNotification {
		return ""
	}
	id, _, _ := strings.Cut(string(n), "#")
	return id
}

// Number returns the number of the notification that asked for the message, or nil.
func (n Name) Number() *int {
	base, _ := n.Base()
	_, text, ok := strings.Cut(string(base), "#")

	number, err := strconv.Atoi(text)
	if !ok || len(text) != 6 || err != nil {
		return nil
	}
	return &number
}

// factKey returns the sort key of a delivery's fact: <name>#<k>#<rank>-<state>. The device
// is there also if it is the first, so that the facts of a name sort by device and rank.
func factKey(n Name, state State, reason string) Name {
	base, k := n.Base()
	return Name(fmt.Sprintf("%s#%d#%02d-%s", base, k, rank(state, reason), state))
}

// parseFact splits the key of a fact into the delivery's name and the state.
func parseFact(key Name) (name Name, state State) {
	i := strings.LastIndex(string(key), "#")
	if i < 0 {
		return key, ""
	}
	_, after, _ := strings.Cut(string(key[i+1:]), "-")

	base := key[:i]
	j := strings.LastIndex(string(base), "#")
	if j < 0 {
		return base, State(after)
	}
	k, _ := strconv.Atoi(string(base[j+1:]))
	return base[:j].Nth(max(k, 1)), State(after)
}

func key(userID string, item Name) store.Key {
	return store.Key{"user_id": userID, "notification": string(item)}
}

// Part returns the name of a notification's part: the deliveries of a shard.
func Part(jobID string, number, shard int) string {
	return fmt.Sprintf("%s#%02d", NameOf(jobID, number), shard)
}
