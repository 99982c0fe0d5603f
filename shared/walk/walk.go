// Package walk says what the messages of the walk queue are: the steps of work that go over a job's members.
package walk

// Step asks renotify for one step.
type Step struct {
	Kind  Kind   `json:"kind"`
	JobID string `json:"job"`
	// Shard of the job's members, for every kind but Notify, Remind and Export.
	Shard int `json:"shard,omitempty"`
	// Number of the notification, or for Remind of the job's reminder, and where its walk has come to: the next batch, and the username's key after which it begins.
	Number int    `json:"notification,omitempty"`
	Seq    int    `json:"batch,omitempty"`
	After  string `json:"after,omitempty"`
	// Filter of an export.
	Filter string `json:"filter,omitempty"`
	// At is the time at which a reminder or a paused notification was found to be due (milliseconds).
	At int64 `json:"at,omitempty"`
}

// Kind is what a step does.
type Kind string

// Kinds of steps.
const (
	Notify Kind = "notify" // the notification that was asked for with the upload
	Batch  Kind = "batch"  // cut a shard into batches
	Tally  Kind = "tally"  // count a shard
	Count  Kind = "count"  // count a notification's deliveries to a shard
	Export Kind = "export" // write the members to a file
	Remind Kind = "remind" // send a reminder that is due
	Resume Kind = "resume" // send the messages of a shard's unfinished batches again, of a notification that was paused or is cancelled
	Erase  Kind = "erase"  // forget a deleted job's members
)
