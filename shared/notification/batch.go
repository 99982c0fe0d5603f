package notification

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/shared/lease"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// BatchSize is the most users of a batch. It bounds what a death has sent again.
const BatchSize = 100

// BatchRef says which batch of a notification is meant.
type BatchRef struct {
	JobID  string
	Number int // of the notification
	Shard  int
	Seq    int // of the batch in its shard, from 0
}

// RefOf returns the reference of the batch that a message asks for.
func RefOf(m work.DeliverBatch) BatchRef {
	return BatchRef{JobID: m.JobID, Number: m.Number, Shard: m.Shard, Seq: m.Seq}
}

// Message returns what asks deliver for the batch.
func (r BatchRef) Message() work.DeliverBatch {
	return work.DeliverBatch{JobID: r.JobID, Number: r.Number, Shard: r.Shard, Seq: r.Seq}
}

func (r BatchRef) item() string {
	return fmt.Sprintf("%s%06d", batchPrefix(r.Number, r.Shard), r.Seq)
}

func (r BatchRef) namesItem() string {
	return fmt.Sprintf("names#%06d#%02d#%06d", r.Number, r.Shard, r.Seq)
}

func (r BatchRef) key() store.Key { return key(r.JobID, r.item()) }

func (r BatchRef) namesKey() store.Key { return key(r.JobID, r.namesItem()) }

// Cut is one batch as the walk has cut it.
type Cut struct {
	Usernames []string // keys
	Next      string   // the key after which the next batch begins
	End       bool     // the shard ends with this batch
}

// PutBatch stores a batch that the walk has cut. If an earlier walk has stored it,
// PutBatch returns that walk's instead, and the caller must go on from there. An empty
// last batch isn't stored, but an earlier walk may have, with users who are gone from the
// shard now.
//
// The names are written before the batch, so whoever finds the batch finds its names. A
// walk that dies in between is repeated and writes the batch then.
func (s Store) PutBatch(ctx context.Context, ref BatchRef, cut Cut) (Cut, error) {
	listed, made, err := s.putNames(ctx, names{
		JobID:     ref.JobID,
		Item:      ref.namesItem(),
		Usernames: cut.Usernames,
		Next:      cut.Next,
		End:       cut.End,
	})
	if err != nil {
		return Cut{}, err
	}
	if !made {
		return cut, nil
	}

	batch := Batch{
		JobID:  ref.JobID,
		Item:   ref.item(),
		Counts: Counts{Audience: len(listed.Usernames)},
	}
	err = s.Table.Put(ctx, batch, "attribute_not_exists(job)", nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return Cut{}, err
	}
	return Cut{Usernames: listed.Usernames, Next: listed.Next, End: listed.End}, nil
}

// putNames returns the names that are stored: an earlier walk's if there are any. made is
// false for an empty last batch that no earlier walk has stored.
func (s Store) putNames(ctx context.Context, cut names) (listed names, made bool, err error) {
	if len(cut.Usernames) == 0 && cut.End {
		err := s.Table.Get(ctx, key(cut.JobID, cut.Item), &listed)
		if errors.Is(err, store.ErrNotFound) {
			return names{}, false, nil
		}
		return listed, true, err
	}

	err = s.Table.Put(ctx, cut, "attribute_not_exists(job)", nil)
	if !errors.Is(err, store.ErrCondition) {
		return cut, true, err
	}

	err = s.Table.Get(ctx, key(cut.JobID, cut.Item), &listed)
	return listed, true, err
}

