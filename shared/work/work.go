// Package work says what the queues hold: each message a type, with its queue and its
// name there.
//
// A queue's message asks for work. It may arrive twice, late and in any order, and
// whoever takes it may die half-way. So a message says what is wanted, never what to add:
// it names its subject, and the receiver looks how far that is.
//
// # Announce, then act
//
// Where one thing must follow another, whatever dies in between, Latchkey announces first
// and acts then. The announcement is a message that is sent, or an item that is put,
// before the thing is done. Whoever takes it up looks whether the thing happened: if it
// did, they do what follows; if it may still happen, they look again later; if it can't
// happen any more, they end. The members of a chunk are put before its profiles, the
// notice of a password is sent before the password is set, and a report is sent before
// its event is written. A death before the announcement leaves nothing to follow, and one
// after it is found by whoever takes the announcement up.
package work

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Queue is a queue's name in the topology.
type Queue string

// The queues that functions send to, and that of what SES tells of emails.
const (
	Rows       Queue = "rows"       // chunks of a file
	Walk       Queue = "walk"       // steps over a job's members, for notifications
	Background Queue = "background" // the steps that no message waits for
	Bulk       Queue = "bulk"       // messages that a job sends, and what follows when they fail
	Urgent     Queue = "urgent"     // messages that one person waits for
	Feedback   Queue = "feedback"
)

// Message is what one of the queues holds.
type Message interface {
	// Queue returns the queue that the message is for.
	Queue() Queue
}

// Each message embeds one of these, and so says where it goes.
type (
	onRows       struct{}
	onWalk       struct{}
	onBackground struct{}
	onBulk       struct{}
	onUrgent     struct{}
)

// Queue returns the queue that the message is for.
func (onRows) Queue() Queue { return Rows }

// Queue returns the queue that the message is for.
func (onWalk) Queue() Queue { return Walk }

// Queue returns the queue that the message is for.
func (onBackground) Queue() Queue { return Background }

// Queue returns the queue that the message is for.
func (onBulk) Queue() Queue { return Bulk }

// Queue returns the queue that the message is for.
func (onUrgent) Queue() Queue { return Urgent }

// ErrUnknown says that a queue's message is none of this package.
var ErrUnknown = errors.New("the message is of no kind that is known")

// kinds are the types of messages, by their names on the queues.
var kinds = map[string]reflect.Type{
	"start-job":         reflect.TypeFor[StartJob](),
	"chunk":             reflect.TypeFor[ProcessChunk](),
	"settle-states":     reflect.TypeFor[SettleStates](),
	"notify":            reflect.TypeFor[NotifyUploaded](),
	"cut":               reflect.TypeFor[CutShard](),
	"resume":            reflect.TypeFor[ResumeShard](),
	"remind":            reflect.TypeFor[Remind](),
	"tally":             reflect.TypeFor[TallyShard](),
	"count":             reflect.TypeFor[CountShard](),
	"export":            reflect.TypeFor[ExportMembers](),
	"erase":             reflect.TypeFor[EraseJob](),
	"erase-users":       reflect.TypeFor[EraseUsers](),
	"batch":             reflect.TypeFor[DeliverBatch](),
	"fallback":          reflect.TypeFor[Fallback](),
	"check-reach":       reflect.TypeFor[CheckReach](),
	"forgot":            reflect.TypeFor[Forgot](),
	"renew":             reflect.TypeFor[Renew](),
	"password-set":      reflect.TypeFor[PasswordSet](),
	"new-administrator": reflect.TypeFor[NewAdministrator](),
	"resend":            reflect.TypeFor[Resend](),
	"test":              reflect.TypeFor[Test](),
	"report":            reflect.TypeFor[Report](),
}

// names are the names of kinds, by their types.
var names = func() map[reflect.Type]string {
	byType := make(map[reflect.Type]string, len(kinds))
	for name, of := range kinds {
		byType[of] = name
	}
	return byType
}()

// envelope is a message as a queue holds it.
type envelope struct {
	Kind    string          `json:"kind"`
	Message json.RawMessage `json:"message"`
}

// Encode returns a message as a queue holds it: JSON, {"kind": "...", "message": {...}}.
// It returns ErrUnknown for a type that is none of this package's messages.
func Encode(m Message) (string, error) {
	kind, known := names[reflect.TypeOf(m)]
	if !known {
		return "", ErrUnknown
	}

	body, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", kind, err)
	}
	whole, err := json.Marshal(envelope{kind, body})
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", kind, err)
	}
	return escaper.Replace(string(whole)), nil
}

// escaper writes as JSON's escapes what JSON may have in a text, and SQS refuses in a body
// ("SendMessage", SQS API).
var escaper = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`)

// Decode reads a message from a queue. It returns ErrUnknown for any other text.
func Decode(text string) (Message, error) {
	var whole envelope
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, ErrUnknown
	}
	of, known := kinds[whole.Kind]
	if !known {
		return nil, ErrUnknown
	}

	read := reflect.New(of)
	if err := json.Unmarshal(whole.Message, read.Interface()); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, whole.Kind)
	}
	return read.Elem().Interface().(Message), nil
}
