package client

import (
	"context"
	"iter"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// Message is an email or SMS that was sent.
type Message struct {
	Channel, To, Subject, Text, HTML string
	At                               time.Time
}

// linkLine is a link alone on its line.
var linkLine = regexp.MustCompile(`(?m)^\S+/set-password#(\S+)$`)

// Token returns the token of the link in a message, which stands alone on its line. It
// returns "" if the message doesn't hold exactly one.
func (m Message) Token() string {
	found := linkLine.FindAllStringSubmatch(m.Text, -1)
	if len(found) != 1 {
		return ""
	}
	return found[0][1]
}

// Messages walks the messages that were sent to an address, oldest first; to anybody if
// it is empty.
func (c Client) Messages(ctx context.Context, to string) iter.Seq2[Message, error] {
	return All[Message](ctx, c, "/_local/messages?limit=200&to="+url.QueryEscape(to))
}

// MessagesAfter walks the messages that were sent to anybody after the first n.
func (c Client) MessagesAfter(ctx context.Context, n int) iter.Seq2[Message, error] {
	return after[Message](ctx, c, "/_local/messages?limit=200", strconv.Itoa(n))
}

// Function is what the local host tells of a function.
type Function struct {
	Name                string
	Instances           []Instance
	Invocations, Errors int
	QueueDepth          int `json:"queue_depth"` // messages in its queues
}

// Instance is one process of a function.
type Instance struct {
	PID   int
	State string // "starting", "busy" or "idle"
}

// Functions returns all functions of the system.
func (c Client) Functions(ctx context.Context) ([]Function, error) {
	page, err := Get[Page[Function]](ctx, c, "/_local/functions")
	return page.Items, err
}
