// Package dispatchtest is the world of the tests of functions that send: a job, its users,
// and carriers that fail when they are told to.
package dispatchtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/topology"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// JobID is the id of the world's job.
const JobID = "j1"

// Handle is the method of a function's handler.
type Handle func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// World is a function's twin with a job, and with stores to prepare and to look into.
type World struct {
	*wiretest.Twin
	Faults        *Faults
	Handle        Handle // set by the function's test
	Jobs          job.Store
	Notifications notification.Store
	Members       member.Store
	Directory     directory.Store
	Credentials   credential.Store
	Tokens        token.Store
	Deliveries    delivery.Store
	Addresses     reach.Addresses
}

// New makes the world of a function. Its job is processed, and has no users.
func New(t testing.TB, function string) *World {
	t.Helper()
	twin := wiretest.New(t, function, nil)
	w := &World{
		Twin:          twin,
		Faults:        &Faults{},
		Jobs:          job.Store{Table: twin.Table("jobs")},
		Notifications: notification.Store{Table: twin.Table("jobs")},
		Members:       member.Store{Table: twin.Table("members")},
		Directory:     directory.Store{Table: twin.Table("directory")},
		Credentials:   credential.Store{Table: twin.Table("credentials")},
		Tokens:        token.Store{Table: twin.Table("tokens")},
		Deliveries:    delivery.Store{Table: twin.Table("deliveries")},
		Addresses:     reach.Addresses{Table: twin.Table("addresses")},
	}
	twin.Transports["sesv2"] = w.Faults

	w.Must(w.Jobs.Create(t.Context(), job.Job{
		ID:           JobID,
		Status:       job.Processed,
		Devices:      []string{"Work Email", "Home Email", "SMS Phone"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(wiretest.Noon),
	}))
	return w
}

// WithoutPause returns the carrier, which makes a throttled call again at once.
func WithoutPause(c carrier.Carrier) carrier.Carrier {
	c.SES = sesv2.New(c.SES.Options(), func(o *sesv2.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Nanosecond)
	})
	return c
}

// Add makes a user who is a member of the job. Its id is "id-" and the key.
func (w *World) Add(name string, fields map[string]string) {
	w.T.Helper()

	p := user.Profile{
		ID:       "id-" + name,
		Key:      name,
		Username: strings.ToUpper(name),
		AddedBy:  JobID,
		Fields:   fields,
	}
	w.Must(w.Directory.Write(w.T.Context(), p, nil, "j1#"+name))
	w.Must(w.Members.PutMany(w.T.Context(), []member.Member{
		{
			Key:      name,
			JobID:    JobID,
			Username: p.Username,
			UserID:   p.ID,
			Outcome:  member.Added,
			State:    member.StatePending,
		},
	}))
}

// AddMany makes users who have an email device.
func (w *World) AddMany(n int) []string {
	w.T.Helper()

	var names []string
	for i := range n {
		name := fmt.Sprint("ada", i)
		w.Add(name, map[string]string{"Work Email": name + "@example.com"})
		names = append(names, name)
	}
	return names
}

// Mark marks an email address as undeliverable.
func (w *World) Mark(to, reason string) {
	w.T.Helper()
	key := reach.AddressKey(user.Email, to)
	w.Must(w.Addresses.Mark(w.T.Context(), key, reason, wiretest.Noon))
}

// SetPassword makes the user active.
func (w *World) SetPassword(name, generation string) {
	w.T.Helper()
	set := credential.Credential{UserID: "id-" + name, Hash: "h", Generation: generation}
	w.Must(w.Credentials.Table.Put(w.T.Context(), set, "", nil))
}

// Change writes the profile with another value of a field; a blank one clears it.
func (w *World) Change(name, field, value string) {
	w.T.Helper()
	before, err := w.Directory.Get(w.T.Context(), name)
	w.Must(err)

	after, _ := before.Apply(user.Change{Fields: map[string]string{field: value}})
	w.Must(w.Directory.Write(w.T.Context(), after, &before, "j2#"+name))
}

// Remove removes the user.
func (w *World) Remove(name string) {
	w.T.Helper()
	before, err := w.Directory.Get(w.T.Context(), name)
	w.Must(err)
	w.Must(w.Directory.Remove(w.T.Context(), before, "j3#"+name))
}

