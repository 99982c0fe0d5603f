// Package notification keeps a job's notifications: what was said, to whom, and the batches that it is sent in.
//
// A notification's walk cuts each shard of the job's members into batches. Batch k of a shard begins where batch k-1 ended, and
// that end is kept with it: a walk that is done twice finds the batches of the first, and makes no others. A batch is sent
// under a lease and has one result, written once; a notification's counts are a sum over results.
package notification

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/store"
)

// Status is how far a notification is.
type Status string

// Statuses of a notification.
const (
	Preparing Status = "preparing"
	Sending   Status = "sending"
	Sent      Status = "sent"
)

// Trigger is who asked for it.
type Trigger string

// Triggers of a notification.
const (
	ByAdministrator Trigger = "administrator"
	ByUpload        Trigger = "upload"
)

// BatchSize is the most users of a batch, and what is sent again at most when an instance dies.
const BatchSize = 100

// MaxNamed is the most usernames that an audience can name.
const MaxNamed = 1000

var (
	// ErrRunning says that the job's last notification isn't sent yet.
	ErrRunning = errors.New("a notification is running")
	// ErrBusy says that another request is at the batch.
	ErrBusy = errors.New("another request is at the batch")
)

// Counts are users, each by the state of its delivery.
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

// Add counts one delivery by its state.
func (c *Counts) Add(state delivery.State) {
	switch state {
	case delivery.Sent:
		c.Sent++
	case delivery.Failed:
		c.Failed++
	case delivery.Skipped:
		c.Skipped++
	}
}

// plus adds counts up; whatever of the audience has no result is queued.
func (c Counts) plus(o Counts) Counts {
	c.Audience += o.Audience
	c.Sent += o.Sent
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.Queued = c.Audience - c.Sent - c.Failed - c.Skipped
	return c
}

// Notification is one message to an audience, frozen when it was asked for.
type Notification struct {
	JobID    string       `dynamodbav:"job"`
	Item     string       `dynamodbav:"item"`
	Number   int          `dynamodbav:"number"` // from 1, in its job
	ID       string       `dynamodbav:"notification_id"`
	Audience job.Audience `dynamodbav:"audience"`
	Subject  string       `dynamodbav:"subject"`
	Body     string       `dynamodbav:"body"`
	SMS      string       `dynamodbav:"sms"`
	// BuiltIn says that the texts are the built-in ones, which a user gets in a language of his own.
	BuiltIn      bool     `dynamodbav:"built_in,omitempty"`
	Devices      []string `dynamodbav:"devices"`
	LinkLifetime int64    `dynamodbav:"link_lifetime"` // seconds
	Trigger      Trigger  `dynamodbav:"trigger"`
	CreatedAt    int64    `dynamodbav:"created_at"` // milliseconds, as all times here
	CreatedBy    string   `dynamodbav:"created_by,omitempty"`
	FinishedAt   int64    `dynamodbav:"finished_at,omitempty"`
	Status       Status   `dynamodbav:"status"`
	Counts       Counts   `dynamodbav:"counts"`
	// NamedParts is how many items hold the usernames of a named audience.
	NamedParts int `dynamodbav:"named_parts,omitempty"`
}

// Parts is over how many shards the notification is walked: one for named users.
func (n Notification) Parts() int {
	if n.Audience == job.Named {
		return 1
	}
	return job.Shards
}

// Name is the notification's among a user's deliveries.
func (n Notification) Name() string { return delivery.Name(n.JobID, n.Number) }

// Store keeps notifications, in the table of jobs.
type Store struct{ Table store.Table }

func key(jobID, item string) store.Key { return store.Key{"job": jobID, "item": item} }

func item(number int) string             { return fmt.Sprintf("notification#%06d", number) }
func shardItem(number, shard int) string { return fmt.Sprintf("shard#%06d#%02d", number, shard) }
func batchPrefix(number, shard int) string {
	return fmt.Sprintf("batch#%06d#%02d#", number, shard)
}
func batchItem(number, shard, seq int) string {
	return fmt.Sprintf("%s%06d", batchPrefix(number, shard), seq)
}
func namesItem(number, shard, seq int) string {
	return fmt.Sprintf("names#%06d#%02d#%06d", number, shard, seq)
}
func namedItem(id string, part int) string { return fmt.Sprintf("named#%s#%02d", id, part) }

type names struct {
	JobID     string   `dynamodbav:"job"`
	Item      string   `dynamodbav:"item"`
	Usernames []string `dynamodbav:"usernames"`
	// Next is the key after which the next batch begins.
	Next string `dynamodbav:"next"`
	End  bool   `dynamodbav:"end_of_shard"`
}

