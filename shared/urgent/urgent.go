// Package urgent says what the messages of the urgent queue are: what one user waits for, apart from the bulk of a job.
package urgent

// Message asks deliver for one thing; exactly one of its fields is there. ID names it among the user's deliveries, so that
// taking it twice sends once.
type Message struct {
	ID          string       `json:"id"`
	Forgot      *Forgot      `json:"forgot,omitempty"`
	Renew       *Renew       `json:"renew,omitempty"`
	PasswordSet *PasswordSet `json:"password_set,omitempty"`
}

// Forgot asks for a link and a code, for whoever has the username, if anybody.
type Forgot struct {
	Key string `json:"key"` // of the username
}

// Renew asks for a fresh link in the place of one that its holder has shown; only its hash is told.
type Renew struct {
	UserID string `json:"user_id"`
	Hash   string `json:"hash"`
}

// PasswordSet is sent before a password is set. It finds the generation if the password was, and nothing if another request won.
type PasswordSet struct {
	Key        string `json:"key"` // of the username
	UserID     string `json:"user_id"`
	Generation string `json:"generation"`
	// Until is when the request that sets the password has ended, one way or the other (milliseconds).
	Until int64 `json:"until"`
}
