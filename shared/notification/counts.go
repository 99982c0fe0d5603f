package notification

import (
	"latchkey/shared/delivery"
)

// Counts are numbers of users, by the state of their delivery. They add up to Audience.
type Counts struct {
	Audience   int `dynamodbav:"audience" json:"audience"`
	Queued     int `dynamodbav:"queued" json:"queued"`
	Sent       int `dynamodbav:"sent" json:"sent"`
	Delivered  int `dynamodbav:"delivered" json:"delivered"`
	Bounced    int `dynamodbav:"bounced" json:"bounced"`
	Complained int `dynamodbav:"complained" json:"complained"`
	Failed     int `dynamodbav:"failed" json:"failed"`
	Skipped    int `dynamodbav:"skipped" json:"skipped"`
}

// Add counts one delivery by its state. A queued one isn't counted.
func (c *Counts) Add(state delivery.State) { c.AddMany(state, 1) }

// AddMany counts n deliveries of a state.
func (c *Counts) AddMany(state delivery.State, n int) {
	switch state {
	case delivery.Sent:
		c.Sent += n
	case delivery.Delivered:
		c.Delivered += n
	case delivery.Bounced:
		c.Bounced += n
	case delivery.Complained:
		c.Complained += n
	case delivery.Failed:
		c.Failed += n
	case delivery.Skipped:
		c.Skipped += n
	}
}

// Done returns the number of users for whom there is nothing left to send.
func (c Counts) Done() int {
	return c.Sent + c.Delivered + c.Bounced + c.Complained + c.Failed + c.Skipped
}

// Plus adds up results of different users. Those without a result are queued.
func (c Counts) Plus(o Counts) Counts {
	c.Audience += o.Audience
	c.Sent += o.Sent
	c.Delivered += o.Delivered
	c.Bounced += o.Bounced
	c.Complained += o.Complained
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.Queued = c.Audience - c.Done()
	return c
}