// Notify makes a notification whose only batch, the first shard's first, has the names.
func (w *World) Notify(to job.Audience, names ...string) notification.Notification {
	w.T.Helper()
	ctx := w.T.Context()
	n, err := w.Notifications.Create(ctx, notification.Notification{
		JobID:        JobID,
		ID:           fmt.Sprint(to, w.Time().UnixNano()),
		Audience:     to,
		BuiltIn:      true,
		Devices:      []string{"Work Email", "Home Email", "SMS Phone"},
		LinkLifetime: 72 * 3600,
	}, nil)
	w.Must(err)

	all := notification.Cut{Usernames: names, End: true}
	ref := notification.BatchRef{JobID: JobID, Number: n.Number}
	_, err = w.Notifications.PutBatch(ctx, ref, all)
	w.Must(err)

	w.Must(w.Notifications.Walked(ctx, JobID, n.Number, 0, 1))
	for shard := 1; shard < n.Parts(); shard++ {
		w.Must(w.Notifications.Walked(ctx, JobID, n.Number, shard, 0))
		_, _, err := w.Notifications.SettleShard(ctx, n, shard)
		w.Must(err)
	}
	return n
}

// Record is a message of the function's queue.
func (w *World) Record(id string, m work.Message) events.SQSMessage {
	w.T.Helper()
	body, err := work.Encode(m)
	w.Must(err)
	return events.SQSMessage{MessageId: id, Body: body}
}

// Give hands messages to the function, and returns the ids of those that failed.
func (w *World) Give(ctx context.Context, records ...events.SQSMessage) []string {
	w.T.Helper()
	response, err := w.Handle(ctx, events.SQSEvent{Records: records})
	w.Must(err)

	var failed []string
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed
}

// Succeed hands one message over, which must not fail.
func (w *World) Succeed(m work.Message) {
	w.T.Helper()
	if failed := w.Give(w.T.Context(), w.Record("m", m)); failed != nil {
		w.T.Fatal("the message failed")
	}
}

// To counts the emails by their address.
func (w *World) To() map[string]int {
	w.T.Helper()

	count := map[string]int{}
	for _, m := range w.Mail() {
		count[m.To]++
	}
	return count
}

// Delivery reads a user's delivery, by the delivery's name. It is zero if nothing is known
// of it.
func (w *World) Delivery(name string, of delivery.Name) delivery.Delivery {
	w.T.Helper()
	found, err := w.Deliveries.Get(w.T.Context(), "id-"+name, of)
	if !errors.Is(err, store.ErrNotFound) {
		w.Must(err)
	}
	return found
}

// Tell stores what an event says of a user's delivery: what it has come to.
func (w *World) Tell(name string, of delivery.Name, state delivery.State, reason string) {
	w.T.Helper()
	base, _ := of.Base()
	fact := delivery.Delivery{
		UserID: "id-" + name,
		Name:   of,
		State:  state,
		Reason: reason,
		At:     clock.Of(w.Time()),
	}
	if of.Number() != nil {
		fact.Part = string(base) + "#00" // the shard of Notify's only batch
	}
	w.Must(w.Deliveries.Put(w.T.Context(), fact))
}

// Undeliverable reports whether the job can't reach the user.
func (w *World) Undeliverable(name string) bool {
	w.T.Helper()
	found, err := w.Members.GetMany(w.T.Context(), JobID, []string{name})
	w.Must(err)
	return found[name].Undeliverable
}

// URL returns the address of a queue that the function sends to.
func (w *World) URL(queue work.Queue) string {
	return w.Text(topology.Variable("QUEUE", string(queue)))
}

// Waiting counts a queue's messages, those that are held back as well.
func (w *World) Waiting(queue work.Queue) int {
	w.T.Helper()
	url := w.URL(queue)
	got, err := w.SQS.GetQueueAttributes(w.T.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       &url,
		AttributeNames: []sqstypes.QueueAttributeName{"All"},
	})
	w.Must(err)

	sum := 0
	for _, name := range []string{
		"ApproximateNumberOfMessages",
		"ApproximateNumberOfMessagesDelayed",
	} {
		n, err := strconv.Atoi(got.Attributes[name])
		w.Must(err)
		sum += n
	}
	return sum
}

// Invite gives the user a link, as a notification would have, and returns its hash.
func (w *World) Invite(name string, lasts time.Duration) string {
	w.T.Helper()

	_, hashed := token.New("id-" + name)
	link := token.Link{
		UserID:   "id-" + name,
		Purpose:  token.Invite,
		Username: name,
		Renewal:  7200,
		Job:      JobID,
		Sent: token.Sent{
			Hash:      hashed,
			ExpiresAt: clock.Of(w.Time().Add(lasts)),
			SentTo: []token.Target{
				{Device: "Work Email", Channel: user.Email, Address: name + "@example.com"},
			},
		},
	}

	var before *token.Link
	if old, err := w.Tokens.Link(w.T.Context(), link.UserID, token.Invite); err == nil {
		before = &old
	}
	w.Must(w.Tokens.Replace(w.T.Context(), link, before))
	return hashed
}
