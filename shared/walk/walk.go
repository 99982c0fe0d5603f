// Package walk says what the messages of the walk queue are: the steps of work that go over a job's members.
package walk

// Step asks renotify for one step.
type Step struct {
	Kind  Kind   `json:"kind"`
	JobID string `json:"job"`
	// Shard of the job's members, for every kind but Notify and Export.
	Shard int `json:"shard,omitempty"`
	// Number of the notification, and where its walk has come to: the next batch, and the username's key after which it begins.
	Number int    `json:"notification,omitempty"`
	Seq    int    `json:"batch,omitempty"`
	After  string `json:"after,omitempty"`
	// Filter of an export.
	Filter string `json:"filter,omitempty"`
}

// Kind is what a step does.
type Kind string

// Kinds of steps.
const (
	Notify Kind = "notify" // the notification that was asked for with the upload
	Batch  Kind = "batch"  // cut a shard into batches
	Tally  Kind = "tally"  // count a shard
	Export Kind = "export" // write the members to a file
	Erase  Kind = "erase"  // forget a deleted job's members
)
