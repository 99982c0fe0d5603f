package work

import "time"

// Lost is how long after it was asked for what is done in the background is taken for lost.
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

// EraseUsers announces a removal of users, and asks to erase what those leave who are
// removed then: passwords, links and sessions.
type EraseUsers struct {
	onBackground
	Users []RemovedUser `json:"users"`
}

// RemovedUser is a user to be removed.
type RemovedUser struct {
	Key string `json:"key"` // of the username, which may be another user's by now
	ID  string `json:"id"`
}
