// Package walk defines the messages of the walk queue: steps of work at a job's members.
package walk

// Step asks for one step.
type Step struct {
	Kind  Kind   `json:"kind"`
	JobID string `json:"job"`
	// Shard is set for every kind but Notify, Remind and Export.
	Shard int `json:"shard,omitempty"`
	// Number is the number of the notification or, for Remind, of the job's reminder.
	Number int `json:"notification,omitempty"`
	// Seq and After are where a shard's walk goes on: the next batch, and the key before
	// it.
	Seq    int    `json:"batch,omitempty"`
	After  string `json:"after,omitempty"`
	Filter string `json:"filter,omitempty"` // of an export
	// At is when a reminder or a paused notification was found due (milliseconds).
	At int64 `json:"at,omitempty"`
}

// Kind is what a step does.
type Kind string

// Kinds of steps.
const (
	Notify Kind = "notify" // create the notification that was asked for with the upload
	Batch  Kind = "batch"  // cut a shard into batches
	Tally  Kind = "tally"  // count a shard's users
	Count  Kind = "count"  // count a notification's deliveries to a shard
	Export Kind = "export" // write the members to a file
	Remind Kind = "remind" // create a reminder that is due
	Resume Kind = "resume" // send a paused or cancelled one's unfinished batches again
	Erase  Kind = "erase"  // delete a deleted job's members
)
