package notification

import (
	"latchkey/shared/urgent"
)

// BatchMessage asks for one batch to be sent. It may come several times.
type BatchMessage struct {
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	Seq    int    `json:"batch"`
}

// Fallback asks for a message to the user's next device, since a delivery didn't arrive.
type Fallback struct {
	JobID    string `json:"job"`
	Number   int    `json:"notification"`
	UserID   string `json:"user_id"`
	Key      string `json:"key"`      // of the username
	Delivery string `json:"delivery"` // its name
}

// BulkMessage is a message of the bulk queue. It asks for a batch, unless Fallback or
// Reach is set.
type BulkMessage struct {
	BatchMessage
	Fallback *Fallback     `json:"fallback,omitempty"`
	Reach    *urgent.Reach `json:"reach,omitempty"`
}
