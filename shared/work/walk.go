package work

import "latchkey/shared/clock"

// NotifyUploaded asks for the notification that was asked for with the upload.
type NotifyUploaded struct {
	onWalk
	JobID string `json:"job"`
	Round int    `json:"round"` // of the processing that has ended
}

// CutShard asks to go over a shard's members and to cut the audience into batches.
type CutShard struct {
	onWalk
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	// Seq is the next batch's number, and After the username's key after which it begins.
	Seq   int    `json:"batch,omitempty"`
	After string `json:"after,omitempty"`
}

// ResumeShard asks to send the messages of a shard's unfinished batches again, for a
// notification that was paused or is cancelled.
type ResumeShard struct {
	onWalk
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	// At is when a paused notification was found to be due; 0 for a cancelled one.
	At clock.Millis `json:"at,omitempty"`
}

// Remind asks for a reminder that is due.
type Remind struct {
	onWalk
	JobID  string       `json:"job"`
	Number int          `json:"reminder"` // from 1, of the job's reminders
	At     clock.Millis `json:"at"`       // when it was found to be due
}
