package work

import "latchkey/shared/delivery"

// DeliverBatch asks deliver for a batch of a notification.
type DeliverBatch struct {
	onBulk
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	Seq    int    `json:"batch"`
}

// Fallback asks deliver to go on to the user's next device: a delivery did not arrive.
type Fallback struct {
	onBulk
	JobID    string        `json:"job"`
	Number   int           `json:"notification"`
	UserID   string        `json:"user_id"`
	Delivery delivery.Name `json:"delivery"` // the one that did not arrive
}

// CheckReach asks to look again whether each of a user's jobs can reach them: an address
// was marked, cleared or changed.
type CheckReach struct {
	// Key is that of the username. An event of SES doesn't know it: then it is "", and
	// deliver looks it up.
	Key    string `json:"key"`
	UserID string `json:"user_id"`
	// Waiting says that somebody waits for it, so that it is urgent.
	Waiting bool `json:"waiting,omitempty"`
}

// Queue returns Urgent if somebody waits, else Bulk.
func (c CheckReach) Queue() Queue {
	if c.Waiting {
		return Urgent
	}
	return Bulk
}