// Create makes a notification the next of its job: number is drawn. usernames are the named audience, as the members show
// them. It answers ErrRunning if there is one that isn't sent.
func (s Store) Create(ctx context.Context, n Notification, usernames []string) (Notification, error) {
	var owner struct {
		Notifications int `dynamodbav:"notifications"`
	}
	if err := s.Table.Get(ctx, key(n.JobID, "job"), &owner, "notifications"); err != nil {
		return Notification{}, err
	}
	if owner.Notifications > 0 {
		last, err := s.Get(ctx, n.JobID, owner.Notifications)
		if err != nil {
			return Notification{}, err
		}
		if last.ID == n.ID {
			return last, nil // a retry of the same request
		}
		if last.Status != Sent {
			return Notification{}, ErrRunning
		}
	}
	for some := range slices.Chunk(usernames, BatchSize) {
		if err := s.Table.Put(ctx, names{JobID: n.JobID, Item: namedItem(n.ID, n.NamedParts), Usernames: some}, "", nil); err != nil {
			return Notification{}, err
		}
		n.NamedParts++
	}
	n.Number, n.Status = owner.Notifications+1, Preparing
	n.Item = item(n.Number)
	count, err := s.Table.UpdateOp(key(n.JobID, "job"), store.Update{
		Set: "notifications = :new", Condition: "notifications = :old AND attribute_not_exists(deleted_at)",
		Values: store.Values{":new": n.Number, ":old": owner.Notifications},
	})
	if err != nil {
		return Notification{}, err
	}
	put, err := s.Table.PutOp(n, "attribute_not_exists(job)", nil)
	if err != nil {
		return Notification{}, err
	}
	err = store.Transact(ctx, s.Table.DB, count, put)
	if errors.Is(err, store.ErrCondition) || errors.Is(err, store.ErrConflict) {
		return Notification{}, ErrRunning
	}
	return n, err
}

// Get reads a notification with its counts as they are. It answers store.ErrNotFound.
func (s Store) Get(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	if err := s.Table.Get(ctx, key(jobID, item(number)), &found); err != nil {
		return Notification{}, err
	}
	return s.withProgress(ctx, found)
}

// Text reads a notification without its counts.
func (s Store) Text(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	err := s.Table.Get(ctx, key(jobID, item(number)), &found)
	return found, err
}

// Usernames reads a named audience.
func (s Store) Usernames(ctx context.Context, n Notification) ([]string, error) {
	var all []string
	for part := range n.NamedParts {
		var some names
		if err := s.Table.Get(ctx, key(n.JobID, namedItem(n.ID, part)), &some); err != nil {
			return nil, err
		}
		all = append(all, some.Usernames...)
	}
	return all, nil
}

// Shard is the walk of one shard and, when all its batches are done, their sum.
type Shard struct {
	JobID   string `dynamodbav:"job"`
	Item    string `dynamodbav:"item"`
	Batches int    `dynamodbav:"batches"`
	Done    bool   `dynamodbav:"done"`
	Counts  Counts `dynamodbav:"counts"`
}

