package work

import "latchkey/shared/job"

// StartJob asks process to ask for each chunk of a job.
type StartJob struct {
	onRows
	JobID string `json:"job"`
}

// ProcessChunk asks process for one chunk of a job's file.
type ProcessChunk struct {
	onRows
	JobID string    `json:"job"`
	Chunk job.Chunk `json:"chunk"`
}

// SettleStates asks process to bring the states of users' memberships up to date.
type SettleStates struct {
	onRows
	Users []ChangedUser `json:"users"`
}

// ChangedUser is a user whose status has changed, and the job that added them if known.
type ChangedUser struct {
	Key     string `json:"key"` // of the username
	UserID  string `json:"user_id"`
	AddedBy string `json:"added_by,omitempty"`
}
