package notification

import (
	"latchkey/shared/urgent"
)

// BatchMessage asks deliver for a batch.
type BatchMessage struct {
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	Seq    int    `json:"batch"`
}

// Fallback asks deliver to go on to the user's next device, after the delivery of that name did not arrive.
type Fallback struct {
	JobID    string `json:"job"`
	Number   int    `json:"notification"`
	UserID   string `json:"user_id"`
	Key      string `json:"key"` // of the username
	Delivery string `json:"delivery"`
}

// BulkMessage is a message of the bulk queue: a batch, unless one of the other fields is there.
type BulkMessage struct {
	BatchMessage
	Fallback *Fallback     `json:"fallback,omitempty"`
	Reach    *urgent.Reach `json:"reach,omitempty"`
}