// Batch is the result of one batch.
type Batch struct {
	JobID      string `dynamodbav:"job"`
	Item       string `dynamodbav:"item"`
	Done       bool   `dynamodbav:"done"`
	Counts     Counts `dynamodbav:"counts"`
	LeaseOwner string `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil int64  `dynamodbav:"lease_until,omitempty"`
}

func (s Store) shards(ctx context.Context, jobID string, number int) ([]Shard, error) {
	return store.SelectAll[Shard](ctx, s.Table, store.Query{
		Where: "job = :job AND begins_with(#item, :prefix)", Values: store.Values{":job": jobID, ":prefix": fmt.Sprintf("shard#%06d#", number)},
	})
}

func (s Store) batches(ctx context.Context, jobID string, number, shard int) ([]Batch, error) {
	return store.SelectAll[Batch](ctx, s.Table, store.Query{
		Where: "job = :job AND begins_with(#item, :prefix)", Values: store.Values{":job": jobID, ":prefix": batchPrefix(number, shard)},
	})
}

func (s Store) withProgress(ctx context.Context, n Notification) (Notification, error) {
	if n.Status == Sent {
		return n, nil
	}
	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return Notification{}, err
	}
	done := map[string]bool{}
	n.Counts = Counts{}
	for _, shard := range shards {
		if shard.Done {
			n.Counts, done[shard.Item] = n.Counts.plus(shard.Counts), true
		}
	}
	for shard := range n.Parts() {
		if done[shardItem(n.Number, shard)] {
			continue
		}
		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return Notification{}, err
		}
		for _, b := range batches {
			n.Counts = n.Counts.plus(b.Counts)
		}
	}
	if n.Counts.Audience > 0 {
		n.Status = Sending
	}
	return n, nil
}

// Cut is one batch as the walk made it.
type Cut struct {
	Usernames []string // keys
	Next      string
	End       bool
}

// PutBatch keeps the batch that the walk has cut, unless it is there already: it answers the batch that is kept. A last batch of nobody isn't
// made, but one that is there from a walk before, when somebody was left, is answered.
func (s Store) PutBatch(ctx context.Context, jobID string, number, shard, seq int, cut Cut) (Cut, error) {
	kept := names{JobID: jobID, Item: namesItem(number, shard, seq), Usernames: cut.Usernames, Next: cut.Next, End: cut.End}
	nobody := len(cut.Usernames) == 0 && cut.End
	var err error
	if !nobody {
		err = s.Table.Put(ctx, kept, "attribute_not_exists(job)", nil)
	}
	if nobody || errors.Is(err, store.ErrCondition) {
		kept = names{}
		err = s.Table.Get(ctx, key(jobID, namesItem(number, shard, seq)), &kept)
	}
	if nobody && errors.Is(err, store.ErrNotFound) {
		return cut, nil
	}
	if err != nil {
		return Cut{}, err
	}
	batch := Batch{JobID: jobID, Item: batchItem(number, shard, seq), Counts: Counts{Audience: len(kept.Usernames)}}
	err = s.Table.Put(ctx, batch, "attribute_not_exists(job)", nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return Cut{}, err
	}
	return Cut{Usernames: kept.Usernames, Next: kept.Next, End: kept.End}, nil
}

// Walked keeps that a shard has been walked, and how many batches came of it.
func (s Store) Walked(ctx context.Context, jobID string, number, shard, batches int) error {
	err := s.Table.Put(ctx, Shard{JobID: jobID, Item: shardItem(number, shard), Batches: batches}, "attribute_not_exists(job)", nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Claim gives a batch to a request for as long as the lease lasts. done says that it needs nobody. It answers ErrBusy
// while another request holds it.
func (s Store) Claim(ctx context.Context, jobID string, number, shard, seq int, owner string, now, until time.Time) (usernames []string, done bool, err error) {
	err = s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "lease_owner = :owner, lease_until = :until",
		Condition: "done = :false AND (attribute_not_exists(lease_owner) OR lease_owner = :owner OR lease_until < :now)",
		Values:    store.Values{":owner": owner, ":until": until.UnixMilli(), ":now": now.UnixMilli(), ":false": false},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		var found Batch
		if err := s.Table.Get(ctx, key(jobID, batchItem(number, shard, seq)), &found); err != nil {
			return nil, false, err
		}
		if found.Done {
			return nil, true, nil
		}
		return nil, false, ErrBusy
	}
	if err != nil {
		return nil, false, err
	}
	var kept names
	err = s.Table.Get(ctx, key(jobID, namesItem(number, shard, seq)), &kept)
	return kept.Usernames, false, err
}

// Extend has the lease last longer. It answers ErrBusy if the batch is another's by now.
func (s Store) Extend(ctx context.Context, jobID string, number, shard, seq int, owner string, until time.Time) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set: "lease_until = :until", Condition: "done = :false AND lease_owner = :owner",
		Values: store.Values{":until": until.UnixMilli(), ":owner": owner, ":false": false},
	}, nil))
}

// Release gives the batch back, with the counts so far.
func (s Store) Release(ctx context.Context, jobID string, number, shard, seq int, owner string, counts Counts) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set: "counts = :counts", Remove: "lease_owner, lease_until", Condition: "done = :false AND lease_owner = :owner",
		Values: store.Values{":counts": counts, ":owner": owner, ":false": false},
	}, nil))
}

// FinishBatch keeps a batch's result. It answers ErrBusy if the batch is another's by now.
func (s Store) FinishBatch(ctx context.Context, jobID string, number, shard, seq int, owner string, counts Counts) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set: "counts = :counts, done = :true", Remove: "lease_until", Condition: "done = :false AND lease_owner = :owner",
		Values: store.Values{":counts": counts, ":owner": owner, ":false": false, ":true": true},
	}, nil))
}

func busy(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrBusy
	}
	return err
}

// Settle ends a shard whose batches are all done, and with the last shard the notification. Whoever may have been the last calls it, and calling it again
// doesn't matter.
func (s Store) Settle(ctx context.Context, n Notification, shard int, now time.Time) error {
	var walked Shard
	err := s.Table.Get(ctx, key(n.JobID, shardItem(n.Number, shard)), &walked)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the walk isn't through: it settles at its end
	}
	if err != nil {
		return err
	}
	if !walked.Done {
		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return err
		}
		walked.Counts = Counts{}
		for _, b := range batches {
			if !b.Done {
				return nil
			}
			walked.Counts = walked.Counts.plus(b.Counts)
		}
		if len(batches) < walked.Batches {
			return nil
		}
		walked.Done = true
		if err := s.Table.Put(ctx, walked, "", nil); err != nil {
			return err
		}
	}
	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return err
	}
	var sum Counts
	done := 0
	for _, one := range shards {
		if one.Done {
			sum = sum.plus(one.Counts)
			done++
		}
	}
	if done < n.Parts() {
		return nil
	}
	err = s.Table.Update(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set: "#status = :sent, counts = :counts, finished_at = :now", Condition: "#status <> :sent",
		Values: store.Values{":sent": Sent, ":counts": sum, ":now": now.UnixMilli()},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// BatchMessage asks deliver for a batch.
type BatchMessage struct {
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	Seq    int    `json:"batch"`
}
