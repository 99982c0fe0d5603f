package work

import "time"

// Lost is how long after something was asked for in the background it is taken for lost,
// and may be asked for again. Until then one request for it is enough.
const Lost = 15 * time.Minute

// TallyShard asks to count a shard's users by their states.
type TallyShard struct {
	onBackground
	JobID string `json:"job"`
	Shard int    `json:"shard"`
}

// CountShard asks to count a notification's deliveries to a shard.
type CountShard struct {
	onBackground
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
}

// ExportMembers asks for a file of a job's members.
type ExportMembers struct {
	onBackground
	JobID string `json:"job"`
	State string `json:"state,omitempty"` // of those that are wanted; "" for all
}

// EraseJob asks to erase all that is kept of a deleted job.
type EraseJob struct {
	onBackground
	JobID string `json:"job"`
}

// EraseUsers announces that users are about to be removed, and asks to erase what they
// leave: passwords, links and sessions. Its receiver finds them removed or, if that didn't
// happen, does nothing.
type EraseUsers struct {
	onBackground
	Users []RemovedUser `json:"users"`
}

// RemovedUser is a user who is removed.
type RemovedUser struct {
	Key string `json:"key"` // of the username, which may be another user's by now
	ID  string `json:"id"`
}
