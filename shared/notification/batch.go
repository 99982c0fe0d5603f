package notification

import (
	"context"
	"errors"

	"time"

	"latchkey/shared/store"
)

// BatchSize is the most users of a batch. It bounds what is sent again if an instance
// dies.
const BatchSize = 100

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
func (s Store) PutBatch(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	cut Cut,
) (Cut, error) {
	listed, made, err := s.putNames(ctx, names{
		JobID:     jobID,
		Item:      namesItem(number, shard, seq),
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
		JobID:  jobID,
		Item:   batchItem(number, shard, seq),
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
	JobID      string `dynamodbav:"job"`
	Item       string `dynamodbav:"item"`
	Done       bool   `dynamodbav:"done"`
	Counts     Counts `dynamodbav:"counts"`
	LeaseOwner string `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil int64  `dynamodbav:"lease_until,omitempty"`
}

// Claim leases a batch to its owner, a request, and returns the usernames. A batch that
// has a live lease of another request is ErrBusy. done reports that it has its result.
func (s Store) Claim(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	now, until time.Time,
) (usernames []string, done bool, err error) {
	err = s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set: "lease_owner = :owner, lease_until = :until",
		Condition: "done = :false AND (attribute_not_exists(lease_owner)" +
			" OR lease_owner = :owner OR lease_until < :now)",
		Values: store.Values{
			":owner": owner,
			":until": until.UnixMilli(),
			":now":   now.UnixMilli(),
			":false": false,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		var found Batch
		err := s.Table.Get(ctx, key(jobID, batchItem(number, shard, seq)), &found)
		if err == nil && !found.Done {
			err = ErrBusy
		}
		return nil, found.Done, err
	}
	if err != nil {
		return nil, false, err
	}

	var listed names
	err = s.Table.Get(ctx, key(jobID, namesItem(number, shard, seq)), &listed)
	return listed.Usernames, false, err
}

// Extend prolongs the lease. It returns ErrBusy if another request has taken the batch.
func (s Store) Extend(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	until time.Time,
) error {
	return asBusy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "lease_until = :until",
		Condition: "done = :false AND lease_owner = :owner",
		Values:    store.Values{":until": until.UnixMilli(), ":owner": owner, ":false": false},
	}, nil))
}

// Release ends the lease before the batch is done, and stores the counts so far. It
// returns ErrBusy if another request has taken the batch.
func (s Store) Release(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	counts Counts,
) error {
	return asBusy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "counts = :counts",
		Remove:    "lease_owner, lease_until",
		Condition: "done = :false AND lease_owner = :owner",
		Values:    store.Values{":counts": counts, ":owner": owner, ":false": false},
	}, nil))
}

// FinishBatch stores the batch's result. It returns ErrBusy if another request has taken
// the batch.
func (s Store) FinishBatch(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	counts Counts,
) error {
	return asBusy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "counts = :counts, done = :true",
		Remove:    "lease_until",
		Condition: "done = :false AND lease_owner = :owner",
		Values: store.Values{
			":counts": counts,
			":owner":  owner,
			":false":  false,
			":true":   true,
		},
	}, nil))
}

func asBusy(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrBusy
	}
	return err
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