// Walked records that a shard was walked to its end. It does nothing the second time.
func (s Store) Walked(ctx context.Context, jobID string, number, shard, batches int) error {
	walked := Shard{JobID: jobID, Item: shardItem(number, shard), Batches: batches}

	err := s.Table.Put(ctx, walked, "attribute_not_exists(job)", nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Shard is the walk of one shard and, once all its batches have a result, their sum.
type Shard struct {
	JobID   string `dynamodbav:"job"`
	Item    string `dynamodbav:"item"`
	Batches int    `dynamodbav:"batches"`
	Done    bool   `dynamodbav:"done"`
	Counts  Counts `dynamodbav:"counts"`
}

// Batch is the lease of one batch and its counts, which are final once Done is true.
type Batch struct {
	JobID  string `dynamodbav:"job"`
	Item   string `dynamodbav:"item"`
	Done   bool   `dynamodbav:"done"`
	Counts Counts `dynamodbav:"counts"` // at the last release
	// Open are the users without a result at the last release; nil before it.
	Open []Open `dynamodbav:"open,omitempty"`
	// Working is true from a claim to its release, and Resumed if it was at the claim: the
	// request before has died.
	Working bool `dynamodbav:"working,omitempty"`
	Resumed bool `dynamodbav:"resumed,omitempty"`
	lease.Holder
}

// Open is a user of a batch without a result.
type Open struct {
	Key      string       `dynamodbav:"username"` // of the username
	Attempts int          `dynamodbav:"attempts,omitempty"`
	Channel  user.Channel `dynamodbav:"channel,omitempty"` // of their message, if it is known
}

// WaitsFor reports whether all open users of a batch are known to wait for one channel.
func (b Batch) WaitsFor(channel user.Channel) bool {
	other := func(o Open) bool { return o.Channel != channel }
	return len(b.Open) > 0 && !slices.ContainsFunc(b.Open, other)
}

// unfinished is the condition of each write of a batch's holder.
const unfinished = "done = :false AND " + lease.Held

// Claim leases a batch to a request, and returns it with the users who are open. It
// returns a *lease.BusyError while another request holds the lease. If the batch is Resumed,
// some of the open users may have been sent to since the last release.
func (s Store) Claim(
	ctx context.Context, ref BatchRef, l lease.Lease, now time.Time,
) (claimed Batch, err error) {
	err = s.Table.Update(ctx, ref.key(), store.Update{
		Set:       lease.Set + ", resumed = if_not_exists(working, :false), working = :true",
		Condition: "done = :false AND " + lease.Free,
		Values:    l.ToClaim(now, store.Values{":false": false, ":true": true}),
	}, &claimed)
	if errors.Is(err, store.ErrCondition) {
		found, err := s.Batch(ctx, ref)
		if err == nil && !found.Done {
			err = &lease.BusyError{Until: found.LeaseUntil.Time()}
		}
		return Batch{Done: found.Done}, err
	}
	if err != nil || claimed.Open != nil {
		return claimed, err
	}

	usernames, _, err := s.BatchNames(ctx, ref)
	for _, name := range usernames {
		claimed.Open = append(claimed.Open, Open{Key: name})
	}
	return claimed, err
}

// Batch reads a batch. It may return store.ErrNotFound.
func (s Store) Batch(ctx context.Context, ref BatchRef) (Batch, error) {
	var found Batch
	err := s.Table.Get(ctx, ref.key(), &found)
	return found, err
}

// BatchNames reads the keys of the usernames of a batch, and whether it is its shard's
// last. It returns store.ErrNotFound if there is no such batch.
func (s Store) BatchNames(ctx context.Context, ref BatchRef) (keys []string, end bool, err error) {
	var listed names
	err = s.Table.Get(ctx, ref.namesKey(), &listed)
	return listed.Usernames, listed.End, err
}

// Release ends the lease before the batch is done, and stores the counts so far and who is
// open. It returns lease.ErrBusy if another request has taken the batch.
func (s Store) Release(
	ctx context.Context, ref BatchRef, l lease.Lease, counts Counts, open []Open,
) error {
	if open == nil {
		open = []Open{} // stored as nothing, it would stand for all
	}
	return lease.Lost(s.Table.Update(ctx, ref.key(), store.Update{
		Set:       "counts = :counts, #open = :open",
		Remove:    lease.Remove + ", working, resumed",
		Condition: unfinished,
		Values:    l.ToEnd(store.Values{":counts": counts, ":open": open, ":false": false}),
	}, nil))
}

// FinishBatch stores the batch's result, and so ends the lease. It returns lease.ErrBusy
// if another request has taken the batch.
func (s Store) FinishBatch(
	ctx context.Context, ref BatchRef, l lease.Lease, counts Counts,
) error {
	return lease.Lost(s.Table.Update(ctx, ref.key(), store.Update{
		Set:       "counts = :counts, done = :true",
		Remove:    lease.Remove + ", #open, working, resumed",
		Condition: unfinished,
		Values:    l.ToEnd(store.Values{":counts": counts, ":false": false, ":true": true}),
	}, nil))
}

func (s Store) shards(ctx context.Context, jobID string, number int) ([]Shard, error) {
	return store.SelectAll[Shard](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": shardPrefix(number)},
	})
}

func (s Store) batches(ctx context.Context, jobID string, number, shard int) ([]Batch, error) {
	return store.SelectAll[Batch](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": batchPrefix(number, shard)},
	})
}
